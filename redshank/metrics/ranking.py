"""Rows in the order in which a falling threshold flags them: what every threshold-free figure is counted from.

A threshold stops only after the last of a group of equal scores, so ties never depend on the order of the rows. These
stops are the `cuts`. Sorting is done once and shared by the whole suite.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..kernels.events import flags_to_intervals
from .inputs import Flags, Rows, Values, judged
from .nearest import nearest_greater


class Oracle(NamedTuple):
    """The best figure any threshold could reach, found by looking at the labels, and the threshold that reaches it.

    A row is flagged where `score >= threshold`. No detector can choose this threshold without the labels it is judged
    by, so the figure is an upper bound and never a result.
    """

    value: float
    threshold: float


class Inside(NamedTuple):
    """The labelled rows, event after event, within an event in the order of their scores; shape (anomaly,) each."""

    row: Rows
    event: Rows
    place: Rows
    nth: Rows
    """How many rows of the event are flagged when this one is: 1, 2, 3, ..."""


class Runs(NamedTuple):
    """Runs of flagged rows that touch an anomaly, over all thresholds; shape (run,) each.

    Run [start, end) exists once `born` + 1 rows are flagged and until `dies` + 1 are.
    """

    start: Rows
    end: Rows
    born: Rows
    dies: Rows


@dataclass(frozen=True, eq=False)
class Ranking:
    """Labels and scores of the judged rows, shape (time,), with the order of the rows from the highest score down."""

    labels: Flags
    scores: Values
    order: Rows
    events: Rows
    """Labelled events as half-open row intervals; shape (event, 2)."""

    @cached_property
    def place(self) -> Rows:
        """Place of each row in the order, 0 for the highest score; shape (time,)."""
        place = np.empty(len(self.order), dtype=np.int64)
        place[self.order] = np.arange(len(self.order))
        return place

    @cached_property
    def cuts(self) -> Rows:
        """Places at which a threshold can stop, shape (cut,): the last of each group of equal scores."""
        falling = self.scores[self.order]
        return np.append(np.flatnonzero(falling[1:] != falling[:-1]), len(falling) - 1)

    @cached_property
    def flagged(self) -> Rows:
        """Flagged rows at each cut."""
        return self.cuts + 1

    @cached_property
    def hits(self) -> Rows:
        """Flagged rows at each cut that are labelled."""
        return np.cumsum(self.labels[self.order], dtype=np.int64)[self.cuts]

    @property
    def anomalies(self) -> int:
        """Labelled rows."""
        return int(self.lengths.sum())

    @cached_property
    def lengths(self) -> Rows:
        """Rows of each event."""
        return self.events[:, 1] - self.events[:, 0]

    @cached_property
    def inside(self) -> Inside:
        """The labelled rows, event after event, within an event in the order of their scores."""
        row = np.flatnonzero(self.labels)
        event = np.repeat(np.arange(len(self.events)), self.lengths)
        by_score = np.argsort(event * len(self.labels) + self.place[row])
        first = np.repeat(np.cumsum(self.lengths) - self.lengths, self.lengths)
        return Inside(row[by_score], event, self.place[row][by_score], np.arange(len(row)) - first + 1)

    @cached_property
    def detected(self) -> Rows:
        """Place at which each event gets its first flag, in ascending order; shape (event,)."""
        return np.sort(self.inside.place[self.inside.nth == 1])

    @cached_property
    def run_count(self) -> Rows:
        """Runs of flagged rows at each place; shape (time,).

        A row begins a run where neither neighbour is flagged before it, and joins two where both are.
        """
        earlier = self.place[:-1] < self.place[1:]
        step = np.ones(len(self.place), dtype=np.int64)
        step[1:] -= earlier
        step[:-1] -= ~earlier
        return np.cumsum(step[self.order])

    @cached_property
    def runs(self) -> Runs:
        """Runs that touch an anomaly. Each is known by its last row to be flagged; it dies when a neighbour is.

        Only labelled rows can be that row, and rows of the normal stretches flagged later than all between them and the
        next event: the rest is left out, so the cost is that of the labelled rows.
        """
        kept = np.flatnonzero(self.labels | self._later_than_all_towards_an_event())
        place = self.place[kept]
        left, right = nearest_greater(place)
        n = len(self.place)
        never = np.append(place, n)
        start = np.where(left < 0, 0, np.append(kept, -1)[left] + 1)
        end = np.append(kept, n)[right]
        dies = np.minimum(never[left], never[right])
        labelled = np.concatenate([[0], np.cumsum(self.labels)])
        touches = labelled[end] > labelled[start]
        return Runs(start[touches], end[touches], place[touches], dies[touches])

    def _later_than_all_towards_an_event(self) -> Flags:
        normal = np.flatnonzero(~self.labels)
        stretch = np.searchsorted(self.events[:, 0], normal)
        place, apart = self.place[normal], len(self.place)
        # Places of one stretch lie beyond those of the stretch before, so the running maximum starts anew in each.
        forward = place + stretch * apart
        backward = (place + (len(self.events) - stretch) * apart)[::-1]
        record = forward == np.maximum.accumulate(forward)
        record |= (backward == np.maximum.accumulate(backward))[::-1]
        later = np.zeros(len(self.labels), dtype=np.bool_)
        later[normal[record]] = True
        return later

    def cut_of(self, place: Rows) -> Rows:
        """Index of the first cut at which the row at `place` is flagged."""
        return np.searchsorted(self.cuts, place)

    def flags_at(self, cut: int) -> Flags:
        """What is flagged at a cut; shape (time,)."""
        return self.place <= self.cuts[cut]

    def oracle(self, values: Values, at: Rows | None = None) -> Oracle:
        """The highest of `values`, one for each cut (or for the cuts `at`), and its threshold; NaN without an anomaly."""
        if len(self.events) == 0:
            return Oracle(np.nan, np.nan)
        best = int(np.argmax(values))
        cut = best if at is None else int(at[best])
        return Oracle(float(values[best]), float(self.scores[self.order[self.cuts[cut]]]))


def rank(labels: ArrayLike, scores: ArrayLike) -> Ranking:
    """Check labels and scores, drop the warm-up, sort. O(n log n).

    Examples
    --------
    >>> ranking = rank([0, 1, 1, 0], [0.1, 0.9, 0.4, 0.4])
    >>> ranking.flagged.tolist(), ranking.hits.tolist()
    ([1, 3, 4], [1, 2, 2])
    """
    truth, values, _ = judged(labels, scores)
    return in_falling_order(truth, values)


def in_falling_order(labels: Flags, scores: Values) -> Ranking:
    """Sort rows that were checked before."""
    return Ranking(labels, scores, np.argsort(scores)[::-1], flags_to_intervals(labels))
