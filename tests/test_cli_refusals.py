"""Every error of the shell is one sentence with a way out, and an exit code."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import pyarrow.csv as arrow_csv
import pytest

import redshank
from redshank.cli import main, refusals
from redshank.errors import (
    InputError,
    MissingExtraError,
    NotFittedError,
    ParamError,
    RedshankError,
    SeriesError,
    SourceError,
    StoreError,
    UnknownNameError,
)
from redshank.testing import sine, sine_with_spike

REDSHANK = [sys.executable, "-m", "redshank"]
PAGE = Path(__file__).parent.parent / "docs" / "shell.md"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    arrow_csv.write_csv(sine().to_frame("pyarrow"), "calm.csv")
    arrow_csv.write_csv(sine_with_spike()[0].to_frame("pyarrow"), "today.csv")
    return tmp_path


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Exit code and the sentence; nothing may be on stdout."""
    code = main(words)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("redshank: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return code, err.removeprefix("redshank: ").strip()


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["detecct", "web", "today.csv"], 3, "No command is called 'detecct'. Did you mean 'detect'"),
        (["fit"], 2, "Missing argument 'ALGORITHM'. See redshank fit --help."),
        (["fit", "ewma", "calm.csv"], 2, "--name"),
        (["fit", "ewma", "calm.csv", "--nam", "x"], 2, "No such option: --nam"),
        (["fit", "ewma", "calm.csv", "--name", "a/b"], 2, "cannot name a model"),
        (["fit", "emwa", "calm.csv", "--name", "x"], 3, "No algorithm is called 'emwa'. Did you mean 'ewma'?"),
        (["fit", "ewma", "calm.csv", "--name", "x", "--set", "span=1"], 2, "Ewma.span must be at least 2, got 1."),
        (["fit", "ewma", "calm.csv", "--name", "x", "--set", "span"], 2, "--set takes NAME=VALUE, got 'span'."),
        (["fit", "ewma", "calm.csv", "--name", "x", "--set", "span=3", "--set", "span=4"], 2, "given twice"),
        (["fit", "ewma", "calm.csv", "--name", "x", "--threshold", "pto"], 3, "Did you mean 'pot'"),
        (["fit", "ewma", "calm.csv", "--name", "x", "--threshold", "best-f1"], 3, "oracle"),
        (["fit", "ewma", "calm.csv", "--name", "x", "--threshold", "f-beta"], 2, "--labelled"),
        (["fit", "ewma", "calm.csv", "--name", "x", "--calibrate", "2"], 2, "calibrate must be at least 0"),
        (["fit", "ewma", "calm.csv", "--name", "x", "--calibrate", "much"], 2, "'--calibrate'"),
        (["fit", "ewma", "nowhere.csv", "--name", "x"], 6, "There is no file 'nowhere.csv'"),
        (["fit", "ewma", "calm.xyz", "--name", "x"], 3, "does not say what it is"),
        (["fit", "ewma", "calm.csv", "--name", "x", "--set", "span=5000"], 2, "needs at least"),
        (["detect", "wbe", "today.csv"], 3, "No model is called 'wbe'. Did you mean 'web'?"),
        (["detect", "web", "today.csv", "--version", "9"], 3, "has no version 9"),
        (["detect", "web", "today.csv", "--out", "scores.xlsx"], 2, "End its name in .csv or .parquet"),
        (["detect", "web", "today.csv", "--out", "no/scores.csv"], 2, "There is no folder"),
        (["detect", "web", "today.csv?value=load"], 2, "load"),
        (["evaluate", "web", "calm.csv"], 2, "The series has no labels"),
        (["forecast", "web"], 2, "is a detector and cannot forecast"),
        (["algorithms", "windowpca"], 3, "Did you mean 'window-pca'"),
        (["delete", "wbe", "--yes"], 3, "No model is called 'wbe'"),
        (["list", "--home", "nosuch://models"], 2, "is no place for models"),
        (["datasets", "path", "smdd"], 3, "Did you mean 'smd'"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else None,
)
def test_what_is_wrong_is_one_sentence(
    capsys: pytest.CaptureFixture[str], words: list[str], code: int, says: str
) -> None:
    redshank.fit("ewma", sine(), name="web")
    found, sentence = refused(capsys, *words)
    assert says in sentence
    assert found == code
    assert found == main([*words, "--json"])
    out, err = capsys.readouterr()
    assert out == ""
    assert json.loads(err) == {"error": sentence, "exit_code": code}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RedshankError("x"), 1),
        (InputError("x"), 2),
        (ParamError("x"), 2),
        (SeriesError("x"), 2),
        (UnknownNameError("x"), 3),
        (NotFittedError("x"), 4),
        (MissingExtraError("x"), 5),
        (SourceError("x"), 6),
        (StoreError("x"), 7),
        (KeyboardInterrupt(), 130),
        (BrokenPipeError(), 141),
        (OSError(28, "full"), 6),
        (PermissionError(13, "no", "/x"), 6),
        (MemoryError(), 1),
        (ZeroDivisionError("oops"), 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_exit_codes_are_those_of_the_page(error: BaseException, code: int) -> None:
    sentence, found = refusals.explain(error)
    assert found == code
    assert "\n" not in sentence
    documented = {int(number) for number in re.findall(r"^\| (\d+) \|", PAGE.read_text(), re.M)}
    assert found in documented
    assert {int(number) for number in re.findall(r"^(\d+) ", refusals.__doc__ or "", re.M)} == documented


def test_a_bug_says_how_to_report_it_and_shows_where_only_when_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(home: str | None = None) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("redshank.engine.list", broken)
    code, sentence = refused(capsys, "list")
    assert code == 1
    assert "ZeroDivisionError: oops" in sentence
    assert "--debug" in sentence
    assert main(["list", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err
    monkeypatch.setenv("REDSHANK_DEBUG", "1")
    main(["list"])
    assert "Traceback" in capsys.readouterr().err


def test_a_warning_is_one_line_on_stderr(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def warns(home: str | None = None) -> list[object]:
        with warnings.catch_warnings(record=False):
            warnings.simplefilter("always")
            warnings.warn("The tail is short.", stacklevel=1)
        return []

    monkeypatch.setattr("redshank.engine.list", warns)
    assert main(["list", "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == []
    assert json.loads(err) == {"warning": "The tail is short."}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"time,load\n", "no rows"),
        (b"time,load\n2024-01-01,1\n", "2 points|points to learn|cannot be split"),
        (b"time,load\n2024-01-01,1\n2024-01-02,abc\n", "no column of numbers"),
        (b"time,load\n2024-01-02,1\n2024-01-01,2\n", "earlier time"),
        (b"time,load\n2024-01-01,1\n2024-01-01,2\n", "same time"),
        (b"time,load\n2024-01-01,1\n2024-01-02,inf\n", "infinite"),
        (b"time,load\n2024-01-01T00:00Z,1\n2024-01-02T00:00+02:00,2\n", "offset|zone"),
        (b"time,load\n2024-01-01,\n2024-01-02,\n2024-01-03,\n", "no value at all|no column of numbers|no numbers"),
        (b"time;load\n2024-01-01;1\n2024-01-02;2\n", "delimiter|column"),
        (b"time,load\n2024-01-01,1,5\n2024-01-02,2\n", "cells"),
    ],
    ids=["empty", "header", "one row", "text", "disorder", "duplicate", "inf", "zones", "nan", "delimiter", "ragged"],
)
def test_bad_files_are_one_sentence(
    capsys: pytest.CaptureFixture[str], folder: Path, content: bytes, says: str
) -> None:
    (folder / "bad.csv").write_bytes(content)
    code, sentence = refused(capsys, "fit", "robust-z", "csv:bad.csv", "--name", "x")
    assert code in (2, 6)
    assert re.search(says, sentence), sentence
    assert redshank.list() == []


# --- as a process -------------------------------------------------------------------------------------------------------


def test_a_reader_who_goes_away_is_no_error(folder: Path) -> None:
    line = f"{sys.executable} -m redshank algorithms --json | head -c 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert done.stdout.endswith(("141\n", "0\n"))
    assert done.stderr == ""


def test_a_full_disk_under_stdout_is_one_sentence(folder: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run([*REDSHANK, "algorithms"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 6
    assert (
        done.stderr
        == "redshank: The system refused: No space left on device. Free some space, or write to another place.\n"
    )


def test_a_full_disk_under_a_file_leaves_nothing_half_written(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    redshank.fit("ewma", sine(), name="web")
    (folder / "full.csv").symlink_to("/dev/full")
    (folder / "full.html").symlink_to("/dev/full")
    before = sorted(os.listdir(folder))
    for option, name in (("--out", "full.csv"), ("--report", "full.html")):
        code, sentence = refused(capsys, "detect", "web", "today.csv?label=label", option, name)
        assert code == 6
        assert "No space left on device. Free some space" in sentence
        assert sorted(os.listdir(folder)) == before


def test_an_interrupt_says_so_and_leaves_nothing_half_written(folder: Path) -> None:
    redshank.fit("ewma", sine(), name="web")
    script = (
        "import sys, time\n"
        "from redshank import cli, engine\n"
        "whole = engine.detect_source\n"
        "def slow(*given):\n"
        "    yield from whole(*given)\n"
        "    print('half way', flush=True)\n"
        "    time.sleep(60)\n"
        "engine.detect_source = slow\n"
        "sys.exit(cli.main(['detect', 'web', 'today.csv', '--out', 'scores.csv', '--report', 'found.html']))\n"
    )
    command = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert command.stdout is not None
    assert command.stdout.readline() == "half way\n"
    assert [name for name in os.listdir(folder) if name.endswith(".part")]
    command.send_signal(signal.SIGINT)
    _, err = command.communicate(timeout=30)
    assert command.returncode == 130
    assert err == f"redshank: {refusals.STOPPED}\n"
    assert sorted(os.listdir(folder)) == ["calm.csv", "today.csv"]


def test_progress_is_drawn_on_a_terminal_only_when_work_is_long(folder: Path) -> None:
    script = (
        "import time, redshank.cli.progress_bar as bar, redshank.progress as progress\n"
        "bar.PATIENCE_S = 0.2\n"
        "with bar.shown('working'):\n"
        "    for i in range(8):\n"
        "        progress.report('training', i, 8, loss=0.5)\n"
        "        time.sleep(0.1)\n"
        "with bar.shown('quick'):\n"
        "    progress.report('blink', 1, 1)\n"
    )
    ours, theirs = pty.openpty()
    done = subprocess.Popen([sys.executable, "-c", script], stderr=theirs, env=os.environ | {"TERM": "xterm"})
    os.close(theirs)
    said = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:
            break
        if not piece:
            break
        said += piece
    assert done.wait() == 0
    os.close(ours)
    assert b"training" in said
    assert b"loss 0.5" in said
    assert b"blink" not in said
    silent = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert silent.stderr == b""


HEAVY = ("numpy", "scipy", "torch", "pandas", "polars", "duckdb", "fastapi", "pyarrow", "pydantic")


def test_help_loads_nothing_heavy(folder: Path) -> None:
    script = "import sys\nfrom redshank.cli import main\ncode = main(['--help'])\nprint(code, *sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    code, *modules = done.stdout.splitlines()[-1].split()
    assert code == "0"
    assert not set(HEAVY) & set(modules)
