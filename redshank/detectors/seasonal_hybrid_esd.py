"""Seasonal hybrid ESD: distance from what is usual at this phase of the cycle, in units of an outlier test's limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from annotated_types import Ge, Gt, Lt

from ..base import Detector, Scores
from ..errors import SeriesError
from ..kernels.outlier_tests import critical_deviations, robust_deviates
from ..kernels.spectrum import find_period
from ..kernels.spread import median_and_deviation
from ..search import Space, Span
from ..series import Values


@dataclass(kw_only=True)
class SeasonalHybridEsd(Detector):
    """Distance of each value from the median of the same phase in the last periods, in units of the generalised ESD test's limit.

    Above 1.0 is an outlier by the test. Works on daily and weekly cycles whose shape lasts; fails where the cycle slips,
    and on anomalies that last for more than half of the periods looked back on: they become the rule. Without a cycle it
    is the distance from the training median. A series' first period has no score.

    Hochenbaum, Vallis and Kejariwal (2017), sec. 3, decompose a whole series and then test its residuals;
    `lookahead=True` is that form, with medians throughout: the median of each stretch of `history` periods is its trend,
    the median of what is left at each phase is its season, and up to `max_anoms` of the residuals are tested one by one
    with median and MAD (their eq. 4). The default looks back only: the residual is the difference to the median of the
    last `history` values of the same phase, and median, MAD and the limit (that of the test's first step) are those of
    the training part.

    Cost: O(history x time x channel), with `lookahead` O(time log time x channel).

    Parameters
    ----------
    period : points of one cycle, 1 for none; found in the training part where none
    history : periods looked back on; with `lookahead` the length of a stretch that has one level
    alpha : chance that a normal sample of the training part's length has any value above 1.0
    direction : `both`, or only values that are too high (`up`) or too low (`down`)
    lookahead : judge a series as a whole, each value by what came before and after
    max_anoms : with `lookahead`, the share of values that may be anomalies; below one half

    Examples
    --------
    >>> from redshank.testing import sine, sine_with_spike
    >>> detector = SeasonalHybridEsd().fit(sine())
    >>> detector.period_
    48
    >>> series, at = sine_with_spike(size=1.0)
    >>> int(np.nanargmax(detector.score(series)[:, 0])) == at
    True
    """

    paper: ClassVar[str] = "Hochenbaum, Vallis & Kejariwal 2017, arXiv:1704.07706"
    scaler: ClassVar[str] = "none"
    search: ClassVar[Space] = {"history": Span(2, 10)}

    period: Annotated[int, Ge(1)] | None = None
    history: Annotated[int, Ge(1)] = 5
    alpha: Annotated[float, Gt(0), Lt(1)] = 0.05
    direction: Literal["both", "up", "down"] = "both"
    lookahead: bool = False
    max_anoms: Annotated[float, Gt(0), Lt(0.5)] = 0.1

    @property
    def context(self) -> int:
        return 0 if self.lookahead else self.history * self._season

    @property
    def warm_up(self) -> int:
        return 0 if self.lookahead else self._season

    @property
    def min_length(self) -> int:
        return 2 * self._season + 3

    @property
    def _season(self) -> int:
        """The period looked back on; 0 where there is none."""
        period = getattr(self, "period_", self.period) or 1
        return period if period > 1 else 0

    def _fit(self, x: Values) -> None:
        self.period_ = self.period or find_period(x)
        if len(x) < self.min_length:
            raise SeriesError(
                f"SeasonalHybridEsd needs at least {self.min_length} points to learn from with a period of {self.period_}, "
                f"got {len(x)}. Give a longer training part or a shorter period."
            )
        residuals = self._residuals(x)[self._season :]
        self.median_, deviation = median_and_deviation(residuals)
        self.limit_ = deviation * critical_deviations(np.array([len(residuals)]), self.alpha, self.direction)

    def _score(self, x: Values) -> Scores:
        if self.lookahead:
            most = int(self.max_anoms * len(x))
            return np.stack(
                [robust_deviates(r, most, self.alpha, self.direction) for r in self._decomposed(x).T], axis=1
            )
        away = self._residuals(x) - self.median_
        if self.direction == "both":
            return np.asarray(np.abs(away) / self.limit_)
        return np.maximum(away if self.direction == "up" else -away, 0.0) / self.limit_

    def _residuals(self, x: Values) -> Values:
        """Difference to the median of the values 1, 2, ... `history` periods before; as many as there are."""
        season = self._season
        if not season:
            return x
        usual = np.full(x.shape, np.nan)
        for back in range(1, self.history + 1):
            start = back * season
            end = min(start + season, len(x)) if back < self.history else len(x)
            if start >= end:
                break
            for channel in range(x.shape[1]):
                past = [x[start - k * season : end - k * season, channel] for k in range(1, back + 1)]
                usual[start:end, channel] = np.median(past, axis=0)
        return x - usual

    def _decomposed(self, x: Values) -> Values:
        """What is left of a whole series without the median of each stretch and of each phase."""
        season = self._season
        if not season:
            return x
        stretch = self.history * season
        cuts = np.arange(stretch, len(x) - stretch // 2, stretch)
        level = np.concatenate([np.broadcast_to(np.median(part, axis=0), part.shape) for part in np.split(x, cuts)])
        left = x - level
        for phase in range(season):
            left[phase::season] -= np.median(left[phase::season], axis=0)
        return left
