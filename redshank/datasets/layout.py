"""Pieces of layout that publishers share: number tables, labels of intervals, a train and a test part in a row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
from numpy.typing import ArrayLike

from ..errors import SourceError
from ..files import reading
from ..series import START, Flags, Series, Values

Intervals = tuple[tuple[int, int, tuple[str, ...]], ...]
_INTERVAL = re.compile(r"(\d+)-(\d+):([\d,]+)")


def read_numbers(path: Path) -> Values:
    """A text file of comma-separated numbers without a header, as (time, column)."""
    with reading(str(path), "numbers"), path.open("rb") as file:
        columns = file.readline().count(b",") + 1
    types = {f"f{i}": pa.float64() for i in range(columns)}
    with reading(str(path), "numbers"):
        table = arrow_csv.read_csv(
            path,
            read_options=arrow_csv.ReadOptions(column_names=list(types), block_size=1 << 20),
            convert_options=arrow_csv.ConvertOptions(column_types=types),
        )
    return to_matrix(table)


def read_parquet(path: Path) -> pa.Table:
    """A Parquet file."""
    with reading(str(path), "a parquet file"):
        return pq.read_table(path)


def to_matrix(table: pa.Table) -> Values:
    """The columns of a table side by side, as (time, column) in one block."""
    values = np.empty((len(table), table.num_columns))
    for i, column in enumerate(table.columns):
        values[:, i] = column.to_numpy()
    return values


def read_intervals(path: Path, channels: Sequence[str], end_inclusive: bool) -> Intervals:
    """Lines `start-end:dim,dim` with dimensions counted from 1, as half-open rows and channel names, in time order."""
    with reading(str(path), "intervals"):
        text = path.read_text()
    found = []
    for number, line in enumerate(text.split(), 1):
        said = _INTERVAL.fullmatch(line)
        dims = [int(dim) for dim in said[3].split(",") if dim] if said else []
        if said is None or not all(1 <= dim <= len(channels) for dim in dims):
            raise SourceError(
                f"Line {number} of {str(path)!r} is {line[:40]!r}, which is no start-end:dim,dim with dimensions "
                f"from 1 to {len(channels)}. Get the file again."
            )
        found.append((int(said[1]), int(said[2]) + end_inclusive, tuple(channels[dim - 1] for dim in dims)))
    return tuple(sorted(found))


def in_a_row(
    train: Values,
    test: Values,
    step_s: float,
    channels: Sequence[str] | None = None,
    labels: ArrayLike | None = None,
    intervals: Intervals = (),
    name: str = "",
) -> tuple[Series, Series]:
    """Two parts of one recording: the test part begins one step after the train part ends, which begins in 1970."""
    later = START + len(train) * np.timedelta64(round(step_s * 1e9), "ns")
    first = Series.from_numpy(train, step_s, START, channels, name=name)
    second = Series.from_numpy(test, step_s, later, channels, labels, name)
    return first, replace(second, intervals=intervals) if intervals else second


def inside(count: int, intervals: Sequence[tuple[int, int]]) -> Flags:
    """Labels (time,), true in the half-open rows of any interval."""
    labels = np.zeros(count, np.bool_)
    for start, end in intervals:
        labels[start:end] = True
    return labels


def same_length(path: Path, values: Any, labels: Any) -> None:
    """Refuse labels of another length than the values they are for."""
    if len(values) != len(labels):
        raise SourceError(f"{str(path)!r} has {len(labels)} labels for {len(values)} rows. Get both files again.")
