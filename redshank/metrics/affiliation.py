"""Affiliation: how near the flags are to the events, against how near a random flag would be.

Huet, Navarro, Rossi: Local Evaluation of Time Series Anomaly Detection Algorithms, KDD 2022. Row i is the interval [i, i+1).
Time is cut into one zone for each event, at the middles between events (section 3.2). In its zone E with event J:

* precision is the mean over the flagged x of P(|X - J| > |x - J|), X uniform in E, and 1 for x in J;
* recall is the mean over y in J of P(|X - y| > distance of y to the flags in E), X uniform in E, 0 without
  a flag in E.

The two figures are the means over zones, precision only over zones with a flag. All integrals are closed forms.
Distances are kind: a random score gets about 0.7, and flags beside every event, without one hit, get 0.95 (the authors of
TSB-AD measured both). Read it for *how late or early*, and never alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..kernels.events import flags_to_intervals
from .inputs import Flags, Rows, Values, pair
from .nearest import nearest_greater
from .points import harmonic_mean, harmonic_means
from .ranking import Oracle, Ranking, rank


class Affiliation(NamedTuple):
    """Affiliation precision, recall and F1, each 0 to 1."""

    precision: float
    recall: float
    f1: float


class Zones(NamedTuple):
    """Event [start, end) and the zone [low, high) of each event, in rows; shape (event,) each. Bounds may be half rows."""

    start: Values
    end: Values
    low: Values
    high: Values

    def of(self, event: Rows) -> Zones:
        """The zone of each of many pieces of time."""
        return Zones(*(bound[event] for bound in self))


def affiliation_scores(labels: ArrayLike, flags: ArrayLike) -> Affiliation:
    """Affiliation precision, recall and F1 of flags, 0 to 1 each, higher is better; random flags get about 0.5 to 0.7.

    Nothing labelled: all NaN. Nothing flagged: precision NaN, recall and F1 0. Everything flagged: recall 1, precision 0.5
    and more. Every row labelled: precision 1 if anything is flagged. O(n).

    Examples
    --------
    >>> affiliation_scores([0, 0, 0, 1, 1, 0, 0, 0], [0, 0, 0, 0, 1, 0, 0, 0])
    Affiliation(precision=1.0, recall=0.9375, f1=0.967741935483871)
    """
    truth, raised = pair(labels, flags)
    events = flags_to_intervals(truth)
    if len(events) == 0:
        return Affiliation(np.nan, np.nan, np.nan)
    zones = _zones(events, len(truth))
    begin, end, zone = _cut_at_zones(flags_to_intervals(raised), zones)
    counts = len(events)
    length = np.bincount(zone, end - begin, counts)
    mass = np.bincount(zone, _precision_mass(begin, end, zones.of(zone)), counts)
    reached = length > 0
    precision = float((mass[reached] / length[reached]).mean()) if reached.any() else np.nan
    covered = np.maximum(np.minimum(end, zones.end[zone]) - np.maximum(begin, zones.start[zone]), 0)
    near = np.bincount(zone, covered, counts) + _recall_mass_of_gaps(begin, end, zone, zones)
    recall = float((near / (zones.end - zones.start)).mean())
    return Affiliation(precision, recall, harmonic_mean(precision, recall))


def best_affiliation_f1(labels: ArrayLike, scores: ArrayLike) -> Oracle:
    """The highest affiliation F1 any threshold reaches, 0 to 1. An oracle; a random score gets about 0.7.

    All thresholds are tried exactly, where TSB-AD tries 100 at equal steps of the score. NaN without an anomaly.
    O(n log n).

    Examples
    --------
    >>> best_affiliation_f1([0, 0, 0, 1, 1, 0], [0.1, 0.2, 0.1, 0.9, 0.8, 0.3])
    Oracle(value=1.0, threshold=0.8)
    """
    return best_affiliation_f(rank(labels, scores))


def best_affiliation_f(ranking: Ranking) -> Oracle:
    """`best_affiliation_f1` of rows already ranked."""
    if len(ranking.events) == 0:
        return Oracle(np.nan, np.nan)
    zones = _zones(ranking.events, len(ranking.labels))
    cells = _cells(ranking, zones)
    precision = _precision_at_cuts(ranking, zones, cells)
    recall = _recall_at_cuts(ranking, zones, cells)
    best = ranking.oracle(harmonic_means(precision, recall))
    # The sums run over all thresholds and round on the way; the figure itself is counted afresh.
    return Oracle(affiliation_scores(ranking.labels, ranking.scores >= best.threshold).f1, best.threshold)


def _zones(events: Rows, n: int) -> Zones:
    start, end = events.T.astype(np.float64)
    middle = (end[:-1] + start[1:]) / 2
    return Zones(start, end, np.concatenate([[0.0], middle]), np.concatenate([middle, [float(n)]]))


# --- The two integrals -------------------------------------------------------------------------------------------------


def _precision_mass(begin: Values, end: Values, zone: Zones) -> Values:
    """Integral over x in [begin, end) of P(|X - J| > |x - J|), and of 1 inside J."""
    inside = np.maximum(np.minimum(end, zone.end) - np.maximum(begin, zone.start), 0)
    far, near = np.maximum(zone.start - begin, 0), np.maximum(zone.start - end, 0)
    before = _farther(far, zone.high - zone.end, zone) - _farther(near, zone.high - zone.end, zone)
    far, near = np.maximum(end - zone.end, 0), np.maximum(begin - zone.end, 0)
    after = _farther(far, zone.start - zone.low, zone) - _farther(near, zone.start - zone.low, zone)
    return inside + before + after


def _farther(distance: Values, room_beyond: Values, zone: Zones) -> Values:
    """Integral over t from 0 to `distance` of the share of the zone that lies farther than t from J.

    As far as t on this side, which is within the zone, J itself, and as far on the other side as there is room.
    """
    beyond = np.minimum(distance, room_beyond)
    nearer = (zone.end - zone.start + distance / 2) * distance + beyond * (distance - beyond / 2)
    return distance - nearer / (zone.high - zone.low)


def _recall_mass(previous: Values, following: Values, zone: Zones) -> Values:
    """Integral over the y of J between two flags of P(|X - y| > distance of y to the nearer one).

    `previous` is where the flag before ends, `following` where the next begins; infinite where the zone holds none. A zone
    without a flag has mass 0.
    """
    low, high = np.maximum(previous, zone.start), np.minimum(following, zone.end)
    alone = np.isinf(previous) & np.isinf(following)
    left = np.where(alone, 0.0, np.where(np.isinf(previous), following, previous))
    right = np.where(alone, 0.0, np.where(np.isinf(following), previous, following))
    middle = np.where(np.isinf(previous), -np.inf, np.where(np.isinf(following), np.inf, (left + right) / 2))
    middle = np.clip(middle, low, high)
    from_left = _one_sided(low - left, middle - left, zone.high - left, zone)
    from_right = _one_sided(right - high, right - middle, right - zone.low, zone)
    return np.where(alone | (high <= low), 0.0, from_left + from_right)


def _one_sided(nearest: Values, farthest: Values, room: Values, zone: Zones) -> Values:
    """Integral over distances from a flag's edge, with `room` to the end of the zone beyond: rows at most as near as y."""
    span = farthest - nearest
    towards = (farthest**2 - nearest**2) / 2
    return span - (towards + _tent(farthest, room) - _tent(nearest, room)) / (zone.high - zone.low)


