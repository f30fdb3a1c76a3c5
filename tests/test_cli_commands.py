"""The commands of the shell: what they print, write and keep."""

from __future__ import annotations

import io
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
import pytest

import redshank
from redshank.cli import main
from redshank.cli.commands import COMMANDS, load
from redshank.testing import sine, sine_with_spike

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs one command line in a folder with `calm.csv` and a labelled `today.csv`."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "calm.csv", sine(channels=2))
    write(tmp_path / "today.csv", sine_with_spike(channels=2, guilty=1)[0])

    def run(line: str) -> tuple[int, str, str]:
        code = main(shlex.split(line))
        out, err = capsys.readouterr()
        return code, out, err

    return run


def write(path: Path, series: redshank.Series) -> None:
    arrow_csv.write_csv(series.to_frame("pyarrow"), path)


def done(result: tuple[int, str, str]) -> str:
    code, out, err = result
    assert code == 0, err
    return out


# --- the main job -------------------------------------------------------------------------------------------------------


def test_fit_keeps_a_model_and_says_what_it_learned_from(shell: Run) -> None:
    out = done(shell("fit ewma calm.csv --name web --set span=8 --threshold pot --set threshold.q=1e-4"))
    assert "Model 'web', version 1: ewma" in out
    assert "1,600 points of 2 channels" in out
    assert "Next: redshank detect web" in out
    model = redshank.load("web")
    assert (model.core.span, model.threshold.q) == (8, 1e-4)


def test_every_choice_of_fit_reaches_the_model(shell: Run) -> None:
    line = (
        "fit robust-z calm.csv --name web --scorer mean --threshold f-beta --scaler robust --calibrate 0.3 "
        "--labelled 'today.csv?label=label' --set scorer.smooth=5 --set rules.min_length=2 --json"
    )
    card = json.loads(done(shell(line)))
    parts = card["parts"]
    assert parts["scorer"]["name"] == "mean"
    assert parts["scorer"]["params"]["smooth"] == 5
    assert parts["threshold"]["name"] == "f-beta"
    assert parts["scaler"]["params"]["how"] == "robust"
    assert card["card"]["calibrate"] == 0.3
    assert card["card"]["rules"]["min_length"] == 2
    assert card["card"]["facts"]["tuned_on"]["anomalous"] == 1


def test_detect_tells_events_and_the_channel_to_blame(shell: Run) -> None:
    done(shell("fit ewma calm.csv --name web"))
    out = done(shell("detect web 'today.csv?label=label'"))
    assert re.search(r"\d+ events? in 800 points", out)
    assert "2024-01-11 10:00" in out
    assert "c1" in out


def test_detect_as_json_is_the_detection(shell: Run) -> None:
    done(shell("fit ewma calm.csv --name web"))
    said = json.loads(done(shell("detect web 'today.csv?label=label' --json")))
    found = redshank.detect("web", redshank.read("today.csv?label=label"))
    assert (said["model"], said["version"]) == ("web", 1)
    assert said["series"][0]["events"] == [event.to_json() for event in found.events]
    assert said["series"][0]["flagged"] == int(found.flags.sum())


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_detect_writes_a_row_a_point_and_a_row_an_event(shell: Run, ending: str) -> None:
    done(shell("fit ewma calm.csv --name web"))
    out = done(shell(f"detect web 'today.csv?label=label' --out scores.{ending} --events events.{ending}"))
    assert f"Wrote scores.{ending}." in out
    read = arrow_csv.read_csv if ending == "csv" else pq.read_table
    points, events = read(f"scores.{ending}"), read(f"events.{ending}")
    found = redshank.detect("web", redshank.read("today.csv?label=label"))
    assert points.column_names == ["time", "score", "limit", "flag"]
    assert np.array_equal(points["score"].to_numpy(), found.score, equal_nan=True)
    assert points["flag"].to_pylist() == found.flags.tolist()
    assert events["severity"].to_pylist() == [event.severity for event in found.events]
    assert events["channel"].to_pylist() == [event.channels[0][0] for event in found.events]


def test_detect_writes_a_report_with_the_command_that_made_it(shell: Run, tmp_path: Path) -> None:
    done(shell("fit ewma calm.csv --name web"))
    done(shell("detect web 'today.csv?label=label' --report found.html"))
    page = (tmp_path / "found.html").read_text()
    assert "redshank detect web &#x27;today.csv?label=label&#x27; --report found.html" in page
    assert "Judged on 1 labelled event" in page


