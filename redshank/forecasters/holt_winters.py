"""Holt-Winters: exponential smoothing of level, trend and season."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Annotated, ClassVar, Literal

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from ..base import Forecaster, Memory
from ..errors import SeriesError
from ..kernels.least_squares import least_squares
from ..kernels.seasons import seasonal_profile
from ..kernels.smoothing import State, Weights, extend, smooth, start
from ..kernels.spectrum import find_period
from ..series import Values

_MOST_PERIODS = 100  # latest periods that the weights are learned from
_MOST_ROWS = 10_000  # the same where there is no season
_MOST_LOOPED = 1_000  # the same for a multiplicative trend, whose smoothing loops over time
_LINE_ROWS = 10  # rows the first trend is read from where there is no season
_LIMIT = 9.2  # log odds of weights stay within this: 0.0001 to 0.9999


@dataclass(kw_only=True)
class HoltWinters(Forecaster):
    """Level, trend and season that follow the series, carried on; in the unit of the source.

    Holt (1957) and Winters (1960), as in Hyndman and Athanasopoulos (2021), sec. 8.1 to 8.4; with neither trend nor season it
    is simple exponential smoothing. The weights are those of least squared one-step errors. Works where the season keeps its
    period; an undamped trend runs away on long horizons, and a multiplicative part needs values above 0.

    The first two periods of any series are its warm-up: a line through them sets level and trend, and their likeness to the
    mean season of the training part says where in its season the series begins. Without a season the warm-up is 10 rows, or
    one row without a trend. The textbooks start one row before the first instead, and search the start along with the weights.

    Learning reads the last 100 periods at most, or 10,000 rows without a season, or 1,000 rows with a multiplicative trend, and
    smooths them some hundred times, all channels at once: 0.1 to 1 s for one channel, 2 s for 38. After that
    O(time x channel) and about 20 µs a period, or 10 µs a row with a multiplicative trend.

    Parameters
    ----------
    trend : `none`, `add` a line, or `mul` a steady growth
    seasonal : `none`, `add` one that adds to the level, or `mul` one that grows with it
    damped : whether the trend dies out, by a factor of 0.8 to 0.998 a step
    period : points in a season; none looks for it in the training part, and goes without a season where it finds none

    Examples
    --------
    >>> from redshank.testing import sine
    >>> forecaster = HoltWinters().fit(sine(480, period=24))
    >>> forecaster.period_
    24
    """

    paper: ClassVar[str] = "Winters 1960, doi:10.1287/mnsc.6.3.324"

    trend: Literal["none", "add", "mul"] = "add"
    seasonal: Literal["none", "add", "mul"] = "add"
    damped: bool = True
    period: Annotated[int, Ge(1)] | None = None

    @property
    def warm_up(self) -> int:
        period = int(getattr(self, "period_", self.period or 1)) if self.seasonal != "none" else 1
        if period > 1:
            return 2 * period
        return 1 if self.trend == "none" else _LINE_ROWS

    @property
    def context(self) -> int:
        return int(getattr(self, "points_", self.warm_up))

    def _fit(self, x: Values) -> None:
        self.points_ = len(x)
        self.period_ = (self.period or find_period(x)) if self.seasonal != "none" else 1
        self._refuse(x)
        recent = x[-self._most_rows() :]
        self.season_ = np.zeros((1, x.shape[1]))
        if self._season != "none":
            self.season_ = seasonal_profile(recent, self.period_, self._season)
        self.alpha_, self.beta_, self.gamma_, self.phi_ = self._least_squares(recent)

    def _refuse(self, x: Values) -> None:
        if "mul" in (self.trend, self._season) and x.min() <= 0:
            part = "trend" if self.trend == "mul" else "season"
            raise SeriesError(
                f"HoltWinters with a multiplicative {part} needs values above 0, and a value is {x.min():g}. "
                f"Choose {'trend' if part == 'trend' else 'seasonal'}=add."
            )

    @property
    def _season(self) -> Literal["none", "add", "mul"]:
        return self.seasonal if self.period_ > 1 else "none"

    def _most_rows(self) -> int:
        whole = _MOST_ROWS if self._season == "none" else _MOST_PERIODS * self.period_
        return max(min(whole, _MOST_LOOPED) if self.trend == "mul" else whole, 2 * self.warm_up)

    # --- learning the weights -----------------------------------------------------------------------------------------

    def _least_squares(self, x: Values) -> Weights:
        """The weights of the least squared errors, from a slow, a middling and a quick season: each has a valley of its own."""
        channels = x.shape[1]
        slopes = [-3.0, -1.0] if self.trend != "none" else [0.0]
        quicks = [-3.0, 0.0, 3.0] if self._season != "none" else [0.0]
        odds = np.array(list(product([-2.2, 0.0, 2.2], slopes, quicks, [2.0]))).reshape(-1, len(quicks), 4)
        starts = np.repeat(odds.swapaxes(1, 2)[:, self._learned], channels, axis=2)  # (start, weight, quick x channel)

        def errors(candidates: NDArray[np.float64], columns: NDArray[np.int64]) -> NDArray[np.float64]:
            return self._errors(x, candidates, columns % channels)

        found = least_squares(errors, starts, _LIMIT)
        sums = np.square(errors(found[None], np.arange(found.shape[1]))[0]).sum(axis=0).reshape(-1, channels)
        best = found.reshape(-1, len(quicks), channels)[:, sums.argmin(axis=0), np.arange(channels)]
        return self._weights(best)

    def _errors(self, x: Values, candidates: NDArray[np.float64], channels: NDArray[np.int64]) -> NDArray[np.float64]:
        """One-step errors of some channels of `x` for log odds of the weights (candidate, weight, channel)."""
        count, weights, columns = candidates.shape
        places = np.tile(channels, count)
        state = start(x[: self.warm_up, places], self.season_[:, places], self.trend, self._season)
        rest = x[self.warm_up :, places]
        odds = candidates.swapaxes(0, 1).reshape(weights, -1)
        with np.errstate(over="ignore", invalid="ignore"):
            found = rest - smooth(rest, state, self._weights(odds), self.trend, self._season)
        return found.reshape(len(rest), count, columns).swapaxes(0, 1)

    @property
    def _learned(self) -> list[bool]:
        """Which of alpha, beta, gamma and phi there are to learn."""
        return [True, self.trend != "none", self._season != "none", self.damped and self.trend != "none"]

    def _weights(self, odds: NDArray[np.float64]) -> Weights:
        """Weights from log odds (parameter, column); those not learned have the value that leaves their part out."""
        shares = iter(1 / (1 + np.exp(-odds)))
        columns = odds.shape[1]
        alpha, beta, gamma, phi = (next(shares) if use else np.zeros(columns) for use in self._learned)
        if self._learned[3]:
            phi = 0.8 + 0.198 * phi
        elif self.trend != "none":
            phi = np.ones(columns)
        # Level and season share one error: together they take at most all of it (Hyndman et al. 2008, sec. 10.2).
        return Weights(alpha, beta, (1 - alpha) * gamma, phi)

    # --- running along a series ---------------------------------------------------------------------------------------

    def begin(self) -> Memory:
        self._must_be_fitted()
        channels = len(self.fill_)
        unknown = np.full(channels, np.nan)
        head = np.empty((0, channels))
        return {"last": self.fill_, "head": head, "level": unknown, "trend": unknown, "season": self.season_, "at": 0}

    def _start(self, memory: Memory, head: Values) -> None:
        self._refuse(head)
        memory |= vars(start(head, self.season_, self.trend, self._season))

    def _advance(self, memory: Memory, rows: Values) -> Values:
        if np.isnan(memory["level"][0]):
            return self._gather(memory, rows)
        state = _state(memory)
        weights = Weights(self.alpha_, self.beta_, self.gamma_, self.phi_)
        expected = smooth(rows, state, weights, self.trend, self._season)
        memory |= vars(state)
        return expected

    def ahead(self, memory: Memory, horizon: int) -> Values:
        if np.isnan(memory["level"][0]):
            self._must_have(self.warm_up, len(memory["head"]))
        return extend(_state(memory), self.phi_, horizon, self.trend, self._season)


def _state(memory: Memory) -> State:
    return State(memory["level"], memory["trend"], memory["season"], memory["at"])
