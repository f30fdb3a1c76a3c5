"""From flagged points to events worth waking somebody for."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from . import params
from .series import Flags, Values


@dataclass(frozen=True, kw_only=True)
class EventRules:
    """What makes flagged points an event. The defaults change nothing.

    `direction` and the two departures judge every point, so they act on flags; the others act on stretches of flags.
    A departure is the distance of a value from what the model expected there: its forecast, or else the median of the training part.

    Parameters
    ----------
    min_length : flagged points below which a stretch is no event
    merge_gap : stretches at most this many unflagged points apart are one event
    cool_down : points after an event during which no other begins
    direction : `up` or `down` keeps only points above or below what was expected, in any channel
    min_departure : smallest departure worth an alarm, in the unit of the source
    min_relative_departure : smallest departure worth an alarm, as a share of what was expected

    Examples
    --------
    >>> EventRules(merge_gap=2, min_length=3).apply(np.array([[0, 2], [4, 5], [20, 21]])).tolist()
    [[0, 5]]
    """

    min_length: Annotated[int, Ge(1)] = 1
    merge_gap: Annotated[int, Ge(0)] = 0
    cool_down: Annotated[int, Ge(0)] = 0
    direction: Literal["both", "up", "down"] = "both"
    min_departure: Annotated[float, Ge(0)] = 0.0
    min_relative_departure: Annotated[float, Ge(0)] = 0.0

    def __post_init__(self) -> None:
        for name, value in params.check(type(self), asdict(self)).items():
            object.__setattr__(self, name, value)

    @classmethod
    def from_params(cls, given: dict[str, Any]) -> EventRules:
        """Build from text or JSON values."""
        return cls(**params.check(cls, given))

    @property
    def judge_points(self) -> bool:
        """Whether any rule looks at single points."""
        return self.direction != "both" or self.min_departure > 0 or self.min_relative_departure > 0

    def keep(self, values: Values, expected: Values) -> Flags:
        """Points that some channel's departure makes worth an alarm, shape (time,). Both inputs are (time, channel)."""
        departure = np.nan_to_num(values - expected)
        if self.direction == "up":
            departure = np.maximum(departure, 0.0)
        elif self.direction == "down":
            departure = np.maximum(-departure, 0.0)
        size = np.abs(departure)
        enough = (size > 0) & (size >= self.min_departure)
        enough &= size >= self.min_relative_departure * np.abs(np.nan_to_num(expected))
        return np.asarray(enough.any(axis=1))

    def apply(self, intervals: NDArray[np.int64]) -> NDArray[np.int64]:
        """The intervals (event, 2), half open, that are events."""
        if len(intervals) and self.merge_gap:
            gap = intervals[1:, 0] - intervals[:-1, 1] > self.merge_gap
            starts = intervals[np.concatenate([[True], gap]), 0]
            ends = intervals[np.concatenate([gap, [True]]), 1]
            intervals = np.stack([starts, ends], axis=1)
        intervals = intervals[intervals[:, 1] - intervals[:, 0] >= self.min_length]
        if not self.cool_down:
            return intervals
        kept: list[NDArray[np.int64]] = []
        for interval in intervals:
            if not kept or interval[0] - kept[-1][1] >= self.cool_down:
                kept.append(interval)
        return np.array(kept, dtype=np.int64).reshape(-1, 2)
