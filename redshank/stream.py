"""A model running along time: one point at a time, or many. A batch is a stream that was pushed at once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .base import Memory, Scores, frozen, thawed
from .detection import Detection, EventLog
from .errors import SeriesError
from .series import Flags, Times, Values

if TYPE_CHECKING:
    from .model import Model


class Point(NamedTuple):
    """What a model says of one point.

    Parameters
    ----------
    time : UTC
    score : higher is stranger; NaN is no opinion
    flag : whether the score is greater than its limit
    limit : the threshold the score was held against
    channel_scores : (channel,)
    """

    time: Any
    score: float
    flag: bool
    limit: float
    channel_scores: Scores


class Pass(NamedTuple):
    """What a model says of some rows, as arrays."""

    score: Scores
    flags: Flags
    limit: Scores
    channel_scores: Scores
    expected: Values | None


class Stream:
    """Scores points as they come, with the same numbers as a batch, in constant memory.

    Examples
    --------
    >>> import redshank
    >>> from redshank.testing import sine, sine_with_spike
    >>> model = redshank.fit("ewma", sine())
    >>> series, at = sine_with_spike()
    >>> stream = model.stream()
    >>> points = [stream.push(t, v) for t, v in zip(series.times, series.values)]
    >>> [i for i, point in enumerate(points) if point.flag][0] == at
    True
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self._core: Memory = model.core.begin()
        self._scorer: Memory = model.scorer.begin()
        self._threshold: Memory = model.threshold.begin()
        self._clock: np.datetime64 | None = None
        self._width = len(model.channels)

    def push(self, time: Any, values: ArrayLike) -> Point:
        """Score the next point. `time` is later than the last one; `values` has shape (channel,), NaN for missing."""
        row = np.array(values, dtype=np.float64, ndmin=2)
        if row.shape != (1, self._width):
            raise SeriesError(f"A point has {self._width} values ({', '.join(self.model.channels)}), got {row.size}.")
        if not math.isfinite(row.sum()) and np.isinf(row).any():
            raise SeriesError("A value is infinite. Replace it by a number, or by NaN for a missing value.")
        self._tick(time)
        score, flags, limit, channel_scores, _ = self.run(row)
        return Point(time, float(score[0]), bool(flags[0]), float(limit[0]), channel_scores[0])

    def update(self, times: Times, values: Values, log: EventLog | None = None) -> Detection:
        """Score many next points at once.

        The events are those inside these points, cut at their ends; with a `log`, those that are over by now, whole.
        """
        rows = np.asarray(values, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != self._width:
            raise SeriesError(
                f"Rows have {self._width} values ({', '.join(self.model.channels)}), got shape {rows.shape}."
            )
        if len(times):
            self._tick(times[0])
            self._clock = times[-1]
        return assemble(self.model, times, rows, self.run(rows), log=log)

    def _tick(self, time: Any) -> None:
        if self._clock is not None and not time > self._clock:
            raise SeriesError(
                f"The point at {time} is not later than the one before it at {self._clock}. Push points in time order."
            )
        self._clock = time

    def run(self, rows: Values) -> Pass:
        """Scores, flags and limits of the next rows (time, channel), in the unit of the source."""
        model = self.model
        channel_scores, expected = model.strangeness(self._core, rows)
        score = model.scorer.advance(self._scorer, channel_scores)
        limit = model.threshold.advance(self._threshold, score)
        flags = score > limit
        if model.rules.judge_points and flags.any():
            flags &= model.rules.keep(rows, model.normal_ if expected is None else expected)
        return Pass(score, flags, limit, channel_scores, expected)

    @property
    def state(self) -> dict[str, Any]:
        """Everything the stream remembers, as arrays and numbers by name; `load_state` puts it back."""
        flat: dict[str, Any] = {}
        for part in ("core", "scorer", "threshold"):
            flat |= {f"{part}.{name}": value for name, value in frozen(getattr(self, f"_{part}")).items()}
        if self._clock is not None:
            flat["clock"] = self._clock
        return flat

    def load_state(self, state: dict[str, Any]) -> Stream:
        """Go on where the stream that gave `state` stopped."""
        for part in ("core", "scorer", "threshold"):
            kept = {name.removeprefix(f"{part}."): value for name, value in state.items()}
            thawed(getattr(self, f"_{part}"), kept)
        self._clock = state.get("clock")
        return self


def assemble(
    model: Model, times: Times, values: Values, found: Pass, name: str = "", log: EventLog | None = None
) -> Detection:
    """A `Detection` of what a pass over the rows gave. With a log its events are those that are over after these rows."""
    ours = log or EventLog(model.channels, model.rules)
    needed = found.flags.any() or ours.unfinished
    blame = model.scorer.blame(found.channel_scores) if needed else found.channel_scores
    events = ours.add(times, found.score, found.flags, found.limit, blame)
    if log is None:
        events += ours.close()
    return Detection(
        times,
        found.score,
        found.flags,
        found.limit,
        found.channel_scores,
        model.channels,
        tuple(events),
        found.expected,
        name,
    )
