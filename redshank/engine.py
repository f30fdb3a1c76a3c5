"""The verbs. Every door calls these and nothing below them."""

from __future__ import annotations

import builtins
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from . import progress, registry, store
from .base import Detector, Forecast, Forecaster, Scaler
from .detection import Detection
from .errors import InputError, UnknownNameError
from .evaluation import CONFIDENCE, Evaluation, Judge
from .model import Model
from .rules import EventRules
from .series import Series

if TYPE_CHECKING:
    from .sequences import SequenceModel

Params = dict[str, Any]


def read(source: str, **options: Any) -> Any:
    """The series a source string names: a `Series`, or a list of them where the source holds many.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "web.csv"
    >>> _ = file.write_text("time,load\\n2024-01-01,1.5\\n2024-01-02,2.5\\n")
    >>> read(f"csv:{file}")
    Series(2 points, 1 channel, every 86400 s, from 2024-01-01T00:00:00Z)
    """
    from .sources.address import open_source

    return open_source(source, **options).read()


def one(read: Any) -> Series:
    """The series, where a source held exactly one; a list of many is refused."""
    if isinstance(read, Series):
        return read
    raise InputError(f"The source holds {len(read)} series, and one is wanted. Choose one, or leave id= out.")


def new(
    algorithm: str | Detector | Forecaster,
    params: Params | None = None,
    *,
    scorer: str | None = None,
    threshold: str | None = None,
    scaler: str | None = None,
    rules: EventRules | Params | None = None,
    calibrate: float = 0.2,
) -> Model:
    """An unfitted model. Parameters of the parts are dotted: `{"span": 8, "threshold.q": 1e-4, "scorer.smooth": 5}`."""
    given = registry.nest(params or {})
    own = {part: _part(given, part) for part in ("scorer", "threshold", "scaler", "rules")}
    if isinstance(algorithm, str):
        name = algorithm
        core = registry.build(_kind_of(name), name, given)
    else:
        core, name = (
            algorithm,
            registry.name_of("detectors" if isinstance(algorithm, Detector) else "forecasters", algorithm),
        )
        if given:
            raise InputError(
                f"{name!r} is given as an object, so it has its parameters already; got {', '.join(given)} as well."
            )
    own["scorer"] = _defaults(core, "scorer_params") | own["scorer"]
    return Model(
        core=core,
        scorer=registry.build("scorers", scorer or str(getattr(core, "scorer", "max")), own["scorer"]),
        threshold=registry.build("thresholds", threshold or "pot", own["threshold"]),
        scaler=Scaler.from_params({"how": scaler or getattr(core, "scaler", "none")} | own["scaler"]),
        rules=rules if isinstance(rules, EventRules) else EventRules.from_params((rules or {}) | own["rules"]),
        algorithm=name,
        calibrate=calibrate,
    )


def fit(
    algorithm: str | Detector | Forecaster,
    series: Series | Sequence[Series],
    *,
    name: str | None = None,
    params: Params | None = None,
    scorer: str | None = None,
    threshold: str | None = None,
    scaler: str | None = None,
    rules: EventRules | Params | None = None,
    calibrate: float = 0.2,
    labelled: Series | Sequence[Series] | None = None,
    horizon: int = 24,
    home: str | None = None,
    **more: Any,
) -> Model:
    """Learn what is normal from `series`; keep the model in the store where a `name` is given.

    Parameters of the algorithm are keywords too: `fit("ewma", series, span=8)`.
    """
    if name is not None:
        store.check_name(name)  # before the work, not after it
    model = new(
        algorithm,
        (params or {}) | more,
        scorer=scorer,
        threshold=threshold,
        scaler=scaler,
        rules=rules,
        calibrate=calibrate,
    )
    model.fit(series, labelled, horizon)
    if name is not None:
        store.save(model, name, home)
    return model


def detect(model: str | Model, series: Series | Sequence[Series], *, home: str | None = None) -> Any:
    """A `Detection` of one series, or a list of them for many."""
    ready = _model(model, home)
    if isinstance(series, Series):
        return ready.detect(series)
    return [ready.detect(part) for part in series]


def detect_source(
    model: str | Model, source: str, *, home: str | None = None, rows: int | None = None
) -> Iterator[tuple[Series, Detection]]:
    """Pieces of a source with what was found in them; those of one series follow one another and share its name.

    A source that can be read in parts is scored part by part, in bounded memory, whatever its size; one that fits in `rows`
    rows (262,144 where nobody says) is one piece, with exactly the numbers of `detect`. Events are listed once, whole.
    """
    from .sources.address import open_source

    ready, place = _model(model, home), open_source(source)
    if place.in_parts and not ready.looks_ahead:
        yield from _in_parts(ready, place.chunks(rows) if rows else place.chunks())
        return
    whole = place.read()
    for part in [whole] if isinstance(whole, Series) else _named(whole):
        yield part, ready.detect(part)


