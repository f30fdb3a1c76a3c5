"""A SQL query on an embedded DuckDB, and on the SQLite and PostgreSQL it can reach."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import redshank
from redshank.errors import InputError, RedshankError, SourceError
from redshank.sources.address import open_source


@pytest.fixture
def web(tmp_path) -> str:
    """A DuckDB file with 1,000 rows of one table."""
    with closing(duckdb.connect(str(tmp_path / "web.duckdb"))) as database:
        database.execute(
            "CREATE TABLE load AS SELECT TIMESTAMP '2024-01-01' + INTERVAL (range) MINUTE AS ts, range::DOUBLE / 2 AS half, "
            "range % 10 = 0 AS label FROM range(1000)"
        )
    return str(tmp_path / "web.duckdb")


def refusal(source: str) -> str:
    with pytest.raises(RedshankError) as caught:
        redshank.read(source)
    return str(caught.value)


def test_a_query_on_a_file_is_a_series(web):
    series = redshank.read(f"sql:{web}?query=SELECT ts, half + 1 AS more, label FROM load WHERE half < 5 ORDER BY ts")
    assert (series.channels, len(series), series.step_s) == (("more",), 10, 60.0)
    assert series.labels.tolist() == [True] + 9 * [False]


def test_a_result_comes_in_parts(web):
    source = open_source(f"sql:{web}?query=SELECT ts, half FROM load ORDER BY ts")
    parts = list(source.chunks(300))
    assert [len(part) for part in parts] == [300, 300, 300, 100]
    np.testing.assert_array_equal(np.concatenate([part.values for part in parts]), source.read().values)


def test_files_are_read_without_a_database(tmp_path):
    pq.write_table(pa.table({"ts": ["2024-01-01", "2024-01-02"], "a": [1, 2]}), tmp_path / "a.parquet")
    assert len(redshank.read(f"sql:?query=SELECT * FROM '{tmp_path}/a.parquet'")) == 2


@pytest.mark.parametrize(
    "query",
    [
        "DROP TABLE load",
        "SELECT 1; DROP TABLE load",
        "COPY load TO '/tmp/never.csv'",
        "ATTACH 'x.db'",
        "INSTALL httpfs",
        "PRAGMA version",
    ],
)
def test_only_one_select_is_run(web, query):
    assert "must be one SELECT" in refusal(f"sql:{web}?query={query}")
    assert len(redshank.read(f"sql:{web}?query=FROM load")) == 1000


def test_what_is_wrong_with_a_query_is_said(web, tmp_path):
    assert refusal(f"sql:{web}?query=SELEC 1").startswith("The query is not SQL: syntax error")
    assert "nope" in refusal(f"sql:{web}?query=SELECT nope FROM load")
    assert "does not exist" in refusal(f"sql:{web}?query=SELECT * FROM nope")
    assert "The query failed: " in refusal(f"sql:{web}?query=SELECT ts, ('x' || half)::DOUBLE AS a FROM load")
    assert "could not read what it names" in refusal(f"sql:?query=SELECT * FROM '{tmp_path}/none.parquet'")
    assert "no rows" in refusal(f"sql:{web}?query=SELECT * FROM load WHERE false")
    assert "Sql.query must be given" in refusal(f"sql:{web}")


def test_a_missing_or_foreign_file_is_one_sentence(tmp_path):
    assert "There is no file" in refusal(f"sql:{tmp_path}/none.duckdb?query=SELECT 1")
    (tmp_path / "text.duckdb").write_text("hello" * 1000)
    assert "cannot be opened as a DuckDB file" in refusal(f"sql:{tmp_path}/text.duckdb?query=SELECT 1")


# --- SQLite --------------------------------------------------------------------------------------------------------


@pytest.fixture
def metrics(tmp_path) -> str:
    """A SQLite file with two tables."""
    with closing(sqlite3.connect(tmp_path / "metrics.sqlite")) as database, database:
        database.execute('CREATE TABLE "web load" (seen TEXT, host INTEGER, load REAL)')
        rows = [
            (f"2024-01-01 00:{minute:02d}:00", minute % 2, None if minute == 3 else minute / 2) for minute in range(60)
        ]
        database.executemany('INSERT INTO "web load" VALUES (?, ?, ?)', rows)
        database.execute("CREATE TABLE hosts (id INTEGER, name TEXT)")
        database.executemany("INSERT INTO hosts VALUES (?, ?)", [(0, "a"), (1, "b")])
        database.execute("CREATE TABLE mixed (ts INTEGER, a)")
        database.executemany("INSERT INTO mixed VALUES (?, ?)", [(1, 1), (2, "two")])
    return str(tmp_path / "metrics.sqlite")


def test_sqlite_tables_are_joined_in_one_query(metrics):
    query = 'SELECT seen, name, load FROM metrics."web load" JOIN metrics.hosts ON id = host ORDER BY seen'
    many = redshank.read(f"sql:?attach=sqlite:{metrics}&query={query}&time=seen&id=name")
    assert [series.name for series in many] == ["a", "b"]
    assert many[0].values[:2, 0].tolist() == [0, 1]
    assert np.isnan(many[1].values[1, 0])


def test_sqlite_stands_beside_duckdb_under_a_name(metrics, web):
    query = 'SELECT ts, half - load AS gap FROM load JOIN m."web load" ON seen::TIMESTAMP = ts ORDER BY ts'
    series = redshank.read(f"sql:{web}?attach=sqlite:{metrics} as m&query={query}")
    assert len(series) == 60
    assert np.nanmax(np.abs(series.values)) == 0


def test_faults_of_a_sqlite_file_are_one_sentence(metrics, tmp_path):
    assert "There is no file" in refusal(f"sql:?attach=sqlite:{tmp_path}/none.db&query=SELECT * FROM none.t")
    assert "no such table" in refusal(f"sql:?attach=sqlite:{metrics}&query=SELECT * FROM metrics.nope")
    assert "mixes kinds of values in one column" in refusal(
        f"sql:?attach=sqlite:{metrics}&query=SELECT * FROM metrics.mixed"
    )
    assert f"Read it with sql:?attach=sqlite:{metrics}" in refusal(f"sql:{metrics}?query=SELECT 1")
    assert "attach must be" in refusal("sql:?attach=oracle:x&query=SELECT 1")


# --- PostgreSQL ----------------------------------------------------------------------------------------------------


PASSWORD = "hunter2-of-the-test"


def _find(program: str) -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
    return shutil.which(program) or (str(found[-1]) if found else None)


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The connection string of a real server on loopback, with one table."""
    if not _find("initdb") or not _find("postgres"):
        pytest.skip("PostgreSQL is not installed: install Debian's package postgresql to run this test")
    # The server refuses to run as root, so a test run by root lends it another user, in a folder that user can reach:
    # pytest's own are closed to others.
    account = {"user": "nobody"} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="redshank-postgres-"))
    (folder / "password").write_text(PASSWORD)
    if account:
        shutil.chown(folder, "nobody")
        shutil.chown(folder / "password", "nobody")
    options = ["-U", "tester", "-A", "scram-sha-256", "--pwfile", folder / "password", "-N"]
    with open(folder / "log", "wb") as log:
        how = {"stdout": log, "stderr": log, "cwd": folder, **account}
        subprocess.run([_find("initdb"), "-D", folder / "data", *options], check=True, **how)
        port = _free_port()
        place = ["-p", str(port), "-h", "127.0.0.1", "-k", str(folder), "-F"]
        server = subprocess.Popen([_find("postgres"), "-D", folder / "data", *place], **how)
    address = f"postgresql://tester:{PASSWORD}@127.0.0.1:{port}/postgres"
    try:
        _fill(address)
        yield address
    finally:
        server.terminate()
        server.wait(20)
        shutil.rmtree(folder)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _fill(address: str) -> None:
    from adbc_driver_postgresql import dbapi

    for attempt in range(100):
        try:
            connection = dbapi.connect(address)
            break
        except dbapi.Error:
            if attempt == 99:
                raise
            time.sleep(0.1)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE load AS SELECT timestamptz '2024-01-01 00:00+01' + i * interval '1 minute' AS ts, "
            "(i / 4.0)::numeric(12, 2) AS cost, i AS count FROM generate_series(0, 4999) AS i"
        )
        cursor.execute("CREATE SCHEMA other")
        cursor.execute("CREATE TABLE other.names AS SELECT 1 AS id, 'a' AS name")
        connection.commit()