def _tent(distance: Values, room: Values) -> Values:
    """Integral from 0 to `distance` of min(t, room - t)."""
    rest = room - distance
    return np.where(2 * distance <= room, distance**2 / 2, room**2 / 4 - rest**2 / 2)


# --- At given flags ----------------------------------------------------------------------------------------------------


def _cut_at_zones(runs: Rows, zones: Zones) -> tuple[Values, Values, Rows]:
    """Flagged runs cut where a zone ends: begin, end and zone of each piece."""
    start, end = runs.T.astype(np.float64)
    first = np.searchsorted(zones.high, start, side="right")
    last = np.searchsorted(zones.low, end) - 1
    counts = last - first + 1
    run = np.repeat(np.arange(len(runs)), counts)
    zone = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + first[run]
    return np.maximum(start[run], zones.low[zone]), np.minimum(end[run], zones.high[zone]), zone


def _recall_mass_of_gaps(begin: Values, end: Values, zone: Rows, zones: Zones) -> Values:
    """Recall mass between the flagged pieces of each zone; shape (event,)."""
    counts = len(zones.start)
    every = np.arange(counts)
    # A gap follows each piece, and one more precedes the first piece of each zone.
    last = np.append(zone[1:] != zone[:-1], True)[: len(zone)]
    following = np.where(last, np.inf, np.append(begin[1:], np.inf)[: len(zone)])
    mass = np.bincount(zone, _recall_mass(end, following, zones.of(zone)), counts)
    first = np.searchsorted(zone, every)
    begins = np.append(begin, np.inf)[first]
    begins = np.where(np.append(zone, -1)[first] == every, begins, np.inf)
    return mass + _recall_mass(np.full(counts, -np.inf), begins, zones)


