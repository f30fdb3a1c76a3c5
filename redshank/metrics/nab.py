"""The score of the Numenta Anomaly Benchmark: early hits earn more, false alarms cost less just after an event.

Lavin & Ahmad: Evaluating Real-time Anomaly Detection Algorithms, ICMLA 2015, section III. Each labelled event is a window. With
sigma(y) = 2 / (1 + exp(5 y)) - 1 (eq. 1 with A_TP - A_FP cancelled):

* the earliest flag in a window earns A_TP sigma(y) / sigma(-1), y = -(rows to the window's end + 1) / width;
* a flag outside costs A_FP sigma(y), y = rows since the last window / (its width - 1), and A_FP beyond three widths, before the
  first window, and after a window of one row, where NAB itself divides by zero;
* a window without a flag costs A_FN;
* score = 100 (raw - null) / (perfect - null), null being no flag at all and perfect a flag at the first row of each window (eq. 4).

These are the offsets NAB's code uses (numenta/NAB, sweeper, 1.1), which published boards were made with. Every flagged row
outside a window counts, so a detector that flags runs must flag onsets only. Flagging nothing gets 0; the random detector on
NAB's own board has 16.8 (standard profile), with the threshold tuned on the labels.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ParamError
from ..kernels.events import flags_to_intervals
from .inputs import Rows, Values, pair
from .ranking import Oracle, Ranking, rank

Profile = Literal["standard", "reward-low-fp", "reward-low-fn"]


class Weights(NamedTuple):
    """What a hit earns, and what a false alarm and a missed window cost."""

    hit: float
    false: float
    miss: float


PROFILES: dict[Profile, Weights] = {
    "standard": Weights(1.0, 0.11, 1.0),
    "reward-low-fp": Weights(1.0, 0.22, 1.0),
    "reward-low-fn": Weights(1.0, 0.11, 2.0),
}
"""The three application profiles of NAB, with the values of its configuration."""


class NabScore(NamedTuple):
    """The normalised score and the raw sum it is made from, by which files are added up to a board."""

    score: float
    raw: float


def nab_score(
    labels: ArrayLike, flags: ArrayLike, profile: Profile = "standard", *, probation: float = 0.15
) -> NabScore:
    """NAB score of flags, 100 for a flag at the first row of every window, 0 for no flags, without lower limit.

    Parameters
    ----------
    labels : (time,) 1 inside the windows of NAB; windows must not touch
    flags : (time,) detections
    profile : "standard", "reward-low-fp" or "reward-low-fn"
    probation : share of the rows at the start that NAB leaves out of the score, of the first 5,000 rows at most

    Returns
    -------
    The score is NaN where no window is scored; the raw sum is never NaN. To score several files sum raw, and normalise by
    the number of windows: `normalised`.

    Examples
    --------
    >>> labels = np.repeat([0, 1, 0], [40, 20, 40])
    >>> flags = np.zeros(100, int)
    >>> flags[40] = 1
    >>> nab_score(labels, flags).score
    100.0
    >>> flags[99] = 1
    >>> round(nab_score(labels, flags).score, 3)
    94.5
    """
    truth, raised = pair(labels, flags)
    weights = _weights(profile)
    windows = flags_to_intervals(truth)
    begin = probation_rows(len(truth), probation)
    rows = begin + np.flatnonzero(raised[begin:])
    window, hit, false = _worth(windows, rows)
    # Worth falls along a window, so its earliest flag earns most.
    found, first = np.unique(window[window >= 0], return_index=True)
    scored = int(np.count_nonzero(windows[:, 1] > begin))
    raw = (
        weights.hit * hit[window >= 0][first].sum() + weights.false * false.sum() - weights.miss * (scored - len(found))
    )
    return NabScore(normalised(float(raw), scored, profile), float(raw))


def best_nab_score(labels: ArrayLike, scores: ArrayLike, profile: Profile = "standard") -> Oracle:
    """The highest NAB score any threshold reaches, at most 100, at least 0. An oracle.

    NAB itself tunes one threshold on the labels of the whole corpus. The warm-up (NaN) takes the place of the probation.
    Flagging nothing scores 0 and is among the thresholds, as infinity. NaN without an anomaly. O(n log n).

    Examples
    --------
    >>> best_nab_score([0, 0, 1, 1, 0, 0], [0.1, 0.2, 0.9, 0.3, 0.4, 0.1])
    Oracle(value=100.0, threshold=0.9)
    """
    return best_nab(rank(labels, scores), profile)


def normalised(raw: float, windows: int, profile: Profile = "standard") -> float:
    """Raw sum over any number of files to a score where 0 is no flag at all and 100 is perfect; NaN without a window.

    Examples
    --------
    >>> round(normalised(112.10722808492878, 116), 1)  # the oracle among NAB's published detectors, "Fixed10"
    98.3
    """
    if windows == 0:
        return np.nan
    weights = _weights(profile)
    null, perfect = -weights.miss * windows, weights.hit * windows
    return float(100 * (raw - null) / (perfect - null))


def probation_rows(n: int, probation: float = 0.15) -> int:
    """Rows at the start that NAB does not score."""
    if not 0 <= probation < 1:
        raise ParamError(f"probation must be a share from 0 to below 1, got {probation}.")
    return int(np.ceil(min(np.floor(probation * n), probation * 5000)))


def best_nab(ranking: Ranking, profile: Profile = "standard") -> Oracle:
    """`best_nab_score` of rows already ranked."""
    return best_nab_of_profiles(ranking, profile)[profile]


def best_nab_of_profiles(ranking: Ranking, *profiles: Profile) -> dict[Profile, Oracle]:
    """`best_nab_score` of rows already ranked, for several profiles, which share all but three factors."""
    weights = {profile: _weights(profile) for profile in profiles}
    events = len(ranking.events)
    if events == 0:
        return {profile: Oracle(np.nan, np.nan) for profile in profiles}
    _, hit, false = _worth(ranking.events, np.arange(len(ranking.labels)))
    row, event, place, nth = ranking.inside
    # Best worth so far in each window: worth lies within (-1, 1], so two a window keep the windows apart.
    best = np.maximum.accumulate(hit[row] + 2 * event) - 2 * event
    gain = np.diff(best, prepend=0.0)
    gain[nth == 1] = best[nth == 1]
    change = np.zeros(len(ranking.labels))
    change[place] = gain
    earned = np.cumsum(change)[ranking.cuts]
    lost = np.cumsum(false[ranking.order])[ranking.cuts]
    missed = events - np.searchsorted(ranking.detected, ranking.cuts, side="right")

    def best_of(weight: Weights, profile: Profile) -> Oracle:
        top = ranking.oracle(weight.hit * earned + weight.false * lost - weight.miss * missed)
        score = normalised(top.value, events, profile)
        return Oracle(score, top.threshold) if score > 0 else Oracle(0.0, np.inf)

    return {profile: best_of(weight, profile) for profile, weight in weights.items()}


def _weights(profile: str) -> Weights:
    if profile not in PROFILES:
        raise ParamError(f"profile must be one of {', '.join(PROFILES)}, got {profile!r}.")
    return PROFILES[profile]


def _worth(windows: Rows, rows: Rows) -> tuple[Rows, Values, Values]:
    """Of a flag at each of `rows`: its window (-1 outside), what it earns inside, and minus what it costs outside."""
    start, end = windows.T
    latest = np.searchsorted(start, rows, side="right") - 1
    inside = rows < np.append(end, 0)[latest]
    hit, false = np.zeros(len(rows)), np.where(inside, 0.0, -1.0)
    window = latest[inside]
    hit[inside] = _sigma((rows[inside] - end[window]) / (end - start)[window]) / _sigma(-1.0)
    outside = np.flatnonzero(~inside & (latest >= 0))
    past, span = rows[outside] - end[latest[outside]] + 1, (end - start)[latest[outside]] - 1
    near = (span > 0) & (past < 3 * span)
    false[outside[near]] = _sigma(past[near] / span[near])
    return np.where(inside, latest, -1), hit, false


def _sigma(y: Values | float) -> Values:
    return np.asarray(2 / (1 + np.exp(5 * np.asarray(y))) - 1)