@pytest.fixture
def address(postgres, monkeypatch) -> str:
    monkeypatch.setenv("METRICS_URL", postgres)
    return "sql:?attach=postgres:METRICS_URL&query="


def test_a_table_of_postgres_is_a_series(address):
    series = redshank.read(address + "SELECT ts, cost, count FROM postgres.load ORDER BY ts")
    assert (series.channels, len(series), series.step_s) == (("cost", "count"), 5000, 60.0)
    assert str(series.times[0])[:16] == "2023-12-31T23:00"
    assert series.values[1:3].tolist() == [[0.25, 1], [0.5, 2]]


def test_postgres_stands_beside_sqlite(address, metrics):
    query = 'SELECT ts, load, cost FROM pg.public.load JOIN metrics."web load" ON ts = seen::TIMESTAMP - INTERVAL 1 HOUR, pg.other.names ORDER BY ts'
    source = f"sql:?attach=postgres:METRICS_URL as pg&attach=sqlite:{metrics}&query={query}"
    assert len(redshank.read(source)) == 60


def test_faults_of_postgres_are_one_sentence_without_the_password(address, monkeypatch, postgres):
    assert 'relation "nope" does not exist' in refusal(address + "SELECT * FROM postgres.nope")
    for broken in (
        postgres.replace(PASSWORD, "wrong-secret"),
        f"host=127.0.0.1 password={PASSWORD} nonsense",
        f"{PASSWORD}",
        postgres.rpartition(":")[0] + ":1/postgres",
    ):
        monkeypatch.setenv("METRICS_URL", broken)
        sentence = refusal(address + "SELECT * FROM postgres.load")
        assert sentence.startswith("PostgreSQL at the address in METRICS_URL refused")
        assert PASSWORD not in sentence
        assert "wrong-secret" not in sentence


def test_the_address_of_postgres_comes_from_the_environment_only(monkeypatch):
    monkeypatch.delenv("METRICS_URL", raising=False)
    assert "Environment variable METRICS_URL is not set" in refusal(
        "sql:?attach=postgres:METRICS_URL&query=SELECT * FROM postgres.t"
    )
    sentence = refusal(f"sql:?attach=postgres:postgresql://me:{PASSWORD}@host/db&query=SELECT * FROM postgres.t")
    assert "takes the name of an environment variable" in sentence
    assert PASSWORD not in sentence


def test_exit_codes_tell_data_from_outside(web, tmp_path):
    with pytest.raises(SourceError):
        redshank.read(f"sql:{tmp_path}/none.duckdb?query=SELECT 1")
    with pytest.raises(InputError):
        redshank.read(f"sql:{web}?query=SELECT nope FROM load")
