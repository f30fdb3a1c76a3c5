"""One string for a place series come from."""

from __future__ import annotations

import numpy as np
import pytest

import redshank
from redshank.errors import InputError, ParamError, SourceError, UnknownNameError
from redshank.files import shown
from redshank.sources.address import open_source, parse, split_options


@pytest.mark.parametrize(
    ("text", "kind", "location"),
    [
        ("csv:data.csv", "csv", "data.csv"),
        ("data.csv", "csv", "data.csv"),
        ("some/folder.x/data.TSV.gz", "csv", "some/folder.x/data.TSV.gz"),
        ("gs://bucket/a.parquet", "parquet", "gs://bucket/a.parquet"),
        ("csv:s3://bucket/a", "csv", "s3://bucket/a"),
        ("values.npz", "npy", "values.npz"),
        ("2024-01-01T00:00.csv", "csv", "2024-01-01T00:00.csv"),
        (r"C:\data\web.csv", "csv", r"C:\data\web.csv"),
        ("sequences:a.txt", "sequences", "a.txt"),
    ],
)
def test_the_kind_is_said_or_is_the_extension(text, kind, location):
    assert parse(text) == (kind, location, {})


def test_options_begin_where_a_name_and_a_sign_follow():
    assert split_options("parquet:day-??.parquet?id=host&time=ts") == (
        "parquet:day-??.parquet",
        {"id": "host", "time": "ts"},
    )


def test_sql_is_written_as_it_is():
    query = "SELECT a + 1 AS b, c FROM t WHERE d = 'x?y=z' AND e LIKE '%ö'"
    assert parse(f"sql:a.db?query={query}&time=b").options == {"query": query, "time": "b"}
    assert parse("sql:a.db?query=a %26%26 b %25").options == {"query": "a && b %"}


def test_an_option_written_twice_is_a_list():
    assert open_source("a.csv?value=in&value=out, total").value == ("in", "out, total")


def test_options_given_apart_win():
    assert open_source("a.csv?time=x", time="y").time == "y"


def test_a_wrong_option_is_refused_in_one_sentence():
    with pytest.raises(ParamError, match=r"^Csv has no parameter 'vlaue'\. It has: location, time, value"):
        open_source("a.csv?vlaue=x")
    with pytest.raises(InputError, match="'&' inside|an & inside"):
        split_options("a.csv?time=x&y")
    with pytest.raises(ParamError, match="Csv.step_s must be greater than 0"):
        open_source("a.csv?step_s=0")


def test_an_unknown_kind_is_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match="No source is called 'parqet'. Did you mean 'parquet'?"):
        open_source("parqet:a")
    with pytest.raises(UnknownNameError, match="'data.xyz' does not say what it is"):
        open_source("data.xyz")


@pytest.mark.parametrize("kind", ["csv", "parquet", "npy", "sequences"])
def test_a_missing_file_is_one_sentence_with_its_path(kind, tmp_path):
    with pytest.raises(SourceError, match=f"There is no file '{tmp_path}/none.x'") as caught:
        redshank.read(f"{kind}:{tmp_path}/none.x")
    assert caught.value.exit_code == 6


@pytest.mark.parametrize("kind", ["csv", "parquet", "npy", "sequences"])
def test_a_folder_is_no_file(kind, tmp_path):
    with pytest.raises(SourceError, match="is a folder"):
        redshank.read(f"{kind}:{tmp_path}")


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_pattern_that_matches_nothing_is_refused(kind, tmp_path):
    with pytest.raises(SourceError, match="No file matches"):
        redshank.read(f"{kind}:{tmp_path}/*.x")


def test_secrets_in_a_url_never_reach_a_message():
    assert shown("https://user:pa@ss@host/x.csv?sig=abc") == "https://host/x.csv"
    with pytest.raises(redshank.RedshankError) as caught:
        redshank.read("csv:nosuch://key:hunter2@host/x.csv")
    assert "hunter2" not in str(caught.value)
    assert "nosuch://host/x.csv" in str(caught.value)


def test_an_entry_of_a_data_set_is_a_source():
    assert len(redshank.read("elnino?part=train")) == 600
    train = redshank.read("sinusoids?seed=2&train=4&held_out=2&part=train")
    assert len(train) == 4
    assert np.array_equal(
        train[0].values, redshank.datasets.load("sinusoids?seed=2&train=4&held_out=2").train[0].values
    )
    source = open_source("elnino:elnino", part="test")
    assert len(source.table()) == 132
    assert not source.in_parts


def test_a_part_of_a_data_set_must_be_named():
    with pytest.raises(ParamError, match=r"Dataset\.part must be given"):
        open_source("elnino")
    with pytest.raises(UnknownNameError, match="No entry is called 'la-nina'"):
        redshank.read("elnino:la-nina?part=test")


@pytest.mark.data
def test_a_machine_is_read_with_its_labels_and_blame(data):
    test = redshank.read("smd:machine-1-6?part=test&value=c0,c3")
    assert test.channels == ("c0", "c3")
    assert int(test.labels.sum()) == 3708
    whole = redshank.read("smd:machine-1-6?part=test").intervals
    assert len(whole) == 30
    assert [row[:2] for row in test.intervals] == [row[:2] for row in whole if {"c0", "c3"} & set(row[2])]
