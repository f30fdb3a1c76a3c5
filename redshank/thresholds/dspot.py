"""DSPOT: SPOT on what is left of the score after its recent mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from annotated_types import Ge, Gt, Lt

from ..base import Memory, Scores, Threshold
from ..errors import SeriesError
from ..kernels.running_tail import RunningTail
from ..kernels.tail_level import goodness_of_fit, level_below
from ..kernels.tails import MIN_PEAKS
from ..series import Flags

_SMALL, _LARGE = 32, 8192  # rows looked at together: few after an alarm, twice as many each time there was none


@dataclass(kw_only=True)
class Dspot(Threshold):
    """The mean of the last `depth` normal scores plus z_q of the scores' distances from such means.

    Siffer et al. (2017), algorithm 3: `spot` for a score whose level drifts; with the departures of `spot` and one more.
    The paper's mean stands still while there are alarms, so after a step of the score every point is an alarm for ever;
    here a run of `depth` alarms is taken for the new level and the mean starts again from it. An anomaly longer than
    `depth` is therefore flagged for its first `depth` points only. Scale- and shift-invariant. As fast as `spot` where
    alarms are rare, and about 60 us an alarm.

    Parameters
    ----------
    q : probability that a normal point is flagged
    depth : normal scores in the mean; should be longer than an anomaly and shorter than the drift
    level : share of the calibration distances below the level; lowered where fewer than 10 would exceed it
    max_peaks : peaks that are remembered
    censor : whether alarms count as peaks beyond the limit; false is the rule of the paper

    Examples
    --------
    >>> drifting = np.random.default_rng(0).normal(size=100_000) + np.arange(100_000) / 500
    >>> threshold = Dspot(q=1e-3).fit(drifting[:5_000])
    >>> limits = threshold.advance(threshold.begin(), drifting[5_000:])
    >>> int((drifting[5_000:] > limits).sum())  # 95 are expected
    118
    """

    paper: ClassVar[str] = "Siffer et al. 2017, doi:10.1145/3097983.3098144"

    q: Annotated[float, Gt(0), Lt(1)] = 1e-4
    depth: Annotated[int, Ge(1)] = 100
    level: Annotated[float, Gt(0), Lt(1)] = 0.98
    max_peaks: Annotated[int, Ge(2 * MIN_PEAKS)] = 1000
    censor: bool = True

    @property
    def promised_rate(self) -> float:
        return self.q

    def begin(self) -> Memory:
        self._must_be_fitted()
        return self._start().state() | _Drift(window=self.window_).state()

    def advance(self, memory: Memory, scores: Scores) -> Scores:
        tail, drift = RunningTail.restored(memory), _Drift.restored(memory)
        known = ~np.isnan(scores)
        limits = np.full(len(scores), drift.mean + tail.limit)
        limits[known] = _advance(tail, drift, scores[known])
        memory.update(tail.state() | drift.state())
        return limits

    def _fit(self, scores: Scores, labels: Flags | None) -> None:
        if len(scores) <= self.depth + MIN_PEAKS:
            raise SeriesError(
                f"Dspot.depth is {self.depth}, so it needs more than {self.depth + MIN_PEAKS} calibration scores, got "
                f"{len(scores)}. Set a smaller depth or calibrate on more."
            )
        distances = scores[self.depth :] - _means(scores[: self.depth], scores[self.depth :])
        count = max(MIN_PEAKS, round((1 - self.level) * len(distances)))
        self.level_ = level_below(np.sort(distances), count)
        excesses = distances[distances > self.level_] - self.level_
        self.excesses_, self.peaks_, self.points_ = excesses[-self.max_peaks :], len(excesses), len(distances)
        self.window_ = scores[-self.depth :].copy()
        tail = self._start()
        self.value_ = float(self.window_.mean()) + tail.limit
        self.fit_p_ = goodness_of_fit(self.excesses_, tail.pareto) if tail.knows else float("nan")
        self.note_ = (
            "" if tail.knows else f"Only {len(excesses)} calibration scores leave the mean of those before them."
        )

    def _start(self) -> RunningTail:
        return RunningTail.started(
            self.excesses_, self.level_, self.points_, self.q, self.max_peaks, peaks=self.peaks_, censor=self.censor
        )


@dataclass(kw_only=True)
class _Drift:
    """The last normal scores `window`, oldest first, and the `run` of alarms since."""

    window: Scores
    run: Scores = field(default_factory=lambda: np.empty(0))

    @classmethod
    def restored(cls, state: dict[str, Any]) -> Self:
        return cls(window=state["window"], run=state["run"])

    def state(self) -> dict[str, Any]:
        return {"window": self.window, "run": self.run}

    @property
    def mean(self) -> float:
        return float(_means(self.window, self.window[:1])[0])

    def normal(self, scores: Scores) -> None:
        if len(scores):
            self.window = np.concatenate([self.window, scores])[-len(self.window) :]
            self.run = self.run[:0]

    def alarm(self, score: float) -> None:
        self.run = np.append(self.run, score)
        if len(self.run) == len(self.window) and np.isfinite(self.run).all():
            self.window, self.run = self.run, self.run[:0]


def _means(window: Scores, scores: Scores) -> Scores:
    """Mean of the `len(window)` scores before each of `scores`, which follow `window`; shape (time,).

    Sums start from the window each time, so rounding errors do not pile up, and a constant gives itself exactly.
    """
    centre = window[-1]
    sums = np.cumsum(np.concatenate([[0.0], window - centre, scores[:-1] - centre]))
    return np.asarray(centre + (sums[len(window) :] - sums[: len(scores)]) / len(window))


def _advance(tail: RunningTail, drift: _Drift, scores: Scores) -> Scores:
    """The limit of each score; all of them known. Rows up to the next alarm are looked at together."""
    limits = np.empty(len(scores))
    at, size = 0, _LARGE
    while at < len(scores):
        rows = scores[at : at + size]
        means = _means(drift.window, rows)
        found, alarm = tail.until_alarm(rows - means)
        end = len(found)
        limits[at : at + end] = means[:end] + found
        drift.normal(rows[: end - alarm])
        if alarm:
            drift.alarm(float(rows[end - 1]))
        at += end
        size = _SMALL if alarm else min(2 * size, _LARGE)
    return limits
