"""A model: what is fitted, stored, served and streamed.

    Model = (detector or forecaster) + scaler + scorer + threshold + event rules + what it was made from

Fitting has three phases, in time order, that never mix their data: **train** the detector on the first part, **calibrate**
the scorer and an unsupervised threshold on the held-out rest, **tune** a supervised threshold on labelled data.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from . import progress
from .base import (
    Algorithm,
    Detector,
    Forecast,
    Forecaster,
    Memory,
    Scaler,
    Scorer,
    Scores,
    Threshold,
    frozen,
    thawed,
    typical,
)
from .detection import Detection, EventLog
from .errors import InputError, NotFittedError, ParamError, SeriesError
from .rules import EventRules
from .series import Clock, Flags, Series, Values, iso
from .stream import Pass, Stream, assemble


@dataclass(kw_only=True)
class Model:
    """Learns what is normal, scores what comes, and says which channel is to blame.

    Parameters
    ----------
    core : the detector, or a forecaster whose standardised one-step errors are the channel scores
    scorer, threshold, scaler : see `redshank.base`
    rules : what makes flagged points an event
    algorithm : registered name of the core
    calibrate : share of the series held out, at its end, for the scorer and the threshold; 0 calibrates on the training
        part itself, which makes the threshold too low for most detectors

    Examples
    --------
    >>> import redshank
    >>> from redshank.testing import sine, sine_with_spike
    >>> model = redshank.fit("robust-z", sine(channels=2), threshold="quantile")
    >>> series, at = sine_with_spike(channels=2, guilty=1)
    >>> model.detect(series).events[-1].channels[0][0]
    'c1'
    """

    kind: ClassVar[str] = "model"

    core: Detector | Forecaster
    scorer: Scorer
    threshold: Threshold
    scaler: Scaler
    rules: EventRules = field(default_factory=EventRules)
    algorithm: str = ""
    calibrate: float = 0.2
    name: str = ""
    version: int = 0
    channels: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    """Where it comes from: when, from what data, by which release, what calibration and tuning said."""

    def __post_init__(self) -> None:
        if not 0 <= self.calibrate < 1:
            raise ParamError(f"Model.calibrate must be at least 0 and less than 1, got {self.calibrate}.")

    # --- learning -----------------------------------------------------------------------------------------------------

    def fit(
        self,
        series: Series | Sequence[Series],
        labelled: Series | Sequence[Series] | None = None,
        horizon: int = 24,
    ) -> Model:
        """Train, calibrate, and tune where `labelled` is given. Rows labelled anomalous are not learned from."""
        began = time.perf_counter()
        parts = [series] if isinstance(series, Series) else list(series)
        if not parts:
            raise SeriesError("There is no series to learn from. Give at least one.")
        self.channels = parts[0].channels
        train, held = self._split([_normal(part) for part in parts])
        progress.report("training", 0, 3)
        self.normal_ = typical(train)
        self.scaler.fit(np.concatenate([part.values for part in train]))
        self._period = _period(train) if self.scorer.smooth == "period" else 1
        self._train(train, horizon)
        progress.report("calibrating", 1, 3)
        channel_scores, history = self._held_out(train, held)
        self.scorer.fit(np.concatenate(channel_scores), self._period)
        scores = np.concatenate([self.scorer.score(rows)[past:] for rows, past in zip(channel_scores, history)])
        if not self.threshold.supervised:
            self.threshold.fit(scores)
        self.after_ = self._after(parts[-1].values)
        self.facts = self._provenance(parts, held, scores)
        if self.threshold.supervised:
            self.tune(labelled)
        elif labelled is not None:
            raise InputError(
                "This threshold does not learn from labels, so labelled data are of no use to it. Choose --threshold f-beta, or leave labelled out."
            )
        self.facts["fit_s"] = round(time.perf_counter() - began, 3)
        progress.report("done", 3, 3)
        return self

    def assume(self, channels: tuple[str, ...], normal: Values) -> Model:
        """Make ready a model whose core was trained elsewhere and whose threshold is given: there is nothing to learn from."""
        from . import __version__

        self.channels, self.normal_, self.after_ = channels, normal, {}
        self.scaler.fit(normal[None, :])
        self.scorer.fit(np.zeros((1, len(channels))))
        self.threshold.fit(np.zeros(1))
        self.facts = {"created": iso(np.datetime64(time.time_ns(), "ns")), "redshank": __version__, "points": 0}
        return self

    def tune(self, labelled: Series | Sequence[Series] | None) -> Model:
        """Set a supervised threshold on labelled data that nothing else was learned from."""
        parts = [labelled] if isinstance(labelled, Series) else list(labelled or [])
        if not parts or any(part.labels is None for part in parts):
            raise InputError(
                f"{type(self.threshold).__name__} learns from labels. Give labelled data: labelled=series, or --labelled SOURCE."
            )
        scores = np.concatenate([self._score(part) for part in parts])
        labels: Flags = np.concatenate([part.labels for part in parts if part.labels is not None])
        self.threshold.fit(scores, labels)
        self.facts["tuned_on"] = {"points": len(labels), "anomalous": int(labels.sum()), "sha256": fingerprint(parts)}
        return self

    def _train(self, train: list[Series], horizon: int) -> None:
        if isinstance(self.core, Forecaster):
            if len(train) > 1:
                raise SeriesError(
                    f"A forecaster learns from one series at a time, got {len(train)}. Fit one model for each."
                )
            self.core.fit(train[0], horizon)
        else:
            self.core.fit([self._scaled(part) for part in train])

    def _split(self, parts: list[Series]) -> tuple[list[Series], list[Series]]:
        """What to train on and what to hold out: the end of each series, or the last of many short ones."""
        if self.calibrate == 0:
            return parts, []
        if len(parts) >= 10:
            cut = len(parts) - max(1, round(len(parts) * self.calibrate))
            return parts[:cut], parts[cut:]
        cuts = [part.split(len(part) - round(len(part) * self.calibrate)) for part in parts]
        if any(len(later) == 0 or len(earlier) == 0 for earlier, later in cuts):
            short = min(map(len, parts))
            raise SeriesError(
                f"A series of {short} points cannot be split to train and calibrate. Give a longer one, or calibrate=0."
            )
        return [earlier for earlier, _ in cuts], [later for _, later in cuts]

    def _held_out(self, train: list[Series], held: list[Series]) -> tuple[list[Scores], list[int]]:
        """Channel scores of the held-out part, each after the rows that lead to it, and how many rows lead to it."""
        if not held:
            return [self._channel_scores(part.values) for part in train], [0] * len(train)
        if len(held) == len(train):
            reach = self._reach()
            led = [np.concatenate([a.values[-reach:], b.values]) for a, b in zip(train, held)]
            past = [len(rows) - len(b) for rows, b in zip(led, held)]
            return [self._channel_scores(rows) for rows in led], past
        return [self._channel_scores(part.values) for part in held], [0] * len(held)

    def _reach(self) -> int:
        """How many rows before a row its score can depend on, at least one."""
        return 1 + self.core.context + self.scorer.context + self.scorer.width(self._period)

    def _provenance(self, parts: list[Series], held: list[Series], scores: Scores) -> dict[str, Any]:
        from . import __version__

        last = parts[-1]
        clock = Clock.of(last.times)
        return {
            "created": iso(np.datetime64(time.time_ns(), "ns")),
            "redshank": __version__,
            "series": len(parts),
            "points": sum(map(len, parts)),
            "calibration_points": sum(map(len, held)),
            "from": iso(parts[0].times[0]),
            "to": iso(last.times[-1]),
            "step_s": clock.step_s,
            "step_months": clock.step_months,
            "sha256": fingerprint(parts),
            "calibration_flagged": None if self.threshold.supervised else _share_flagged(self.threshold, scores),
        }

    # --- scoring ------------------------------------------------------------------------------------------------------

    def detect(self, series: Series) -> Detection:
        """Score a series, flag its anomalies and list them as events. One row a point."""
        self._refuse(series)
        found = self._pass(series.values)
        return assemble(self, series.times, series.values, found, series.name)

    def detect_chunks(self, chunks: Iterable[Series]) -> Iterator[Detection]:
        """Detect over a series that comes in pieces, in the memory of two pieces; the same numbers as in one piece.

        An event is listed once, whole, with the piece in which it was seen to be over; its `rows` count from the first piece.
        """
        self._must_be_fitted()
        self._refuse_to_look_ahead()
        stream, log = Stream(self), EventLog(self.channels, self.rules)
        points, found = 0, None
        for chunk in chunks:
            self._same_channels(chunk)
            if found is not None:
                yield found
            found = replace(stream.update(chunk.times, chunk.values, log), name=chunk.name)
            points += len(chunk)
        self._refuse_few(points)
        if found is not None:
            yield replace(found, events=(*found.events, *log.close()))

    def stream(self) -> Stream:
        """An object that scores points as they come: `stream.push(time, values)`."""
        self._must_be_fitted()
        self._refuse_to_look_ahead()
        return Stream(self)

    @property
    def looks_ahead(self) -> bool:
        """Whether a score uses later points; then its alarms could not have been raised at their time."""
        return isinstance(self.core, Detector) and self.core.looks_ahead

    def _refuse_to_look_ahead(self) -> None:
        if self.looks_ahead:
            raise InputError(
                f"{self.algorithm!r} looks ahead, so it cannot score a point before the later ones are known. "
                "Fit it with lookahead=False."
            )

    def forecast(
        self, horizon: int = 24, series: Series | None = None, levels: Sequence[float] = (0.8, 0.95)
    ) -> Forecast:
        """What comes after `series`, or after the training series where none is given, with a band for each level."""
        self._must_be_fitted()
        if not isinstance(self.core, Forecaster):
            from . import registry

            raise InputError(
                f"{self.algorithm!r} is a detector and cannot forecast. Fit a forecaster: {', '.join(registry.names('forecasters'))}."
            )
        if horizon < 1:
            raise ParamError(f"horizon must be at least 1, got {horizon}.")
        if any(not 0 < level < 1 for level in levels):
            raise ParamError(f"levels must lie between 0 and 1, got {list(levels)}.")
        if series is not None:
            self._same_channels(series)
        memory = self.after_ if series is None else self._after(series.values)
        mean = self.core.ahead(memory, horizon)
        lower, upper = self.core.bands(mean, levels)
        times = self._clock(series).after(horizon)
        return Forecast(times, mean, lower, upper, self.channels)

    def strangeness(self, memory: Memory, rows: Values) -> tuple[Scores, Values | None]:
        """Channel scores of the next rows, and what was expected of them where the core forecasts."""
        if isinstance(self.core, Forecaster):
            return self.core.surprise(memory, rows)
        return self.core.advance(memory, self.scaler.apply(rows)), None

    def _after(self, values: Values) -> Memory:
        """What a forecaster remembers after these rows; a detector needs no memory to go on from."""
        if not isinstance(self.core, Forecaster):
            return {}
        memory = self.core.begin()
        self.core.advance(memory, values)
        return memory

    def _pass(self, values: Values) -> Pass:
        return Stream(self).run(values)

    def _channel_scores(self, values: Values) -> Scores:
        return self.strangeness(self.core.begin(), values)[0]

    def _score(self, series: Series) -> Scores:
        self._refuse(series)
        return self.scorer.score(self._channel_scores(series.values))

    def _scaled(self, series: Series) -> Series:
        return replace(series, values=self.scaler.apply(series.values))

    def _clock(self, series: Series | None) -> Clock:
        if series is not None:
            return Clock.of(series.times)
        return Clock(np.datetime64(self.facts["to"].rstrip("Z"), "ns"), self.facts["step_s"], self.facts["step_months"])

    def _must_be_fitted(self) -> None:
        if not self.channels:
            raise NotFittedError("The model is not fitted. Call fit first.")

    def _refuse(self, series: Series) -> None:
        self._same_channels(series)
        self._refuse_few(len(series))

    def _refuse_few(self, points: int) -> None:
        if points <= self.core.warm_up:
            raise SeriesError(
                f"Model {self.name or self.algorithm!r} needs at least {self.core.warm_up + 1} points, got {points}. "
                "Give a longer series, or fit with a shorter window."
            )

    def _same_channels(self, series: Series) -> None:
        self._must_be_fitted()
        if series.channels == self.channels:
            return
        if set(series.channels) >= set(self.channels):
            fact = "in another order" if len(series.channels) == len(self.channels) else "and others"
            raise SeriesError(
                f"The series has the model's channels {fact}: {_few(series.channels)}; learned were {_few(self.channels)}. "
                "Choose them in order: series.select(model.channels), or ?value=a,b in the source."
            )
        missing = [name for name in self.channels if name not in series.channels]
        raise SeriesError(
            f"The series has no channel {missing[0]!r}: it has {_few(series.channels)}; learned were {_few(self.channels)}. "
            "Name the columns as at fit time."
        )

    # --- storing ------------------------------------------------------------------------------------------------------

    def parts(self) -> dict[str, Algorithm]:
        """The algorithms by role; what the store saves."""
        role = "forecaster" if isinstance(self.core, Forecaster) else "detector"
        return {role: self.core, "scorer": self.scorer, "threshold": self.threshold, "scaler": self.scaler}

    def card(self) -> dict[str, Any]:
        """The facts that are not in the parts, as JSON values."""
        return {
            "algorithm": self.algorithm,
            "channels": list(self.channels),
            "calibrate": self.calibrate,
            "rules": asdict(self.rules),
            "facts": self.facts,
        }

    @property
    def state(self) -> dict[str, Any]:
        """What the model itself learned: the normal level, and the memory that a forecast goes on from."""
        return {"normal_": self.normal_} | {f"after_.{name}": value for name, value in frozen(self.after_).items()}

    @classmethod
    def from_parts(cls, parts: dict[str, Any], card: dict[str, Any], state: dict[str, Any]) -> Model:
        """The inverse of `parts`, `card` and `state`."""
        core = parts.get("detector") or parts["forecaster"]
        model = cls(
            core=core,
            scorer=parts["scorer"],
            threshold=parts["threshold"],
            scaler=parts["scaler"],
            rules=EventRules.from_params(card["rules"]),
            algorithm=card["algorithm"],
            calibrate=card["calibrate"],
            channels=tuple(card["channels"]),
            facts=card["facts"],
        )
        model.normal_ = state["normal_"]
        kept = {name.removeprefix("after_."): value for name, value in state.items() if name.startswith("after_.")}
        model.after_ = thawed(core.begin(), kept) if kept else {}
        return model

    after_: Memory = field(init=False, repr=False)
    normal_: Values = field(init=False, repr=False)


def fingerprint(parts: Sequence[Series]) -> str:
    """SHA-256 of the values and times of some series: which data a model or a figure came from."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.values.tobytes())
        digest.update(part.times.tobytes())
    return digest.hexdigest()


def _normal(series: Series) -> Series:
    """The series with rows labelled anomalous made missing."""
    if series.labels is None or not series.labels.any():
        return series
    return replace(series, values=np.where(series.labels[:, None], np.nan, series.values))


def _share_flagged(threshold: Threshold, scores: Scores) -> float:
    return float(np.mean(scores > threshold.advance(threshold.begin(), scores)))


def _period(train: Sequence[Series]) -> int:
    """The period of the longest training series, in points."""
    from .kernels.spectrum import find_period

    return find_period(max(train, key=len).values)


def _few(names: Sequence[str], most: int = 8) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
