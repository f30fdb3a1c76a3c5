"""Files appear whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
import pytest

from redshank.errors import InputError, SourceError
from redshank.writing import replacing, table_file, write_table


def rows(*scores: float) -> pa.Table:
    times = pa.array([1_000_000_000 * i for i in range(len(scores))], pa.timestamp("ns", "UTC"))
    return pa.table({"time": times, "score": pa.array(scores), "flag": [score > 1 for score in scores]})


def test_what_was_there_stays_until_all_went_well(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("old")
    stopped = replacing(str(path))
    Path(stopped.__enter__()).write_text("half of the n")
    assert not stopped.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert path.read_text() == "old"
    with replacing(str(path)) as draft:
        Path(draft).write_text("new")
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["out.txt"]


def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    full = tmp_path / "full.csv"
    full.symlink_to("/dev/full")
    with pytest.raises(SourceError, match=r"full.csv was not written: No space left on device\. Free some space"):
        write_table(str(full), rows(1.0, 2.0))
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)
    assert os.listdir(tmp_path) == ["full.csv"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("folder.csv", "is a folder"),
        ("no/where.csv", "There is no folder"),
        ("scores.xlsx", r"End its name in \.csv or \.parquet"),
    ],
)
def test_a_place_that_cannot_take_a_file_is_refused_before_the_work(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match=says), table_file(str(tmp_path / name)):
        raise AssertionError("the work began")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_pieces_are_one_table(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"scores.{ending}"
    with table_file(str(path)) as add:
        add(rows(1.5, float("nan")))
        add(rows(0.1 + 0.2))
    table = arrow_csv.read_csv(path) if ending == "csv" else pq.read_table(path)
    assert table["score"][0].as_py() == 1.5
    assert table["score"][2].as_py() == 0.1 + 0.2
    assert table["flag"].to_pylist() == [True, False, False]


def test_csv_has_iso_times_and_empty_cells(tmp_path: Path) -> None:
    write_table(str(tmp_path / "x.csv"), rows(1.0, float("nan")))
    assert (tmp_path / "x.csv").read_text().splitlines() == [
        "time,score,flag",
        "1970-01-01 00:00:00Z,1,false",
        "1970-01-01 00:00:01Z,,false",
    ]


def test_a_link_goes_on_pointing_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "out.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to(tmp_path / "real" / "out.txt")
    with replacing(str(tmp_path / "link.txt")) as draft:
        Path(draft).write_text("new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real" / "out.txt").read_text() == "new"
