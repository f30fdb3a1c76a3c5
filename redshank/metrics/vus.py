"""Areas under curves whose labels have soft edges: range-AUC for one width of the edge, VUS over all widths.

A label is a guess of where an anomaly starts and ends, so rows near a labelled event count in part: at a distance of `d`
rows, up to w // 2, with weight sqrt(1 - d / w), at most 1. VUS is the mean over w = 0, 1, ..., window, so it hangs on no
single choice. The paper: Paparrizos et al., Volume Under the Surface, PVLDB 15(11), 2022. The figure is that
of TSB-AD's `RangeAUC_volume_opt` (TSB-AD 1.5), which departs from the paper in its thresholds (250 at equal ranks) and in the
count of existence, to 1e-12:

* true positives TP: the weights of the flagged rows;
* positives P' = P + (weights of the flagged soft rows) / 2, negatives N' = n - P';
* recall = min(TP / P', 1) times the share of events with a flag in them or in their soft edges, where events whose edges
  meet are one; false-positive rate = (flagged - TP) / N'; precision = TP / flagged;
* PR area: sum of precision times the step in recall; ROC area: trapezoids, closed at (1, 1).

A soft row needs only its distance to the nearest event, and from there a table of (distance, first threshold that flags it)
holds all that is known of it. The table is as large as the window, however long the series.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ParamError, SeriesError
from ..kernels.events import intervals_to_flags
from .inputs import Rows, Values
from .ranking import Ranking, rank

THRESHOLDS = 250


class Areas(NamedTuple):
    """Area under the precision-recall curve and under the ROC curve."""

    pr: float
    roc: float


def vus_pr(labels: ArrayLike, scores: ArrayLike, window: int = 100, thresholds: int = THRESHOLDS) -> float:
    """Volume under the precision-recall surface, 0 to 1, higher is better; a random score gets more than the anomaly share.

    The figure to compare detectors by: no threshold, no point adjustment, and a detection a little early or late is no
    miss. It says nothing about alarms a day or delay. Where the window is wide against the events and the gaps between them,
    soft rows abound and a random score gets two or three times the share of anomalous rows.

    Parameters
    ----------
    labels : (time,) 0 or 1
    scores : (time,) higher is stranger; NaN at the start is warm-up and left out
    window : widest soft edge, in rows; TSB-AD takes the period of the first channel, or 125 where it finds none
    thresholds : how many thresholds, at equal ranks

    Raises
    ------
    SeriesError
        If the window is longer than the judged series, or labels and scores are no pair.

    Notes
    -----
    NaN without an anomaly. Where every row is anomalous it is 1, where TSB-AD fails. Cost: O(n log n) for the sort, then
    O(near rows + window^2 thresholds); memory linear.

    Examples
    --------
    >>> labels = [0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    >>> scores = [0, 0, 1, 9, 5, 2, 0, 0, 8, 0]
    >>> round(vus_pr(labels, scores, window=4), 6)
    0.833333
    """
    return volumes(rank(labels, scores), window, thresholds).pr


def vus_roc(labels: ArrayLike, scores: ArrayLike, window: int = 100, thresholds: int = THRESHOLDS) -> float:
    """Volume under the ROC surface, about 0 to 1, higher is better; a random score gets 0.5 and more.

    As `vus_pr`, with the false-positive rate in place of precision: it flatters where anomalies are rare. A soft row counts
    whole as found but half as to be found, which lifts a random score above 0.5: to 0.78 for events of 35 rows among 900
    and a window of 100. NaN where one of the two kinds of row is missing.

    Examples
    --------
    >>> round(vus_roc([0, 0, 0, 1, 1, 0, 0, 0, 0, 0], [0, 0, 1, 9, 5, 2, 0, 0, 8, 0], window=4), 6)
    0.9375
    """
    return volumes(rank(labels, scores), window, thresholds).roc


def range_auc_pr(labels: ArrayLike, scores: ArrayLike, window: int = 100, thresholds: int = THRESHOLDS) -> float:
    """Area under the precision-recall curve with soft edges of one width, 0 to 1, higher is better.

    The slice of the VUS surface at w = `window`.

    Examples
    --------
    >>> labels, scores = [0, 0, 0, 1, 1, 0, 0, 0, 0, 0], [0, 0, 1, 9, 8, 2, 0, 0, 0, 0]
    >>> slices = [range_auc_pr(labels, scores, window) for window in range(5)]
    >>> bool(np.isclose(np.mean(slices), vus_pr(labels, scores, 4)))
    True
    """
    return slice_areas(rank(labels, scores), window, thresholds).pr


def range_auc_roc(labels: ArrayLike, scores: ArrayLike, window: int = 100, thresholds: int = THRESHOLDS) -> float:
    """Area under the ROC curve with soft edges of one width, about 0 to 1, higher is better: see `range_auc_pr`.

    Examples
    --------
    >>> round(range_auc_roc([0, 0, 1, 1, 0, 0], [0, 1, 9, 8, 2, 0], window=2), 6)
    1.0
    """
    return slice_areas(rank(labels, scores), window, thresholds).roc


def volumes(ranking: Ranking, window: int, thresholds: int = THRESHOLDS) -> Areas:
    """`vus_pr` and `vus_roc` of rows already ranked, for the price of one."""
    return volumes_and_slice(ranking, window, thresholds)[0]


def volumes_and_slice(ranking: Ranking, window: int, thresholds: int = THRESHOLDS) -> tuple[Areas, Areas]:
    """The mean over all widths, and the last of them, of rows already ranked."""
    pr, roc = _areas(ranking, 0, window, thresholds)
    return Areas(float(pr.mean()), float(roc.mean())), Areas(float(pr[-1]), float(roc[-1]))


def slice_areas(ranking: Ranking, window: int, thresholds: int = THRESHOLDS) -> Areas:
    """`range_auc_pr` and `range_auc_roc` of rows already ranked."""
    pr, roc = _areas(ranking, window, window, thresholds)
    return Areas(float(pr[0]), float(roc[0]))


def _areas(ranking: Ranking, narrowest: int, widest: int, thresholds: int) -> tuple[Values, Values]:
    """PR and ROC area at each width from the narrowest to the widest; shape (width,) each."""
    n = len(ranking.labels)
    if widest < 0:
        raise ParamError(f"window must be at least 0, got {widest}.")
    if widest > n:
        raise SeriesError(
            f"The window of {widest} rows is longer than the {n} judged rows. Take a window of at most {n}."
        )
    if thresholds < 2:
        raise ParamError(f"thresholds must be at least 2, the highest and the lowest score, got {thresholds}.")
    unknown = np.full(widest - narrowest + 1, np.nan)
    if len(ranking.events) == 0:
        return unknown, unknown
    at = np.linspace(0, n - 1, thresholds).astype(np.int64)
    flagged = ranking.cuts[ranking.cut_of(at)] + 1
    hits = _cumulative(np.searchsorted(flagged, ranking.place[ranking.labels], side="right"), thresholds)
    soft, existence = _soft_edges(ranking, flagged, narrowest, widest)  # (width, threshold)
    tp, positives = hits + soft, ranking.anomalies + soft / 2
    recall = np.minimum(tp / positives, 1) * existence
    pr = (np.diff(recall, prepend=0.0) * tp / flagged).sum(axis=1)
    if ranking.anomalies == n:
        return pr, unknown
    false = (flagged - tp) / (n - positives)
    true = np.pad(recall, ((0, 0), (1, 1)), constant_values=(0.0, 1.0))
    roc = (np.diff(false, prepend=0.0, append=1.0) * (true[:, 1:] + true[:, :-1])).sum(axis=1) / 2
    return pr, roc


def _soft_edges(ranking: Ranking, flagged: Rows, narrowest: int, widest: int) -> tuple[Values, Values]:
    """Weight of the flagged soft rows, and share of the events that are found, by width; shape (width, threshold) each."""
    edges = _Edges(ranking, flagged, widest // 2)
    weight, existence = [], []
    for half in range(narrowest // 2, widest // 2 + 1):
        edges.widen_to(half)
        widths = np.arange(max(2 * half, narrowest), min(2 * half + 1, widest) + 1)
        weight.append(edges.weight(widths))
        existence.append(np.repeat(edges.existence()[None], len(widths), axis=0))
    return np.concatenate(weight), np.concatenate(existence)


class _Edges:
    """Soft edges that grow row by row; both widths 2 h and 2 h + 1 reach h rows."""

    def __init__(self, ranking: Ranking, flagged: Rows, reach: int) -> None:
        self.flagged = flagged
        self.place = ranking.place
        self.first, self.last = ranking.events[:, 0], ranking.events[:, 1] - 1
        self.earliest = np.minimum.reduceat(ranking.place[ranking.labels], np.cumsum(ranking.lengths) - ranking.lengths)
        self.half = 0
        near = _near_rows(ranking, reach)
        nearest, second = _distances(near, self.first, self.last)
        cell = nearest * len(flagged) + np.searchsorted(flagged, ranking.place[near], side="right")
        shape = (reach + 1, len(flagged))
        # How many rows at each distance from one event, and within reach of two, are first flagged at each threshold.
        self.by_distance = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)
        self.between = np.zeros(len(flagged))
        both = np.flatnonzero(second <= reach)
        both = both[np.argsort(second[both], kind="stable")]
        self.meets = np.split(cell[both], np.searchsorted(second[both], np.arange(1, reach + 1)))

    def weight(self, widths: Rows) -> Values:
        """Weight of the flagged soft rows, (width, threshold). Two edges that overlap add up to more than 1: that is 1."""
        distance = np.arange(1, self.half + 1)
        falling = np.sqrt(1 - distance / np.maximum(widths, 1)[:, None])
        return np.asarray(np.cumsum(falling @ self.by_distance[1 : self.half + 1] + self.between, axis=1))

    def existence(self) -> Values:
        """Share of the events, merged where their edges meet, that hold a flag at each threshold."""
        apart = self.first[1:] - self.last[:-1] > 2 * self.half
        earliest = np.minimum.reduceat(self.earliest, np.flatnonzero(np.append(True, apart)))
        found = _cumulative(np.searchsorted(self.flagged, earliest, side="right"), len(self.flagged))
        return found / len(earliest)

    def widen_to(self, half: int) -> None:
        """Grow the edges to `half` rows."""
        top = len(self.place) - 1
        while self.half < half:
            self.half += 1
            before = self.place[np.maximum(self.first - self.half, 0)]
            after = self.place[np.minimum(self.last + self.half, top)]
            self.earliest = np.minimum(self.earliest, np.minimum(before, after))
            cells = self.meets[self.half]
            np.subtract.at(self.by_distance.reshape(-1), cells, 1)
            self.between += np.bincount(cells % len(self.flagged), minlength=len(self.flagged))


def _near_rows(ranking: Ranking, reach: int) -> Rows:
    """Normal rows within `reach` of an event."""
    n = len(ranking.labels)
    widened = np.clip(ranking.events + np.array([-reach, reach]), 0, n)
    return np.flatnonzero(intervals_to_flags(widened, n) & ~ranking.labels)


def _distances(rows: Rows, first: Rows, last: Rows) -> tuple[Rows, Rows]:
    """Distance of normal rows to the nearest and to the second nearest event."""
    far = np.iinfo(np.int64).max // 4
    starts = np.concatenate([first, [far, far]])
    ends = np.concatenate([[-far, -far], last])
    right = np.searchsorted(first, rows)
    before, before2 = rows - ends[right + 1], rows - ends[right]
    after, after2 = starts[right] - rows, starts[right + 1] - rows
    second = np.minimum(np.minimum(before2, after2), np.maximum(before, after))
    return np.minimum(before, after), second


def _cumulative(threshold: Rows, thresholds: int) -> Rows:
    """How many have been flagged by each threshold, of things first flagged at `threshold`."""
    return np.cumsum(np.bincount(threshold, minlength=thresholds)[:thresholds])
