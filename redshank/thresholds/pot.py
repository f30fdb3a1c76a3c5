"""POT: a limit beyond the calibration scores, from the distribution of their peaks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Gt, Lt

from ..base import Scores, Threshold
from ..kernels.tail_level import choose_level, goodness_of_fit, level_below
from ..kernels.tails import MIN_PEAKS, Pareto, Peaks, rate_inflation
from ..series import Flags

_FURTHEST = 10.0  # times the largest excess: a limit further out rests on nothing that was seen


@dataclass(kw_only=True)
class Pot(Threshold):
    """z_q, the score a normal point exceeds with probability `q`, which may be rarer than anything calibration shows.

    The excesses of the calibration scores over a high level are generalised Pareto, fitted by true maximum likelihood
    (`redshank.kernels.tails`; Siffer et al. 2017, eq. 1). Scale- and shift-invariant. It fails where calibration scores
    hold anomalies, which stretch the tail, and where the score drifts; `spot` follows it there.

    The empirical quantile, or the largest score where q is rarer than one in n + 1, takes the place of z_q where no
    tail can be fitted (too few distinct scores), where q is so large that z_q lies below the level, where z_q lies
    further above the level than ten times the largest excess, or where the number of calibration scores above z_q is
    one that chance gives less than once in 1,000 times. `note_` says so.

    What is learned besides the limit: `level_`, `shape_`, `scale_`, `peaks_`, `points_`, the p-value of the fit
    `fit_p_` (Anderson-Darling), and the standard error of the limit `error_`. `promised_rate` is larger than q where
    the peaks are few: it is the mean rate of limits estimated from so many. O(n log n).

    Parameters
    ----------
    q : probability that a normal point is flagged
    level : share of the calibration scores below the level; unless given, the lowest that goodness of fit allows

    Examples
    --------
    >>> scores = np.random.default_rng(0).exponential(size=10_000)
    >>> threshold = Pot(q=1e-4).fit(scores)
    >>> round(threshold.value_, 1), round(threshold.error_, 1)  # the true value is 9.2
    (9.0, 0.5)
    """

    paper: ClassVar[str] = "Siffer et al. 2017, doi:10.1145/3097983.3098144"

    q: Annotated[float, Gt(0), Lt(1)] = 1e-3
    level: Annotated[float, Gt(0), Lt(1)] | None = None

    @property
    def promised_rate(self) -> float:
        self._must_be_fitted()
        if self.fallback_:
            return self.rate_
        share = self.peaks_ / self.points_
        tail = Pareto(self.shape_, self.scale_)
        return min(self.q * rate_inflation(tail, self.peaks_, math.log(share / self.q)), share)

    def _fit(self, scores: Scores, labels: Flags | None) -> None:
        n = len(scores)
        self.level_ = self._level(scores)
        self.points_, self.peaks_ = n, int((scores > self.level_).sum())
        self.shape_ = self.scale_ = self.fit_p_ = self.error_ = self.value_ = math.nan
        self.note_ = self._set_limit(scores)
        self.fallback_ = self.note_ != ""
        if self.fallback_:
            rank = min(max(1, int(self.q * (n + 1))), n)
            self.value_, self.rate_ = float(np.sort(scores)[n - rank]), rank / (n + 1)
            self.note_ += f" The limit is {_ordinal(rank)} of {n} calibration scores, which promises {self.rate_:.2g}."

    def _level(self, scores: Scores) -> float:
        if self.level is None:
            return choose_level(scores, fewest=int(2 * self.q * len(scores)))  # z_q should lie well inside the tail
        return level_below(np.sort(scores), max(MIN_PEAKS, round((1 - self.level) * len(scores))))

    def _set_limit(self, scores: Scores) -> str:
        """Fits the tail and sets `value_`; why it must not be used, or nothing."""
        n, count = len(scores), self.peaks_
        if count < MIN_PEAKS:
            return f"Only {count} calibration scores exceed {self.level_:.4g}; a tail needs {MIN_PEAKS}."
        peaks = Peaks.above(scores, self.level_)
        self.shape_, self.scale_ = peaks.tail.shape, peaks.tail.scale
        self.fit_p_ = goodness_of_fit(peaks.excesses, peaks.tail)
        self.error_, self.value_ = peaks.quantile_error(self.q), peaks.quantile(self.q)
        if self.q >= peaks.share:
            return f"q = {self.q:g} is no smaller than the share of scores in the tail, {peaks.share:.2g}."
        furthest = float(peaks.excesses.max()) * _FURTHEST
        if not self.value_ - self.level_ <= furthest:
            return f"z_q = {self.value_:.4g} lies more than {_FURTHEST:g} times as far out as any calibration score."
        above = int((scores > self.value_).sum())
        if _unlikely(above, n * self.q):
            return f"{above} of {n} calibration scores exceed z_q = {self.value_:.4g}, which belies q = {self.q:g}."
        return ""


def _unlikely(count: int, mean: float, p: float = 1e-3) -> bool:
    """Whether a Poisson variable is as far from its mean as `count`, on that side, with less than probability `p`."""
    term = at_most = math.exp(-mean)
    below = 0.0
    for i in range(1, count + 1):
        term *= mean / i
        below, at_most = at_most, at_most + term
    return min(at_most, 1 - below) < p


def _ordinal(rank: int) -> str:
    return "the largest" if rank == 1 else f"number {rank} from the top"
