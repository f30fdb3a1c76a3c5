"""Sources on `gs://` and `s3://`, against a real storage emulator and a real moto server on loopback."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import redshank
from redshank.errors import RedshankError, SourceError
from redshank.sources.address import open_source

SECRET = "a-key-nobody-may-see"
ROWS = 300


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _serve(command: list[str], url: str) -> subprocess.Popen[bytes]:
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=1).close()
            return server
        except OSError:
            assert server.poll() is None, f"{command} ended"
            time.sleep(0.1)
    raise AssertionError(f"{command} does not answer at {url}")


@pytest.fixture(scope="module")
def google() -> Iterator[str]:
    """The address of a Google Cloud Storage emulator with an empty bucket."""
    port = _free_port()
    command = [sys.executable, "-m", "gcp_storage_emulator", "start", "--port", str(port), "-H", "127.0.0.1", "-M"]
    server = _serve([*command, "--default-bucket", "box"], f"http://127.0.0.1:{port}/storage/v1/b")
    yield f"http://127.0.0.1:{port}"
    server.kill()
    server.wait()


@pytest.fixture(scope="module")
def amazon() -> Iterator[str]:
    """The address of a moto server."""
    port = _free_port()
    server = _serve(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], f"http://127.0.0.1:{port}/moto-api/"
    )
    yield f"http://127.0.0.1:{port}"
    server.kill()
    server.wait()


@pytest.fixture(params=["gs", "s3"])
def bucket(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a bucket, reached as a user would: through the standard environment variables."""
    if request.param == "gs":
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", request.getfixturevalue("google"))
    else:
        monkeypatch.setenv("AWS_ENDPOINT_URL", request.getfixturevalue("amazon"))
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tester")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    fsspec.filesystem(request.param).clear_instance_cache()
    files = fsspec.filesystem(request.param)
    if request.param == "s3" and not files.exists("box"):
        files.mkdir("box")
    yield f"{request.param}://box"
    files.clear_instance_cache()


def put(url: str, content: bytes) -> None:
    with fsspec.open(url, "wb") as file:
        file.write(content)


def parquet(first: int = 0) -> bytes:
    at = np.arange(first, first + ROWS)
    table = pa.table({"ts": np.datetime64("2024-01-01", "ns") + at * np.timedelta64(1, "m"), "load": at / 2})
    file = io.BytesIO()
    pq.write_table(table, file, row_group_size=100)
    return file.getvalue()


def test_every_kind_of_file_is_read_from_a_bucket(bucket):
    put(f"{bucket}/a.csv", b"ts,load\n2024-01-01,1\n2024-01-02,2\n")
    put(f"{bucket}/seq.txt", b"1;2,3;4,0\n")
    put(f"{bucket}/a.parquet", parquet())
    array = io.BytesIO()
    np.save(array, np.arange(4.0))
    put(f"{bucket}/a.npy", array.getvalue())
    assert redshank.read(f"csv:{bucket}/a.csv?time=ts").values[:, 0].tolist() == [1, 2]
    assert len(redshank.read(f"sequences:{bucket}/seq.txt?label=last")) == 1
    assert len(redshank.read(f"{bucket}/a.parquet")) == ROWS
    assert len(redshank.read(f"{bucket}/a.npy?step_s=60")) == 4


def test_files_of_a_pattern_in_a_bucket_come_in_parts(bucket):
    for day in range(3):
        put(f"{bucket}/days/{day}.parquet", parquet(day * ROWS))
    source = open_source(f"parquet:{bucket}/days/?.parquet")
    whole, parts = source.read(), list(source.chunks(70))
    assert len(whole) == 3 * ROWS
    np.testing.assert_array_equal(np.concatenate([part.values for part in parts]), whole.values)


def test_a_query_reads_a_bucket(bucket):
    put(f"{bucket}/q.parquet", parquet())
    assert len(redshank.read(f"sql:?query=SELECT ts, load FROM '{bucket}/q.parquet' WHERE load < 5")) == 10


def test_a_model_is_kept_in_a_bucket_and_scores_again(bucket):
    put(f"{bucket}/m.parquet", parquet())
    series = redshank.read(f"{bucket}/m.parquet")
    model = redshank.fit("robust-z", series, name="web", home=f"{bucket}/models")
    again = redshank.load("web", home=f"{bucket}/models")
    assert np.array_equal(redshank.detect(again, series).score, redshank.detect(model, series).score)


def test_a_missing_file_or_bucket_is_one_sentence(bucket):
    with pytest.raises(SourceError, match=f"There is no file '{bucket}/none.csv'"):
        redshank.read(f"{bucket}/none.csv")
    other = bucket.replace("box", "no-such-box")
    with pytest.raises(SourceError, match=f"'{other}/none.csv'"):
        redshank.read(f"{other}/none.csv")
    with pytest.raises(SourceError, match="No file matches"):
        redshank.read(f"parquet:{bucket}/none-*.parquet")


def test_a_store_that_does_not_answer_is_one_sentence_without_the_key(amazon, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{_free_port()}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tester")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    fsspec.filesystem("s3").clear_instance_cache()
    with pytest.raises(RedshankError) as caught:
        redshank.read("s3://box/a.csv")
    assert caught.value.exit_code == 6
    assert SECRET not in str(caught.value)
    assert "'s3://box/a.csv'" in str(caught.value)
    assert os.environ["AWS_SECRET_ACCESS_KEY"] == SECRET
