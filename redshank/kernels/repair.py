"""Repairs of a time axis: order, one row a time, no gaps. Each is asked for by name and never happens by itself."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Rows(NamedTuple):
    """The rows of a table: `times` (time,), `values` (time, channel), `labels` (time,) or None."""

    times: NDArray[np.datetime64]
    values: NDArray[np.float64]
    labels: NDArray[np.bool_] | None

    def take(self, rows: NDArray[np.int64]) -> Rows:
        """These rows, in this order."""
        return Rows(self.times[rows], self.values[rows], None if self.labels is None else self.labels[rows])


def in_order(rows: Rows) -> Rows:
    """The rows sorted by time; rows of the same time keep their order. O(time log time)."""
    return rows.take(np.argsort(rows.times, kind="stable"))


def one_a_time(rows: Rows, keep: Literal["first", "last", "mean"]) -> Rows:
    """Of consecutive rows with the same time the first, the last, or the mean without the missing ones.

    A label is true where that of any row of the time is.
    """
    first = np.concatenate([[True], rows.times[1:] != rows.times[:-1]])
    if first.all():
        return rows
    starts = np.flatnonzero(first)
    labels = None if rows.labels is None else np.logical_or.reduceat(rows.labels, starts)
    if keep == "mean":
        known = ~np.isnan(rows.values)
        counts = np.add.reduceat(known.astype(np.int64), starts, axis=0)
        sums = np.add.reduceat(np.where(known, rows.values, 0.0), starts, axis=0)
        values = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    else:
        ends = np.append(starts[1:], len(rows.times)) - 1
        values = rows.values[starts if keep == "first" else ends]
    return Rows(rows.times[starts], values, labels)


def usual_step(times: NDArray[np.datetime64]) -> int:
    """The median step of two or more `times` (time,), in nanoseconds."""
    return int(np.median(np.diff(times).astype(np.int64)))


def find_gaps(times: NDArray[np.datetime64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows a gap follows, and how many rows each lacks: a step longer than one and a half usual ones is a gap."""
    if len(times) < 3:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    step = usual_step(times)
    steps = np.diff(times).astype(np.int64)
    rows = np.flatnonzero(steps > 1.5 * step)
    return rows, np.rint(steps[rows] / step).astype(np.int64) - 1


def fill_gaps(rows: Rows, how: Literal["interpolate", "previous"]) -> Rows:
    """The rows with new ones at the usual step in every gap.

    A new row is on the line between its two neighbours, or is the one before it; a channel missing there stays missing.
    It carries the label of the row before it.
    """
    before, lacking = find_gaps(rows.times)
    if not len(before):
        return rows
    source = np.repeat(before, lacking)
    ordinal = np.arange(len(source)) - np.repeat(np.cumsum(lacking) - lacking, lacking) + 1
    times = rows.times[source] + ordinal * np.timedelta64(usual_step(rows.times), "ns")
    values = rows.values[source]
    if how == "interpolate":
        span = (rows.times[source + 1] - rows.times[source]).astype(np.float64)
        share = (times - rows.times[source]).astype(np.float64) / span
        values = values + (rows.values[source + 1] - values) * share[:, None]
    at = source + 1
    labels = None if rows.labels is None else np.insert(rows.labels, at, rows.labels[source])
    return Rows(np.insert(rows.times, at, times), np.insert(rows.values, at, values, axis=0), labels)
