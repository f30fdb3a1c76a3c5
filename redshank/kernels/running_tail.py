"""The tail of a stream, fitted anew with every peak: the core of SPOT."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import Any, Self

import numpy as np

from .tails import MIN_PEAKS, SMALLEST, Array, Pareto, Sample, log_sums_of, places_of, unit_of


@dataclass(kw_only=True)
class RunningTail:
    """The tail of a stream: what SPOT remembers, and the limit z_q it draws from it.

    After Siffer et al. (2017), algorithm 2: a score above the limit is an alarm; one between the level and the limit is
    a peak, and the distribution is fitted again; any other is only counted. Two departures:

    * The last `len(ring)` peaks are kept, not all of them, so that memory and time stay bounded for ever.
    * An alarm is not forgotten but counted as a peak of which only is known that it lies beyond the limit (`censor`).
      A tail that never sees what it calls an alarm grows shorter with every fit: on normal data the paper's rule
      raises 2 to 8 times the alarms it promises (`docs/thresholds.md`). So that anomalies do not lengthen the tail
      instead, no more alarms are counted than chance explains: the expected number, one more, and three standard deviations.

    While there are fewer than `MIN_PEAKS` peaks the limit is the largest score seen, and what exceeds it is both an
    alarm and learned, since nothing else can be.

    A refit costs about 40 us with 500 peaks: the sums of the scan are kept up to date by one place in and one out, and
    Newton's method starts from the last optimum. They are summed anew whenever the least or largest peak comes or goes
    and when the ring has gone round once, which bounds their rounding error.

    Parameters
    ----------
    q : probability that a normal point exceeds the limit
    level : t, in the unit of the scores
    censor : whether alarms count as peaks beyond the limit; false is the paper's rule
    unit : the power of two that peaks are divided by
    ring : (at most `max_peaks`,) the last peaks in `unit`, oldest at `cursor` once `held` is its length
    points, peaks : how many points and peaks there were
    beyond, far : how many of the peaks that made the ring lay beyond the limit, and that limit, in `unit`
    theta, shape, scale : the fit, in `unit`
    limit : z_q, in the unit of the scores
    """

    q: float
    level: float
    censor: bool
    unit: float
    ring: Array
    held: int = 0
    cursor: int = 0
    points: int = 0
    peaks: int = 0
    beyond: float = 0.0
    far: float = 0.0
    theta: float = math.nan
    shape: float = math.nan
    scale: float = math.nan
    limit: float = math.nan
    least: float = math.inf
    largest: float = 0.0
    places: Array = field(default_factory=lambda: np.empty(0))
    log_sums: Array = field(default_factory=lambda: np.empty(0))

    @classmethod
    def started(
        cls, excesses: Array, level: float, points: int, q: float, max_peaks: int, *, peaks: int, censor: bool = True
    ) -> Self:
        """Starts from the last `excesses` (at most `max_peaks` count) of `peaks` among `points` calibration scores."""
        unit = unit_of(excesses) if len(excesses) else 1.0
        tail = cls(q=q, level=level, censor=censor, unit=unit, ring=np.zeros(max_peaks), points=points, peaks=peaks)
        kept = np.maximum(excesses[-max_peaks:] / unit, SMALLEST)
        tail.ring[: len(kept)] = kept
        tail.held, tail.cursor = len(kept), len(kept) % max_peaks
        tail._refit(rescan=True)
        return tail

    @classmethod
    def restored(cls, state: dict[str, Any], prefix: str = "") -> Self:
        """Goes on from what `state` returned, which is left as it was."""
        return cls(**{name.name: state[prefix + name.name] for name in fields(cls)})

    def state(self, prefix: str = "") -> dict[str, Any]:
        """All it remembers, by name: numbers and arrays."""
        return {prefix + name: value for name, value in vars(self).items()}

    @property
    def pareto(self) -> Pareto:
        """The distribution of the excesses, in the unit of the scores."""
        return Pareto(self.shape, self.scale * self.unit)

    @property
    def knows(self) -> bool:
        """Whether there are peaks enough for a tail."""
        return self.held >= MIN_PEAKS

    @property
    def excesses(self) -> Array:
        """The peaks it remembers, in no order, as excesses in the unit of the scores; shape (peak,)."""
        return self.ring[: self.held] * self.unit

    def advance(self, scores: Array) -> Array:
        """The limit of each of the next `scores` (time,), which it then learns from; NaN is passed over.

        Only peaks are looked at one by one, in Python; all other points cost one comparison in numpy.
        """
        return self._advance(scores, stop=False)[0]

    def until_alarm(self, scores: Array) -> tuple[Array, bool]:
        """The same up to the first alarm, which is the last score learned from; and whether there was one."""
        return self._advance(scores, stop=True)

    def _advance(self, scores: Array, stop: bool) -> tuple[Array, bool]:
        above = np.flatnonzero(scores > self.level)
        if len(above):
            self.ring = self.ring.copy()  # whoever kept `state` keeps it
        before, known = self.points, ~np.isnan(scores)
        rank = None if known.all() else np.cumsum(known)
        starts, limits, forgotten, end, alarm = [0], [self.limit], 0, len(scores), False
        for at, score in zip(above.tolist(), scores[above].tolist()):
            self.points = before + (at + 1 if rank is None else int(rank[at])) - forgotten
            alarm = score > self.limit
            if self.learn(score):
                starts.append(at + 1)
                limits.append(self.limit)
            else:
                forgotten += 1
            if stop and alarm:
                end = at + 1
                break
        self.points = before + int(known[:end].sum()) - forgotten
        lengths = np.diff([*starts, max(end, starts[-1])])
        return np.repeat(limits, lengths), stop and alarm

    def learn(self, score: float) -> bool:
        """Takes in one score above the level, already counted in `points`; false where it is an alarm and forgotten."""
        if score > self.limit and (self.knows or math.isinf(score)):
            return self._count_alarm()
        y = max((score - self.level) / self.unit, SMALLEST)
        full = self.held == len(self.ring)
        gone = float(self.ring[self.cursor])
        self.ring[self.cursor] = y
        self.cursor = (self.cursor + 1) % len(self.ring)
        self.peaks += 1
        if full:
            self.beyond *= 1 - 1 / self.held
        self.held += not full
        rescan = not self.least < y < self.largest or self.cursor == 0
        rescan = rescan or (full and (gone == self.least or gone == self.largest))
        if not rescan and len(self.places):
            come = np.log1p(self.places * y)
            self.log_sums = self.log_sums + (come - np.log1p(self.places * gone) if full else come)
        self._refit(rescan)
        return True

    def _count_alarm(self) -> bool:
        if not self.censor or not self.knows:
            return False
        # One more than q says: a limit that few peaks have set is often too low, and must be able to rise.
        expected = 1 + self.held * self.q / max(self.peaks / self.points - self.q, self.q)
        if self.beyond + 1 > expected + 3 * math.sqrt(expected):
            return False
        here = (self.limit - self.level) / self.unit
        self.far = (self.far * self.beyond + here) / (self.beyond + 1)
        self.beyond += 1
        self.peaks += 1
        self._refit(rescan=True)
        return True

    def _refit(self, rescan: bool) -> None:
        """Sets the limit from the peaks of the ring."""
        y = self.ring[: self.held]
        if not self.knows:
            self.limit = self.level + (float(y.max()) if self.held else 0.0) * self.unit
            return
        if rescan or not len(self.places):
            self.least, self.largest = float(y.min()), float(y.max())
            self.places = places_of(self.least, max(self.largest, self.far), len(self.ring))
            self.log_sums = log_sums_of(self.places, y)
        sample = Sample(y, self.beyond, self.far, self.largest)
        self.theta, self.shape, self.scale = sample.fit(self.places, self.log_sums, self.theta)
        share = self.peaks / self.points
        excess = Pareto(self.shape, self.scale).excess(self.q / share) if self.q < share else 0.0
        self.limit = self.level + excess * self.unit
