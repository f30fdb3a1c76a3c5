"""Parquet: one file, or all that match a pattern, whole or in parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import narwhals as nw
import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import InputError
from ..files import expand, open_binary, reading, shown
from ..frames import choose
from .source import Source, regroup


@dataclass(kw_only=True)
class Parquet(Source):
    """Series from Parquet files: `parquet:gs://bucket/day-*.parquet?time=ts`.

    Files of a pattern are read in the order of their names and follow one another in time. Only the columns that become
    channels, times, labels or ids are read. In parts, memory is that of a few parts, whatever the file and its row groups hold.

    Examples
    --------
    >>> import tempfile
    >>> file = tempfile.mkdtemp() + "/web.parquet"
    >>> pq.write_table(pa.table({"ts": ["2024-01-01", "2024-01-02"], "load": [1.0, 2.0]}), file)
    >>> Parquet(location=file).read()
    Series(2 points, 1 channel, every 86400 s, from 2024-01-01T00:00:00Z)
    >>> [len(part) for part in Parquet(location=file).chunks(1)]
    [1, 1]
    """

    def table(self) -> pa.Table:
        """All rows of all files."""
        parts = []
        for location in expand(self.location):
            with reading(location, "a parquet file"), open_binary(location) as file:
                parquet = pq.ParquetFile(file)
                parts.append(parquet.read(self._columns(parquet)))
                _refuse_another_schema(parts, location)
        return pa.concat_tables(parts)

    def tables(self, rows: int) -> Iterator[pa.Table]:
        """All rows of all files, in parts of at most `rows`."""
        first: list[pa.Table] = []
        for location in expand(self.location):
            with reading(location, "a parquet file"), open_binary(location) as file:
                # Read ahead, and the whole file is in memory at the end of it; by 1 MB, two or three pages of a column are.
                parquet = pq.ParquetFile(file, pre_buffer=False, buffer_size=1 << 20)
                for table in regroup(self._batches(parquet, rows), rows):
                    first = first or [table.slice(0, 0)]
                    _refuse_another_schema([*first, table], location)
                    yield table

    def _batches(self, parquet: pq.ParquetFile, rows: int) -> Iterator[pa.RecordBatch]:
        columns = self._columns(parquet)
        for group in range(parquet.num_row_groups):
            yield from parquet.iter_batches(rows, row_groups=[group], columns=columns)

    def _columns(self, parquet: pq.ParquetFile) -> list[str]:
        empty = nw.from_native(parquet.schema_arrow.empty_table(), eager_only=True)
        chosen = choose(empty, self.time, self.value, self.label, self.id, self.step_s)
        return [name for name in (chosen.time, *chosen.value, chosen.label, chosen.id) if name is not None]


def _refuse_another_schema(parts: list[pa.Table], location: str) -> None:
    first, last = parts[0].schema, parts[-1].schema
    if first.names != last.names or first.types != last.types:
        raise InputError(
            f"{shown(location)!r} has other columns than the file before it ({', '.join(last.names)} after {', '.join(first.names)}). "
            "Name the ones they share with value=, or read the files one by one."
        )
