"""Data sets in their publishers' layouts: small ones made here, and the real ones where they are."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from redshank import datasets, read
from redshank.datasets.dataset import no_entry
from redshank.errors import InputError, ParamError, RedshankError, SourceError, UnknownNameError


def segments(labels: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(labels.astype(int), prepend=0, append=0)).tolist()
    return list(zip(edges[::2], edges[1::2]))


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def smd(tmp_path) -> Path:
    """Two machines of two metrics."""
    home = tmp_path / "ServerMachineDataset"
    for machine in ("machine-1-2", "machine-1-10"):
        write(home / "train" / f"{machine}.txt", "0.1,0.2\n0.3,0.4\n")
        write(home / "test" / f"{machine}.txt", "0.5,0.6\n0.7,0.8\n0.9,1.0\n")
        write(home / "test_label" / f"{machine}.txt", "0\n1\n1\n")
        write(home / "interpretation_label" / f"{machine}.txt", "1-3:2\n")
    return tmp_path


def test_smd_has_labels_and_the_channels_to_blame(smd):
    assert datasets.entries("smd", smd) == ["smd:machine-1-2", "smd:machine-1-10"]
    train, test = datasets.load("smd:machine-1-10", smd)
    assert train.values.tolist() == [[0.1, 0.2], [0.3, 0.4]]
    assert test.labels.tolist() == [False, True, True]
    assert test.intervals == ((1, 3, ("c1",)),)
    assert test.times[0] - train.times[-1] == np.timedelta64(60, "s")
    assert test.name == "machine-1-10"


def test_a_pattern_names_entries_and_load_wants_one(smd):
    assert datasets.entries("smd:*-10", smd) == ["smd:machine-1-10"]
    assert datasets.entries("smd:*", smd) == datasets.entries("smd", smd)
    with pytest.raises(InputError, match="names 2 entries, from 'smd:machine-1-2' to 'smd:machine-1-10'"):
        datasets.load("smd", smd)


def test_a_name_may_be_written_as_in_papers(smd, monkeypatch):
    monkeypatch.setenv("REDSHANK_DATA", str(smd))
    assert datasets.entries("SMD:machine-1-2", smd) == ["smd:machine-1-2"]
    assert len(datasets.entries("SMD", smd)) == 2
    assert len(read("SMD:machine-1-2?part=test")) == 3


def test_an_unknown_entry_or_data_set_is_answered_with_the_nearest(smd):
    with pytest.raises(UnknownNameError, match="No entry is called 'machine-1-3'. Did you mean 'machine-1-2'"):
        datasets.load("smd:machine-1-3", smd)
    with pytest.raises(UnknownNameError, match="No data set is called 'smdd'. Did you mean 'smd'?"):
        datasets.load("smdd:x", smd)
    assert str(no_entry("zzz", [f"file {i}" for i in range(250)])).endswith(
        "There are 250, from 'file 0' to 'file 249'."
    )


def test_an_option_of_a_data_set_is_checked(smd):
    with pytest.raises(ParamError, match="Smd has no parameter 'columns'"):
        datasets.load("smd:machine-1-2?columns=all", smd)
    (smd / "ServerMachineDataset").rename(smd / "mine")
    assert datasets.entries("smd:*-2?folder=mine", smd) == ["smd:machine-1-2?folder=mine"]
    assert len(datasets.load("smd:*-2?folder=mine", smd).test) == 3


def test_a_missing_folder_is_one_sentence_with_a_way_out(tmp_path):
    for name in ("asd", "jumpstarter", "kpi", "nab", "smd", "telemanom", "tsb-ad", "ucr"):
        with pytest.raises(
            SourceError, match="Set REDSHANK_DATA to the folder above it, or run: redshank datasets fetch"
        ):
            datasets.entries(name, tmp_path)
        assert not next(row for row in datasets.list(tmp_path) if row["name"] == name)["present"]


@pytest.mark.parametrize("part", ["test", "test_label", "interpretation_label"])
def test_a_missing_file_is_one_sentence(smd, part):
    (smd / "ServerMachineDataset" / part / "machine-1-2.txt").unlink()
    with pytest.raises(SourceError, match=f"There is no file '.*{part}/machine-1-2.txt'"):
        datasets.load("smd:machine-1-2", smd)


@pytest.mark.parametrize(
    ("part", "text", "sentence"),
    [
        ("test", "0.5,x\n", "cannot be read as numbers"),
        ("test", "0.5,0.6\n0.7\n", "cannot be read as numbers"),
        ("test_label", "0\n1\n", "has 2 labels for 3 rows"),
        ("interpretation_label", "1-3:7\n", "no start-end:dim,dim with dimensions from 1 to 2"),
        ("interpretation_label", "once upon\n", "no start-end:dim,dim"),
    ],
)
def test_a_damaged_file_is_one_sentence(smd, part, text, sentence):
    write(smd / "ServerMachineDataset" / part / "machine-1-2.txt", text)
    with pytest.raises(RedshankError, match=sentence):
        datasets.load("smd:machine-1-2", smd)


def test_telemanom_joins_the_lines_of_a_channel_and_its_ends_are_inclusive(tmp_path):
    home = tmp_path / "telemanom"
    for part in ("train", "test"):
        (home / part).mkdir(parents=True)
        np.save(home / part / "P-2.npy", np.arange(60.0).reshape(20, 3))
    lines = ["chan_id,spacecraft,anomaly_sequences,class,num_values"]
    lines += [
        'P-2,SMAP,"[[2, 4], [8, 8]]","[point, contextual]",20',
        'P-2,SMAP,"[[4, 5]]",[point],20',
        'M-1,MSL,"[[1, 2]]",[point],20',
    ]
    write(home / "labeled_anomalies.csv", "\n".join(lines))
    assert datasets.entries("telemanom", tmp_path) == ["telemanom:P-2"]
    test = datasets.load("telemanom:P-2", tmp_path).test
    assert segments(test.labels) == [(2, 6), (8, 9)]
    assert test.channels == ("telemetry", "command_1", "command_2")
    assert test.intervals == ((2, 5, ("telemetry",)), (4, 6, ("telemetry",)), (8, 9, ("telemetry",)))
    assert datasets.load("telemanom:P-2?columns=telemetry", tmp_path).train.values[1].tolist() == [3.0]
    with pytest.raises(UnknownNameError):
        datasets.load("telemanom:P-2?spacecraft=MSL", tmp_path)


def test_nab_labels_whole_windows_and_learns_from_the_probationary_part(tmp_path):
    rows = "".join(f"2024-01-01 00:{minute:02d}:00,{minute}\n" for minute in range(40))
    write(tmp_path / "NAB/data/real/a.csv", "timestamp,value\n" + rows)
    write(tmp_path / "NAB/data/real/unlabelled.csv", "timestamp,value\n" + rows)
    windows = {"real/a.csv": [["2024-01-01 00:10:00.000000", "2024-01-01 00:12:00.000000"]]}
    write(tmp_path / "NAB/labels/combined_windows.json", json.dumps(windows))
    assert datasets.entries("nab", tmp_path) == ["nab:real/a"]
    train, test = datasets.load("nab:real/a", tmp_path)
    assert (len(train), len(test)) == (6, 34)
    assert segments(test.labels) == [(4, 7)]
    assert len(datasets.load("nab:real/a?train=0.5", tmp_path).train) == 20


def test_nab_mends_the_hour_when_clocks_change(tmp_path):
    write(
        tmp_path / "NAB/data/real/a.csv",
        "timestamp,value\n2024-01-01 00:00:00,1\n2024-01-01 00:10:00,2\n2024-01-01 00:05:00,3\n2024-01-01 00:05:00,5\n",
    )
    write(tmp_path / "NAB/labels/combined_windows.json", '{"real/a.csv": []}')
    train, test = datasets.load("nab:real/a?train=0.4", tmp_path)
    assert [*train.values[:, 0], *test.values[:, 0]] == [1, 4, 2]


def test_ucr_reads_the_truth_from_the_name_of_the_file(tmp_path):
    numbers = [str(float(i)) for i in range(20)]
    write(tmp_path / "UCR_Anomaly_FullData/001_UCR_Anomaly_a_10_13_15.txt", "\n".join(numbers))
    write(tmp_path / "UCR_Anomaly_FullData/002_UCR_Anomaly_b_10_13_15.txt", "  ".join(numbers))
    write(tmp_path / "UCR_Anomaly_FullData/read me.txt", "hello")
    for entry in datasets.entries("ucr", tmp_path):
        train, test = datasets.load(entry, tmp_path)
        assert (len(train), len(test)) == (10, 10)
        # Points 13 to 15 counted from 1 are rows 12 to 14 of the file, and rows 2 to 4 of the test part.
        assert test.values[test.labels][:, 0].tolist() == [12.0, 13.0, 14.0]
    write(tmp_path / "UCR_Anomaly_FullData/003_UCR_Anomaly_c_10_13_99.txt", "\n".join(numbers))
    with pytest.raises(SourceError, match="has 20 points, and its name says train 10, anomaly 13 to 99"):
        datasets.load("ucr:003_*", tmp_path)


def test_tsb_ad_takes_the_train_part_from_the_name_of_the_file(tmp_path):
    rows = "\n".join(f"{i},{i * 2},{i == 7:d}" for i in range(10))
    write(tmp_path / "TSB-AD-M/001_SMD_id_1_Facility_tr_4_1st_7.csv", "a,b,Label\n" + rows)
    write(
        tmp_path / "TSB-AD-U/002_NAB_id_1_Web_tr_5_1st_7.csv",
        "Data,Label\n" + "\n".join(f"{i},{i == 7:d}" for i in range(10)),
    )
    write(tmp_path / "TSB-UAD-Public/NAB/NAB_data_x.out", "\n".join(f"{i},{i == 7:d}" for i in range(20)))
    write(tmp_path / "TSB-UAD-Public/UCR/001_UCR_Anomaly_a_5_8_8.out", "\n".join(f"{i},{i == 7:d}" for i in range(10)))
    assert len(datasets.entries("tsb-ad", tmp_path)) == 4
    train, test = datasets.load("tsb-ad:TSB-AD-M/001*", tmp_path)
    assert (train.channels, len(train), segments(test.labels)) == (("a", "b"), 4, [(3, 4)])
    assert len(datasets.load("tsb-ad:TSB-AD-U/*", tmp_path).train) == 5
    assert len(datasets.load("tsb-ad:*NAB_data_x", tmp_path).train) == 2
    assert len(datasets.load("tsb-ad:*UCR*", tmp_path).train) == 5
    write(tmp_path / "TSB-AD-U/003_NAB_id_1_Web_tr_5_1st_7.csv", "Data,Truth\n1,0\n")
    with pytest.raises(SourceError, match="has no column Label"):
        datasets.load("tsb-ad:TSB-AD-U/003*", tmp_path)


def test_asd_ends_are_inclusive_and_jumpstarter_has_no_blame(tmp_path):
    part = pa.table({"m00": np.arange(6, dtype=np.float32), "m01": np.zeros(6, dtype=np.float32)})
    for home in (tmp_path / "ASD/omi-1", tmp_path / "JumpStarter/service0"):
        home.mkdir(parents=True)
        pq.write_table(part, home / "train.parquet")
        pq.write_table(part.append_column("label", pa.array([0, 0, 1, 1, 0, 0], pa.int8())), home / "test.parquet")
    write(tmp_path / "ASD/omi-1/interpretation_label.txt", "2-3:1,2")
    assert datasets.load("asd:omi-1", tmp_path).test.intervals == ((2, 4, ("m00", "m01")),)
    train, test = datasets.load("jumpstarter:service0", tmp_path)
    assert (test.intervals, segments(test.labels), test.channels) == ((), [(2, 4)], train.channels)


def test_kpi_is_cut_in_half_with_its_labels(tmp_path):
    write(
        tmp_path / "kpi/cpu.csv",
        "timestamp,value,label\n" + "".join(f"{1469376000 + 300 * i},{i},{i == 1:d}\n" for i in range(8)),
    )
    train, test = datasets.load("kpi:cpu", tmp_path)
    assert (len(train), len(test), train.labels.tolist()) == (4, 4, [False, True, False, False])


def test_el_nino_ships_with_statsmodels_which_is_not_imported():
    import subprocess
    import sys

    code = "import sys, redshank; s = redshank.datasets.load('elnino').train; print(len(s), s.values[0, 0], 'statsmodels' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert said == ["600", "23.11", "False"]
    train, test = datasets.load("elnino")
    assert len(train) + len(test) == 732
    assert str(test.times[-1])[:10] == "2010-12-01"


def test_the_list_says_what_is_here(smd):
    rows = {row["name"]: row for row in datasets.list(smd)}
    assert rows["smd"]["present"]
    assert rows["smd"]["entries"] == 2
    assert Path(rows["smd"]["path"]) == datasets.path("smd", smd) == smd / "ServerMachineDataset"
    assert rows["elnino"]["present"]
    assert rows["sinusoids"]["present"]


def test_the_root_is_the_argument_or_the_environment_or_the_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("REDSHANK_DATA", "/somewhere")
    assert datasets.path("smd") == Path("/somewhere/ServerMachineDataset")
    assert datasets.path("smd", tmp_path) == tmp_path / "ServerMachineDataset"
    monkeypatch.delenv("REDSHANK_DATA")
    assert datasets.path("smd") == Path.home() / ".cache/redshank/data/ServerMachineDataset"


# --- the real ones -------------------------------------------------------------------------------------------------

# Rows, anomalous rows and segments of the test labels, as published in the reference on MTAD-GAT, figure E1.
MACHINES = {"machine-1-6": (23689, 3708, 30), "machine-2-1": (23694, 1170, 13), "machine-3-4": (23687, 977, 8)}


@pytest.mark.data
@pytest.mark.parametrize("machine", MACHINES)
def test_real_machines_have_the_published_labels(data, machine):
    train, test = datasets.load(f"smd:{machine}", data)
    assert (len(test), int(test.labels.sum()), len(segments(test.labels))) == MACHINES[machine]
    assert train.values.shape[1] == test.values.shape[1] == 38
    assert [(start, end) for start, end, _ in test.intervals] == segments(test.labels)


@pytest.mark.data
@pytest.mark.parametrize("name", ["asd", "jumpstarter", "kpi", "nab", "smd", "telemanom"])
def test_every_real_entry_loads_with_labels(data, name):
    for entry in datasets.entries(name, data):
        train, test = datasets.load(entry, data)
        assert train.channels == test.channels
        assert test.labels is not None
        assert np.isfinite(test.values).all()


@pytest.mark.data
def test_the_intervals_of_real_asd_servers_are_their_labels(data):
    for entry in datasets.entries("asd", data):
        test = datasets.load(entry, data).test
        assert [(start, end) for start, end, _ in test.intervals] == segments(test.labels)
