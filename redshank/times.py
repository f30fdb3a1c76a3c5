"""Reads a column of times into UTC nanoseconds. Nothing is guessed: what a time means is in the data, or is said.

* Times with a zone or an offset are converted to UTC.
* Times without one are UTC, unless `zone` names the zone their clock showed. A local time that the clock showed twice or
  never (the hour of a daylight-saving change) is refused, because which instant it was is not in the data.
* Text is ISO 8601: `2024-01-31`, `2024-01-31 12:00`, `2024-01-31T12:00:00.5+01:00`.
* Rows with and without an offset never mix. Rows with different offsets are refused too, unless `zone` is given: then each
  is read at its own offset.
* Numbers are counts of `unit` since 1970-01-01 UTC, and the unit must be said.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .errors import SeriesError
from .series import Times

UNITS = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
_OFFSET = r"[T ]\d\d.*?(?P<offset>Z|z|[+-]\d\d(?::?\d\d)?)$"
_NS = pa.timestamp("ns")
_NS_UTC = pa.timestamp("ns", "UTC")
_HIGHEST = np.iinfo(np.int64).max


def read_times(column: pa.ChunkedArray, name: str, zone: str | None = None, unit: str | None = None) -> Times:
    """The column called `name` as (time,) datetime64[ns] in UTC; `NaT` where it is empty.

    Examples
    --------
    >>> read_times(pa.chunked_array([["2024-07-01T12:00+02:00"]]), "ts")
    array(['2024-07-01T10:00:00.000000000'], dtype='datetime64[ns]')
    >>> read_times(pa.chunked_array([["2024-07-01T12:00"]]), "ts", zone="Europe/Berlin")
    array(['2024-07-01T10:00:00.000000000'], dtype='datetime64[ns]')
    >>> read_times(pa.chunked_array([[1719835200]]), "ts")
    Traceback (most recent call last):
    redshank.errors.SeriesError: Column 'ts' holds numbers, and their unit is not said. unit='s' would make row 0 2024-07-01T12:00:00Z.
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return _from_numbers(column, name, unit)
    if unit is not None:
        raise SeriesError(
            f"unit={unit!r} is for times that are numbers; column {name!r} holds {column.type}. Leave it out."
        )
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        column = _from_text(column.cast(pa.string()), name, zone)
    elif pa.types.is_date(column.type):
        column = column.cast(pa.timestamp("s"))
    elif not pa.types.is_timestamp(column.type):
        raise SeriesError(
            f"Column {name!r} holds {column.type}, which is no time. Name the column of times with time=."
        )
    if column.type.tz is None and zone is not None:
        column = _from_clock(_in_nanoseconds(column, name), name, zone)
    return _numpy(_in_nanoseconds(column, name))


def text_of(values: Any) -> pa.ChunkedArray:
    """Python datetimes as ISO text, so that one rule judges their zones."""
    return pa.chunked_array([[None if missing(value) else _iso(value) for value in values]], type=pa.string())


def missing(value: Any) -> bool:
    """Whether a cell is empty: None, NaN or NaT, each of which differs from itself or is None."""
    return value is None or bool(value != value)


