"""A training that is killed or stopped from the shell loses nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.csv as arrow_csv
import pytest
from safetensors import safe_open

import redshank
from redshank import store
from redshank.cli import main
from redshank.testing import sine, sine_with_spike

HEARS_CTRL_C = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from redshank.cli import main; sys.exit(main())"
)
"""Tests may run in the background, where Ctrl-C is ignored and so is that of their children."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    arrow_csv.write_csv(sine(600, channels=2).to_frame("pyarrow"), "calm.csv")
    return tmp_path


def command(name: str, epochs: int, *more: str) -> list[str]:
    words = ["fit", "dense-autoencoder", "calm.csv", "--name", name, "--set", f"training.epochs={epochs}"]
    return [*words, "--set", "training.patience=none", "--set", "training.workers=1", *more]


def started(*words: str) -> subprocess.Popen[str]:
    """A shell's own process that has written its first checkpoint."""
    process = subprocess.Popen([sys.executable, "-c", HEARS_CTRL_C, *words], stderr=subprocess.PIPE, text=True)
    while not Path("kept/training.safetensors").exists():
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.01)
    return process


@pytest.mark.slow
def test_a_killed_training_that_is_resumed_gives_the_scores_of_an_uninterrupted_one() -> None:
    process = started(*command("web", 40, "--checkpoint", "kept", "--set", "training.checkpoint_every_s=0"))
    process.kill()
    process.communicate()
    with safe_open("kept/training.safetensors", framework="np") as file:
        assert 0 < json.loads(file.metadata()["position"])["steps"] < 40 * 16
    assert store.names() == []
    assert main(command("web", 40, "--checkpoint", "kept", "--resume")) == 0
    assert main(command("whole", 40)) == 0
    series = sine_with_spike(channels=2)[0]
    resumed, whole = (redshank.load(name).detect(series) for name in ("web", "whole"))
    assert np.array_equal(resumed.score, whole.score, equal_nan=True)
    assert resumed.limit[0] == whole.limit[0]


@pytest.mark.slow
def test_ctrl_c_keeps_the_best_weights_so_far_and_says_so() -> None:
    process = started(*command("web", 100_000, "--checkpoint", "kept", "--set", "training.checkpoint_every_s=0"))
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 0
    assert err.startswith("redshank: Stopped by hand in epoch")
    model = redshank.load("web")
    assert model.core.stopped_ in err
    series, at = sine_with_spike(channels=2)
    assert model.detect(series).score[at] > 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ["ewma", "--checkpoint", "kept"],
            "'ewma' is no neural detector and learns in one go. Leave --checkpoint out.",
        ),
        (
            ["dense-autoencoder", "--resume"],
            "--resume goes on from a checkpoint. Say where it is: --checkpoint FOLDER.",
        ),
    ],
)
def test_a_checkpoint_where_there_is_none_to_keep_is_one_sentence(
    capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    assert main(["fit", words[0], "calm.csv", "--name", "web", *words[1:]]) == 2
    assert capsys.readouterr().err == f"redshank: {says}\n"
