"""Epsilon: the limit that, with what lies above it taken away, leaves the calmest errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge, Lt

from ..base import Memory, Scores, Threshold
from ..kernels.events import flags_to_intervals
from ..series import Flags

_DEVIATIONS = np.arange(2.5, 12.0, 0.5)


@dataclass(kw_only=True)
class Epsilon(Threshold):
    """The mean plus z standard deviations of the last `window` smoothed scores, z chosen without supposing a distribution.

    Hundman et al. (2018), section 3.2: of z = 2.5, 3.0 ... 11.5 the one for which taking away the scores above the limit
    lowers mean and deviation most, for the fewest scores and stretches taken away. Then stretches are pruned: in
    order of their peaks, the last that is at least `prune` higher than the next and all above it stay anomalies, and
    the limit is raised over the others; with none left it is the largest score of the window.

    Departures. The window holds earlier scores only, where the authors' holds the points to be judged and later ones.
    The mean that is lowered is counted from the smallest score, so that the limit shifts with the scores; errors that
    start at 0 give the paper's. Smoothing is exponential and inside the threshold: the limit reported at a row is the one of the
    unsmoothed score that takes the smoothed one to epsilon. It promises no rate. It suits errors with rare and tall
    anomalies; where a window is anomalous for the most part the limit lies above the anomaly. O(window) every `step`
    points.

    Parameters
    ----------
    span : points over which a weight of the smoothing falls to 1/e²; 1 does not smooth
    window : smoothed scores that the limit is drawn from
    step : points after which it is drawn again
    prune : least relative drop between peaks; 0 keeps every stretch

    Examples
    --------
    >>> scores = np.abs(np.random.default_rng(0).normal(size=3_000))
    >>> new = scores[:200].copy()
    >>> new[100] = 30.0
    >>> threshold = Epsilon(span=1).fit(scores)
    >>> np.flatnonzero(new > threshold.advance(threshold.begin(), new)).tolist()
    [100]
    """

    paper: ClassVar[str] = "Hundman et al. 2018, doi:10.1145/3219819.3219845"

    span: Annotated[int, Ge(1)] = 105
    window: Annotated[int, Ge(2)] = 2100
    step: Annotated[int, Ge(1)] = 70
    prune: Annotated[float, Ge(0), Lt(1)] = 0.13

    @property
    def _weight(self) -> float:
        return 2 / (self.span + 1)

    def begin(self) -> Memory:
        self._must_be_fitted()
        return {"past": self.past_, "mean": float(self.past_[-1]), "epsilon": self.value_, "since": 0}

    def advance(self, memory: Memory, scores: Scores) -> Scores:
        known = ~np.isnan(scores)
        limits = np.full(len(scores), self._unsmoothed(memory["epsilon"], memory["mean"]))
        limits[known] = self._advance(memory, scores[known])
        return limits

    def _advance(self, memory: Memory, scores: Scores) -> Scores:
        smoothed = self._smoothed(scores, memory["mean"])
        past = np.concatenate([memory["past"], smoothed])
        first = len(memory["past"])
        limits = np.empty(len(scores))
        at = 0
        while at < len(scores):
            if memory["since"] == self.step:
                memory["since"], memory["epsilon"] = (
                    0,
                    self._epsilon(past[max(0, first + at - self.window) : first + at]),
                )
            end = min(len(scores), at + self.step - memory["since"])
            limits[at:end] = self._unsmoothed(memory["epsilon"], past[first + at - 1 : first + end - 1])
            memory["since"] += end - at
            at = end
        memory["past"], memory["mean"] = past[-self.window :], float(past[-1])
        return limits

    def _fit(self, scores: Scores, labels: Flags | None) -> None:
        self.past_ = self._smoothed(scores, float(scores[: self.span].mean()))[-self.window :]
        self.value_ = self._epsilon(self.past_)

    def _smoothed(self, scores: Scores, mean: float) -> Scores:
        """Exponentially weighted mean of each score and all before it, which `mean` stands for."""
        if self.span == 1 or not len(scores):
            return scores.copy()
        from scipy.signal import lfilter

        a = self._weight
        return np.asarray(lfilter([a], [1.0, a - 1.0], scores, zi=[(1 - a) * mean])[0])

    def _unsmoothed(self, epsilon: float, mean: Scores) -> Scores:
        """The score that takes the smoothed score from `mean` to `epsilon`."""
        return np.asarray((epsilon - (1 - self._weight) * mean) / self._weight)

    def _epsilon(self, errors: Scores) -> float:
        top, bottom = float(errors.max()), float(errors.min())
        unit = top - bottom
        if unit == 0:
            return top
        e = (errors - bottom) / unit
        mean, deviation = float(e.mean()), float(e.std())
        best, limit = 0.0, 1.0
        for z in _DEVIATIONS.tolist():
            epsilon = mean + z * deviation
            above = e > epsilon
            count = int(above.sum())
            if not count or 2 * count >= len(e):
                continue
            rest = e[~above]
            gain = (mean - float(rest.mean())) / mean + (deviation - float(rest.std())) / deviation
            gain /= count + len(flags_to_intervals(above)) ** 2
            if gain >= best:
                best, limit = gain, epsilon
        return bottom + unit * self._pruned(e, limit)

    def _pruned(self, e: Scores, limit: float) -> float:
        """`limit`, raised over the stretches whose peaks do not stand out."""
        above = e > limit
        if not self.prune or not above.any():
            return limit
        stretches = flags_to_intervals(above)
        peaks = np.sort(np.maximum.reduceat(np.append(e, 0.0), stretches.ravel())[::2])[::-1]
        heights = np.append(peaks, e[~above].max())
        drops = (heights[:-1] - heights[1:]) / heights[:-1]
        stays = np.flatnonzero(drops > self.prune)
        kept = int(stays[-1]) + 1 if len(stays) else 0
        return limit if kept == len(peaks) else float(peaks[kept])
