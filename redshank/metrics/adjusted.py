"""Point adjustment: one flag anywhere in an event makes the whole event found. Inflated: kept to compare with older papers.

Introduced by Xu et al. (WWW 2018, section 4.2). Kim et al. (AAAI 2022) proved that a random score then beats published
detectors: on a long event some row of any score is high. Never read a figure of this file without the random one beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ParamError
from ..kernels.events import flags_to_intervals
from .events import detected
from .inputs import Flags, Values, pair
from .points import f_beta
from .ranking import Oracle, Ranking, rank

LEVELS = tuple(range(101))


class PaKCurve(NamedTuple):
    """Best F1 when an event is adjusted only if more than K % of its rows are flagged; shape (level,) each."""

    k: Values
    f1: Values

    @property
    def area(self) -> float:
        """Mean height of the curve over K from 0 to 100, 0 to 1."""
        return float(np.trapezoid(self.f1, self.k) / 100)


def point_adjust(labels: ArrayLike, flags: ArrayLike, k: float | None = None) -> Flags:
    """Flags with every found event filled in; shape (time,).

    With `k`, only events with more than `k` percent of their rows flagged (PA%K of Kim et al. 2022). Upstream loops
    run backwards to row 1 and never adjust row 0; here row 0 is a row.

    Examples
    --------
    >>> point_adjust([1, 1, 1, 0, 1, 1], [0, 1, 0, 1, 0, 0]).astype(int).tolist()
    [1, 1, 1, 1, 0, 0]
    """
    truth, raised = pair(labels, flags)
    start, end = flags_to_intervals(truth).T
    if k is None:
        filled = detected(truth, raised)
    else:
        counted = np.concatenate([[0], np.cumsum(raised)])
        filled = 100 * (counted[end] - counted[start]) > k * (end - start)
    adjusted = raised.copy()
    adjusted[truth] |= np.repeat(filled, end - start)
    return adjusted


def point_adjusted_f1(labels: ArrayLike, flags: ArrayLike) -> float:
    """F1 after point adjustment, 0 to 1, higher is better. Inflated: see the top of this file.

    Examples
    --------
    >>> point_adjusted_f1([0, 1, 1, 1, 0], [0, 0, 1, 0, 0])
    1.0
    """
    return f_beta(labels, point_adjust(labels, flags))


def best_point_adjusted_f1(labels: ArrayLike, scores: ArrayLike) -> Oracle:
    """The highest point-adjusted F1 any threshold reaches, 0 to 1. An oracle, and inflated.

    This is the figure most papers of 2018 to 2023 print as "F1". Exact over all thresholds: only those where one more
    event is found can be best. NaN without an anomaly. O(n log n).

    Examples
    --------
    >>> best_point_adjusted_f1([0, 1, 1, 1, 0], [0.3, 0.1, 0.9, 0.1, 0.2])
    Oracle(value=1.0, threshold=0.9)
    """
    return best_point_adjusted_f(rank(labels, scores))


def pa_k_curve(labels: ArrayLike, scores: ArrayLike, levels: Sequence[float] = LEVELS) -> PaKCurve:
    """Best F1 under PA%K for each K of `levels` in percent, 0 to 1, higher is better (Kim et al. 2022).

    K = 0 is point adjustment, K = 100 is the plain best F1 (no event can exceed 100 %). Each level takes its own best
    threshold, exactly: an oracle at every K. NaN without an anomaly. O(n log n + levels x anomalous rows).

    Examples
    --------
    >>> curve = pa_k_curve([0, 1, 1, 1, 1, 0], [0.3, 0.1, 0.9, 0.8, 0.1, 0.2], levels=(0, 50, 100))
    >>> curve.f1.round(3).tolist()
    [1.0, 0.8, 0.8]
    """
    return best_pa_k_curve(rank(labels, scores), levels)


def pa_k_area(labels: ArrayLike, scores: ArrayLike, levels: Sequence[float] = LEVELS) -> float:
    """Area under the PA%K curve, 0 to 1, higher is better: between the plain best F1 and the point-adjusted one.

    Kim et al. propose it in place of point adjustment. It inflates less, not nothing: a random score gets 0.21 to 0.48 on machines 1-6, 2-1
    and 3-4 of SMD, where its plain best F1 is 0.08 to 0.27 and its point-adjusted one 0.82 to 0.97.
    """
    return pa_k_curve(labels, scores, levels).area


def best_point_adjusted_f(ranking: Ranking) -> Oracle:
    """`best_point_adjusted_f1` of rows already ranked."""
    first = ranking.inside.nth == 1
    order = np.argsort(ranking.inside.place[first])
    cuts = ranking.cut_of(ranking.inside.place[first][order])
    # Of the events first flagged at one cut the last has the whole sum, and it is the highest of them.
    adjusted = np.cumsum(ranking.lengths[order])
    false = (ranking.flagged - ranking.hits)[cuts]
    return ranking.oracle(2 * adjusted / (adjusted + false + ranking.anomalies), cuts)


def best_pa_k_curve(ranking: Ranking, levels: Sequence[float] = LEVELS) -> PaKCurve:
    """`pa_k_curve` of rows already ranked."""
    k = np.asarray(levels, dtype=np.float64)
    if k.ndim != 1 or len(k) == 0 or k.min() < 0 or k.max() > 100:
        raise ParamError(f"levels must be percentages between 0 and 100, got {list(levels)}.")
    if ranking.anomalies == 0:
        return PaKCurve(k, np.full(len(k), np.nan))
    _, event, place, nth = ranking.inside
    by_place = np.argsort(place)
    back = np.empty(len(place), dtype=np.int64)
    back[by_place] = np.arange(len(place))
    nth, event = nth[by_place], event[by_place]
    first = np.cumsum(ranking.lengths) - ranking.lengths
    cuts = ranking.cut_of(place[by_place])
    stops = np.flatnonzero(np.append(cuts[1:] != cuts[:-1], True))  # a best threshold ends at a labelled row
    rest = 1 / ((ranking.flagged - ranking.hits)[cuts[stops]] + ranking.anomalies)

    def best(percent: float) -> float:
        filling = np.floor(percent * ranking.lengths / 100).astype(np.int64) + 1  # the first count above K %, by event
        gain = (nth < filling[event]).astype(np.int64)
        fills = np.flatnonzero(filling <= ranking.lengths)
        gain[back[first[fills] + filling[fills] - 1]] = (ranking.lengths - filling + 1)[fills]
        odds = (np.cumsum(gain)[stops] * rest).max()
        return float(2 * odds / (odds + 1))  # 2 tp / (tp + fp + positives), which rises with tp / (fp + positives)

    return PaKCurve(k, np.array([best(percent) for percent in k]))