def _iso(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _numpy(column: pa.ChunkedArray) -> Times:
    return np.asarray(column.cast(_NS_UTC if column.type.tz else _NS).to_numpy(), dtype="datetime64[ns]")


def _in_nanoseconds(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    try:
        return column.cast(pa.timestamp("ns", column.type.tz))
    except pa.ArrowInvalid:
        raise _out_of_range(name) from None


def _out_of_range(name: str) -> SeriesError:
    return SeriesError(f"Column {name!r} has times outside the years 1678 to 2262. Drop those rows first.")


def _from_numbers(column: pa.ChunkedArray, name: str, unit: str | None) -> Times:
    if unit is None:
        raise SeriesError(f"Column {name!r} holds numbers, and their unit is not said. {_likely_unit(column)}")
    if unit not in UNITS:
        raise SeriesError(f"unit must be one of {', '.join(UNITS)}, got {unit!r}.")
    known = ~np.asarray(column.is_null(nan_is_null=True).to_numpy(), dtype=bool)
    counts = column.to_numpy()[known]
    if len(counts) and (np.abs(counts.astype(np.float64)) * UNITS[unit] > _HIGHEST).any():
        raise SeriesError(f"{_out_of_range(name)} Or is {unit!r} the wrong unit? {_likely_unit(column)}")
    times = np.full(len(known), np.datetime64("NaT"), dtype="datetime64[ns]")
    times[known] = _scaled(counts, UNITS[unit]).astype("datetime64[ns]")
    return times


def _scaled(counts: NDArray[Any], factor: int) -> NDArray[np.int64]:
    if counts.dtype.kind in "iu":
        return np.asarray(counts.astype(np.int64) * factor)
    # Whole and broken parts apart: a double holds seconds of today only to a quarter of a microsecond.
    whole = np.floor(counts)
    return np.asarray(whole.astype(np.int64) * factor + np.rint((counts - whole) * factor).astype(np.int64))


def _likely_unit(column: pa.ChunkedArray) -> str:
    known = column.drop_null()
    first = abs(float(known[0].as_py())) if len(known) else 0.0
    # Between 1973 and 2286 a count of seconds has 9 or 10 digits, and each finer unit three more.
    unit = next(
        (unit for unit, top in (("s", 1e10), ("ms", 1e13), ("us", 1e16), ("ns", 9e18)) if 1e8 <= first < top), None
    )
    if unit is None:
        return f"Say unit= one of {', '.join(UNITS)}; if they are row numbers, drop the column and give step_s=."
    when = str(_scaled(np.array([float(known[0].as_py())]), UNITS[unit]).astype("datetime64[ns]")[0])
    return f"unit={unit!r} would make row 0 {when[:19]}Z."


def _from_text(column: pa.ChunkedArray, name: str, zone: str | None) -> pa.ChunkedArray:
    column = pc.utf8_trim_whitespace(column)
    column = pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
    aware = pc.match_substring_regex(column, _OFFSET.replace("?P<offset>", ""))
    shares = {bool(value) for value in pc.unique(aware.drop_null()).to_pylist()}
    if shares == {True, False}:
        with_one, without = _first(aware), _first(pc.invert(aware))
        raise SeriesError(
            f"Column {name!r} mixes times with an offset (row {with_one}: {column[with_one]}) and times without "
            f"(row {without}: {column[without]}). Write all of them with an offset, or all in UTC."
        )
    if shares == {True} and zone is None:
        _refuse_offsets(column, name)
    kind = _NS_UTC if shares == {True} else _NS
    try:
        return column.cast(kind)
    except pa.ArrowInvalid:
        row = _first_refused(column, kind)
        raise SeriesError(
            f"Column {name!r} has {column[row].as_py()!r} at row {row}, which is no ISO 8601 time. "
            "Write times as 2024-01-31 12:00:00, with Z or an offset where they are not UTC."
        ) from None


def _refuse_offsets(column: pa.ChunkedArray, name: str) -> None:
    offsets = pc.struct_field(pc.extract_regex(column, "(?s).*" + _OFFSET), "offset")
    different = pc.not_equal(offsets, offsets.drop_null()[0])
    if pc.any(different).as_py():
        row, known = _first(different), _first(pc.is_valid(offsets))
        raise SeriesError(
            f"Column {name!r} mixes time zones: offset {offsets[known]} at row {known}, {offsets[row]} at row {row}. "
            "Give zone='UTC' to read each row at its own offset."
        )


def _first(mask: pa.ChunkedArray) -> int:
    return int(pc.index(mask, True).as_py())


def _first_refused(column: pa.ChunkedArray, kind: pa.DataType) -> int:
    """The first row whose text is no time, by bisection: a cast of a prefix succeeds until it holds that row."""
    good, bad = 0, len(column)
    while bad - good > 1:
        middle = (good + bad) // 2
        try:
            column.slice(good, middle - good).cast(kind)
            good = middle
        except pa.ArrowInvalid:
            bad = middle
    return good


def _from_clock(column: pa.ChunkedArray, name: str, zone: str) -> pa.ChunkedArray:
    """Local times of `zone` as instants; refuses those its clock showed twice or never."""
    try:
        return pc.assume_timezone(column, zone)
    except pa.ArrowInvalid as error:
        if "timezone" in str(error) and ("locate" in str(error) or "parse" in str(error)):
            raise SeriesError(f"No time zone is called {zone!r}. Write it as in 'Europe/Berlin', or 'UTC'.") from None
    first = pc.assume_timezone(column, zone, ambiguous="earliest", nonexistent="earliest")
    last = pc.assume_timezone(column, zone, ambiguous="latest", nonexistent="latest")
    row = _first(pc.not_equal(first, last))
    when = str(column[row].as_py())[:19]
    try:
        pc.assume_timezone(column[row], zone, ambiguous="earliest")
        times = "twice"
    except pa.ArrowInvalid:
        times = "never"
    raise SeriesError(
        f"Column {name!r} has {when} at row {row}, which clocks in {zone} showed {times}. "
        "Write the times in UTC or with their offsets."
    )
