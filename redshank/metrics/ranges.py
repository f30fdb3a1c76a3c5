"""Range-based precision and recall: every event counts alike, and how much of it was found, where, and in how many pieces.

Tatbul, Lee, Zdonik, Alam, Gottschlich: Precision and Recall for Time Series, NeurIPS 2018. An interval earns

    reward = alpha * existence + (1 - alpha) * cardinality * overlap
    overlap = sum of bias(row) over the rows in both / sum of bias(row) over the rows of the interval
    cardinality = 1 where one interval of the other kind overlaps it, else gamma(how many do)

with the omega, delta and gamma of section 4 and figure 2. Recall is the mean reward of the labelled events (section 4.1),
precision the mean overlap reward of the flagged runs, without existence (section 4.2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ParamError
from ..kernels.events import flags_to_intervals
from .inputs import Flags, Rows, Values, pair
from .points import harmonic_mean, harmonic_means
from .ranking import Oracle, Ranking, rank

Bias = Literal["flat", "front", "middle", "back"] | Callable[[Rows, Rows], ArrayLike]
"""Worth of the row at `position` (1, 2, ..., length) of an interval; a function gets (positions, lengths) as arrays."""
Cardinality = Literal["reciprocal", "one"] | Callable[[Rows], ArrayLike]
"""Factor for an interval overlapped by several: 1 / how many, 1, or a function of how many."""
ALPHA = 0.2


def range_recall(
    labels: ArrayLike,
    flags: ArrayLike,
    *,
    alpha: float = ALPHA,
    bias: Bias = "flat",
    cardinality: Cardinality = "reciprocal",
) -> float:
    """Mean reward of the labelled events, 0 to 1, higher is better.

    Parameters
    ----------
    labels, flags : (time,) 0 or 1
    alpha : worth of finding an event at all, against how much of it is found; 0.2 in TSB-AD
    bias : "front" where early rows of an event matter more, "back" late ones, "middle" those between, "flat" all alike
    cardinality : "reciprocal" punishes an event found in pieces, "one" does not

    Returns
    -------
    NaN where nothing is labelled.

    Examples
    --------
    >>> range_recall([0, 1, 1, 1, 1, 0], [0, 1, 0, 1, 0, 0], alpha=0)
    0.25
    >>> range_recall([0, 1, 1, 1, 1, 0], [0, 1, 0, 1, 0, 0], alpha=0, cardinality="one")
    0.5
    """
    truth, raised = pair(labels, flags)
    if not 0 <= alpha <= 1:
        raise ParamError(f"alpha must be between 0 and 1, got {alpha}.")
    return _mean_reward(truth, raised, alpha, bias, cardinality)


def range_precision(
    labels: ArrayLike, flags: ArrayLike, *, bias: Bias = "flat", cardinality: Cardinality = "reciprocal"
) -> float:
    """Mean overlap reward of the flagged runs, 0 to 1, higher is better.

    `bias` and `cardinality` as in `range_recall`, with runs and events changed over. NaN where nothing is flagged, 0 where
    nothing is labelled. One long run and one stray row count alike, so stray rows cost much.

    Examples
    --------
    >>> range_precision([0, 1, 1, 0, 0, 0], [1, 1, 0, 0, 1, 0])
    0.25
    """
    truth, raised = pair(labels, flags)
    return _mean_reward(raised, truth, 0.0, bias, cardinality)


def range_f_beta(
    labels: ArrayLike,
    flags: ArrayLike,
    *,
    beta: float = 1.0,
    alpha: float = ALPHA,
    bias: Bias = "flat",
    cardinality: Cardinality = "reciprocal",
) -> float:
    """Weighted harmonic mean of range precision (flat bias, as an alarm has no better rows) and range recall, 0 to 1.

    0 where there are anomalies and no flag finds one, NaN where nothing is labelled. With the defaults it is the R-based-F1
    of TSB-AD.

    Examples
    --------
    >>> round(range_f_beta([0, 1, 1, 0, 0, 0], [1, 1, 0, 0, 1, 0]), 4)
    0.3529
    """
    found = range_recall(labels, flags, alpha=alpha, bias=bias, cardinality=cardinality)
    right = range_precision(labels, flags, cardinality=cardinality)
    return np.nan if np.isnan(found) else harmonic_mean(right, found, beta)


def best_range_f1(labels: ArrayLike, scores: ArrayLike, *, alpha: float = ALPHA) -> Oracle:
    """The highest range F1 any threshold reaches (flat bias, reciprocal cardinality), 0 to 1. An oracle.

    All thresholds are tried exactly, where TSB-AD tries 100 at equal steps of the score. NaN without an anomaly.
    O(n log n).

    Examples
    --------
    >>> best_range_f1([0, 1, 1, 0, 0, 0], [0.1, 0.9, 0.8, 0.2, 0.7, 0.1])
    Oracle(value=1.0, threshold=0.8)
    """
    return best_range_f(rank(labels, scores), alpha)


def best_range_f(ranking: Ranking, alpha: float = ALPHA) -> Oracle:
    """`best_range_f1` of rows already ranked."""
    precision = _sum_of_run_rewards(ranking) / ranking.run_count[ranking.cuts]
    recall = _sum_of_event_rewards(ranking, alpha) / max(len(ranking.events), 1)
    best = ranking.oracle(harmonic_means(precision, recall))
    if np.isnan(best.value):
        return best
    # The sums above run over all thresholds and round on the way; the figure itself is counted afresh.
    return Oracle(range_f_beta(ranking.labels, ranking.scores >= best.threshold, alpha=alpha), best.threshold)


def _sum_of_run_rewards(ranking: Ranking) -> Values:
    """Sum over the flagged runs of (labelled share) / (events overlapped) at each cut; only runs at an event earn any."""
    runs = ranking.runs
    labelled = np.concatenate([[0], np.cumsum(ranking.labels)])
    share = (labelled[runs.end] - labelled[runs.start]) / (runs.end - runs.start)
    first = np.searchsorted(ranking.events[:, 1], runs.start, side="right")
    after = np.searchsorted(ranking.events[:, 0], runs.end)
    reward = share / (after - first)
    n = len(ranking.labels)
    change = np.bincount(runs.born, reward, n + 1) - np.bincount(runs.dies, reward, n + 1)
    return np.asarray(np.cumsum(change)[ranking.cuts])


def _sum_of_event_rewards(ranking: Ranking, alpha: float) -> Values:
    """Sum over the events of their reward at each cut."""
    _, event, place, nth = ranking.inside
    pieces = _pieces(ranking)
    first = np.cumsum(ranking.lengths) - ranking.lengths
    within = np.cumsum(pieces)
    within -= np.repeat(within[first] - 1, ranking.lengths)
    reward = alpha + (1 - alpha) * nth / ranking.lengths[event] / within
    change = np.diff(reward, prepend=0.0)
    change[first] = reward[first]
    return np.asarray(np.cumsum(np.bincount(place, change, len(ranking.labels)))[ranking.cuts])


def _pieces(ranking: Ranking) -> Rows:
    """Change in the number of flagged runs within the event as each labelled row is flagged."""
    row, _, place, _ = ranking.inside
    padded = np.concatenate([[False], ranking.labels, [False]])
    around = np.concatenate([[0], ranking.place, [0]])
    joins_left = padded[row] & (around[row] < place)
    joins_right = padded[row + 2] & (around[row + 2] < place)
    return 1 - joins_left.astype(np.int64) - joins_right


def _mean_reward(of: Flags, by: Flags, alpha: float, bias: Bias, cardinality: Cardinality) -> float:
    """Mean reward of the runs of `of` for being overlapped by the runs of `by`."""
    intervals = flags_to_intervals(of)
    if len(intervals) == 0:
        return np.nan
    start, end = intervals.T
    lengths = end - start
    row = np.flatnonzero(of)
    offset = np.cumsum(lengths) - lengths
    worth = _worth(bias, row - np.repeat(start, lengths) + 1, np.repeat(lengths, lengths))
    overlap = np.add.reduceat(worth * by[row], offset) / np.add.reduceat(worth, offset)
    overlaps = _overlaps(start, end, by)
    reward = alpha * (overlaps > 0) + (1 - alpha) * _factor(cardinality, overlaps) * overlap
    return float(reward.mean())


def _overlaps(start: Rows, end: Rows, by: Flags) -> Rows:
    """How many runs of `by` overlap each interval [start, end)."""
    begun = np.cumsum(np.diff(by.astype(np.int8), prepend=0) == 1)
    return begun[end - 1] - begun[start] + by[start]


def _worth(bias: Bias, position: Rows, length: Rows) -> Values:
    """Bias of each row of an interval (figure 2 of the paper; "middle" peaks at the centre)."""
    if callable(bias):
        return np.asarray(bias(position, length), dtype=np.float64)
    match bias:
        case "flat":
            return np.ones(len(position))
        case "front":
            return (length - position + 1).astype(np.float64)
        case "back":
            return position.astype(np.float64)
        case "middle":
            return np.where(2 * position <= length, position, length - position + 1).astype(np.float64)
    raise ParamError(f"bias must be flat, front, middle, back or a function, got {bias!r}.")


def _factor(cardinality: Cardinality, overlaps: Rows) -> Values:
    several = np.maximum(overlaps, 1)
    if callable(cardinality):
        return np.where(overlaps > 1, np.asarray(cardinality(several), dtype=np.float64), 1.0)
    match cardinality:
        case "reciprocal":
            return np.asarray(1 / several)
        case "one":
            return np.ones(len(overlaps))
    raise ParamError(f"cardinality must be reciprocal, one or a function, got {cardinality!r}.")
