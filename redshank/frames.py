"""Tables in and out: pandas, polars and Arrow, through narwhals. The rules by which columns become a series.

Which column is what, where it is not said:

* time: the only column of dates or date-times; else the only one called `time`, `timestamp`, `ts`, `date` or `datetime`;
  else the `DatetimeIndex` of a pandas table. With `step_s` the row number is the time.
* label: a column called `label`, `is_anomaly` or `anomaly`. The truth is never read as a channel unless `value` names it.
* value: every other column of numbers. Columns of text, flags and dates are left out; a column that is text in a few
  rows only is refused, because those rows would be lost without a word.

What a time means is in `redshank.times`. Duplicates, disorder and gaps are kept or refused unless a policy is named:

* on_duplicate: `refuse`, or keep the `first` or `last` row of a time, or the `mean` of them
* on_disorder: `refuse`, or `sort`
* on_gap: `keep`; `refuse`; `interpolate` between the neighbours, or repeat the `previous` row, at the usual step. A gap is a
  step longer than one and a half times the median one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from importlib.util import find_spec
from typing import Any, Literal, NamedTuple

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import ArrayLike, NDArray

from .errors import InputError, MissingExtraError, SeriesError
from .kernels.repair import Rows, fill_gaps, find_gaps, in_order, one_a_time, usual_step
from .series import Series, Times, Values, read_labels
from .times import missing, read_times, text_of

OnDuplicate = Literal["refuse", "first", "last", "mean"]
OnDisorder = Literal["refuse", "sort"]
OnGap = Literal["refuse", "keep", "interpolate", "previous"]
TimeUnit = Literal["s", "ms", "us", "ns"]
Backend = Literal["pandas", "polars", "pyarrow"]

TIME_NAMES = ("time", "timestamp", "ts", "date", "datetime")
LABEL_NAMES = ("label", "is_anomaly", "anomaly")
NUMBER = r"^\s*(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?i:nan|inf|infinity))?\s*$"
"""Text that is a number, or empty."""
_PANDAS_INDEX = "__index_level_"
"""How pandas calls a nameless index it writes into a file: row numbers, and no channel."""
_MOST_FILLED = 1_000_000
"""Rows that filling gaps may always add; beyond, at most ten times what was there. A wrong time makes a gap of centuries."""


class Columns(NamedTuple):
    """Which column is what: names, or None where there is none."""

    time: str | None
    value: tuple[str, ...]
    label: str | None
    id: str | None
    text: tuple[str, ...] = ()
    """Columns of text that were left out."""


def frame(columns: Mapping[str, ArrayLike], backend: Backend | None = None) -> Any:
    """A table of these columns; pandas where it is installed, else Arrow. Times become UTC date-times.

    Examples
    --------
    >>> frame({"time": np.array(["2024-01-01"], "datetime64[ns]"), "load": [1.5]}, "pyarrow").schema
    time: timestamp[ns, tz=UTC]
    load: double
    """
    chosen = backend or ("pandas" if find_spec("pandas") else "pyarrow")
    if chosen not in ("pandas", "polars", "pyarrow"):
        raise InputError(f"backend must be pandas, polars or pyarrow, got {chosen!r}.")
    if find_spec(chosen) is None:
        raise MissingExtraError(f"A {chosen} table needs {chosen}: pip install 'redshank[{chosen}]'")
    table = pa.table({name: _arrow(np.asarray(column)) for name, column in columns.items()})
    if chosen == "pyarrow":
        return table
    native: Any = nw.from_native(table)
    return native.to_pandas() if chosen == "pandas" else native.to_polars()


def _arrow(column: NDArray[Any]) -> pa.Array:
    if column.dtype.kind == "M":
        return pa.array(column.astype("datetime64[ns]"), pa.timestamp("ns", "UTC"))
    return pa.array(column)


def to_series(
    frame: Any,
    time: str | None = None,
    value: str | Sequence[str] | None = None,
    label: str | None = None,
    zone: str | None = None,
    unit: TimeUnit | None = None,
    step_s: float | None = None,
    on_duplicate: OnDuplicate = "refuse",
    on_disorder: OnDisorder = "refuse",
    on_gap: OnGap = "keep",
    name: str = "",
) -> Series:
    """One series from a table; the rules are at the top of this file.

    Parameters
    ----------
    frame : a pandas, polars or Arrow table
    time, value, label : names of its columns
    zone : the zone of times that carry none, as in `Europe/Berlin`
    unit : what times that are numbers count since 1970: `s`, `ms`, `us`, `ns`
    step_s : seconds between rows, for a table without times; the first row is 1970-01-01
    on_duplicate, on_disorder, on_gap : what to do with a time axis that is not strictly increasing and regular
    name : what the series is called

    Examples
    --------
    >>> minutes = ["2024-01-01 00:00", "2024-01-01 00:05", "2024-01-01 00:10", "2024-01-01 00:20"]
    >>> table = pa.table({"ts": minutes, "load": [1.0, 2.0, 3.0, 5.0]})
    >>> to_series(table)
    Series(4 points, 1 channel, every 300 s, from 2024-01-01T00:00:00Z)
    >>> to_series(table, on_gap="interpolate").values[:, 0]
    array([1., 2., 3., 4., 5.])
    >>> to_series(table, on_gap="refuse")
    Traceback (most recent call last):
    redshank.errors.SeriesError: Rows 2 and 3 are 600 s apart where 300 s is usual (after 2024-01-01T00:10:00Z). Read with ...
    """
    table, index = _open(frame)
    chosen = choose(table, time, value, label, None, step_s, index is not None)
    return _series(
        _rows(table, chosen, index, zone, unit, step_s), chosen.value, name, on_duplicate, on_disorder, on_gap
    )


def to_many(
    frame: Any,
    id: str,
    time: str | None = None,
    value: str | Sequence[str] | None = None,
    label: str | None = None,
    zone: str | None = None,
    unit: TimeUnit | None = None,
    step_s: float | None = None,
    on_duplicate: OnDuplicate = "refuse",
    on_disorder: OnDisorder = "refuse",
    on_gap: OnGap = "keep",
) -> list[Series]:
    """Many series from a long table: one for each value of column `id`, called by it, in order of appearance.

    Examples
    --------
    >>> table = pa.table({"host": ["a", "b", "a", "b"], "load": [1, 2, 3, 4]})
    >>> [(one.name, one.values[:, 0].tolist()) for one in to_many(table, "host", step_s=60)]
    [('a', [1.0, 3.0]), ('b', [2.0, 4.0])]
    """
    table, index = _open(frame)
    chosen = choose(table, time, value, label, id, step_s, index is not None)
    rows = _rows(table, chosen, index, zone, unit, step_s)
    many = []
    for key, part in _groups(_arrow_of(table[id]), id):
        own = rows.take(part)
        if step_s is not None:
            own = own._replace(times=_regular(len(part), step_s))
        try:
            many.append(_series(own, chosen.value, key, on_duplicate, on_disorder, on_gap))
        except SeriesError as error:
            raise SeriesError(f"Series {key!r}: {error}") from None
    return many


def choose(
    table: nw.DataFrame[Any],
    time: str | None = None,
    value: str | Sequence[str] | None = None,
    label: str | None = None,
    id: str | None = None,
    step_s: float | None = None,
    has_index: bool = False,
) -> Columns:
    """Which column of the table is what, by its names and types alone; an empty table of the same schema will do."""
    schema = table.schema
    for given in (time, label, id):
        if given is not None:
            _refuse_unknown(given, list(schema))
    if step_s is not None and time is not None:
        raise SeriesError(f"Both a column of times, {time!r}, and step_s={step_s:g} are given. Leave one of them out.")
    named = None if value is None else (value,) if isinstance(value, str) else tuple(value)
    left = {column: kind for column, kind in schema.items() if column not in (time, label, id, *(named or ()))}
    if label is None:
        label = _only([column for column in left if column.lower() in LABEL_NAMES], "labels", "label=")
        left.pop(label or "", None)
    if time is None:
        time = _find_time(left, has_index or step_s is not None, step_s)
        left.pop(time or "", None)
    if named is not None:
        for column in named:
            _refuse_unknown(column, list(schema))
        return Columns(time, named, label, id)
    numbers = (column for column, kind in left.items() if kind.is_numeric() or kind == nw.Unknown)
    found = tuple(column for column in numbers if not column.startswith(_PANDAS_INDEX))
    text = tuple(column for column, kind in left.items() if _is_text(kind))
    if not found and not text:
        raise SeriesError(f"The table has no column of numbers beside its times; it has: {', '.join(schema)}.")
    return Columns(time, found, label, id, text)


def _find_time(left: Mapping[str, Any], settled: bool, step_s: float | None) -> str | None:
    dated = [column for column, kind in left.items() if kind in (nw.Datetime, nw.Date)]
    called = [column for column in left if column.lower() in TIME_NAMES]
    found = _only(dated, "times", "time=") if dated else _only(called, "times", "time=")
    if found is not None and step_s is not None:
        raise SeriesError(
            f"Column {found!r} looks like times, and step_s={step_s:g} is given as well. "
            "Leave step_s out, or name the channels with value=."
        )
    if found is None and not settled:
        raise SeriesError(
            f"No column is of times; the table has: {', '.join(left) or 'nothing else'}. "
            "Name one with time=, or give step_s= where the rows are regular."
        )
    return None if settled and not dated else found


def _only(found: list[str], what: str, option: str) -> str | None:
    if len(found) > 1:
        raise SeriesError(f"Columns {' and '.join(map(repr, found))} could both be the {what}. Name one with {option}")
    return found[0] if found else None


def _refuse_unknown(name: str, known: list[str]) -> None:
    if name not in known:
        near = get_close_matches(name, known, n=3)
        way_out = f"Did you mean {' or '.join(map(repr, near))}?" if near else f"It has: {', '.join(known)}."
        raise SeriesError(f"The table has no column {name!r}. {way_out}")


def _open(frame: Any) -> tuple[nw.DataFrame[Any], pa.ChunkedArray | None]:
    """The table behind narwhals, and the times of its pandas index where it has some."""
    try:
        table = nw.from_native(frame, eager_only=True)
    except TypeError:
        lazy = hasattr(frame, "collect")
        way_out = "Call its collect() first." if lazy else "Give a pandas, polars or Arrow table."
        raise SeriesError(f"A {type(frame).__name__} is no table of rows. {way_out}") from None
    columns = [str(column) for column in table.columns]
    if columns != table.columns:
        table = table.rename(dict(zip(table.columns, columns)))
    if len(table) == 0:
        raise SeriesError("The table has no rows. Give at least one.")
    index = nw.maybe_get_index(table)
    if index is None or not hasattr(index, "tz_localize"):
        return table, None
    return table, pa.chunked_array([pa.Array.from_pandas(index)])


def _rows(
    table: nw.DataFrame[Any],
    chosen: Columns,
    index: pa.ChunkedArray | None,
    zone: str | None,
    unit: TimeUnit | None,
    step_s: float | None,
) -> Rows:
    for column in chosen.text:
        text = _arrow_of(table[column])
        if stray_text(text) is not None:
            raise _text_error(text, column)
    if not chosen.value:
        raise SeriesError(f"The table has no column of numbers beside its times; it has: {', '.join(table.columns)}.")
    values = np.empty((len(table), len(chosen.value)))
    for i, column in enumerate(chosen.value):
        values[:, i] = _numbers(table[column])
    labels = None if chosen.label is None else read_labels(_numbers(table[chosen.label]))
    if chosen.time is not None:
        times = read_times(_arrow_of(table[chosen.time]), chosen.time, zone, unit)
    elif step_s is not None:
        times = _regular(len(table), step_s)
    else:
        times = read_times(index, "index", zone, unit)
    return Rows(times, values, labels)


def _regular(count: int, step_s: float) -> Times:
    if not step_s > 0:
        raise SeriesError(f"step_s must be greater than 0, got {step_s:g}.")
    return np.asarray(np.datetime64(0, "ns") + np.arange(count) * np.timedelta64(round(step_s * 1e9), "ns"))


def _arrow_of(column: nw.Series[Any]) -> pa.ChunkedArray:
    if column.dtype == nw.Object:
        return text_of(column.to_list())
    array = column.to_arrow()
    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])


def _is_text(kind: Any) -> bool:
    return bool(kind in (nw.String, nw.Categorical, nw.Enum, nw.Object))


def _numbers(column: nw.Series[Any]) -> Values:
    kind = column.dtype
    if kind == nw.Object and all(missing(value) or isinstance(value, int | float) for value in column.to_list()):
        return np.array([np.nan if missing(value) else value for value in column.to_list()], dtype=np.float64)
    if _is_text(kind):
        text = _arrow_of(column)
        if text.null_count < len(text):
            raise _text_error(text, column.name)
        return np.full(len(column), np.nan)
    if kind == nw.Unknown:
        return np.full(len(column), np.nan)
    if not (kind.is_numeric() or kind == nw.Boolean):
        raise SeriesError(f"Column {column.name!r} holds {kind}, which is no number. Leave it out with value=.")
    array = column.to_numpy()
    if array.dtype.kind in "fiub" and not (array.dtype.kind != "f" and column.null_count()):
        return array
    return np.asarray(column.cast(nw.Float64).to_numpy(), dtype=np.float64)


def stray_text(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """True where a cell is a word, for a column of text that is mostly numbers; None for one that is text by nature.

    A column of names may be left out; a column of numbers with a few words in it may not.
    """
    text = column.cast(pa.string())
    number = pc.match_substring_regex(text, NUMBER)
    filled = pc.not_equal(text, "")
    numbers = int(pc.sum(pc.and_(number, filled)).as_py() or 0)
    return pc.fill_null(pc.invert(number), False) if 2 * numbers > int(pc.sum(filled).as_py() or 0) else None


def _text_error(column: pa.ChunkedArray, name: str) -> SeriesError:
    text = column.cast(pa.string())
    stray = pc.fill_null(pc.invert(pc.match_substring_regex(text, NUMBER)), False)
    row = int(pc.index(stray, True).as_py())
    if row < 0:
        return SeriesError(f"Column {name!r} holds numbers written as text. Convert it to numbers first.")
    return SeriesError(
        f"Column {name!r} has the text {_short(text[row].as_py())} at row {row}, where a number should be. "
        "Mend or drop that row (a csv does with on_text=drop), or leave the column out with value=."
    )


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")


def _groups(keys: pa.ChunkedArray, id: str) -> Iterator[tuple[str, NDArray[np.int64]]]:
    encoded = keys.combine_chunks().dictionary_encode()
    if encoded.null_count:
        row = int(pc.index(encoded.is_null(), True).as_py())
        raise SeriesError(f"Column {id!r} is empty at row {row}. Give every row the name of its series, or drop it.")
    codes = encoded.indices.to_numpy()
    order = np.argsort(codes, kind="stable")
    bounds = np.flatnonzero(np.diff(codes[order])) + 1
    for key, part in zip(encoded.dictionary.to_pylist(), np.split(order, bounds)):
        yield str(key), part


def _series(
    rows: Rows,
    channels: tuple[str, ...],
    name: str,
    on_duplicate: OnDuplicate,
    on_disorder: OnDisorder,
    on_gap: OnGap,
) -> Series:
    _refuse_policy("on_duplicate", on_duplicate, OnDuplicate)
    _refuse_policy("on_disorder", on_disorder, OnDisorder)
    _refuse_policy("on_gap", on_gap, OnGap)
    _refuse_no_time(rows.times)
    if on_disorder == "sort":
        rows = in_order(rows)
    else:
        _refuse_disorder(rows.times)
    if on_duplicate != "refuse":
        rows = one_a_time(rows, on_duplicate)
    series = Series(rows.times, rows.values, channels, rows.labels, name)
    if on_gap == "keep":
        return series
    if on_gap == "refuse":
        _refuse_gaps(series.times)
        return series
    _refuse_flood(series.times)
    rows = fill_gaps(rows, on_gap)
    return Series(rows.times, rows.values, channels, rows.labels, name)


def _refuse_policy(option: str, given: str, known: Any) -> None:
    if given not in known.__args__:
        raise InputError(f"{option} must be one of {', '.join(known.__args__)}, got {given!r}.")


def _refuse_no_time(times: Times) -> None:
    if np.isnat(times).any():
        raise SeriesError(
            f"Row {int(np.isnat(times).argmax())} has no time. Drop the rows without a time before reading."
        )


def _refuse_disorder(times: Times) -> None:
    early = times[1:] < times[:-1]
    if early.any():
        row = int(early.argmax()) + 1
        raise SeriesError(
            f"Row {row} has an earlier time than the row before it ({str(times[row])[:19]}Z). Read it with on_disorder='sort'."
        )


def _refuse_gaps(times: Times) -> None:
    rows, _ = find_gaps(times)
    if len(rows):
        row, usual = int(rows[0]), usual_step(times) / 1e9
        wide = (times[row + 1] - times[row]).astype(np.int64) / 1e9
        many = f"; {len(rows)} gaps in all" if len(rows) > 1 else ""
        raise SeriesError(
            f"Rows {row} and {row + 1} are {wide:g} s apart where {usual:g} s is usual (after {str(times[row])[:19]}Z{many}). "
            "Read with on_gap='keep', 'interpolate' or 'previous'."
        )


def _refuse_flood(times: Times) -> None:
    _, lacking = find_gaps(times)
    added = int(lacking.sum())
    if added > max(_MOST_FILLED, 10 * len(times)):
        raise SeriesError(
            f"Filling the gaps would add {added} rows to {len(times)}. Look for a wrong time, or read with on_gap='keep'."
        )
