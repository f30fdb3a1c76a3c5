"""Theta: the level carried on with half the slope of the past."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from ..base import Forecaster, Memory
from ..errors import SeriesError
from ..kernels.least_squares import least_squares
from ..kernels.seasons import has_season, place_in_season, seasonal_profile
from ..kernels.smoothing import State, Weights, follow_level, level_lag, smooth
from ..kernels.spectrum import find_period
from ..series import Values

_MOST_ROWS = 2_000  # latest rows that the weight is learned from
_LIMIT = 9.2  # log odds of the weight stay within this: 0.0001 to 0.9999


@dataclass(kw_only=True)
class Theta(Forecaster):
    """The exponentially smoothed level, half the slope of the whole past, and the season put back; in the unit of the source.

    Assimakopoulos and Nikolopoulos (2000), best of the M3 competition, in the form of Hyndman and Billah (2003), eq. 4: simple
    exponential smoothing with a drift of half the least-squares slope, which equals the mean of the theta lines 0 and 2. Hard
    to beat on short business series; a slope that changed long ago misleads it, and its season never changes.

    The season is that of the classical decomposition, taken out where a 90 % test of the correlation one period apart finds
    one. The first two periods of any series are the warm-up: where in its season it begins is seen from its likeness to the
    season of the training part. We depart from the papers in the first level, which is a plain mean until a row of it weighs
    less than alpha, and in `auto`, which multiplies only where every value is above a tenth of the mean: dividing by a season
    near 0 ruins the level.

    O(time x channel); the weight is learned from the last 2,000 rows, in some 10 ms a channel.

    Parameters
    ----------
    seasonal : `none`, `add`, `mul`, or `auto`: multiplicative where all values are well above 0, else additive
    period : points in a season; none looks for it in the training part, and goes without a season where it finds none

    Examples
    --------
    A straight line is carried on by half its slope from a level that is one row behind:

    >>> from redshank.series import Series
    >>> x = np.arange(100.0)
    >>> theta = Theta(seasonal="none").fit(Series.from_numpy(x))
    >>> memory = theta.begin()
    >>> _ = theta.advance(memory, x[:, None])
    >>> theta.ahead(memory, 3)[:, 0].round(1).tolist()
    [99.5, 100.0, 100.5]
    """

    paper: ClassVar[str] = "Assimakopoulos & Nikolopoulos 2000, doi:10.1016/S0169-2070(00)00066-2"

    seasonal: Literal["auto", "none", "add", "mul"] = "auto"
    period: Annotated[int, Ge(1)] | None = None

    @property
    def warm_up(self) -> int:
        period = int(getattr(self, "period_", self.period or 1)) if self.seasonal != "none" else 1
        return 2 * period if period > 1 else 1

    @property
    def context(self) -> int:
        return int(getattr(self, "points_", self.warm_up))

    def _fit(self, x: Values) -> None:
        self.points_ = len(x)
        self.period_ = (self.period or find_period(x)) if self.seasonal != "none" else 1
        self.added_, self.times_ = self._seasons(x)
        z = self._plain(x, 0)
        time = np.arange(len(x)) - (len(x) - 1) / 2
        self.slope_ = time @ z / (time @ time)
        self.alpha_ = _smoothest(z[-_MOST_ROWS:])

    def _seasons(self, x: Values) -> tuple[Values, Values]:
        """What each place of the period adds to the level, and what it multiplies it by; (period, channel) each."""
        added, times = np.zeros((self.period_, x.shape[1])), np.ones((self.period_, x.shape[1]))
        for c, column in enumerate(x.T):
            if self.period_ > 1 and has_season(column, self.period_):
                multiplies = self.seasonal == "mul" or (self.seasonal == "auto" and column.min() > 0.1 * column.mean())
                if multiplies and column.min() <= 0:
                    raise SeriesError(
                        f"Theta with a multiplicative season needs values above 0, and a value is {column.min():g}. "
                        "Choose seasonal=add."
                    )
                into = times if multiplies else added
                into[:, c] = seasonal_profile(column[:, None], self.period_, "mul" if multiplies else "add")[:, 0]
        return added, times

    def _plain(self, x: Values, at: int) -> Values:
        """The rows without their season, the first of them at place `at`."""
        if self.period_ == 1:
            return x
        places = (at + np.arange(len(x))) % self.period_
        return (x - self.added_[places]) / self.times_[places]

    # --- running along a series ---------------------------------------------------------------------------------------

    def begin(self) -> Memory:
        self._must_be_fitted()
        channels = len(self.fill_)
        return {"last": self.fill_, "head": np.empty((0, channels)), "level": np.zeros(channels), "count": 0, "at": 0}

    def _start(self, memory: Memory, head: Values) -> None:
        if self.period_ > 1:
            multiplied = (self.times_ != 1).any(axis=0)
            mean = head.mean(axis=0)
            alike = np.where(multiplied, head / np.where(mean != 0, mean, 1.0), head)
            memory["at"] = place_in_season(alike, np.where(multiplied, self.times_, self.added_), "add")
        self._follow(memory, head)

    def _advance(self, memory: Memory, rows: Values) -> Values:
        return self._follow(memory, rows) if memory["count"] else self._gather(memory, rows)

    def _follow(self, memory: Memory, rows: Values) -> Values:
        at, count = memory["at"], memory["count"]
        levels, memory["level"] = follow_level(self._plain(rows, at), memory["level"], count, self.alpha_)
        memory["at"], memory["count"] = (at + len(rows)) % self.period_, count + len(rows)
        lags = level_lag(count + np.arange(len(rows))[:, None], self.alpha_)
        return self._seasoned(levels + self.slope_ / 2 * (1 + lags), at)

    def ahead(self, memory: Memory, horizon: int) -> Values:
        if not memory["count"]:
            self._must_have(self.warm_up, len(memory["head"]))
        steps = np.arange(1, horizon + 1)[:, None] + level_lag(memory["count"], self.alpha_)
        return self._seasoned(memory["level"] + self.slope_ / 2 * steps, memory["at"])

    def _seasoned(self, plain: Values, at: int) -> Values:
        places = (at + np.arange(len(plain))) % self.period_
        return plain * self.times_[places] + self.added_[places]


def _smoothest(z: Values) -> NDArray[np.float64]:
    """The weight of each column for which the level before a row is nearest to it, the best first level being given."""
    age = np.arange(len(z))[:, None]

    def errors(odds: NDArray[np.float64], columns: NDArray[np.int64]) -> NDArray[np.float64]:
        alpha = 1 / (1 + np.exp(-odds[:, 0].reshape(-1)))
        rows = np.tile(z[:, columns], len(odds))
        still = np.zeros(len(alpha))
        state = State(rows[0].copy(), still, still[None].copy())
        left = rows - smooth(rows, state, Weights(alpha, still, still, still), "none", "none")
        # The first level fades as (1 - alpha)^age, so its best value is a regression on that.
        trace = (1 - alpha) ** age
        left -= trace * ((left * trace).sum(axis=0) / (trace * trace).sum(axis=0))
        return left.reshape(len(z), len(odds), -1).swapaxes(0, 1)

    starts = np.repeat(np.array([-4.0, -2.0, 0.0, 2.0])[:, None, None], z.shape[1], axis=2)
    return 1 / (1 + np.exp(-least_squares(errors, starts, _LIMIT)[0]))
