"""A benchmark that is resumed, survives what fails, and says under which rules it was run."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from redshank.bench.backends import Limits
from redshank.bench.board import board, cliques, critical_difference
from redshank.bench.case import Case
from redshank.bench.case import run as run_case
from redshank.bench.page import write
from redshank.bench.protocol import TRAIN_TEST, TSB_AD, protocol
from redshank.bench.run import ALWAYS, RIVALS, read_parquet, read_scores, run
from redshank.errors import UnknownNameError
from redshank.testing import sine


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Three labelled KPIs in their publisher's layout; the third file is damaged."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "kpi").mkdir()
    for number in range(2):
        series = sine(1500, seed=number)
        values, labels = series.values[:, 0].copy(), np.zeros(1500, int)
        values[1200:1210] += 4
        labels[1200:1210] = 1
        seconds = 1_600_000_000 + 300 * np.arange(1500)
        rows = "\n".join(f"{t},{v:.6f},{y}" for t, v, y in zip(seconds, values, labels))
        (folder / "kpi" / f"host{number}.csv").write_text("timestamp,value,label\n" + rows + "\n")
    (folder / "kpi" / "torn.csv").write_text("timestamp,value,label\n1600000000,1.0")
    return str(folder)


def test_every_series_is_judged_beside_random_and_the_simple_recipes(root: str, tmp_path: Path) -> None:
    rows = run(["kpi:host*"], ["ewma", "robust-z"], TRAIN_TEST, tmp_path, root=root)
    assert {row["detector"] for row in rows} == {"random", "sensor-range", "pca-error", "ewma", "robust-z"}
    assert all(row["status"] == "ok" for row in rows), [row["error"] for row in rows]
    assert {row["protocol_hash"] for row in rows} == {TRAIN_TEST.hash}
    assert all(row["causal"] for row in rows)
    table = read_parquet(tmp_path / "results.parquet")
    assert len(table) == len(rows)
    best = next(row for row in rows if row["detector"] == "ewma")
    assert best["vus_pr"] > 2 * best["random_vus_pr"]
    assert len(read_scores(tmp_path, best["key"])) == best["test_points"]


def test_a_network_never_stands_without_its_simple_rivals(root: str, tmp_path: Path) -> None:
    network = "usad?training.epochs=1&training.stride=64"
    rows = run(["kpi:host0"], [network], TRAIN_TEST, tmp_path, root=root)
    assert {row["detector"] for row in rows} == {*ALWAYS, *RIVALS, network}
    assert all(row["status"] == "ok" for row in rows), [row["error"] for row in rows]


def test_a_second_run_computes_nothing_and_a_change_of_parameters_only_what_changed(root: str, tmp_path: Path) -> None:
    run(["kpi:host0"], ["ewma"], TRAIN_TEST, tmp_path, root=root)
    kept = {file: file.stat().st_mtime_ns for file in (tmp_path / "results").iterdir()}
    told: list[str] = []
    run(["kpi:host0"], ["ewma"], TRAIN_TEST, tmp_path, root=root, tell=lambda case, row: told.append(case.detector))
    assert told == []
    assert {file: file.stat().st_mtime_ns for file in (tmp_path / "results").iterdir()} == kept
    run(
        ["kpi:host0"],
        ["ewma?span=9"],
        TRAIN_TEST,
        tmp_path,
        root=root,
        tell=lambda case, row: told.append(case.detector),
    )
    assert told == ["ewma?span=9"]


def test_what_fails_is_recorded_and_the_rest_goes_on(root: str, tmp_path: Path) -> None:
    rows = run(["kpi"], ["ewma?span=100000", "robust-z"], TRAIN_TEST, tmp_path, root=root)
    by = {(row["series"], row["detector"]): row for row in rows}
    assert by["kpi:host0", "ewma?span=100000"]["status"] == "refused"
    assert "needs at least" in by["kpi:host0", "ewma?span=100000"]["error"]
    assert by["kpi:torn", "*"]["status"] == "unreadable"
    assert by["kpi:host1", "robust-z"]["status"] == "ok"
    standing = board(rows)
    assert {row.detector: row.failed for row in standing.standings}["ewma?span=100000"] == 2
    page = write(rows, tmp_path, "redshank bench kpi", root).read_text()
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "kpi:torn" in page


@pytest.mark.parametrize(
    ("limits", "status"), [(Limits(1, timeout_s=0.01), "timeout"), (Limits(1, memory_mb=1.0), "memory")]
)
def test_time_and_memory_are_limited(root: str, tmp_path: Path, limits: Limits, status: str) -> None:
    rows = run(["kpi:host0"], [], TRAIN_TEST, tmp_path, root=root, limits=limits)
    assert {row["status"] for row in rows} == {status}


def test_a_worker_that_dies_costs_its_own_case_only(root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = tmp_path / "site" / "deadly"
    plugin.mkdir(parents=True)
    (plugin / "__init__.py").write_text("")
    (plugin / "boom.py").write_text(
        "import os\nfrom dataclasses import dataclass\nfrom redshank.base import Detector\n"
        "@dataclass(kw_only=True)\nclass Boom(Detector):\n    def _fit(self, x):\n        os._exit(9)\n    def _score(self, x):\n        return x\n"
    )
    info = tmp_path / "site" / "deadly-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: deadly\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[redshank.detectors]\nboom = deadly.boom:Boom\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site") + os.pathsep + os.environ.get("PYTHONPATH", ""))
    monkeypatch.syspath_prepend(tmp_path / "site")
    from redshank import registry

    registry._entries.cache_clear()
    rows = run(["kpi:host0"], ["boom"], TRAIN_TEST, tmp_path / "out", root=root)
    registry._entries.cache_clear()
    by = {row["detector"]: row for row in rows}
    assert by["boom"]["status"] == "died"
    assert "code 9" in by["boom"]["error"]
    assert by["random"]["status"] == "ok"


def test_the_protocol_of_tsb_ad_judges_the_whole_series(root: str, tmp_path: Path) -> None:
    row = next(row for row in run(["kpi:host0"], [], TSB_AD, tmp_path, root=root) if row["detector"] == "random")
    assert len(read_scores(tmp_path, row["key"])) == row["train_points"] + row["test_points"]
    assert protocol("tsb-ad").hash == TSB_AD.hash != TRAIN_TEST.hash
    with pytest.raises(UnknownNameError, match="No protocol is called 'tsb'. Did you mean 'tsb-ad'"):
        protocol("tsb")


def test_a_case_travels_as_json_and_its_key_knows_its_code(root: str) -> None:
    case = Case("kpi:host0", "ewma?span=9", TRAIN_TEST, "abc", root)
    assert Case.from_json(json.loads(json.dumps(case.to_json()))) == case
    assert case.key != Case("kpi:host0", "ewma?span=8", TRAIN_TEST, "abc", root).key
    row, scores = run_case(case)
    assert row["detector"] == "ewma?span=9"
    assert np.isfinite(scores).all()


def test_ranks_and_differences_are_those_of_demsar() -> None:
    # Demsar (2006), sec. 3.2.2: 4 algorithms on 14 data sets, q = 2.569, CD = 1.25; mean ranks of his Table 6.
    assert critical_difference(4, 14) == pytest.approx(1.25, abs=0.005)
    ranks = np.array([1.964, 2.0, 2.893, 3.143])
    assert cliques(ranks, 1.25) == [(0, 3)]


@pytest.mark.slow
def test_a_ray_cluster_gives_the_same_figures(root: str, tmp_path: Path) -> None:
    here = run(["kpi:host*"], ["ewma"], TRAIN_TEST, tmp_path / "here", root=root)
    there = run(["kpi:host*"], ["ewma"], TRAIN_TEST, tmp_path / "there", root=root, backend="ray")
    assert [row["vus_pr"] for row in here] == [row["vus_pr"] for row in there]
