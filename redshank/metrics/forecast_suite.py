"""The forecast suite: every error beside that of the seasonal naive forecast."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ParamError, SeriesError
from . import forecast
from .catalogue import METRICS
from .confidence import block_bootstrap, mean_block
from .inputs import Rows, Values
from .report import UNKNOWN, Figure, Report, in_order


@dataclass(frozen=True, eq=False)
class _Case:
    """What happened and what was forecast, shape (time,) each; quantiles (time, quantile)."""

    actual: Values
    mean: Values
    naive: Values
    season: Values
    quantiles: Values
    levels: Values
    history: Values
    period: int

    def figures(self) -> dict[str, float]:
        truth, past, period = self.actual, self.history, self.period
        error = forecast.mae(truth, self.mean)
        found = {
            "mae": error,
            "rmse": forecast.rmse(truth, self.mean),
            "smape": forecast.smape(truth, self.mean),
            "mase": forecast.mase(truth, self.mean, past, period),
            "rmsse": forecast.rmsse(truth, self.mean, past, period),
            "skill": forecast.skill(error, forecast.mae(truth, self.naive)),
            "seasonal_skill": forecast.skill(error, forecast.mae(truth, self.season)),
        }
        if len(self.levels):
            found["wql"] = forecast.wql(truth, self.quantiles, self.levels)
            found["crps"] = forecast.crps(truth, self.quantiles, self.levels)
        if len(self.levels) > 1:
            low, high = self.quantiles[:, 0], self.quantiles[:, -1]
            found["coverage"] = forecast.coverage(truth, low, high)
            found["interval_score"] = forecast.interval_score(truth, low, high, self.level)
        return found

    @property
    def level(self) -> float:
        """Promised coverage of the outermost quantiles."""
        return float(self.levels[-1] - self.levels[0])

    def of_season(self) -> _Case:
        """The seasonal naive forecast in place of the one judged, as its own quantile at every level."""
        flat = np.repeat(self.season[:, None], len(self.levels), axis=1)
        return replace(self, mean=self.season, quantiles=flat)

    def at(self, rows: Rows) -> _Case:
        """The same on other rows."""
        return replace(
            self,
            actual=self.actual[rows],
            mean=self.mean[rows],
            naive=self.naive[rows],
            season=self.season[rows],
            quantiles=self.quantiles[rows],
        )


def judge_forecast(
    actual: ArrayLike,
    mean: ArrayLike,
    history: ArrayLike,
    *,
    period: int = 1,
    quantiles: ArrayLike | None = None,
    levels: ArrayLike | None = None,
    confidence: float | None = None,
    draws: int = 200,
    seed: int = 0,
) -> Report:
    """Every forecast figure, with the figure of the seasonal naive forecast (naive where the period is 1) beside it.

    Parameters
    ----------
    actual, mean : (time,) what happened and what was forecast; NaN in `actual` is missing
    history : (time,) what was known before
    period : rows to the value the seasonal naive forecast repeats
    quantiles, levels : (time, quantile) and (quantile,); the outermost pair makes the interval of coverage and interval score
    confidence : level of an interval by the stationary block bootstrap over the rows, such as 0.95
    draws, seed : of the resampling

    Notes
    -----
    The baseline of WQL and CRPS is the naive forecast as its own quantile at every level. Coverage has the promised level as
    its baseline.

    Examples
    --------
    >>> report = judge_forecast([3.0, 4.0], [3.0, 5.0], history=[1.0, 2.0])
    >>> report["mae"].value, report["mae"].baseline, round(report["skill"].value, 3)
    (0.5, 1.5, 0.667)
    """
    case = _case(actual, mean, history, period, quantiles, levels)
    n = len(case.actual)
    baseline = case.of_season().figures() | {"skill": 0.0, "seasonal_skill": 0.0}
    if "coverage" in baseline:
        baseline["coverage"] = case.level
    sure = {}
    if confidence is not None:
        block = mean_block(np.array([], dtype=np.int64), n)
        sure = block_bootstrap(lambda rows: case.at(rows).figures(), n, block, level=confidence, draws=draws, seed=seed)
    note = "The history repeats itself, or nothing that happened is known, so there is no scale."
    figures = {
        name: Figure(
            METRICS[name], value, baseline[name], sure.get(name, UNKNOWN), note=note if np.isnan(value) else ""
        )
        for name, value in case.figures().items()
    }
    return in_order(figures, {"rows": n, "period": period, "confidence": confidence})


def _case(
    actual: ArrayLike,
    mean: ArrayLike,
    history: ArrayLike,
    period: int,
    quantiles: ArrayLike | None,
    levels: ArrayLike | None,
) -> _Case:
    truth, past = np.asarray(actual, dtype=np.float64), np.asarray(history, dtype=np.float64)
    if truth.ndim != 1 or len(truth) == 0:
        raise SeriesError(f"actual must have shape (time,), got {truth.shape}. Judge one channel at a time.")
    if (quantiles is None) != (levels is None):
        raise ParamError("Give both quantiles and their levels, or neither.")
    q = np.asarray(levels if levels is not None else [], dtype=np.float64)
    given = np.asarray(quantiles, dtype=np.float64) if quantiles is not None else np.empty((len(truth), 0))
    return _Case(
        actual=truth,
        mean=np.asarray(mean, dtype=np.float64),
        naive=forecast.naive(past, len(truth)),
        season=forecast.seasonal_naive(past, len(truth), period),
        quantiles=given,
        levels=q,
        history=past,
        period=period,
    )