def _named(parts: Sequence[Series]) -> builtins.list[Series]:
    """Many series, each with a name of its own: its number where it has none."""
    taken = Counter(part.name for part in parts)
    return [
        part if part.name and taken[part.name] == 1 else replace(part, name=f"{part.name}#{number}".lstrip("#"))
        for number, part in enumerate(parts)
    ]


def _in_parts(model: Model, chunks: Iterable[Series]) -> Iterator[tuple[Series, Detection]]:
    waiting: deque[Series] = deque()

    def passing() -> Iterator[Series]:
        for chunk in chunks:
            waiting.append(chunk)
            yield chunk

    done = 0
    for found in model.detect_chunks(passing()):
        done += len(found)
        progress.report("scoring", done, 0, points=done)
        yield waiting.popleft(), found


def forecast(
    model: str | Model,
    horizon: int = 24,
    series: Series | None = None,
    levels: Sequence[float] = (0.8, 0.95),
    *,
    home: str | None = None,
) -> Forecast:
    """What comes next after `series`, or after the training series where none is given."""
    return _model(model, home).forecast(horizon, series, levels)


def evaluate(
    model: str | Model,
    series: Series | Sequence[Series],
    *,
    everything: bool = False,
    confidence: float | None = CONFIDENCE,
    home: str | None = None,
) -> Evaluation:
    """How good the model's flags and scores are on labelled data, beside random scores under the same rules.

    `everything` adds the oracles and the rest of `redshank.metrics`; `confidence` is the level of the intervals, none to save their cost.
    """
    ready, judge = _model(model, home), Judge()
    for part in [series] if isinstance(series, Series) else _named(series):
        judge.add(ready.detect(part), part)
    return judge.verdict(everything, confidence)


def save(model: Model | SequenceModel, name: str, *, home: str | None = None) -> int:
    """Keep a fitted model, of long series or of sequences; returns its version."""
    return store.save(model, name, home)


def load(name: str, *, version: int | None = None, home: str | None = None) -> Any:
    """Read a kept model back."""
    return store.load(name, home, version)


def list(*, home: str | None = None) -> builtins.list[dict[str, Any]]:
    """Name, version, algorithm and date of every model in the store."""
    rows = []
    for name in store.names(home):
        card = store.show(name, home)
        facts = card["card"].get("facts", {})
        rows.append(
            {
                "name": name,
                "version": card["version"],
                "algorithm": card["card"].get("algorithm", card["kind"]),
                "channels": len(card["card"].get("channels", ())),
                "created": facts.get("created"),
            }
        )
    return rows


def show(name: str, *, version: int | None = None, home: str | None = None) -> dict[str, Any]:
    """Everything a kept model says of itself, as JSON values."""
    return store.show(name, home, version)


def delete(name: str, *, version: int | None = None, home: str | None = None) -> builtins.list[int]:
    """Remove a kept model, or one version of it; returns the versions removed."""
    return store.delete(name, home, version)


def algorithms(kind: str | None = None) -> dict[str, builtins.list[str]]:
    """Names of everything that is registered, by kind."""
    kinds = [kind] if kind else [each for each in registry.KINDS if each != "metrics"]
    return {each: registry.names(each) for each in kinds}


def _model(model: str | Model, home: str | None) -> Model:
    ready = store.load(model, home) if isinstance(model, str) else model
    if not isinstance(ready, Model):
        raise InputError(f"{model!r} is a {ready.kind}, for sequence data sets. Use `redshank sequences`.")
    return ready


def _kind_of(name: str) -> str:
    if name.partition(":")[0] in registry.names("detectors"):
        return "detectors"
    if name in registry.names("forecasters"):
        return "forecasters"
    raise UnknownNameError.among("algorithm", name, registry.names("detectors") + registry.names("forecasters"))


def _part(given: Params, part: str) -> Params:
    value = given.pop(part, {})
    if not isinstance(value, dict):
        raise InputError(
            f"{part!r} is a part of the model, not a parameter: choose it with {part}=NAME and set {part}.PARAMETER=VALUE."
        )
    return value


def _defaults(core: Any, name: str) -> Params:
    return dict(getattr(core, name, {}))
