"""Event by event: an event is found when any of its rows is flagged, a run of flags is false when it touches no event."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..kernels.events import flags_to_intervals
from .inputs import Flags, Rows, Values, pair
from .points import harmonic_mean, harmonic_means, precision, share
from .ranking import Oracle, Ranking, rank


def event_recall(labels: ArrayLike, flags: ArrayLike) -> float:
    """Share of the labelled events with at least one flag in them, 0 to 1, higher is better.

    Flagging every row reaches 1: read it beside the false alarms. NaN where nothing is labelled. O(n).

    Examples
    --------
    >>> event_recall([0, 1, 1, 0, 1, 0], [0, 0, 1, 0, 0, 1])
    0.5
    """
    truth, raised = pair(labels, flags)
    found = detected(truth, raised)
    return share(np.count_nonzero(found), len(found))


def event_precision(labels: ArrayLike, flags: ArrayLike) -> float:
    """Found events among found events and false alarms, 0 to 1, higher is better: tp / (tp + fp) of Hundman 2018, section 4.

    Several alarms within one event count once. NaN where nothing is flagged. O(n).

    Examples
    --------
    >>> event_precision([0, 1, 1, 1, 0, 0], [0, 1, 0, 1, 0, 1])
    0.5
    """
    truth, raised = pair(labels, flags)
    found = np.count_nonzero(detected(truth, raised))
    return share(found, found + false_alarms(truth, raised))


def event_f1(labels: ArrayLike, flags: ArrayLike) -> float:
    """Harmonic mean of event precision and event recall, 0 to 1, higher is better (Hundman et al., KDD 2018, section 4).

    2 tp / (2 tp + fn + fp) with tp found events, fn missed events and fp runs of flags that touch no event. One endless
    alarm is one run, so a detector that never stops gets 1: read it beside precision. NaN where nothing is labelled and
    nothing flagged. TSB-AD's "Event-based-F1" is another figure: `composite_f1`. O(n).

    Examples
    --------
    >>> event_f1([0, 1, 1, 0, 1, 0, 0], [0, 0, 1, 0, 0, 0, 1])
    0.5
    """
    truth, raised = pair(labels, flags)
    found = detected(truth, raised)
    tp = np.count_nonzero(found)
    return share(2 * tp, tp + len(found) + false_alarms(truth, raised))


def composite_f1(labels: ArrayLike, flags: ArrayLike) -> float:
    """Harmonic mean of row precision and event recall, 0 to 1, higher is better (Fc1 of Garg et al. 2021).

    Finding each event once is enough, and every falsely flagged row costs. It is the "Event-based-F1" of TSB-AD. 0 where
    there are anomalies and no flag finds one, NaN where nothing is labelled. O(n).

    Examples
    --------
    >>> composite_f1([0, 1, 1, 0, 1, 0], [0, 0, 1, 0, 0, 0])
    0.6666666666666666
    """
    found = event_recall(labels, flags)
    return np.nan if np.isnan(found) else harmonic_mean(precision(labels, flags), found)


def false_alarms(labels: ArrayLike, flags: ArrayLike) -> int:
    """Runs of flags that touch no labelled event: a count, lower is better. O(n).

    A run that begins before an event and reaches into it is early, not false.

    Examples
    --------
    >>> false_alarms([0, 0, 1, 1, 0, 0], [1, 0, 1, 0, 0, 1])
    2
    """
    truth, raised = pair(labels, flags)
    start, end = flags_to_intervals(raised).T
    labelled = np.concatenate([[0], np.cumsum(truth)])
    return int(np.count_nonzero(labelled[end] == labelled[start]))


def best_event_f1(labels: ArrayLike, scores: ArrayLike) -> Oracle:
    """The highest event F1 any threshold reaches, 0 to 1. An oracle; exact over all thresholds. O(n log n).

    The lowest threshold flags everything: one run, no false alarm, all events found. That scores 1 and means nothing, so
    thresholds that flag more than half of the rows are left out, unless more than half are labelled. NaN without an anomaly.

    Examples
    --------
    >>> best_event_f1([0, 1, 1, 0, 1, 0, 0, 0], [0.1, 0.2, 0.9, 0.1, 0.4, 0.1, 0.5, 0.1])
    Oracle(value=0.8, threshold=0.4)
    """
    return best_event_f(rank(labels, scores))


def best_composite_f1(labels: ArrayLike, scores: ArrayLike) -> Oracle:
    """The highest composite F1 any threshold reaches, 0 to 1. An oracle; exact over all thresholds. O(n log n).

    Examples
    --------
    >>> best_composite_f1([0, 1, 1, 0, 1, 0], [0.1, 0.2, 0.9, 0.1, 0.4, 0.5])
    Oracle(value=0.8571428571428571, threshold=0.2)
    """
    return best_composite_f(rank(labels, scores))


def best_event_f(ranking: Ranking) -> Oracle:
    """`best_event_f1` of rows already ranked."""
    n = len(ranking.labels)
    runs = ranking.runs
    touching = np.cumsum(np.bincount(runs.born, minlength=n + 1) - np.bincount(runs.dies, minlength=n + 1))
    false = (ranking.run_count - touching[:-1])[ranking.cuts]
    tp = _found(ranking)
    value = 2 * tp / (tp + len(ranking.events) + false)
    endless = ranking.flagged > max(n / 2, ranking.anomalies)
    return ranking.oracle(np.where(endless, 0.0, value))


def best_composite_f(ranking: Ranking) -> Oracle:
    """`best_composite_f1` of rows already ranked."""
    recall = _found(ranking) / max(len(ranking.events), 1)
    return ranking.oracle(harmonic_means(ranking.hits / ranking.flagged, recall))


def detected(labels: Flags, flags: Flags) -> Flags:
    """Which labelled events hold a flag; shape (event,)."""
    start, end = flags_to_intervals(labels).T
    flagged = np.concatenate([[0], np.cumsum(flags)])
    return np.asarray(flagged[end] > flagged[start])


def _found(ranking: Ranking) -> Values | Rows:
    """Events with a flag at each cut."""
    return np.searchsorted(ranking.detected, ranking.cuts, side="right")
