"""Conformal: so many false alarms a week and no more, whatever the distribution of the score."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge, Gt, Lt

from ..base import Memory, Scores, Threshold
from ..kernels.tail_level import choose_level
from ..kernels.tails import MIN_PEAKS, Pareto, Peaks, rate_inflation
from ..series import Flags

_REACH = 1000  # points for which an alarm lowers the limit; what it grants is spent by then


@dataclass(kw_only=True)
class Conformal(Threshold):
    """Flags a score whose p-value against the calibration scores is at most alpha, so that false alarms keep to a budget.

    The p-value of a score is (1 + number of calibration scores not below it) / (n + 1): a normal score's is at most
    alpha with probability at most alpha, whatever the distribution, as long as it could change places with the calibration
    scores (Vovk et al. 2005; Bates et al. 2023, sec. 2). "At most one false alarm a week" on one-minute points is
    `false_alarms=1, per_points=10080`; alpha is their ratio. Flagged points are counted: a false alarm that lasts several
    points uses up as much. Where alpha is below 1 / (n + 1) no p-value can be so small; the limit is then the quantile of a
    generalised Pareto tail (see `pot`), not below the largest calibration score; `note_` says so, and `promised_rate` is
    larger than alpha, as the tail of so few scores is uncertain.

    With `fdr` above 0 alarms earn further ones, which brings in the rest of an anomaly once it has begun: the rule of
    Rebjock et al. (2021), LORD with memory decay and smoothing. At a point t

        alpha_t = alpha + fdr sum_j delta^(t - t_j) gamma_(t - t_j),     t_j earlier alarms, delta = 1 - 1 / per_points

    with gamma summing to 1 over the next 1,000 points. Then, discounting the past by delta, the false alarms expected at any
    time are at most `false_alarms` plus `fdr` times the alarms: of many alarms about a share `fdr` is false, and where
    nothing is anomalous the rate is at most alpha / (1 - fdr). That supposes that normal scores are independent; where a
    high one is followed by others, so is a false alarm (`docs/thresholds.md` has a figure). This departs from the paper
    in a floor of alpha from the first point on, and in gamma's finite reach.

    With `adapt` above 0 the budget holds for alarms, stretches of flagged points, whatever the scores do: after each alarm
    alpha is divided by e^adapt, and it grows back by e^adapt in the time one alarm is allowed for, never above its first
    value. In T points there are then at most alpha T + 2 + log(alpha / p) / adapt alarms, p the p-value of the strangest
    score (a multiplicative form of Gibbs and Candes 2021, eq. 2). The price: real anomalies above the budget must be
    stranger and stranger to be flagged.

    The promise is a mean over calibration parts: where k calibration scores lie above the limit, the rate of one model is
    off by a share of about 1 / sqrt(k). It fails where scores drift or the calibration part is calmer than what follows.
    O(n log n) to fit, one comparison a point, about 15 us an alarm where `fdr` is above 0.

    Parameters
    ----------
    false_alarms : flagged normal points that are borne
    per_points : in so many points
    fdr : share of the alarms that may be false beyond the budget; 0 lets an alarm earn nothing
    adapt : how far an alarm lowers the logarithm of alpha; 0 leaves it, 1 is a good value where scores drift

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> threshold = Conformal(false_alarms=1, per_points=1_000).fit(rng.normal(size=20_000))
    >>> weeks = rng.normal(size=500_000)
    >>> float((weeks > threshold.advance(threshold.begin(), weeks)).sum() / 500)  # false alarms in 1,000 points
    1.162
    """

    paper: ClassVar[str] = "Rebjock et al. 2021, arXiv:2112.03196; Bates et al. 2023, doi:10.1214/22-AOS2244"

    false_alarms: Annotated[float, Gt(0)] = 1.0
    per_points: Annotated[int, Ge(2)] = 10_080
    fdr: Annotated[float, Ge(0), Lt(1)] = 0.0
    adapt: Annotated[float, Ge(0)] = 0.0

    @property
    def alpha(self) -> float:
        """The probability that a normal point is flagged while nothing else is."""
        return min(self.false_alarms / self.per_points, 0.5)

    @property
    def promised_rate(self) -> float:
        """alpha, or what a tail fitted to so few peaks makes of it; and what alarms earn beside."""
        self._must_be_fitted()
        rate, n = self.alpha, len(self.scores_)
        if self.alpha * (n + 1) < 1:
            rate = 1 / (n + 1)  # the limit is no lower than the largest score
            if self.peaks_:
                depth = math.log(self.peaks_ / n / self.alpha)
                rate = min(rate, self.alpha * rate_inflation(Pareto(self.shape_, self.scale_), self.peaks_, depth))
        return rate / (1 - self.fdr)

    def begin(self) -> Memory:
        self._must_be_fitted()
        return {"earned": np.zeros(_REACH), "spent": 0.0, "alarmed": False}

    def advance(self, memory: Memory, scores: Scores) -> Scores:
        limits = np.full(len(scores), self.value_)
        if self.fdr or self.adapt:
            known = ~np.isnan(scores)
            limits[known] = self._advance(memory, scores[known])
        return limits

    def _advance(self, memory: Memory, scores: Scores) -> Scores:
        """Goes from alarm to alarm: until the next one all alphas are known beforehand."""
        earned, spent, alarmed = memory["earned"], memory["spent"], memory["alarmed"]
        limits = np.full(len(scores), self.value_)
        recovery = self.adapt * self.alpha
        at = 0
        while at < len(scores):
            if spent > 0 or alarmed or earned.any():
                rows = scores[at : at + (1 if alarmed else _REACH)]
                base = self.alpha * np.exp(-np.maximum(spent - recovery * np.arange(len(rows)), 0.0))
                limits[at : at + len(rows)] = self._limits(base + earned[: len(rows)])
            else:
                rows = scores[at : at + 64 * _REACH]
            alarms = np.flatnonzero(rows > limits[at : at + len(rows)])
            alarm = len(alarms) > 0
            count = int(alarms[0]) + 1 if alarm else len(rows)
            earned = np.concatenate([earned[count:], np.zeros(min(count, _REACH))])
            if alarm and self.fdr:
                earned = earned + self._grant()
            spent = max(spent - recovery * count, 0.0) + (self.adapt if alarmed and not alarm else 0.0)
            spent = min(spent, 600.0)  # where alpha is all but the smallest number there is
            limits[at + count : at + len(rows)] = self.value_
            alarmed, at = alarm, at + count
        memory.update(earned=earned, spent=spent, alarmed=alarmed)
        return limits

    def _grant(self) -> Scores:
        """alpha that an alarm earns for each of the next points, shape (reach,)."""
        after = np.arange(1, _REACH + 1)
        gamma = np.log(np.maximum(after, 2)) / (after * np.exp(np.sqrt(np.log(after))))
        return np.asarray(self.fdr * gamma / gamma.sum() * (1 - 1 / self.per_points) ** after)

    def _fit(self, scores: Scores, labels: Flags | None) -> None:
        self.scores_ = np.sort(scores)
        self.peaks_, self.note_ = 0, ""
        self.level_ = self.shape_ = self.scale_ = math.nan
        if self.adapt or self.alpha * (len(scores) + 1) < 1:
            self._fit_tail(scores)
        self.value_ = float(self._limits(np.array([self.alpha]))[0])

    def _fit_tail(self, scores: Scores) -> None:
        n, level = len(scores), choose_level(scores)
        if int((scores > level).sum()) >= MIN_PEAKS:
            peaks = Peaks.above(scores, level)
            self.level_, self.peaks_ = level, len(peaks.excesses)
            self.shape_, self.scale_ = peaks.tail.shape, peaks.tail.scale
            where = f"the limit is taken from the tail of the {self.peaks_} highest"
        else:
            where = "too few of them differ to fit a tail, so the limit is the largest"
        if self.alpha * (n + 1) < 1:
            least = 1 / (n + 1)
            self.note_ = (
                f"{n} calibration scores show no p-value below {least:.2g}, alpha is {self.alpha:.2g}: {where}."
            )

    def _limits(self, alphas: Scores) -> Scores:
        """The score whose p-value is just above each alpha."""
        n = len(self.scores_)
        # 0.1 * 100 must count as 10 although it is a little less in floating point.
        ranks = np.minimum((alphas * (n + 1) * (1 + 1e-12)).astype(np.int64), n)
        limits = self.scores_[n - np.maximum(ranks, 1)]
        if not self.peaks_ or (ranks >= 1).all():
            return limits
        # A score of the tail has the p-value share x survival.
        depth = np.log(self.peaks_ / n / np.minimum(alphas, 1 / (n + 1)))
        shape = max(self.shape_, 0.0) if self.adapt else self.shape_  # an end of the tail would end the adaptation
        with np.errstate(over="ignore"):
            excess = depth if shape == 0 else np.expm1(shape * depth) / shape
        beyond = self.level_ + self.scale_ * excess
        return np.where(ranks >= 1, limits, np.maximum(limits, beyond))
