"""What a page keeps of one series: envelopes for its pictures, its events, and a close look at the worst of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..detection import Detection, Event, Summary
from ..kernels.downsample import Envelope
from ..kernels.events import flags_to_intervals
from ..series import Series, Values

COLUMNS = 60_000
"""Columns over all pictures of a series; each picture has at most 4096 and at least 400 of them, and at most twice as many blocks."""
CLOSE_UPS = 100
SPARK_POINTS = 160


@dataclass(frozen=True)
class CloseUp:
    """The most blamed channel around an event, row by row: `values` (point,), flagged from `start` to `end`."""

    channel: str
    values: NDArray[np.float64]
    start: int
    end: int


@dataclass
class Strip:
    """One series and what was found in it, added piece by piece; memory does not grow with its length.

    Parameters
    ----------
    channels : (channel,) names
    columns : least number of blocks of an envelope once the series is long
    """

    channels: tuple[str, ...]
    columns: int
    summary: Summary = field(default_factory=Summary)
    labelled: bool = False
    close_ups: dict[tuple[int, int], CloseUp] = field(default_factory=dict)
    truth: list[tuple[np.datetime64, np.datetime64]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.values = Envelope(self.columns)
        self.expected = Envelope(self.columns)
        self.score = Envelope(self.columns)
        """Channels: score, limit."""

    @classmethod
    def of(cls, series: Series) -> Strip:
        """An empty strip for this series."""
        wanted = COLUMNS // (len(series.channels) + 1)
        return cls(series.channels, max(400, min(4096, wanted)), Summary(series.name))

    def add(self, series: Series, detection: Detection) -> None:
        """The next piece of the series, and what was found in it."""
        self.values.add(series.times, series.values)
        if detection.expected is not None:
            self.expected.add(series.times, detection.expected)
        self.score.add(series.times, np.stack([detection.score, detection.limit], axis=1))
        self._look_closely(series.values, detection.events)
        if series.labels is not None:
            self.labelled = True
            ends = flags_to_intervals(series.labels)
            self.truth += [(series.times[start], series.times[end - 1]) for start, end in ends]
        self.summary.add(detection)

    @property
    def worst(self) -> float:
        """The highest severity of its events; 0 without events."""
        return max((event.severity for event in self.summary.events), default=0.0)

    def _look_closely(self, values: Values, events: tuple[Event, ...]) -> None:
        for event in sorted(events, key=lambda event: -event.severity)[:CLOSE_UPS]:
            start, end = (row - self.summary.points for row in event.rows)
            if end > 0:
                self.close_ups[event.rows] = _close_up(values, self.channels, event, max(start, 0), end)


def _close_up(values: Values, channels: tuple[str, ...], event: Event, start: int, end: int) -> CloseUp:
    """The event in the middle third, thinned to `SPARK_POINTS` extremes where it is long."""
    name = event.channels[0][0]
    around = max(end - start, 20)
    first, last = max(0, start - around), min(len(values), end + around)
    shown = values[first:last, channels.index(name)].copy()  # a view would keep the whole piece alive
    size = -(-len(shown) // SPARK_POINTS)
    if size > 1:
        starts = np.arange(0, len(shown), size)
        low, high = np.fmin.reduceat(shown, starts), np.fmax.reduceat(shown, starts)
        middle = np.nanmedian(shown) if not np.isnan(shown).all() else 0.0
        shown = np.where(np.abs(high - middle) >= np.abs(low - middle), high, low)
    return CloseUp(name, shown, (start - first) // size, -(-(end - first) // size))
