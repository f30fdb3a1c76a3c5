"""Files that appear whole or not at all: any file, and tables as CSV or Parquet, written piece by piece."""

from __future__ import annotations

import os
import stat
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from .errors import InputError, SourceError

if TYPE_CHECKING:
    import pyarrow as pa

Add = Callable[["pa.Table"], None]


@contextmanager
def replacing(path: str) -> Iterator[str]:
    """The path of a draft that takes the place of `path` when all went well, and is removed when not.

    What stood at `path` stays as it was until then. A device or a pipe cannot be replaced and is written as it is.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> with replacing(folder + "/out.txt") as draft, open(draft, "w") as out:
    ...     print(out.write("whole"), os.path.exists(folder + "/out.txt"))
    5 False
    >>> os.listdir(folder)
    ['out.txt']
    """
    folder, name = os.path.split(os.path.realpath(path))
    _refuse(path, folder)
    special = os.path.exists(path) and not stat.S_ISREG(os.stat(path).st_mode)
    draft = path if special else os.path.join(folder, f".{name}.{uuid.uuid4().hex[:8]}.part")
    try:
        yield draft
        if not special and os.path.exists(draft):
            _settle(draft)
            os.replace(draft, os.path.join(folder, name))
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error).rstrip(".")
        raise SourceError(f"{path} was not written: {why}. Free some space, or choose another place.") from error
    finally:
        if not special:
            with suppress(FileNotFoundError):
                os.remove(draft)


def _refuse(path: str, folder: str) -> None:
    if os.path.isdir(path):
        raise InputError(f"{path} is a folder. Name a file in it.")
    if not os.path.isdir(folder):
        raise InputError(f"There is no folder {folder} to write {os.path.basename(path)} in. Make it first.")


def _settle(draft: str) -> None:
    """Bring the bytes to the disk before the name: after a power cut the file is the old one or the new one."""
    with open(draft, "rb") as written:
        os.fsync(written.fileno())


@contextmanager
def table_file(path: str | None) -> Iterator[Add]:
    """A function that takes Arrow tables with the same columns, one after another. The file is there once the block is done.

    Without a path the tables go nowhere. Without any table there is no file.
    """
    if path is None:
        yield lambda table: None
        return
    check_table_path(path)
    with replacing(path) as draft:
        writers: list[Any] = []

        def add(table: pa.Table) -> None:
            ready = _as_text(table) if _is_csv(path) else table
            if not writers:
                writers.append(_writer(path, draft, table.schema, ready.schema))
            writers[0].write_table(ready)

        try:
            yield add
        except BaseException:
            with suppress(Exception):
                _close(writers)
            raise
        _close(writers)


def write_table(path: str, table: pa.Table) -> None:
    """Write one Arrow table to a CSV or Parquet file."""
    with table_file(path) as add:
        add(table)


def check_table_path(path: str | None) -> None:
    """Refuse a path that does not say its format, before the work rather than after it."""
    if path is not None and not path.lower().endswith((".csv", ".parquet")):
        raise InputError(f"{path} does not say its format. End its name in .csv or .parquet.")


def named(table: pa.Table, name: str) -> pa.Table:
    """The table with a first column `series`, where the series has a name."""
    import pyarrow as pa

    return table.add_column(0, "series", pa.array([name] * len(table), pa.string())) if name else table


def _is_csv(path: str) -> bool:
    return path.lower().endswith(".csv")


def _close(writers: list[Any]) -> None:
    for writer in writers:
        writer.close()


def _writer(path: str, draft: str, given: pa.Schema, written: pa.Schema) -> Any:
    if not _is_csv(path):
        from pyarrow.parquet import ParquetWriter

        return ParquetWriter(draft, written)
    import pyarrow as pa
    from pyarrow.csv import CSVWriter, WriteOptions

    # Names of channels and series may hold a comma; times and numbers never do.
    quoted = any(pa.types.is_string(kind) for kind in given.types)
    options = WriteOptions(quoting_style="needed" if quoted else "none", quoting_header="none")
    return CSVWriter(draft, written, write_options=options)


def _as_text(table: pa.Table) -> pa.Table:
    """Times in ISO 8601 without digits that say nothing; empty cells for what is no number."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for i, column in enumerate(table.columns):
        if pa.types.is_timestamp(column.type):
            ready = pc.binary_join_element_wise(_shortest(column).cast(pa.string()), "Z", "")
        elif pa.types.is_floating(column.type):
            ready = pc.if_else(pc.is_nan(column), None, column)
        else:
            continue
        table = table.set_column(i, table.column_names[i], ready)
    return table


def _shortest(times: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa

    for unit in ("s", "ms", "us"):
        with suppress(pa.ArrowInvalid):
            return times.cast(pa.timestamp(unit))
    return times.cast(pa.timestamp("ns"))
