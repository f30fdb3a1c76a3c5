"""What the person on call feels: how late the alarm is, and how often it is false."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ParamError, SeriesError
from ..kernels.events import flags_to_intervals
from .events import detected, false_alarms
from .inputs import Flags, Values, pair, same_length
from .points import share

DAY_S = 86_400.0


def detection_delays(labels: ArrayLike, flags: ArrayLike, times: ArrayLike | None = None) -> Values:
    """Time from the start of each event to its first flag, shape (event,); NaN for an event without a flag. Lower is better.

    In rows, or in seconds where `times` gives the time of each row (datetime64, or numbers in seconds). 0 is a flag at the
    first labelled row; a flag before the event does not count as early, it counts as false.

    Examples
    --------
    >>> detection_delays([0, 1, 1, 1, 0, 1], [0, 0, 0, 1, 0, 0]).tolist()
    [2.0, nan]
    >>> detection_delays([0, 1, 1], [0, 0, 1], times=np.array(["2024-01-01", "2024-01-02", "2024-01-03"], "M8[D]")).tolist()
    [86400.0]
    """
    truth, raised = pair(labels, flags)
    start = flags_to_intervals(truth)[:, 0]
    clock = np.arange(len(truth), dtype=np.float64) if times is None else seconds(times, truth)
    rows = np.append(np.flatnonzero(raised), len(truth) - 1)
    first = rows[np.minimum(np.searchsorted(rows, start), len(rows) - 1)]
    return np.where(detected(truth, raised), clock[first] - clock[start], np.nan)


def detection_delay(labels: ArrayLike, flags: ArrayLike, times: ArrayLike | None = None) -> float:
    """Mean time from the start of an event to its first flag, over the events that are found; lower is better.

    In rows, or in seconds with `times`. A detector that finds only the easy events looks quick: read it beside the event
    recall. NaN where no event is found. O(n).

    Examples
    --------
    >>> detection_delay([0, 1, 1, 1, 0, 1], [0, 0, 0, 1, 0, 1])
    1.0
    """
    delays = detection_delays(labels, flags, times)
    found = delays[~np.isnan(delays)]
    return float(found.mean()) if len(found) else np.nan


def false_alarms_per_day(
    labels: ArrayLike, flags: ArrayLike, times: ArrayLike | None = None, *, step_s: float | None = None
) -> float:
    """False alarms for each day of normal operation, 0 and up, lower is better.

    A false alarm is a run of flags that touches no event, however long. A day is a day's worth of rows labelled normal, at
    the usual step between rows: a gap in the data is no time on call. Give the `times` of the rows or one `step_s`. NaN where
    no row is normal. O(n).

    Examples
    --------
    >>> false_alarms_per_day([0] * 48, [1] + [0] * 47, step_s=3600)
    0.5
    """
    truth, raised = pair(labels, flags)
    if (times is None) == (step_s is None):
        raise ParamError("Give either times or step_s, to know how long a row lasts.")
    step = usual_step_s(seconds(times, truth)) if times is not None else float(step_s or 0)
    if not step > 0:
        raise ParamError(f"step_s must be more than 0, got {step}. It is the time from one row to the next in seconds.")
    days = np.count_nonzero(~truth) * step / DAY_S
    return share(false_alarms(truth, raised), days)


def seconds(times: ArrayLike, labels: Flags) -> Values:
    """Seconds since the first row; shape (time,). Times must ascend."""
    given: NDArray[np.generic] = np.asarray(times)
    if given.ndim != 1:
        raise SeriesError(f"times must have shape (time,), got {given.shape}. Give one time for each row.")
    same_length(labels, given, "times")
    passed = (given - given[0]) / np.timedelta64(1, "s") if given.dtype.kind == "M" else given - given[0]
    clock = np.asarray(passed, dtype=np.float64)
    if not (np.diff(clock) > 0).all():
        raise SeriesError("times must ascend from row to row. Sort the rows by time and drop repeated ones.")
    return clock


def usual_step_s(clock: Values) -> float:
    """Median time between rows in seconds."""
    if len(clock) < 2:
        raise SeriesError("One row has no step in time. Give step_s, or more rows.")
    return float(np.median(np.diff(clock)))
