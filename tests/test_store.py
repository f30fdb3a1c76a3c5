"""A model on disk: the same numbers back, in another process, whatever happens half-way."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import redshank
from redshank import store
from redshank.errors import InputError, SourceError, StoreError, UnknownNameError
from redshank.testing import sine, sine_with_spike


@pytest.fixture
def model() -> redshank.Model:
    return redshank.fit("ewma", sine(channels=2), span=8)


def test_the_store_gives_back_the_same_scores_in_a_fresh_process_without_the_training_data(
    model: redshank.Model, home: Path
) -> None:
    store.save(model, "web")
    want = model.detect(sine_with_spike(channels=2)[0])
    code = (
        "import redshank, sys, numpy as np\nfrom redshank.testing import sine_with_spike\n"
        "found = redshank.detect('web', sine_with_spike(channels=2)[0])\n"
        "np.savez(sys.argv[1], score=found.score, limit=found.limit, flags=found.flags)"
    )
    subprocess.run([sys.executable, "-c", code, str(home / "found.npz")], check=True)
    found = np.load(home / "found.npz")
    assert np.array_equal(found["score"], want.score, equal_nan=True)
    assert np.array_equal(found["limit"], want.limit)
    assert np.array_equal(found["flags"], want.flags)


def test_a_folder_holds_two_files_and_nothing_executable(model: redshank.Model, home: Path) -> None:
    store.save(model, "web")
    assert sorted(os.listdir(home / "web" / "1")) == ["model.json", "state.safetensors"]
    assert json.loads((home / "web" / "1" / "model.json").read_text())["format"] == store.FORMAT


def test_versions_count_up_and_the_newest_is_loaded(model: redshank.Model) -> None:
    assert [store.save(model, "web") for _ in range(3)] == [1, 2, 3]
    assert store.load("web").version == 3
    assert store.load("web", version=2).version == 2
    assert store.delete("web", version=3) == [3]
    assert store.versions("web") == [1, 2]
    assert store.delete("web") == [1, 2]
    assert store.names() == []


def test_an_unknown_model_is_named_with_the_nearest_one(model: redshank.Model) -> None:
    store.save(model, "web-server")
    with pytest.raises(UnknownNameError, match="Did you mean 'web-server'"):
        store.load("web-sever")
    with pytest.raises(UnknownNameError, match="has no version 7. It has: 1"):
        store.load("web-server", version=7)


def test_a_name_cannot_leave_the_store(model: redshank.Model) -> None:
    for name in ("../web", "a/b", "", ".hidden", "a b"):
        with pytest.raises(InputError, match="cannot name a model"):
            store.save(model, name)


def test_a_newer_format_is_refused_in_one_sentence(model: redshank.Model, home: Path) -> None:
    store.save(model, "web")
    card = home / "web" / "1" / "model.json"
    card.write_text(card.read_text().replace('"format": 1', '"format": 99'))
    with pytest.raises(StoreError, match="written by a newer redshank .format 99.*Update redshank"):
        store.load("web")


@pytest.mark.parametrize("file", ["model.json", "state.safetensors"])
@pytest.mark.parametrize("harm", ["cut", "flip", "gone"])
def test_a_damaged_folder_is_reported_and_not_half_loaded(
    model: redshank.Model, home: Path, file: str, harm: str
) -> None:
    store.save(model, "web")
    path = home / "web" / "1" / file
    content = path.read_bytes()
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(content[: len(content) // 2] if harm == "cut" else b"\x00\xff" + content[2:])
    # Without its card a version was never finished, so there is no such model; everything else is damage.
    expected = UnknownNameError if (file, harm) == ("model.json", "gone") else StoreError
    with pytest.raises(expected):
        store.load("web")


def _save_once(home: str, start: float) -> None:
    os.environ["REDSHANK_HOME"] = home
    made = redshank.fit("robust-z", sine(400))
    time.sleep(max(0.0, start - time.time()))
    for _ in range(5):
        store.save(made, "web")


def test_two_processes_that_save_at_once_get_different_versions(home: Path) -> None:
    context = multiprocessing.get_context("spawn")
    start = time.time() + 4
    workers = [context.Process(target=_save_once, args=(str(home), start)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert store.versions("web") == list(range(1, 11))
    for version in store.versions("web"):
        store.load("web", version=version)


def test_a_process_killed_while_it_saves_leaves_nothing_half_written(home: Path) -> None:
    code = (
        "import redshank\nfrom redshank import store\nfrom redshank.testing import sine\n"
        "model = redshank.fit('robust-z', sine(400))\nprint('ready', flush=True)\n"
        "while True:\n    store.save(model, 'web')"
    )
    for pause in (0.0, 0.003, 0.01, 0.05):
        worker = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        assert worker.stdout is not None
        worker.stdout.readline()
        time.sleep(pause)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        worker.stdout.close()
        for version in store.versions("web"):
            store.load("web", version=version)
    store.save(redshank.fit("robust-z", sine(400)), "web")
    assert store.load("web").version == store.versions("web")[-1]


def test_a_full_disk_is_one_sentence_and_leaves_the_older_version(model: redshank.Model, home: Path) -> None:
    store.save(model, "web")
    code = (
        "import resource, redshank\nfrom redshank import store\nfrom redshank.testing import sine\n"
        "model = redshank.fit('ewma', sine(channels=2))\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))\n"
        "try:\n    store.save(model, 'web')\nexcept redshank.errors.StoreError as error:\n    print(error)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "was not saved" in said
    assert "Free some space" in said
    assert store.versions("web") == [1]
    assert os.listdir(home / "web") == ["1"]


def test_a_store_in_memory_works_like_one_on_disk(model: redshank.Model) -> None:
    url = "memory://models-of-this-test"
    assert [store.save(model, "web", url), store.save(model, "web", url)] == [1, 2]
    series = sine_with_spike(channels=2)[0]
    assert np.array_equal(store.load("web", url).detect(series).score, model.detect(series).score, equal_nan=True)
    assert store.names(url) == ["web"]
    store.delete("web", url)
    assert store.names(url) == []


def test_a_version_that_is_not_there_is_refused_by_every_verb() -> None:
    redshank.fit("ewma", sine(), name="web")
    for verb in (redshank.load, redshank.show):
        with pytest.raises(UnknownNameError, match=r"has no version 7. It has: 1\."):
            verb("web", version=7)


def test_a_place_that_cannot_be_reached_is_one_sentence() -> None:
    with pytest.raises(SourceError, match="cannot be reached: .* Look at the address and the credentials"):
        redshank.list(home="ftp://localhost:1/models")
