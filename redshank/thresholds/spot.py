"""SPOT: a limit from the tail of the scores that goes on learning for ever."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge, Gt, Lt

from ..base import Memory, Scores, Threshold
from ..kernels.running_tail import RunningTail
from ..kernels.tail_level import goodness_of_fit, level_below
from ..kernels.tails import MIN_PEAKS, Peaks
from ..series import Flags


@dataclass(kw_only=True)
class Spot(Threshold):
    """z_q of all the scores so far: the score that a normal point exceeds with probability `q`.

    Starts as `pot` on the calibration scores and fits the tail again with every new peak (Siffer et al. 2017,
    algorithm 2). Follows a tail that changes shape, not a level that drifts: that is `dspot`. Two departures, both of
    `redshank.kernels.running_tail`: the last `max_peaks` peaks are kept, so that it runs for ever in constant memory, and
    alarms are counted as peaks known only to lie beyond the limit, without which it raises several times the alarms it
    promises. Scale- and shift-invariant. Constants, ties, tiny and huge values are borne: where fewer than 10 scores
    exceed any level, the limit is the largest score until they do.

    The calibration's quality is kept: `fit_p_`, p-value of the fit (Anderson-Darling); `error_`, standard error of the
    first limit `value_`; `shape_`, `scale_`. About 40 us a peak, and one comparison for any other point.

    Parameters
    ----------
    q : probability that a normal point is flagged
    level : share of the calibration scores below the level; lowered where fewer than 10 would exceed it
    max_peaks : peaks that are remembered
    censor : whether alarms count as peaks beyond the limit; false is the rule of the paper

    Examples
    --------
    >>> scores = np.random.default_rng(0).normal(size=200_000)
    >>> threshold = Spot(q=1e-3).fit(scores[:5_000])
    >>> limits = threshold.advance(threshold.begin(), scores[5_000:])
    >>> int((scores[5_000:] > limits).sum())  # 195 are expected
    220
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
        return self._start().state()

    def advance(self, memory: Memory, scores: Scores) -> Scores:
        if not (scores > memory["level"]).any():
            memory["points"] += len(scores) - int(np.isnan(scores).sum())
            return np.full(len(scores), memory["limit"])
        tail = RunningTail.restored(memory)
        limits = tail.advance(scores)
        memory.update(tail.state())
        return limits

    def _fit(self, scores: Scores, labels: Flags | None) -> None:
        count = max(MIN_PEAKS, round((1 - self.level) * len(scores)))
        self.level_ = level_below(np.sort(scores), count)
        excesses = scores[scores > self.level_] - self.level_
        self.excesses_, self.peaks_, self.points_ = excesses[-self.max_peaks :], len(excesses), len(scores)
        tail = self._start()
        self.value_, self.shape_, self.scale_ = tail.limit, tail.pareto.shape, tail.pareto.scale
        self.fit_p_ = self.error_ = math.nan
        self.note_ = ""
        if not tail.knows:
            self.note_ = (
                f"Only {len(excesses)} calibration scores exceed any level: the limit is the largest until there are "
                f"{MIN_PEAKS}. Calibrate on more, or on scores that are not constant."
            )
            return
        self.fit_p_ = goodness_of_fit(self.excesses_, tail.pareto)
        self.error_ = Peaks(self.level_, self.excesses_, len(scores), tail.pareto).quantile_error(self.q)

    def _start(self) -> RunningTail:
        return RunningTail.started(
            self.excesses_, self.level_, self.points_, self.q, self.max_peaks, peaks=self.peaks_, censor=self.censor
        )