# --- At every threshold ------------------------------------------------------------------------------------------------


class _Cells(NamedTuple):
    """The rows of each zone, zone after zone; a row across a border belongs to both. Shape (cell,) each."""

    row: Rows
    zone: Rows
    place: Rows


def _cells(ranking: Ranking, zones: Zones) -> _Cells:
    first, after = np.floor(zones.low).astype(np.int64), np.ceil(zones.high).astype(np.int64)
    counts = after - first
    zone = np.repeat(np.arange(len(counts)), counts)
    row = np.arange(len(zone)) - np.repeat(np.cumsum(counts) - counts - first, counts)
    return _Cells(row, zone, ranking.place[row])


def _precision_at_cuts(ranking: Ranking, zones: Zones, cells: _Cells) -> Values:
    """Mean over the zones with a flag of their precision, at each cut."""
    n = len(ranking.labels)
    where = zones.of(cells.zone)
    begin, end = np.maximum(cells.row, where.low), np.minimum(cells.row + 1, where.high)
    length = end - begin
    before = begin < where.start
    nearest = np.where(before, where.start - end, begin - where.end)
    room_beyond = np.where(before, where.high - where.end, where.start - where.low)
    mass = _farther(nearest + length, room_beyond, where) - _farther(nearest, room_beyond, where)
    mass[ranking.labels[cells.row]] = 1.0

    by_place = np.argsort(cells.zone * n + cells.place)  # within zones: `cells.zone` stays as it is
    first = np.flatnonzero(np.diff(cells.zone, prepend=-1))
    precision = _cumulative_within(mass[by_place], first) / _cumulative_within(length[by_place], first)
    change = np.diff(precision, prepend=0.0)
    change[first] = precision[first]
    place = cells.place[by_place]
    reached = np.searchsorted(np.sort(place[first]), ranking.cuts, side="right")
    return np.asarray(np.cumsum(np.bincount(place, change, n))[ranking.cuts] / np.maximum(reached, 1))


def _recall_at_cuts(ranking: Ranking, zones: Zones, cells: _Cells) -> Values:
    """Mean over the zones of their recall, at each cut.

    A gap between flags is known by the first of its rows to be flagged, which ends it; it began when the later of its two
    neighbours was flagged.
    """
    n, events = len(ranking.labels), len(ranking.events)
    inside = ranking.labels[cells.row]
    kept = np.flatnonzero(inside | _earlier_than_all_towards_the_event(cells, inside, zones, n))
    # A fence before each zone and after the last counts as flagged from the start, and infinitely far away.
    fences = np.append(np.searchsorted(cells.zone[kept], np.arange(events)), len(kept))
    row = np.insert(cells.row[kept], fences, -1)
    place = np.insert(cells.place[kept], fences, -1)
    left, right = (side[row >= 0] for side in nearest_greater(-place))
    previous = np.where(row[left] < 0, -np.inf, row[left] + 1)
    following = np.where(row[right] < 0, np.inf, row[right])
    zone = zones.of(cells.zone[kept])
    length = zone.end - zone.start
    gap = _recall_mass(previous, following, zone) / length
    born, dies = np.maximum(place[left], place[right]), cells.place[kept]
    change = np.bincount(dies, inside[kept] / length - gap, n)
    change += np.bincount(np.maximum(born, 0), np.where(born < 0, 0, gap), n)
    return np.asarray(np.cumsum(change)[ranking.cuts] / events)


def _earlier_than_all_towards_the_event(cells: _Cells, inside: Flags, zones: Zones, n: int) -> Flags:
    """Cells outside the event that are flagged earlier than all between them and it: only they can end a gap there."""
    last = len(zones.start) - 1
    earlier = np.zeros(len(cells.row), dtype=np.bool_)
    after = np.flatnonzero(~inside & (cells.row >= zones.end[cells.zone]))
    before = np.flatnonzero(~inside & (cells.row < zones.start[cells.zone]))[::-1]
    for outwards, zone in ((after, cells.zone[after]), (before, last - cells.zone[before])):
        # Places of one zone lie below those of the zone before, so the running minimum starts anew in each.
        place = cells.place[outwards] - zone * n
        earlier[outwards[place == np.minimum.accumulate(place)]] = True
    return earlier


def _cumulative_within(values: Values, first: Rows) -> Values:
    """Running sums that start anew at each of `first`."""
    total = np.cumsum(values)
    counts = np.diff(np.append(first, len(values)))
    return total - np.repeat(total[first] - values[first], counts)