def test_many_series_are_told_apart(shell: Run, tmp_path: Path) -> None:
    rows = ["time,host,load"]
    for host, size in (("a", 0.0), ("b", 9.0)):
        values = sine_with_spike(size=size)[0].values[:, 0]
        rows += [f"2024-01-01T{i // 60:02}:{i % 60:02}:00Z,{host},{v}" for i, v in enumerate(values)]
    (tmp_path / "hosts.csv").write_text("\n".join(rows))
    done(shell("fit robust-z 'hosts.csv?id=host' --name hosts"))
    out = done(shell("detect hosts 'hosts.csv?id=host' --out scores.csv --report hosts.html"))
    assert "1,600 points of 2 series" in out
    assert set(arrow_csv.read_csv("scores.csv")["series"].to_pylist()) == {"a", "b"}
    said = json.loads(done(shell("detect hosts 'hosts.csv?id=host' --json")))
    assert [series["name"] for series in said["series"]] == ["a", "b"]


def test_a_source_in_parts_gives_the_files_of_the_whole(shell: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from redshank import engine
    from redshank.sources import source

    pq.write_table(sine_with_spike(n=5000, at=4000, channels=2)[0].to_frame("pyarrow"), "big.parquet")
    done(shell("fit ewma calm.csv --name web --set rules.merge_gap=3"))
    done(shell("detect web 'big.parquet?label=label' --out whole.parquet --events whole-events.parquet"))
    monkeypatch.setattr(source.Source.chunks, "__defaults__", (700,))
    assert len(list(engine.detect_source("web", "big.parquet?label=label"))) == 8
    done(
        shell(
            "detect web 'big.parquet?label=label' --out parts.parquet --events parts-events.parquet --report parts.html"
        )
    )
    whole, parts = pq.read_table("whole.parquet"), pq.read_table("parts.parquet")
    assert whole["time"].equals(parts["time"])
    assert np.allclose(whole["score"].to_numpy(), parts["score"].to_numpy(), rtol=1e-9, equal_nan=True)
    assert pq.read_table("whole-events.parquet")["start"].equals(pq.read_table("parts-events.parquet")["start"])


def test_forecast_goes_on_from_the_training_series_or_from_another(shell: Run) -> None:
    done(shell("fit seasonal-naive calm.csv --name ahead --set period=48"))
    out = done(shell("forecast ahead --horizon 3 --level 0.9"))
    assert "90% band" in out
    assert "2024-02-11 16:00" in out
    said = json.loads(done(shell("forecast ahead 'today.csv?label=label' --horizon 5 --json")))
    ahead = redshank.forecast("ahead", 5, redshank.read("today.csv?label=label"))
    assert said["channels"]["c1"]["mean"] == ahead.mean[:, 1].tolist()
    assert said["channels"]["c0"]["upper_95"] == ahead.upper[0.95][:, 0].tolist()
    done(shell("forecast ahead --horizon 4 --out ahead.csv --report ahead.html"))
    assert len(arrow_csv.read_csv("ahead.csv")) == 8
    assert "What comes next: 4 points" in Path("ahead.html").read_text()


def test_evaluate_shows_the_model_beside_random(shell: Run) -> None:
    done(shell("fit ewma calm.csv --name web"))
    out = done(shell("evaluate web 'today.csv?label=label' --report judged.html"))
    assert "1 labelled event in 800 points" in out
    assert re.search(r"model\s+95% interval\s+random", out)
    assert re.search(r"Event recall\s+1\s", out)
    assert "Point-adjusted F1" not in out
    assert re.search(
        r"Best point-adjusted F1 .*oracle, inflated",
        done(shell("evaluate web 'today.csv?label=label' --all --confidence 0")),
    )
    assert "Judged on 1 labelled event" in Path("judged.html").read_text()
    said = json.loads(done(shell("evaluate web 'today.csv?label=label' --json")))
    assert said["figures"] == redshank.evaluate("web", redshank.read("today.csv?label=label")).to_json()["figures"]


# --- models and algorithms ----------------------------------------------------------------------------------------------


def test_models_are_listed_shown_and_deleted(shell: Run) -> None:
    assert "No model is kept" in done(shell("list"))
    assert json.loads(done(shell("list --json"))) == []
    for _ in range(3):
        done(shell("fit ewma calm.csv --name web"))
    rows = json.loads(done(shell("list --json")))
    assert [(row["name"], row["version"], row["algorithm"]) for row in rows] == [("web", 3, "ewma")]
    assert "web" in done(shell("list"))
    assert "detector: ewma" in done(shell("show web --version 2"))
    assert json.loads(done(shell("show web --version 2 --json")))["version"] == 2
    assert "Removed 'web', version 1." in done(shell("delete web --version 1 --yes"))
    assert json.loads(done(shell("delete web --yes --json"))) == {"name": "web", "removed": [2, 3]}
    assert json.loads(done(shell("list --json"))) == []


class Keyboard(io.StringIO):
    """Somebody at a terminal."""

    def isatty(self) -> bool:
        return True


def test_delete_asks_first_and_takes_no_for_an_answer(shell: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    done(shell("fit ewma calm.csv --name web"))
    monkeypatch.setattr("sys.stdin", Keyboard("n\n"))
    code, out, err = shell("delete web")
    assert (code, out) == (0, "Nothing was removed.\n")
    assert "Remove 1 version of 'web'" in err
    assert len(redshank.list()) == 1
    monkeypatch.setattr("sys.stdin", Keyboard("y\n"))
    assert "Removed 'web', version 1." in done(shell("delete web"))


def test_delete_is_refused_where_nobody_can_be_asked(shell: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    done(shell("fit ewma calm.csv --name web"))
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    code, _, err = shell("delete web")
    assert code == 2
    assert "Add --yes." in err
    assert len(redshank.list()) == 1


def test_an_old_version_is_used_when_it_is_asked_for(shell: Run) -> None:
    done(shell("fit ewma calm.csv --name web --set span=8"))
    done(shell("fit robust-z calm.csv --name web"))
    for command in ("detect", "evaluate"):
        said = json.loads(done(shell(f"{command} web 'today.csv?label=label' --version 1 --json")))
        assert said["version"] == 1


def test_home_is_an_option_and_an_environment_variable(
    shell: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done(shell(f"fit ewma calm.csv --name web --home {tmp_path / 'there'}"))
    assert json.loads(done(shell("list --json"))) == []
    monkeypatch.setenv("REDSHANK_HOME", str(tmp_path / "there"))
    assert json.loads(done(shell("list --json")))[0]["name"] == "web"


def test_algorithms_are_listed_by_kind_and_explained_by_name(shell: Run) -> None:
    assert json.loads(done(shell("algorithms --json"))) == redshank.algorithms()
    assert json.loads(done(shell("algorithms scorers --json"))) == redshank.algorithms("scorers")
    assert "detectors" in done(shell("algorithms"))
    out = done(shell("algorithms pot"))
    assert "threshold.q" in out
    assert "Siffer" in out
    entry = json.loads(done(shell("algorithms ewma --json")))[0]
    assert entry["parameters"]["span"]["minimum"] == 2
    assert "points over which a weight falls" in done(shell("algorithms ewma"))


# --- help and completion ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_is_there_and_its_help_has_an_example(shell: Run, name: str) -> None:
    command = load(name)
    for words in [[]] if not hasattr(command, "commands") else [[each] for each in command.commands]:
        out = done(shell(shlex.join([name, *words, "--help"])))
        assert "Example:" in out, f"redshank {name} {' '.join(words)}"
        assert f"redshank {name}" in out.split("Example:")[1]


def test_every_module_of_commands_is_in_the_table() -> None:
    parts = {"commands", "options", "output", "progress_bar", "refusals"}
    modules = {path.stem for path in (Path(redshank.__file__).parent / "cli").glob("*.py")} - parts - {"__init__"}
    assert modules == {row.target.partition(":")[0] for row in COMMANDS.values()}


def test_help_lists_every_command_without_loading_one(shell: Run) -> None:
    for line in ("", "--help", "-h"):
        out = done(shell(line))
        for name, row in COMMANDS.items():
            assert re.search(rf"^  {name}\s+{re.escape(row.help)}", out, re.M)
    assert done(shell("--version")).strip() == f"redshank {redshank.__version__}"


def test_names_are_completed(shell: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from redshank.cli.options import algorithm_names, model_names

    done(shell("fit ewma calm.csv --name web"))
    assert model_names("w") == ["web"]
    assert "window-pca" in algorithm_names("window")
    assert "theta" in algorithm_names("th")
    monkeypatch.setenv("_REDSHANK_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "redshank de")
    monkeypatch.setenv("COMP_CWORD", "1")
    with pytest.raises(SystemExit) as stopped:
        main([])
    assert stopped.value.code == 0


def test_completion_offers_commands_and_models(
    capsys: pytest.CaptureFixture[str], shell: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    done(shell("fit ewma calm.csv --name web"))
    monkeypatch.setenv("_REDSHANK_COMPLETE", "complete_bash")
    for words, at, wanted in (("redshank de", "1", {"detect", "delete", "demo"}), ("redshank detect w", "2", {"web"})):
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", at)
        with pytest.raises(SystemExit):
            main([])
        assert wanted <= set(capsys.readouterr().out.split())


def test_data_sets_are_listed_and_found(shell: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REDSHANK_DATA", str(tmp_path))
    rows: list[dict[str, Any]] = json.loads(done(shell("datasets list --json")))
    assert {row["name"] for row in rows} == set(redshank.algorithms("datasets")["datasets"])
    assert str(tmp_path) in done(shell("datasets list"))
    assert done(shell("datasets path smd")).strip() == str(redshank.datasets.path("smd"))
    assert done(shell("datasets entries elnino")).strip() == "elnino:elnino"
    code, _, err = shell("datasets fetch smd")
    assert code == 2
    assert "REDSHANK_DATA_URL" in err
