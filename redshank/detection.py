"""What a model says of a series: scores, flags, and events with the channels to blame."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from .base import Scores
from .kernels.events import flags_to_intervals
from .rules import EventRules
from .series import Flags, Times, Values, iso

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Event:
    """A stretch of flagged points.

    Parameters
    ----------
    start, end : times of its first and last flagged point, UTC
    peak : time of its highest score
    severity : how many times the highest score is its limit; the score's excess where the limit is not positive
    score : the highest score
    points : rows from start to end
    channels : names and shares of blame, most guilty first; the shares sum to 1
    rows : the same stretch as half-open row numbers
    """

    start: np.datetime64
    end: np.datetime64
    peak: np.datetime64
    severity: float
    score: float
    points: int
    channels: tuple[tuple[str, float], ...]
    rows: tuple[int, int]

    def to_json(self) -> dict[str, Any]:
        """The event as JSON values, times in ISO 8601 UTC."""
        return {
            "start": iso(self.start),
            "end": iso(self.end),
            "peak": iso(self.peak),
            "severity": self.severity,
            "score": self.score,
            "points": self.points,
            "channels": [{"channel": name, "share": share} for name, share in self.channels],
        }


@dataclass(frozen=True, eq=False)
class Detection:
    """What a model says of a series, one row a point.

    Parameters
    ----------
    times : (time,) datetime64[ns], UTC
    score : (time,) higher is stranger; NaN is no opinion
    flags : (time,) bool, true where the score is greater than its limit
    limit : (time,) the threshold each score was held against
    channel_scores : (time, channel) of the detector
    channels : (channel,) names
    events : the flagged stretches, in time order
    expected : (time, channel) what was expected, where the model forecasts; else None
    name : of the series
    """

    times: Times
    score: Scores
    flags: Flags
    limit: Scores
    channel_scores: Scores
    channels: tuple[str, ...]
    events: tuple[Event, ...]
    expected: Values | None = None
    name: str = ""

    def __len__(self) -> int:
        return len(self.times)

    def __repr__(self) -> str:
        flagged = int(self.flags.sum())
        return f"Detection({len(self)} points, {flagged} flagged, {len(self.events)} events)"

    def to_frame(self, backend: Literal["pandas", "polars", "pyarrow"] | None = None) -> Any:
        """Columns `time, score, limit, flag` and `score_<channel>` for each; pandas where installed, else Arrow."""
        from .frames import frame

        columns: dict[str, Any] = {"time": self.times, "score": self.score, "limit": self.limit, "flag": self.flags}
        columns |= {f"score_{name}": self.channel_scores[:, i] for i, name in enumerate(self.channels)}
        return frame(columns, backend)

    def events_frame(self, backend: Literal["pandas", "polars", "pyarrow"] | None = None) -> Any:
        """One row an event: `start, end, peak, severity, score, points, channel, blame`."""
        from .frames import frame

        times = [("start", "start"), ("end", "end"), ("peak", "peak")]
        columns: dict[str, Any] = {
            column: np.array([getattr(event, field) for event in self.events], dtype="datetime64[ns]")
            for column, field in times
        }
        columns["severity"] = np.array([event.severity for event in self.events], dtype=np.float64)
        columns["score"] = np.array([event.score for event in self.events], dtype=np.float64)
        columns["points"] = np.array([event.points for event in self.events], dtype=np.int64)
        columns["channel"] = np.array([event.channels[0][0] for event in self.events], dtype=np.str_)
        columns["blame"] = np.array([event.channels[0][1] for event in self.events], dtype=np.float64)
        return frame(columns, backend)

    def plot(self, values: Values | None = None) -> Figure:
        """A matplotlib figure: the values where given, the score, its limit, and the events shaded. Needs `redshank[plot]`."""
        from .plot import figure

        return figure(self, values)


@dataclass
class Summary:
    """What a detection comes to, in numbers that can be added piece by piece.

    Parameters
    ----------
    name : of the series
    points, scored, flagged : rows, those with a score, and those above its limit
    events : as in `Detection`
    """

    name: str = ""
    points: int = 0
    scored: int = 0
    flagged: int = 0
    events: list[Event] = field(default_factory=list)

    def add(self, detection: Detection) -> Summary:
        """Count the next piece."""
        self.points += len(detection)
        self.scored += int(np.count_nonzero(~np.isnan(detection.score)))
        self.flagged += int(np.count_nonzero(detection.flags))
        self.events += detection.events
        return self

    def to_json(self) -> dict[str, Any]:
        """Everything as JSON values."""
        counts = {"name": self.name, "points": self.points, "scored": self.scored, "flagged": self.flagged}
        return counts | {"events": [event.to_json() for event in self.events]}


def by_blame(channels: Sequence[str], events: Sequence[Event]) -> list[int]:
    """Channel numbers, the most blamed over all events first; in their own order without events."""
    total = dict.fromkeys(channels, 0.0)
    for event in events:
        for name, share in event.channels:
            total[name] += share * math.log1p(max(event.severity, 0.0))
    return sorted(range(len(channels)), key=lambda i: -total[channels[i]])


@dataclass
class _Stretch:
    """Flagged rows that may still grow: what an event needs to know of them, without the rows."""

    rows: tuple[int, int]
    start: np.datetime64
    end: np.datetime64
    peak: np.datetime64
    score: float
    limit: float
    blame: Scores

    def joined(self, later: _Stretch, between: Scores) -> _Stretch:
        top = later if later.score > self.score else self
        blame = self.blame + between + later.blame
        return _Stretch((self.rows[0], later.rows[1]), self.start, later.end, top.peak, top.score, top.limit, blame)


class EventLog:
    """The events of a series that comes in pieces, whole where they cross a seam. Remembers one open event.

    Examples
    --------
    >>> log = EventLog(("a",), EventRules())
    >>> times, flags = np.arange(6).astype("datetime64[ns]"), np.array([0, 0, 1, 1, 1, 0], bool)
    >>> score, one = flags * 2.0, np.ones((3, 1))
    >>> log.add(times[:3], score[:3], flags[:3], score[:3] - 1, one)
    []
    >>> [event.rows for event in log.add(times[3:], score[3:], flags[3:], score[3:] - 1, one)]
    [(2, 5)]
    """

    def __init__(self, channels: tuple[str, ...], rules: EventRules) -> None:
        self._channels = channels
        self._rules = rules
        self._merging = replace(rules, min_length=1, cool_down=0)
        self._seen = 0
        self._open: _Stretch | None = None
        self._between = np.zeros(len(channels))
        """Blame of the unflagged rows since the open stretch."""
        self._quiet_until = 0

    @property
    def unfinished(self) -> bool:
        """Whether the next rows may belong to an event that has begun."""
        return self._open is not None

    def add(self, times: Times, score: Scores, flags: Flags, limit: Scores, blame: Scores) -> list[Event]:
        """The events that are over after these next rows. `blame` (time, channel) is read where flags are, and where unfinished."""
        over: list[_Stretch] = []
        at, nothing = 0, np.zeros(len(self._channels))
        intervals = self._merging.apply(flags_to_intervals(flags))
        for later in self._measured(intervals, times, score, flags, limit, blame):
            start, end = (row - self._seen for row in later.rows)
            if self._open is not None and later.rows[0] - self._open.rows[1] <= self._rules.merge_gap:
                later = self._open.joined(later, self._between + blame[at:start].sum(axis=0))
            else:
                over += self._passed()
            self._open, self._between, at = later, nothing, end
        self._seen += len(times)
        if self._open is not None:
            self._between = self._between + blame[at:].sum(axis=0)
            if self._seen - self._open.rows[1] > self._rules.merge_gap:
                over += self._passed()
        return _events(over, self._channels)

    def close(self) -> list[Event]:
        """The open event, where there is one and the rules let it pass."""
        return _events(self._passed(), self._channels)

    def _passed(self) -> list[_Stretch]:
        """Nothing is open any more; what was, where the rules let it pass."""
        stretch, self._open = self._open, None
        if stretch is None or stretch.rows[1] - stretch.rows[0] < self._rules.min_length:
            return []
        if stretch.rows[0] < self._quiet_until:
            return []
        self._quiet_until = stretch.rows[1] + self._rules.cool_down
        return [stretch]

    def _measured(
        self,
        intervals: NDArray[np.int64],
        times: Times,
        score: Scores,
        flags: Flags,
        limit: Scores,
        blame: Scores,
    ) -> Iterator[_Stretch]:
        """The stretches of these intervals (stretch, 2), all measured at once: a flood of alarms must not stop the watch."""
        if not len(intervals):
            return iter(())
        starts, ends = intervals.T
        lengths = ends - starts
        first = np.cumsum(lengths) - lengths
        rows = np.arange(lengths.sum()) + np.repeat(starts - first, lengths)
        inside = np.where(flags[rows], score[rows], -np.inf)
        highest = np.flatnonzero(inside == np.repeat(np.maximum.reduceat(inside, first), lengths))
        peaks = rows[highest[np.searchsorted(highest, first)]]
        return map(
            _Stretch,
            zip((self._seen + starts).tolist(), (self._seen + ends).tolist(), strict=True),
            times[starts],
            times[ends - 1],
            times[peaks],
            score[peaks].tolist(),
            limit[peaks].tolist(),
            np.add.reduceat(blame[rows], first, axis=0),
        )


def _events(stretches: list[_Stretch], channels: tuple[str, ...]) -> list[Event]:
    if not stretches:
        return []
    total = np.array([stretch.blame for stretch in stretches])
    whole = total.sum(axis=1, keepdims=True)
    shares = np.divide(total, whole, out=np.full_like(total, 1 / len(channels)), where=whole > 0)
    order = np.argsort(-shares, axis=1, kind="stable")
    names = np.array(channels, dtype=object)[order].tolist()
    ranked = np.take_along_axis(shares, order, axis=1).tolist()
    return [
        Event(
            start=stretch.start,
            end=stretch.end,
            peak=stretch.peak,
            severity=stretch.score / stretch.limit if stretch.limit > 0 else stretch.score - stretch.limit,
            score=stretch.score,
            points=stretch.rows[1] - stretch.rows[0],
            channels=tuple(zip(guilty, share, strict=True)),
            rows=stretch.rows,
        )
        for stretch, guilty, share in zip(stretches, names, ranked, strict=True)
    ]
