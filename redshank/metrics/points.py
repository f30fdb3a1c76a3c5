"""Row by row: precision, recall, F-beta of flags; areas under the curves and the best F-beta of scores.

Every labelled row counts alike, so one long event outweighs many short ones and an alarm one row early is wrong. With `tp`,
`fp`, `fn` the flagged anomalous, flagged normal and missed anomalous rows.
"""

from __future__ import annotations

from typing import SupportsFloat

import numpy as np
from numpy.typing import ArrayLike

from .inputs import Values, pair
from .ranking import Oracle, Ranking, rank


def precision(labels: ArrayLike, flags: ArrayLike) -> float:
    """Share of the flagged rows that are labelled, 0 to 1, higher is better: tp / (tp + fp).

    NaN where nothing is flagged: there is no share of nothing. O(n).

    Examples
    --------
    >>> precision([0, 1, 1, 0], [0, 1, 0, 1])
    0.5
    """
    truth, raised = pair(labels, flags)
    return share(np.count_nonzero(truth & raised), np.count_nonzero(raised))


def recall(labels: ArrayLike, flags: ArrayLike) -> float:
    """Share of the labelled rows that are flagged, 0 to 1, higher is better: tp / (tp + fn).

    NaN where nothing is labelled. O(n).

    Examples
    --------
    >>> recall([0, 1, 1, 1], [0, 1, 0, 0])
    0.3333333333333333
    """
    truth, raised = pair(labels, flags)
    return share(np.count_nonzero(truth & raised), np.count_nonzero(truth))


def f_beta(labels: ArrayLike, flags: ArrayLike, beta: float = 1.0) -> float:
    """Weighted harmonic mean of precision and recall, 0 to 1, higher is better (van Rijsbergen 1979, chapter 7).

    (1 + beta^2) tp / ((1 + beta^2) tp + beta^2 fn + fp): `beta` times as much weight on recall as on precision. 0 where
    there are anomalies and no flag finds one, NaN where nothing is labelled and nothing flagged. O(n).

    Examples
    --------
    >>> f_beta([0, 1, 1, 0], [0, 1, 0, 0])
    0.6666666666666666
    """
    truth, raised = pair(labels, flags)
    tp = np.count_nonzero(truth & raised)
    weight = beta**2
    return share((1 + weight) * tp, weight * np.count_nonzero(truth) + np.count_nonzero(raised))


def auc_pr(labels: ArrayLike, scores: ArrayLike) -> float:
    """Average precision, 0 to 1, higher is better; a random score gets the share of labelled rows.

    The sum over thresholds of precision times the step in recall (Davis & Goadrich 2006 on why the points must not be
    joined by lines). Equal scores are flagged together. NaN without an anomaly, 1 where all rows are anomalous. O(n log n).

    Examples
    --------
    >>> auc_pr([0, 1, 0, 1], [0.1, 0.9, 0.8, 0.3])
    0.8333333333333333
    """
    return area_under_precision_recall(rank(labels, scores))


def auc_roc(labels: ArrayLike, scores: ArrayLike) -> float:
    """Chance that an anomalous row scores higher than a normal one, 0 to 1, higher is better; a random score gets 0.5.

    The Mann-Whitney statistic: equal scores count one half (Hanley & McNeil 1982, section 2). It flatters where
    anomalies are rare, since the many easy normal rows count. NaN where one of the two kinds is missing. O(n log n).

    Examples
    --------
    >>> auc_roc([0, 1, 0, 1], [0.1, 0.9, 0.8, 0.3])
    0.75
    """
    return area_under_roc(rank(labels, scores))


def best_f_beta(labels: ArrayLike, scores: ArrayLike, beta: float = 1.0) -> Oracle:
    """The highest F-beta any threshold reaches, 0 to 1, higher is better. An oracle: it looks at the labels.

    All thresholds are tried exactly. NaN without an anomaly. O(n log n).

    Examples
    --------
    >>> best_f_beta([0, 1, 1, 0], [0.1, 0.9, 0.4, 0.2])
    Oracle(value=1.0, threshold=0.4)
    """
    return best_point_f(rank(labels, scores), beta)


def best_f1(labels: ArrayLike, scores: ArrayLike) -> Oracle:
    """The highest F1 any threshold reaches: `best_f_beta` with beta 1."""
    return best_f_beta(labels, scores)


def area_under_precision_recall(ranking: Ranking) -> float:
    """`auc_pr` of rows already ranked."""
    if ranking.anomalies == 0:
        return np.nan
    steps = np.diff(ranking.hits, prepend=0)
    return float(steps @ (ranking.hits / ranking.flagged) / ranking.anomalies)


def area_under_roc(ranking: Ranking) -> float:
    """`auc_roc` of rows already ranked."""
    anomalies = ranking.anomalies
    normal = len(ranking.labels) - anomalies
    if anomalies == 0 or normal == 0:
        return np.nan
    hits = np.concatenate([[0], ranking.hits])
    false = np.concatenate([[0], ranking.flagged - ranking.hits])
    return float(np.diff(false) @ (hits[1:] + hits[:-1]) / (2 * anomalies * normal))


def best_point_f(ranking: Ranking, beta: float = 1.0) -> Oracle:
    """`best_f_beta` of rows already ranked."""
    weight = beta**2
    return ranking.oracle((1 + weight) * ranking.hits / (weight * ranking.anomalies + ranking.flagged))


def share(part: SupportsFloat, whole: SupportsFloat) -> float:
    """part / whole, NaN of nothing."""
    return float(part) / float(whole) if float(whole) else np.nan


def harmonic_mean(precision: float, recall: float, beta: float = 1.0) -> float:
    """F-beta of a precision and a recall: 0 where one is 0, also if the precision is of nothing flagged; else NaN if one is."""
    if recall == 0 or precision == 0:
        return 0.0
    weight = beta**2
    return float((1 + weight) * precision * recall / (weight * precision + recall))


def harmonic_means(precision: Values, recall: Values) -> Values:
    """F1 of many precisions and recalls, 0 where both are 0; shape (cut,)."""
    total = precision + recall
    return 2 * np.divide(precision * recall, total, out=np.zeros_like(total), where=total > 0)
