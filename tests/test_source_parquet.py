"""Parquet: one file or many, whole or in parts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import redshank
from redshank.errors import InputError
from redshank.sources.address import open_source

START = np.datetime64("2024-01-01", "ns")


def table(rows: int, first: int = 0) -> pa.Table:
    at = np.arange(first, first + rows)
    return pa.table(
        {
            "ts": START + at * np.timedelta64(1, "m"),
            "load": at / 2,
            "count": at,
            "host": ["web"] * rows,
            "label": at % 5 == 0,
        }
    )


def test_a_file_is_a_series_and_its_text_columns_are_left_out(tmp_path):
    pq.write_table(table(10), tmp_path / "a.parquet", row_group_size=3)
    series = redshank.read(f"{tmp_path}/a.parquet")
    assert series.channels == ("load", "count")
    assert series.values[:, 0].tolist() == [i / 2 for i in range(10)]
    assert series.labels.tolist() == [i % 5 == 0 for i in range(10)]


def test_many_files_follow_one_another_by_name(tmp_path):
    for day in range(3):
        pq.write_table(table(10, 10 * day), tmp_path / f"day-{day}.parquet")
    series = redshank.read(f"parquet:{tmp_path}/day-?.parquet?value=count")
    assert series.values[:, 0].tolist() == list(range(30))


@pytest.mark.parametrize("rows", [1, 7, 10, 64, 1000])
def test_parts_of_any_size_are_the_whole(tmp_path, rows):
    for day in range(2):
        pq.write_table(table(50, 50 * day), tmp_path / f"{day}.parquet", row_group_size=13)
    source = open_source(f"{tmp_path}/*.parquet")
    whole, parts = source.read(), list(source.chunks(rows))
    assert max(map(len, parts)) <= rows
    for field in ("times", "values", "labels"):
        np.testing.assert_array_equal(np.concatenate([getattr(part, field) for part in parts]), getattr(whole, field))


def test_files_out_of_order_are_refused_in_parts_and_whole(tmp_path):
    pq.write_table(table(10, 10), tmp_path / "1.parquet")
    pq.write_table(table(10), tmp_path / "2.parquet")
    source = open_source(f"{tmp_path}/*.parquet")
    with pytest.raises(InputError, match="Row 10 .* is not later than the row before it"):
        list(source.chunks(10))
    with pytest.raises(InputError, match="Row 10 has an earlier time"):
        source.read()


def test_files_with_other_columns_are_refused(tmp_path):
    pq.write_table(table(10), tmp_path / "1.parquet")
    pq.write_table(table(10, 10).drop_columns("count"), tmp_path / "2.parquet")
    for read in (lambda source: source.read(), lambda source: list(source.chunks())):
        with pytest.raises(InputError, match="2.parquet' has other columns than the file before it"):
            read(open_source(f"{tmp_path}/*.parquet"))
    assert len(redshank.read(f"{tmp_path}/*.parquet?value=load")) == 20


def test_the_row_numbers_pandas_writes_are_no_channel(tmp_path):
    frame = table(10).to_pandas()[lambda rows: rows["count"] != 3]
    frame.to_parquet(tmp_path / "a.parquet")
    assert redshank.read(f"{tmp_path}/a.parquet").channels == ("load", "count")


def test_a_pandas_index_of_times_is_the_time(tmp_path):
    pd.DataFrame({"a": [1.0, 2.0]}, index=pd.date_range("2024-01-01", periods=2, freq="D")).to_parquet(
        tmp_path / "a.parquet"
    )
    assert redshank.read(f"{tmp_path}/a.parquet").step_s == 86_400


def test_what_is_no_parquet_is_refused_in_one_sentence(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"time,load\n1,2\n")
    with pytest.raises(InputError, match="cannot be read as a parquet file"):
        redshank.read(f"{tmp_path}/a.parquet")
    pq.write_table(table(10), tmp_path / "whole.parquet")
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "whole.parquet").read_bytes()[:-40])
    with pytest.raises(InputError, match="cannot be read as a parquet file"):
        redshank.read(f"{tmp_path}/cut.parquet")


def test_an_empty_table_is_refused(tmp_path):
    pq.write_table(table(0), tmp_path / "a.parquet")
    for read in (lambda source: source.read(), lambda source: list(source.chunks()), lambda source: source.head()):
        with pytest.raises(InputError, match="no rows"):
            read(open_source(f"{tmp_path}/a.parquet"))


@pytest.mark.data
def test_a_long_table_of_hosts_becomes_one_series_a_host(data):
    many = redshank.read(
        f"{data}/traffic/cesnet_in_out_10min.parquet?id=id_ip&value=IN_BYTES,OUT_BYTES&on_duplicate=first&on_disorder=sort"
    )
    assert len(many) == 7
    assert sum(map(len, many)) <= 282_086
    assert all(series.channels == ("IN_BYTES", "OUT_BYTES") and series.step_s == 600 for series in many)
