"""Finds good parameters by an honest criterion: labelled data that judge nothing else, or anomalies planted in held-out normal data.

The study is an Optuna study in an SQLite file: a search that was stopped goes on where it was, and any number of worker processes,
started here or by hand, share it. Hopeless trials are pruned after their first data.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from . import progress, registry
from .engine import new
from .errors import InputError, MissingExtraError, RedshankError
from .kernels.injection import plant
from .kernels.spectrum import tsb_ad_period
from .metrics import vus_pr
from .model import Model
from .search import Choice, Space, Span
from .series import Series

FOLDS = 3


@dataclass(frozen=True)
class Trial:
    """One set of parameters and the VUS-PR it reached on the tuning data; NaN where it failed or was pruned."""

    number: int
    params: dict[str, Any]
    value: float
    status: str


@dataclass(frozen=True)
class Tuned:
    """What a search found.

    Parameters
    ----------
    algorithm : registered name
    params : the best parameters, ready for `fit(algorithm, series, params=...)`
    value : mean VUS-PR of the best trial on the tuning data
    default : the same of the algorithm's defaults; a search that cannot beat them says so
    criterion : `labelled` or `planted`
    trials : all of them, in order
    """

    algorithm: str
    params: dict[str, Any]
    value: float
    default: float
    criterion: str
    trials: tuple[Trial, ...]

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        rows = [
            {
                "number": t.number,
                "params": t.params,
                "value": None if np.isnan(t.value) else t.value,
                "status": t.status,
            }
            for t in self.trials
        ]
        return {
            "algorithm": self.algorithm,
            "params": self.params,
            "value": self.value,
            "default": self.default,
            "criterion": self.criterion,
            "trials": rows,
        }


def space_of(algorithm: str) -> Space:
    """The search space of an algorithm, from its class."""
    cls = registry.get("detectors", algorithm)
    space: Space = dict(getattr(cls, "search", {}))
    if not space:
        raise InputError(
            f"{algorithm!r} declares nothing to search. Set its parameters by hand with --set, or choose another."
        )
    return space


def tune(
    algorithm: str,
    series: Series,
    *,
    labelled: Series | None = None,
    trials: int = 30,
    study: str | Path | None = None,
    name: str | None = None,
    fixed: dict[str, Any] | None = None,
    space: Space | None = None,
    timeout_s: float | None = None,
    seed: int = 0,
) -> Tuned:
    """Search parameters of `algorithm` for `series`; goes on with the study where there is one.

    Parameters
    ----------
    series : normal data; its first 80 % train, the rest is where anomalies are planted when `labelled` is None
    labelled : labelled data to tune on. They must not be used to judge the model afterwards
    trials : how many sets of parameters in all, those of an earlier run included; the first is the defaults
    study : SQLite file of the study; in memory where None
    fixed : parameters that are not searched
    space : what to search; that of the class where None
    """
    optuna = _optuna()
    wanted = space or space_of(algorithm)
    objective, criterion = _objective(algorithm, series, labelled, wanted, fixed or {}, seed)
    search = optuna.create_study(
        study_name=name or algorithm,
        storage=_storage(study),
        direction="maximize",
        load_if_exists=True,
        sampler=optuna.samplers.TPESampler(seed=seed),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=0),
    )
    if not search.trials:
        search.enqueue_trial({}, user_attrs={"defaults": True})
    began = time.monotonic()
    while (done := _finished(search)) < trials and not (timeout_s and time.monotonic() - began > timeout_s):
        progress.report("tuning", done, trials, best=_best(search))
        search.optimize(objective, n_trials=1, catch=(RedshankError, ArithmeticError, ValueError, RuntimeError))
    progress.report("tuning", trials, trials, best=_best(search))
    return _tuned(algorithm, search, criterion, fixed or {})


def tune_in_parallel(command: Sequence[str], workers: int) -> None:
    """Run the same `redshank tune` command in several processes that share one study file; stops them on Ctrl-C."""
    running = [subprocess.Popen([sys.executable, "-m", "redshank", *command]) for _ in range(workers)]
    try:
        codes = [process.wait() for process in running]
    except KeyboardInterrupt:
        for process in running:
            process.terminate()
        raise
    if any(codes):
        raise InputError(
            "A worker of the search failed; its own message is above. Run with --workers 1 to see it alone."
        )


def _objective(
    algorithm: str, series: Series, labelled: Series | None, space: Space, fixed: dict[str, Any], seed: int
) -> tuple[Callable[[Any], float], str]:
    """What Optuna maximises: the mean VUS-PR over the folds of the tuning data."""
    import optuna

    if labelled is not None and (labelled.labels is None or not labelled.labels.any()):
        raise InputError(
            "The labelled series has no labelled anomaly, so nothing can be tuned on it. Leave it out to plant some."
        )
    train, folds = (series, [labelled]) if labelled is not None else _planted(series, seed)
    period = tsb_ad_period(train.values[:, 0])

    def objective(trial: Any) -> float:
        defaults = trial.user_attrs.get("defaults", False)
        params = fixed if defaults else fixed | suggested(trial, space)
        trial.set_user_attr("params", json.dumps(params))
        model = new(algorithm, params, threshold="quantile").fit(train)
        values: list[float] = []
        for step, fold in enumerate(folds):
            values.append(_quality(model, train, fold, period))
            trial.report(float(np.mean(values)), step)
            if not defaults and step + 1 < len(folds) and trial.should_prune():
                raise optuna.TrialPruned
        return float(np.mean(values))

    return objective, "planted" if labelled is None else "labelled"


def suggested(trial: Any, space: Space) -> dict[str, Any]:
    """One value for each parameter of a space, drawn by an Optuna trial."""
    drawn: dict[str, Any] = {}
    for name, values in space.items():
        if isinstance(values, Choice):  # Optuna's storage keeps plain values only, so a choice travels as JSON
            drawn[name] = json.loads(trial.suggest_categorical(name, [json.dumps(option) for option in values.options]))
        elif isinstance(values.low, int) and isinstance(values.high, int):
            drawn[name] = trial.suggest_int(name, values.low, values.high, log=values.log)
        else:
            drawn[name] = trial.suggest_float(name, values.low, values.high, log=values.log)
    return drawn


def _planted(series: Series, seed: int) -> tuple[Series, list[Series]]:
    """The part to train on, and the held-out rest with different anomalies planted in each copy."""
    train, held = series.split(0.8)
    if len(held) < 100:
        raise InputError(
            f"A series of {len(series)} points leaves too few to plant anomalies in. Give 500 at least, or labelled data."
        )
    filled = replace(held, values=np.nan_to_num(held.values, nan=float(np.nanmedian(series.values))))
    folds = [plant(filled.values, seed=seed + fold) for fold in range(FOLDS)]
    return train, [replace(held, values=values, labels=truth) for values, truth in folds]


def _quality(model: Model, train: Series, fold: Series, period: int) -> float:
    past = train.values[-min(len(train), 2000) :]
    score = model.detect(Series.from_numpy(np.concatenate([past, fold.values]), channels=fold.channels)).score[
        len(past) :
    ]
    if np.isnan(score).all():
        return 0.0
    score = np.where(np.isnan(score), np.nanmin(score), score)
    return float(vus_pr(np.asarray(fold.labels), score, window=min(period, len(fold) - 1)))


def _tuned(algorithm: str, search: Any, criterion: str, fixed: dict[str, Any]) -> Tuned:
    trials = tuple(_trials(search))
    known = [trial for trial in trials if not np.isnan(trial.value)]
    if not known:
        raise InputError(f"No trial of {algorithm!r} could be finished. The last said: {_last_error(search)}.")
    best = max(known, key=lambda trial: trial.value)
    default = next((t.value for t, raw in zip(trials, search.trials) if raw.user_attrs.get("defaults")), float("nan"))
    return Tuned(algorithm, best.params, best.value, default, criterion, trials)


def _trials(search: Any) -> Iterator[Trial]:
    for raw in search.trials:
        complete = raw.state.name == "COMPLETE"
        params = json.loads(raw.user_attrs.get("params", "{}"))
        yield Trial(raw.number, params, raw.value if complete else float("nan"), raw.state.name.lower())


def _finished(search: Any) -> int:
    return sum(trial.state.is_finished() for trial in search.get_trials(deepcopy=False))


def _best(search: Any) -> float:
    values = [t.value for t in search.get_trials(deepcopy=False) if t.state.name == "COMPLETE"]
    return max(values, default=float("nan"))


def _last_error(search: Any) -> str:
    return str(
        next(
            (t.system_attrs.get("fail_reason", "") for t in reversed(search.trials) if t.state.name == "FAIL"),
            "nothing",
        )
    )


def _storage(study: str | Path | None) -> str | None:
    return None if study is None else f"sqlite:///{study}"


def _optuna() -> Any:
    try:
        import optuna
    except ImportError as error:
        raise MissingExtraError("Tuning needs optuna: pip install 'redshank[tune]'") from error
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


__all__ = ["Choice", "Space", "Span", "Trial", "Tuned", "space_of", "suggested", "tune", "tune_in_parallel"]
