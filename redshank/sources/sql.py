"""A SQL query on an embedded DuckDB, which can also reach SQLite and PostgreSQL."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import fsspec
import pyarrow as pa

from ..errors import InputError, MissingExtraError, SourceError
from ..files import reading
from .source import Source, regroup

_ATTACH = re.compile(r"(sqlite|postgres):(.+?)(?:\s+as\s+(\w+))?", re.I)
_REMOTE = ("gs", "gcs", "s3")
_PASSWORD = re.compile(r"://[^/@:]*:([^@]*)@|password\s*=\s*(\S+)")
_BATCH = 20_000
"""Rows of a SQLite table turned into Arrow at a time."""
_ALONE = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}


class Attached(NamedTuple):
    """Another database: `kind` sqlite or postgres, `place` a path or the name of an environment variable, `name` in the query."""

    kind: str
    place: str
    name: str


@dataclass(kw_only=True)
class Sql(Source):
    """Series from a SQL query: `sql:metrics.duckdb?query=SELECT ts, load FROM web ORDER BY ts`.

    The location is a DuckDB file, or nothing: `sql:?query=SELECT * FROM 'web.parquet'` reads files, also on `gs://` and `s3://`.
    Tables of other databases are `NAME.table` or `NAME.schema.table`. Each one the query names is copied whole into
    memory before the query runs. Nothing is ever written: only one SELECT is taken, and files are opened read-only. No
    DuckDB extension is loaded from the network.

    Parameters
    ----------
    query : one SELECT
    attach : other databases, `sqlite:metrics.db` or `postgres:VARIABLE`, the environment variable that holds the connection string;
        called after the file, or `postgres`, unless ` as NAME` follows

    Examples
    --------
    >>> Sql(location="", query="SELECT range AS count, TIMESTAMP '2024-01-01' + INTERVAL (range) HOUR AS ts FROM range(3)").read()
    Series(3 points, 1 channel, every 3600 s, from 2024-01-01T00:00:00Z)
    >>> Sql(location="", query="DROP TABLE web").read()
    Traceback (most recent call last):
    redshank.errors.InputError: The query must be one SELECT; nothing else is run, so that reading never changes a database.
    """

    query: str
    attach: tuple[str, ...] = ()

    def table(self) -> pa.Table:
        """All rows of the result."""
        with self._result() as result:
            return result.read_all()

    def tables(self, rows: int) -> Iterator[pa.Table]:
        """The result in parts, as DuckDB makes them."""
        with self._result() as result:
            yield from regroup(result, rows)

    @contextmanager
    def _result(self) -> Iterator[pa.RecordBatchReader]:
        with closing(duckdb.connect(config=_ALONE)) as database:
            names = _tables_of(database, self.query)
            for attached in map(_read_attach, self.attach):
                self._copy(database, attached, names)
            self._open_location(database)
            for protocol in _REMOTE:
                if f"{protocol}://" in self.query:
                    with reading(f"{protocol}://", "a file system"):
                        database.register_filesystem(fsspec.filesystem(protocol))
            with _asking():
                yield pa.RecordBatchReader.from_stream(database.sql(self.query))

    def _open_location(self, database: Any) -> None:
        if self.location in ("", ":memory:"):
            return
        path = Path(self.location).expanduser()
        with reading(self.location, "a DuckDB file"), path.open("rb") as file:
            start = file.read(16)
        if start.startswith(b"SQLite format 3"):
            raise InputError(
                f"{self.location!r} is a SQLite file. Read it with sql:?attach=sqlite:{self.location}&query=..."
            )
        try:
            database.execute(f"ATTACH {_quoted(str(path), chr(39))} AS location (READ_ONLY)")
            database.execute("USE location")
        except duckdb.Error as error:
            raise SourceError(f"{self.location!r} cannot be opened as a DuckDB file: {_brief(error)}.") from None

    def _copy(self, database: Any, attached: Attached, names: list[list[str]]) -> None:
        """Copy each table of the attached database that the query names."""
        database.execute(f"ATTACH ':memory:' AS {_quoted(attached.name)}")
        for name in names:
            if len(name) < 2 or name[0] != attached.name:
                continue
            *schema, table = name[1:]
            inside = [attached.name, *(schema or ["main"]), table]
            if schema:
                database.execute(f"CREATE SCHEMA IF NOT EXISTS {_path(inside[:2])}")
            copier = _from_sqlite if attached.kind == "sqlite" else _from_postgres
            with copier(attached.place, name[1:]) as rows:
                database.register("incoming", rows)
                database.execute(f"CREATE TABLE {_path(inside)} AS SELECT * FROM incoming")
                database.unregister("incoming")


def _tables_of(database: Any, query: str) -> list[list[str]]:
    """The tables a query names, each as the parts of its path; refuses what is not one SELECT."""
    told = json.loads(database.execute("SELECT json_serialize_sql(?)", [query]).fetchall()[0][0])
    if told["error"] and told["error_type"] == "parser":
        raise InputError(f"The query is not SQL: {told['error_message']}. Mend it.")
    if told["error"] or len(told["statements"]) != 1:
        raise InputError("The query must be one SELECT; nothing else is run, so that reading never changes a database.")
    found: dict[tuple[str, ...], None] = {}

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if node.get("type") == "BASE_TABLE":
                parts = (node["catalog_name"], node["schema_name"], node["table_name"])
                found[tuple(part for part in parts if part)] = None
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(told)
    return [list(path) for path in found]


def _read_attach(text: str) -> Attached:
    said = _ATTACH.fullmatch(text.strip())
    if said is None:
        raise InputError(
            "attach must be sqlite:PATH or postgres:VARIABLE, the name of an environment variable that holds the connection "
            "string, with ' as NAME' behind it where wanted."
        )
    kind, place, name = said[1].lower(), said[2], said[3]
    if kind == "postgres" and not re.fullmatch(r"\w+", place):
        # The text may be a connection string with a password in it, so it is not repeated.
        raise InputError(
            "attach=postgres: takes the name of an environment variable. Put the connection string into one."
        )
    return Attached(kind, place, name or (Path(place).stem if kind == "sqlite" else "postgres"))


@contextmanager
def _from_sqlite(path: str, table: list[str]) -> Iterator[pa.Table]:
    with reading(path, "a SQLite file"), Path(path).expanduser().open("rb"):
        uri = Path(path).expanduser().resolve().as_uri() + "?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as database:
            cursor = database.execute(f"SELECT * FROM {_path(table)}")
            names = [column[0] for column in cursor.description]
            parts = [pa.table([pa.array([], pa.null())] * len(names), names=names)]
            while rows := cursor.fetchmany(_BATCH):
                parts.append(pa.table([pa.array(column) for column in zip(*rows)], names=names))
        yield pa.concat_tables(parts, promote_options="permissive")
    except sqlite3.Error as error:
        raise SourceError(f"SQLite file {path!r} refused table {'.'.join(table)!r}: {error}.") from None
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise InputError(
            f"Table {'.'.join(table)!r} of {path!r} mixes kinds of values in one column: {_brief(error)}."
        ) from None


@contextmanager
def _from_postgres(variable: str, table: list[str]) -> Iterator[pa.RecordBatchReader]:
    try:
        from adbc_driver_postgresql import dbapi
    except ImportError:
        raise MissingExtraError(
            "attach=postgres: needs adbc-driver-postgresql: pip install 'redshank[postgres]'"
        ) from None
    address = os.environ.get(variable)
    if not address:
        raise InputError(
            f"Environment variable {variable} is not set. Put the connection string of the database into it."
        )
    try:
        with dbapi.connect(address) as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {_path(table)} LIMIT 0")
            columns = [_as_double(field) for field in cursor.fetch_arrow_table().schema]
            cursor.execute(f"SELECT {', '.join(columns)} FROM {_path(table)}")
            yield cursor.fetch_record_batch()
    except dbapi.Error as error:
        raise SourceError(
            f"PostgreSQL at the address in {variable} refused table {'.'.join(table)!r}: {_said(error, address)}."
        ) from None


def _as_double(field: pa.Field) -> str:
    """A column in a SELECT; numeric ones, which come as text, as double precision."""
    name = _quoted(field.name)
    return f"{name}::float8 AS {name}" if (field.metadata or {}).get(b"ADBC:postgresql:typname") == b"numeric" else name


def _said(error: Exception, address: str) -> str:
    """What the server said, and nothing the driver says of the address, which holds a password."""
    said = re.search(r"(?:FATAL|ERROR):\s*([^\n]+)", str(error))
    secrets = [part for found in _PASSWORD.findall(address) for part in found if part]
    return "no connection" if said is None or any(secret in said[1] for secret in secrets) else said[1].rstrip(".")


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except duckdb.IOException as error:
        raise SourceError(f"The query could not read what it names: {_brief(error)}.") from None
    except (duckdb.Error, pa.ArrowException) as error:
        raise InputError(f"The query failed: {_brief(error)}. Mend it.") from None


def _brief(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".!")


def _path(parts: list[str]) -> str:
    return ".".join(map(_quoted, parts))


def _quoted(text: str, quote: str = '"') -> str:
    return quote + text.replace(quote, 2 * quote) + quote
