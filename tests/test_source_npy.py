"""NumPy files."""

from __future__ import annotations

import numpy as np
import pytest

import redshank
from redshank.errors import InputError
from redshank.sources.address import open_source


def test_one_dimension_is_one_channel_every_second(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(5))
    series = redshank.read(f"{tmp_path}/a.npy")
    assert (series.channels, series.step_s, series.values[:, 0].tolist()) == (("value",), 1.0, [0, 1, 2, 3, 4])


def test_two_dimensions_are_time_and_channel(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(6, dtype=np.float32).reshape(3, 2))
    series = redshank.read(f"npy:{tmp_path}/a.npy?step_s=60&value=c1")
    assert (series.channels, series.step_s, series.values[:, 0].tolist()) == (("c1",), 60.0, [1, 3, 5])


def test_an_archive_brings_times_labels_and_names(tmp_path):
    times = np.array(["2024-01-01", "2024-01-02"], "datetime64[s]")
    np.savez(tmp_path / "a.npz", values=np.eye(2), times=times, labels=[0, 1], channels=["in", "out"])
    series = redshank.read(f"{tmp_path}/a.npz")
    assert (series.channels, series.labels.tolist(), series.step_s) == (("in", "out"), [False, True], 86_400)
    parts = list(open_source(f"{tmp_path}/a.npz").chunks(1))
    assert parts[1].times[0] == np.datetime64("2024-01-02")


def test_the_array_of_an_archive_is_named_or_the_only_one(tmp_path):
    np.savez(tmp_path / "one.npz", whatever=np.arange(3))
    np.savez(tmp_path / "two.npz", a=np.arange(3), b=np.arange(4))
    assert len(redshank.read(f"{tmp_path}/one.npz")) == 3
    assert len(redshank.read(f"{tmp_path}/two.npz?key=b")) == 4
    with pytest.raises(InputError, match="holds the arrays a, b. Name one with key="):
        redshank.read(f"{tmp_path}/two.npz")


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"values": np.zeros((2, 2, 2))}, r"must have shape \(time,\) or \(time, channel\), got \(2, 2, 2\)"),
        ({"values": np.zeros(0)}, "has no rows"),
        ({"values": np.array(["a", "b"])}, "no column of numbers|text"),
        ({"values": np.zeros(3), "times": np.array(["2024"], "datetime64[s]")}, "1 rows of time but 3 rows of values"),
        ({"values": np.zeros((3, 2)), "channels": np.array(["a", "a"])}, "1 channel names but 2 columns"),
        ({"values": np.zeros((3, 2)), "channels": np.array(["a"])}, "1 channel names but 2 columns"),
    ],
)
def test_arrays_of_the_wrong_shape_are_refused(tmp_path, arrays, sentence):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(InputError, match=sentence):
        redshank.read(f"{tmp_path}/a.npz")


def test_objects_and_other_files_are_never_loaded(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    (tmp_path / "b.npy").write_bytes(b"something else")
    for name in "ab":
        with pytest.raises(InputError, match="cannot be read as a NumPy file of numbers"):
            redshank.read(f"{tmp_path}/{name}.npy")
