"""What every source is: a place that gives a table of rows, and the options that say how the table becomes series."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
import pyarrow as pa
from annotated_types import Gt

from ..base import Algorithm
from ..errors import InputError, SeriesError
from ..frames import OnDisorder, OnDuplicate, OnGap, TimeUnit, to_many, to_series
from ..series import Series

CHUNK_ROWS = 262_144
"""Rows of a chunk where nobody says: 16 MB of eight channels, large enough that the cost of a chunk does not show."""


@dataclass(kw_only=True)
class Source(Algorithm):
    """A place series come from. The fields are the options of its string; `redshank.frames` has their rules.

    An author writes `table`, which gives all rows as an Arrow table, and `tables` where the place can be read in parts.

    Parameters
    ----------
    location : path or URL
    time : column of times
    value : columns that become channels, `a,b`; every column of numbers where none is named
    label : column of the truth, 1 where anomalous
    id : column that says which series a row belongs to, for a table of many
    zone : zone of times that carry none, as in `Europe/Berlin`; UTC where none is named
    unit : what times that are numbers count since 1970: `s`, `ms`, `us` or `ns`
    step_s : seconds between rows, where the table has no times
    on_duplicate : `refuse`, or keep the `first` or `last` row of a time, or the `mean` of them
    on_disorder : `refuse`, or `sort` the rows by time
    on_gap : `keep`, `refuse`, or fill by `interpolate` or `previous`
    name : what the series is called
    """

    location: str
    time: str | None = None
    value: tuple[str, ...] | None = None
    label: str | None = None
    id: str | None = None
    zone: str | None = None
    unit: TimeUnit | None = None
    step_s: Annotated[float, Gt(0)] | None = None
    on_duplicate: OnDuplicate = "refuse"
    on_disorder: OnDisorder = "refuse"
    on_gap: OnGap = "keep"
    name: str = ""

    @abstractmethod
    def table(self) -> pa.Table:
        """All rows."""

    def tables(self, rows: int) -> Iterator[pa.Table]:
        """The same rows in parts of at most `rows`; overridden where the place need not be read whole."""
        whole = self.table()
        for start in range(0, len(whole), rows):
            yield whole.slice(start, rows)

    def read(self) -> Series | list[Series]:
        """Everything: one series, or one for each value of the column `id`."""
        return self._series(self.table())

    def head(self, rows: int = 1000) -> Series | list[Series]:
        """The first rows, to learn the channels and times without reading the rest."""
        for table in self.tables(rows):
            return self._series(table)
        raise SeriesError("The source has no rows. Give at least one.")

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Series]:
        """One series in consecutive parts of at most `rows` rows, for what is larger than memory."""
        self._refuse_what_needs_all()
        done, last = 0, None
        for table in self.tables(rows):
            if not len(table):
                continue
            part = self._part(table, done)
            if last is not None and part.times[0] <= last:
                raise SeriesError(
                    f"Row {done} ({part.times[0]}) is not later than the row before it ({last}). "
                    "Sort the source by time before reading it in parts."
                )
            done, last = done + len(part), part.times[-1]
            yield part
        if not done:
            raise SeriesError("The source has no rows. Give at least one.")

    def _part(self, table: pa.Table, done: int) -> Series:
        try:
            part = self._series(table)
        except SeriesError as error:
            raise SeriesError(f"In the part from row {done}: {error}" if done else str(error)) from None
        assert isinstance(part, Series)
        step_s = self._step(table)
        if step_s is None or not done:
            return part
        return replace(part, times=part.times + done * np.timedelta64(round(step_s * 1e9), "ns"))

    def _step(self, table: pa.Table) -> float | None:
        """Seconds between rows, or None where the table has times; for places that have a usual step."""
        return self.step_s

    def _series(self, table: pa.Table) -> Series | list[Series]:
        how = (self.time, self.value, self.label, self.zone, self.unit, self._step(table))
        policies = (self.on_duplicate, self.on_disorder, self.on_gap)
        if self.id is not None:
            return to_many(table, self.id, *how, *policies)
        return to_series(table, *how, *policies, self.name)

    @property
    def in_parts(self) -> bool:
        """Whether `chunks` can read it: one series, and no policy that needs all rows at once."""
        return self._needs_all() is None

    def _needs_all(self) -> str | None:
        """The option that needs all rows at once, as it was written."""
        harmless = {"id": None, "on_duplicate": "refuse", "on_disorder": "refuse", "on_gap": "keep"}
        for option, usual in harmless.items():
            if getattr(self, option) != usual:
                return f"{option}={getattr(self, option)!r}"
        return None

    def _refuse_what_needs_all(self) -> None:
        if not self.in_parts:
            option = self._needs_all() or "This kind of source"
            raise InputError(f"{option} needs all rows at once. Read the source whole, or leave it out.")


def regroup(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.Table]:
    """Tables of exactly `rows` rows, and a shorter last one, from batches of any size."""
    waiting: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        waiting.append(batch)
        count += len(batch)
        if count >= rows:
            table = pa.Table.from_batches(waiting)
            whole = count - count % rows
            for start in range(0, whole, rows):
                yield table.slice(start, rows)
            waiting = table.slice(whole).to_batches()
            count -= whole
    if count:
        yield pa.Table.from_batches(waiting)
