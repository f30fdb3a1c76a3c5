"""bi-SPOT: SPOT on both tails, so that a score that is strangely low is flagged as well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge, Gt, Lt

from ..base import Memory, Scores, Threshold
from ..kernels.running_tail import RunningTail
from ..kernels.tail_level import goodness_of_fit, level_below
from ..kernels.tails import MIN_PEAKS
from ..series import Flags

_SIDES = (("upper_", 1.0), ("lower_", -1.0))


@dataclass(kw_only=True)
class BiSpot(Threshold):
    """z_q of the scores and of their negatives, each for half of `q`: a score beyond either is flagged.

    Siffer et al. (2017), section 4, with the departures of `spot`. A score that is strangely low is a value too good
    to be true: a sensor that stands still, a model that was shown its own answer. A score flagged on one side is learned
    on neither. Where a score lies below the lower limit, the limit reported is as far below the score as the score is
    below the lower limit, so that flags, margins and plots read the same on both sides.

    Parameters
    ----------
    q : probability that a normal point is flagged, on either side
    level : share of the calibration scores inside the level on each side; lowered where fewer than 10 would exceed it
    max_peaks : peaks that are remembered on each side
    censor : whether alarms count as peaks beyond the limit; false is the rule of the paper

    Examples
    --------
    >>> scores = np.random.default_rng(0).normal(size=5_000)
    >>> threshold = BiSpot(q=1e-3).fit(scores)
    >>> new = np.array([0.0, 9.0, -9.0])
    >>> (new > threshold.advance(threshold.begin(), new)).tolist()
    [False, True, True]
    """

    paper: ClassVar[str] = "Siffer et al. 2017, doi:10.1145/3097983.3098144"

    q: Annotated[float, Gt(0), Lt(1)] = 1e-4
    level: Annotated[float, Gt(0), Lt(1)] = 0.98
    max_peaks: Annotated[int, Ge(2 * MIN_PEAKS)] = 1000
    censor: bool = True

    @property
    def promised_rate(self) -> float:
        return self.q

    def begin(self) -> Memory:
        self._must_be_fitted()
        upper, lower = (self._start(side) for side, _ in _SIDES)
        return upper.state("upper_") | lower.state("lower_")

    def advance(self, memory: Memory, scores: Scores) -> Scores:
        limits = np.full(len(scores), memory["upper_limit"])
        known = ~np.isnan(scores)
        if not ((scores > memory["upper_level"]) | (-scores > memory["lower_level"])).any():
            memory["upper_points"] += int(known.sum())
            memory["lower_points"] += int(known.sum())
            return limits
        upper, lower = (RunningTail.restored(memory, side) for side, _ in _SIDES)
        limits[known] = _advance(upper, lower, scores[known])
        memory.update(upper.state("upper_") | lower.state("lower_"))
        return limits

    def _fit(self, scores: Scores, labels: Flags | None) -> None:
        count = max(MIN_PEAKS, round((1 - self.level) * len(scores)))
        self.points_, self.note_ = len(scores), ""
        for side, sign in _SIDES:
            level = level_below(np.sort(sign * scores), count)
            excesses = sign * scores[sign * scores > level] - level
            setattr(self, f"{side}level_", level)
            setattr(self, f"{side}peaks_", len(excesses))
            setattr(self, f"{side}excesses_", excesses[-self.max_peaks :])
            tail = self._start(side)
            setattr(self, f"{side}value_", sign * tail.limit)
            setattr(self, f"{side}fit_p_", goodness_of_fit(tail.excesses, tail.pareto) if tail.knows else float("nan"))
            if not tail.knows:
                self.note_ += f"Only {len(excesses)} calibration scores exceed any {side.rstrip('_')} level. "
        self.value_ = self.state["upper_value_"]

    def _start(self, side: str) -> RunningTail:
        excesses, level, peaks = (self.state[f"{side}{name}_"] for name in ("excesses", "level", "peaks"))
        return RunningTail.started(
            excesses, level, self.points_, self.q / 2, self.max_peaks, peaks=peaks, censor=self.censor
        )


def _advance(upper: RunningTail, lower: RunningTail, scores: Scores) -> Scores:
    """The limit of each score; all of them known. Scores beyond either level are looked at one by one."""
    beyond = np.flatnonzero((scores > upper.level) | (-scores > lower.level))
    if len(beyond):
        upper.ring, lower.ring = upper.ring.copy(), lower.ring.copy()  # whoever kept the memory's state keeps it
    before = (upper.points, lower.points)
    starts, limits, forgotten = [0], [upper.limit], 0
    mirrored: list[tuple[int, float]] = []
    for at, score in zip(beyond.tolist(), scores[beyond].tolist()):
        upper.points, lower.points = (points + at + 1 - forgotten for points in before)
        tail, signed = (upper, score) if score > upper.level else (lower, -score)
        if tail is lower and signed > lower.limit:
            mirrored.append((at, score - (signed - lower.limit)))
        forgotten += not tail.learn(signed)
        starts.append(at + 1)
        limits.append(upper.limit)
    upper.points, lower.points = (points + len(scores) - forgotten for points in before)
    found = np.repeat(limits, np.diff([*starts, len(scores)]))
    for at, limit in mirrored:
        found[at] = limit
    return found
