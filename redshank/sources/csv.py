"""Delimited text: commas, semicolons, tabs; packed or not; with the faults publishers leave in it."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from ..errors import InputError, SeriesError
from ..files import expand, open_binary, reading, shown
from ..frames import NUMBER, TIME_NAMES, stray_text
from .source import Source, regroup

_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "space": " "}
_WORD_OF = {sign: word for word, sign in _DELIMITERS.items()}
_LOOK = 65_536
"""Bytes read at a time to know the header, the delimiter and the type of the times."""
_DATE = r"^\s*\d{4}-\d\d-\d\d"


@dataclass(kw_only=True)
class Csv(Source):
    """Series from delimited text: `csv:data.csv?time=ts&value=a,b&on_gap=refuse`.

    Empty cells and `NA`, `NaN`, `NULL`, `n/a` are missing values. In parts, the types are those of the first megabyte.

    Parameters
    ----------
    delimiter : what separates the columns: one sign, or `comma`, `semicolon`, `tab`, `pipe`, `space`; a tab for `.tsv`, else a comma
    header : whether the first line names the columns; without, they are `c0, c1, ...`
    decimal : the sign before the decimals
    time_format : how times are written where that is not ISO 8601, in strptime's letters: `%d.%m.%Y %H:%M`
    skip_rows : lines before the header
    encoding : of the text
    on_text : a word where a number or a time should be: `refuse`, `drop` its row, or take the number as `missing`

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "web.csv"
    >>> _ = file.write_text("ts;load\\n2024-01-01;1,5\\n2024-01-02;2,5\\nSource: the office;\\n")
    >>> Csv(location=str(file), delimiter="semicolon", decimal=",", on_text="drop").read().values[:, 0]
    array([1.5, 2.5])
    >>> Csv(location=str(file)).read()
    Traceback (most recent call last):
    redshank.errors.InputError: ... has one column when it is split at commas, and looks split at ';'. Read it with delimiter=semicolon.
    """

    delimiter: str | None = None
    header: bool = True
    decimal: Literal[".", ","] = "."
    time_format: str | None = None
    skip_rows: int = 0
    encoding: str = "utf8"
    on_text: Literal["refuse", "drop", "missing"] = "refuse"

    def table(self) -> pa.Table:
        """All rows of all files the location names."""
        parts = []
        for location in expand(self.location):
            with reading(location, "csv"), open_binary(location) as file:
                names, texts = self._look(file, location)
                parts.append(self._settled(self._parse(file, names, texts, location), names))
        return pa.concat_tables(parts, promote_options="permissive")

    def tables(self, rows: int) -> Iterator[pa.Table]:
        """The same rows in parts."""
        if self.on_text != "refuse":
            yield from super().tables(rows)
            return
        for location in expand(self.location):
            with reading(location, "csv"), open_binary(location) as file:
                names, texts = self._look(file, location)
                types = self._types(file, names, texts)
                batches = arrow_csv.open_csv(file, **self._options(names, types))
                for table in regroup(batches, rows):
                    yield self._settled(table, names)

    def _needs_all(self) -> str | None:
        return super()._needs_all() or (None if self.on_text == "refuse" else f"on_text={self.on_text!r}")

    def _look(self, file: Any, location: str) -> tuple[list[str], set[str]]:
        """The column names, and the columns to read as text. Leaves the file at its start."""
        text = self._start(file).decode("utf-8-sig" if self.encoding == "utf8" else self.encoding, errors="replace")
        lines = [line for line in text.splitlines()[self.skip_rows :] if line.strip()]
        if not lines:
            raise SeriesError(f"{shown(location)!r} is empty. Give at least a header and one row.")
        first, *more = csv.reader(islice(lines, 100), delimiter=self._delimiter(location))
        cells = more[0] if self.header and more else first
        if len(first) == 1:
            self._refuse_wrong_delimiter(lines, location)
        if not self.header:
            return [f"c{i}" for i in range(len(first))], set()
        self._refuse_wrong_header(first, location)
        names = [name or f"column {i}" for i, name in enumerate(first)]
        times = [self.time] if self.time else [name for name in names if name.lower() in TIME_NAMES]
        at = names.index(times[0]) if len(times) == 1 and times[0] in names else -1
        written = 0 <= at < len(cells) and (self.time_format is not None or not _is_number(cells[at]))
        return names, {times[0]} if written and times[0] else set()

    def _start(self, file: Any) -> bytes:
        """Enough of the file to hold the header and a row, however long they are. Leaves the file at its start."""
        start = bytearray()
        while piece := file.read(_LOOK):
            start += piece
            if start.count(b"\n") > self.skip_rows + 2:
                break
        file.seek(0)
        return bytes(start)

    def _delimiter(self, location: str) -> str:
        given = self.delimiter or ("\t" if ".tsv" in location.lower() else ",")
        sign = _DELIMITERS.get(given, given)
        if len(sign) != 1:
            raise InputError(f"delimiter must be one sign or one of {', '.join(_DELIMITERS)}, got {given!r}.")
        return sign

    def _refuse_wrong_delimiter(self, lines: list[str], location: str) -> None:
        used = self._delimiter(location)
        for sign in ",;\t|":
            if sign != used and lines[0].count(sign) and all(line.count(sign) for line in lines[1:3]):
                raise InputError(
                    f"{shown(location)!r} has one column when it is split at {_WORD_OF.get(used, used)}s, "
                    f"and looks split at {sign!r}. Read it with delimiter={_WORD_OF[sign]}."
                )

    def _refuse_wrong_header(self, names: list[str], location: str) -> None:
        if all(_is_number(name) for name in names):
            raise InputError(
                f"The first line of {shown(location)!r} holds numbers, so it names no columns. Read it with header=false."
            )
        for name, times in Counter(names).items():
            if name and times > 1:
                raise InputError(
                    f"{shown(location)!r} has two columns called {name!r}. Rename one, or read with header=false&skip_rows=1."
                )

    def _options(self, names: list[str], types: dict[str, pa.DataType]) -> dict[str, Any]:
        given = names if not self.header else None
        return {
            "read_options": arrow_csv.ReadOptions(
                column_names=given, skip_rows=self.skip_rows, encoding=self.encoding, use_threads=True
            ),
            "parse_options": arrow_csv.ParseOptions(
                delimiter=self._delimiter(self.location),
                invalid_row_handler=(lambda row: "skip") if self.on_text == "drop" else None,
            ),
            "convert_options": arrow_csv.ConvertOptions(column_types=types, decimal_point=self.decimal),
        }

    def _parse(self, file: Any, names: list[str], texts: set[str], location: str) -> pa.Table:
        options = self._options(names, dict.fromkeys(texts, pa.string()))
        try:
            return arrow_csv.read_csv(file, **options)
        except pa.ArrowInvalid as error:
            if "Expected" not in str(error):
                raise
        file.seek(0)
        options["read_options"].use_threads = False  # only in order does the reader know the line
        try:
            return arrow_csv.read_csv(file, **options)
        except pa.ArrowInvalid as error:
            raise _ragged(error, location) from None

    def _types(self, file: Any, names: list[str], texts: set[str]) -> dict[str, pa.DataType]:
        """One type for the whole file, from its first part: a whole number there may be followed by a broken one."""
        found = arrow_csv.open_csv(file, **self._options(names, dict.fromkeys(texts, pa.string()))).schema
        file.seek(0)
        types = {}
        for field in found:
            broad = pa.types.is_integer(field.type) or pa.types.is_null(field.type)
            if broad and field.name not in (self.time, self.id) and field.name.lower() not in TIME_NAMES:
                types[field.name] = pa.float64()
            elif pa.types.is_timestamp(field.type):
                types[field.name] = pa.timestamp("ns", field.type.tz)
            else:
                types[field.name] = field.type
        return types

    def _settled(self, table: pa.Table, names: list[str]) -> pa.Table:
        """The table with its names, its own way of writing times read, and its words dealt with as asked."""
        table = _without_nameless(table.rename_columns(names), self.value)
        if self.on_text != "refuse":
            table = self._without_words(table)
        return table if self.time_format is None else self._with_times(table, self.time_format)

    def _with_times(self, table: pa.Table, how: str) -> pa.Table:
        name = self.time or next((name for name in table.column_names if name.lower() in TIME_NAMES), None)
        if name not in table.column_names:
            raise InputError("time_format needs to know the column of times. Name it with time=.")
        text = table[name].cast(pa.string())
        times = pc.strptime(text, format=how, unit="s", error_is_null=True)
        wrong = pc.index(pc.and_(times.is_null(), text.is_valid()), True).as_py()
        if wrong >= 0:
            raise SeriesError(
                f"Column {name!r} has {text[wrong].as_py()!r} at row {wrong}, which is not written as {how}."
            )
        return table.set_column(table.column_names.index(name), name, times)

    def _without_words(self, table: pa.Table) -> pa.Table:
        """The table without the rows that have a word for a time, and without words for numbers, or their rows."""
        drop = self.on_text == "drop"
        for i, field in enumerate(table.schema):
            if drop and pa.types.is_string(field.type) and self._is_time(field.name):
                table = table.filter(self._is_written_as_time(table[i]))
        words = pa.chunked_array([np.zeros(len(table), np.bool_)])
        for i, field in enumerate(table.schema):
            if not pa.types.is_string(field.type) or self._is_time(field.name) or field.name in (self.label, self.id):
                continue
            text = pc.utf8_trim_whitespace(table[i])
            text = pc.replace_substring(text, ",", ".") if self.decimal == "," else text
            stray = stray_text(text)
            if stray is not None:
                empty = pc.or_(stray, pc.equal(text, ""))
                numbers = pc.if_else(empty, pa.scalar(None, pa.string()), text).cast(pa.float64())
                table = table.set_column(i, field.name, numbers)
                words = pc.or_(words, stray)
        return table.filter(pc.invert(words)) if drop else table

    def _is_time(self, name: str) -> bool:
        return name == self.time if self.time is not None else name.lower() in TIME_NAMES

    def _is_written_as_time(self, text: pa.ChunkedArray) -> pa.ChunkedArray:
        if self.time_format is None:
            return pc.fill_null(pc.match_substring_regex(text, _DATE), False)
        return pc.strptime(text, format=self.time_format, unit="s", error_is_null=True).is_valid()


def _is_number(cell: str) -> bool:
    return bool(cell.strip()) and bool(pc.match_substring_regex(pa.scalar(cell), NUMBER).as_py())


def _without_nameless(table: pa.Table, value: tuple[str, ...] | None) -> pa.Table:
    """Drop nameless columns that are empty, as a comma at the end of each line makes; refuse those that are not."""
    for i, name in reversed(list(enumerate(table.column_names))):
        if name == f"column {i}":
            if table[i].null_count < len(table) and value is None:
                raise InputError(f"Column {i} has no name in the header. Name the columns to read with value=.")
            table = table.remove_column(i)
    return table


def _ragged(error: pa.ArrowInvalid, location: str) -> Exception:
    """The sentence for the first line with too many or too few cells."""
    said = re.search(r"Row #(\d+): Expected (\d+) columns, got (\d+)", str(error))
    if said is None:
        return error
    return InputError(
        f"Line {said[1]} of {shown(location)!r} has {said[3]} cells where {said[2]} are usual. "
        "Mend the line, or read with on_text=drop."
    )
