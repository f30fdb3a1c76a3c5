"""The demo tells the truth, and what it tells the reader to type works."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

import redshank
from redshank import demo
from redshank.cli import main
from redshank.cli.demo import next_commands, program


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder the demo was run in, and what it said."""
    folder = tmp_path_factory.mktemp("demo")
    said = io.StringIO()
    before = Path.cwd()
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(said):
            assert main(["demo", "--out", "demo-out"]) == 0
    finally:
        os.chdir(before)
    return folder, said.getvalue()


def test_it_leaves_a_page_the_data_and_two_models(told: tuple[Path, str]) -> None:
    folder, _ = told
    assert (folder / "demo-out" / "report.html").stat().st_size < 500_000
    assert len(redshank.read(str(folder / "demo-out" / "elnino.csv"))) == 732
    kept = redshank.list(home=str(folder / "demo-out" / "models"))
    assert [row["name"] for row in kept] == ["elnino", "elnino-forecast"]


def test_it_names_the_strongest_episodes_and_admits_what_it_missed(told: tuple[Path, str]) -> None:
    _, said = told
    for name in ("El Niño 1972-73", "El Niño 1982-83", "El Niño 1997-98"):
        assert re.search(rf"{name} +found", said)
    assert "not found" in said
    assert "no strong episode" in said
    assert re.search(r"Found \d+ of 14 strong episodes, \d+ of 9 in the months it had never seen", said)
    assert re.search(r"at any other time would meet \d\.\d", said)
    assert re.search(r"mean absolute error \d\.\d\d °C, (\d+% (better|worse) than|neither)", said)
    assert "95% band" in said


def test_the_next_three_commands_work_as_they_are_written(
    told: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, said = told
    monkeypatch.chdir(folder)
    lines = next_commands(Path("demo-out"))
    assert len(lines) == 3
    for line in lines:
        assert line in said
        words = shlex.split(line.removeprefix(program()))
        assert main(words) == 0, capsys.readouterr().err


def test_what_is_typed_for_redshank_is_what_the_shell_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "bin" / "redshank"
    script.parent.mkdir()
    script.touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [str(script)])
    monkeypatch.setenv("PATH", str(script.parent))
    assert program() == "redshank"
    monkeypatch.setenv("PATH", "/nowhere")
    assert program() == "bin/redshank"


def test_the_detector_learned_nothing_from_the_later_half(told: tuple[Path, str]) -> None:
    folder, _ = told
    model = redshank.load("elnino", home=str(folder / "demo-out" / "models"))
    assert model.facts["to"].startswith("1980-06")
    assert model.facts["points"] == 366
    assert "tuned_on" not in model.facts


def test_an_alarm_of_the_wrong_sign_meets_no_episode() -> None:
    months = demo.months()
    flags = np.asarray((months.times >= np.datetime64("1997-08")) & (months.times < np.datetime64("1997-11")))
    warm = np.ones(len(months))
    assert [episode.name for episode in demo.meets(flags, warm, months)] == ["El Niño 1997-98"]
    assert demo.meets(flags, -warm, months) == ()


def test_chance_is_the_mean_over_all_shifts() -> None:
    months = demo.months()
    always, warm = np.ones(len(months), dtype=bool), np.ones(len(months))
    assert demo.by_chance(always, warm, months) == sum(episode.warm for episode in demo.EPISODES)
    assert demo.by_chance(~always, warm, months) == 0


def test_departures_are_from_the_usual_month_of_the_early_part() -> None:
    months = demo.months()
    early, _ = months.split(0.5)
    departure = demo.departures(months, early)
    for month in range(12):
        assert np.median(departure[: len(early)][month::12]) == pytest.approx(0, abs=1e-12)
    assert departure[int(np.flatnonzero(months.times == np.datetime64("1983-06"))[0])] > 3
