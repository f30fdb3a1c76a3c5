"""`redshank bench` and `redshank judge`, as a user types them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from redshank.bench.run import read_parquet
from redshank.cli import main
from redshank.testing import sine

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with one labelled KPI, and a pair of files of labels and scores."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REDSHANK_DATA", str(tmp_path / "data"))
    (tmp_path / "data" / "kpi").mkdir(parents=True)
    values, labels = sine(1500).values[:, 0].copy(), np.zeros(1500, int)
    values[1200:1210] += 4
    labels[1200:1210] = 1
    seconds = 1_600_000_000 + 300 * np.arange(1500)
    rows = "\n".join(f"{t},{v:.6f},{y}" for t, v, y in zip(seconds, values, labels))
    (tmp_path / "data" / "kpi" / "host.csv").write_text("timestamp,value,label\n" + rows + "\n")
    truth = np.repeat([0, 1, 0], [60, 10, 30])
    (tmp_path / "labels.csv").write_text("label\n" + "\n".join(map(str, truth)) + "\n")
    (tmp_path / "scores.csv").write_text("score\n" + "\n".join(map(str, truth + 0.5)) + "\n")
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_bench_prints_a_board_with_intervals_and_writes_its_three_files(capsys: Captured) -> None:
    assert main(["bench", "KPI", "--detectors", "ewma", "--out", "out"]) == 0
    said = capsys.readouterr().out
    assert "VUS-PR, 1 series, causal" in said
    assert "95 %" in said
    for name in ("ewma", "random", "sensor-range", "pca-error"):
        assert name in said
    standing = json.loads(Path("out/leaderboard.json").read_text())
    rows = {row["detector"]: row for row in read_parquet(Path("out/results.parquet"))}
    assert standing["standings"][0]["mean"] == rows[standing["standings"][0]["detector"]]["vus_pr"]
    page = Path("out/leaderboard.html").read_text()
    assert "canvas" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    assert main(["bench", "kpi", "--detectors", "ewma", "--out", "out", "--metric", "best_pa_f1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["metric"] == "best_pa_f1"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["bench", "nosuch"], 3, "No data set is called 'nosuch'"),
        (["bench", "kpi", "--detectors", "ewmaa"], 3, "Did you mean 'ewma'?"),
        (["bench", "kpi", "--protocol", "mine"], 3, "No protocol is called 'mine'"),
        (["bench", "smd"], 6, "ServerMachineDataset"),
    ],
)
def test_a_wrong_bench_is_one_sentence(words: list[str], code: int, sentence: str, capsys: Captured) -> None:
    assert main(words) == code
    said = capsys.readouterr().err
    assert said.startswith("redshank: ")
    assert sentence in said
    assert not Path("out").exists()


@pytest.mark.usefixtures("folder")
def test_judge_puts_chance_and_an_interval_beside_every_figure(capsys: Captured) -> None:
    assert main(["judge", "labels.csv", "scores.csv", "--threshold", "1", "--step-s", "60"]) == 0
    table = capsys.readouterr().out
    assert "Point-adjusted F1" in table
    assert "oracle, inflated" in table
    assert main(["judge", "labels.csv", "scores.csv", "--threshold", "1", "--step-s", "60", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)["figures"]
    for name in ("vus_pr", "auc_pr", "f1", "event_f1"):
        figure = figures[name]
        assert figure["value"] == 1.0
        assert figure["baseline"] < 0.8
        assert figure["low"] <= figure["high"] <= 1.0
    assert figures["false_alarms_per_day"]["value"] == 0.0
    assert main(["judge", "labels.csv", "scores.csv", "--confidence", "0", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["figures"]["vus_pr"]["low"] is None


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("labels", "scores", "sentence"),
    [
        ("label\n0\n1\n0\n", "score\n1\n2\n", "labels has 3 rows but scores has 2"),
        ("label\n0\n2\n0\n", "score\n1\n2\n3\n", "labels must be 0 or 1, got 2.0 at row 1"),
        ("label\n0\n1\n0\n", "score\n1\ninf\n3\n", "must be finite after the warm-up, got inf at row 1"),
        ("label\n0\n1\n0\n", 'score\n1\n""\n3\n', "must be finite"),
        ("label\n0\n1\n0\n", "a,b\n1,2\n1,2\n1,2\n", "has no column 'score'"),
    ],
)
def test_files_that_cannot_be_judged_are_one_sentence(
    labels: str, scores: str, sentence: str, capsys: Captured
) -> None:
    Path("l.csv").write_text(labels)
    Path("s.csv").write_text(scores)
    assert main(["judge", "l.csv", "s.csv"]) == 2
    said = capsys.readouterr().err.strip()
    assert said.startswith("redshank: ")
    assert sentence in said
    assert "\n" not in said


@pytest.mark.usefixtures("folder")
def test_labels_without_an_anomaly_are_judged_as_far_as_they_go(capsys: Captured) -> None:
    Path("calm.csv").write_text("label\n" + "0\n" * 100)
    assert main(["judge", "calm.csv", "scores.csv", "--json"]) == 0
    assert "nothing to find" in json.loads(capsys.readouterr().out)["figures"]["auc_pr"]["note"]
