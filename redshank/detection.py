"""What a model says of a series: scores, flags, and events with the channels to blame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from .base import Scores
from .kernels.events import flags_to_intervals
from .rules import EventRules
from .series import Flags, Times, Values

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


def iso(time: np.datetime64) -> str:
    """A time in ISO 8601, UTC, without digits that say nothing.

    Examples
    --------
    >>> iso(np.datetime64("2024-01-01T00:00:00.500000000"))
    '2024-01-01T00:00:00.5Z'
    """
    text = str(time.astype("datetime64[ns]"))
    return text.rstrip("0").rstrip(".") + "Z" if "." in text else text + "Z"


def find_events(
    times: Times,
    score: Scores,
    flags: Flags,
    limit: Scores,
    blame: Scores,
    channels: tuple[str, ...],
    rules: EventRules,
) -> tuple[Event, ...]:
    """The events of a series, after the rules. `blame` is (time, channel), not negative. O(time) and O(rows) an event."""
    found = []
    for start, end in rules.apply(flags_to_intervals(flags)).tolist():
        inside = slice(start, end)
        flagged = np.where(flags[inside], score[inside], -np.inf)
        at = start + int(flagged.argmax())
        top, bar = float(score[at]), float(limit[at])
        found.append(
            Event(
                start=times[start],
                end=times[end - 1],
                peak=times[at],
                severity=top / bar if bar > 0 else top - bar,
                score=top,
                points=end - start,
                channels=_ranked(blame[inside], channels),
                rows=(start, end),
            )
        )
    return tuple(found)


def _ranked(blame: Scores, channels: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    total = blame.sum(axis=0)
    whole = total.sum()
    shares = total / whole if whole > 0 else np.full(len(channels), 1 / len(channels))
    order = np.argsort(-shares, kind="stable")
    return tuple((channels[i], float(shares[i])) for i in order)
