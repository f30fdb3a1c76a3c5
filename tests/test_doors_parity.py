"""The same question has the same answer at every door, to the last bit, and a wrong question the same refusal.

A door is a function from a question to what it says: JSON values, or the refusal's sentence. A new door is one more function
in `DOORS`, and meets every question here.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.csv as arrow_csv
import pytest

import redshank
from redshank import engine
from redshank.cli import main
from redshank.cli.output import finite
from redshank.detection import Summary
from redshank.errors import RedshankError
from redshank.testing import sine, sine_with_spike

Question = dict[str, Any]
Door = Callable[[Question], Any]


def python(question: Question) -> Any:
    """`redshank.detect(...)` and its sisters."""
    try:
        return finite(_PYTHON[question["verb"]](**{key: value for key, value in question.items() if key != "verb"}))
    except RedshankError as error:
        return {"error": str(error), "exit_code": error.exit_code}


def _fit(algorithm: str, source: str, name: str, params: dict[str, str], threshold: str = "pot") -> Any:
    redshank.fit(algorithm, redshank.read(source), name=name, params=dict(params), threshold=threshold)
    return redshank.show(name)


def _detect(name: str, source: str) -> Any:
    model = redshank.load(name)
    parts = redshank.read(source)
    parts = parts if isinstance(parts, list) else [parts]
    found = [Summary(part.name).add(model.detect(part)).to_json() for part in parts]
    return {"model": model.name, "version": model.version, "series": found}


def _forecast(name: str, horizon: int, level: float, source: str | None = None) -> Any:
    model = redshank.load(name)
    series = engine.one(redshank.read(source)) if source else None
    ahead = redshank.forecast(model, horizon, series, [level])
    return {"model": model.name, "version": model.version} | ahead.to_json()


def _evaluate(name: str, source: str) -> Any:
    model = redshank.load(name)
    return {"model": model.name, "version": model.version} | redshank.evaluate(model, redshank.read(source)).to_json()


_PYTHON: dict[str, Callable[..., Any]] = {
    "fit": _fit,
    "detect": _detect,
    "forecast": _forecast,
    "evaluate": _evaluate,
    "list": redshank.list,
    "show": redshank.show,
    "delete": lambda name: {"name": name, "removed": redshank.delete(name)},
    "algorithms": redshank.algorithms,
}


def shell(question: Question) -> Any:
    """`redshank detect ... --json`."""
    asked = dict(question)
    line = [asked.pop("verb")]
    line += [str(asked.pop(key)) for key in ("algorithm", "kind") if key in asked]
    options = {key: asked.pop(key) for key in ("params", "threshold", "horizon", "level") if key in asked}
    if line[0] == "fit":
        line += [asked.pop("source"), "--name", asked.pop("name")]
    line += list(asked.values())
    for key, value in options.items():
        if key == "params":
            line += [word for name, given in value.items() for word in ("--set", f"{name}={given}")]
        else:
            line += [f"--{key}", str(value)]
    line += ["--yes"] if line[0] == "delete" else []
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([*line, "--json"])
    return json.loads(out.getvalue() if code == 0 else err.getvalue())


DOORS: dict[str, Door] = {"shell": shell}
"""Every door but Python's, which the others are compared with."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sources in a working folder, two models in the store."""
    monkeypatch.chdir(tmp_path)
    arrow_csv.write_csv(sine(channels=2).to_frame("pyarrow"), "calm.csv")
    arrow_csv.write_csv(sine_with_spike(channels=2, guilty=1)[0].to_frame("pyarrow"), "today.csv")
    redshank.fit("ewma", redshank.read("calm.csv"), name="web", span=8)
    redshank.fit("seasonal-naive", redshank.read("calm.csv"), name="ahead", period=48)
    return tmp_path


QUESTIONS: list[Question] = [
    {"verb": "detect", "name": "web", "source": "today.csv?label=label"},
    {"verb": "detect", "name": "ahead", "source": "today.csv?label=label"},
    {"verb": "forecast", "name": "ahead", "horizon": 30, "level": 0.9},
    {"verb": "forecast", "name": "ahead", "source": "today.csv?label=label", "horizon": 7, "level": 0.5},
    {"verb": "evaluate", "name": "web", "source": "today.csv?label=label"},
    {"verb": "list"},
    {"verb": "show", "name": "web"},
    {"verb": "algorithms"},
    {"verb": "algorithms", "kind": "thresholds"},
    {"verb": "delete", "name": "web"},
]

WRONG: list[Question] = [
    {"verb": "fit", "algorithm": "emwa", "source": "calm.csv", "name": "x", "params": {}},
    {"verb": "fit", "algorithm": "ewma", "source": "calm.csv", "name": "x", "params": {"span": "1"}},
    {"verb": "fit", "algorithm": "ewma", "source": "calm.csv", "name": "x", "params": {"spam": "8"}},
    {"verb": "fit", "algorithm": "ewma", "source": "calm.csv", "name": "x", "params": {"threshold.q": "2"}},
    {"verb": "fit", "algorithm": "ewma", "source": "calm.csv", "name": "x", "params": {}, "threshold": "best-f1"},
    {"verb": "fit", "algorithm": "ewma", "source": "calm.csv", "name": "a b", "params": {}},
    {"verb": "fit", "algorithm": "ewma", "source": "calm.csv", "name": "x", "params": {"span": "4000"}},
    {"verb": "detect", "name": "wbe", "source": "today.csv"},
    {"verb": "detect", "name": "web", "source": "nowhere.csv"},
    {"verb": "detect", "name": "web", "source": "today.csv?label=label&value=c1"},
    {"verb": "detect", "name": "web", "source": "today.csv?label=label&value=c1,c0"},
    {"verb": "detect", "name": "web", "source": "today.csv?label=label&on_gap=fill"},
    {"verb": "forecast", "name": "web", "horizon": 3, "level": 0.9},
    {"verb": "forecast", "name": "ahead", "horizon": 0, "level": 0.9},
    {"verb": "forecast", "name": "ahead", "horizon": 3, "level": 1.5},
    {"verb": "evaluate", "name": "web", "source": "calm.csv"},
    {"verb": "show", "name": "wbe"},
    {"verb": "delete", "name": "wbe"},
]


def _says(question: Question) -> str:
    return " ".join(str(value) for value in question.values())


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("question", QUESTIONS, ids=_says)
def test_the_same_question_has_the_same_answer(door: str, question: Question) -> None:
    if question["verb"] == "delete":
        answers = []
        for ask in (python, DOORS[door]):
            answers.append(ask(question))
            redshank.fit("ewma", redshank.read("calm.csv"), name="web")
        assert answers[0] == answers[1]
        return
    answer = python(question)
    assert "error" not in answer
    assert DOORS[door](question) == answer


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("question", WRONG, ids=_says)
def test_a_wrong_question_has_the_same_refusal(door: str, question: Question) -> None:
    refusal = python(question)
    assert set(refusal) == {"error", "exit_code"}
    assert DOORS[door](question) == refusal


@pytest.mark.parametrize("door", DOORS)
def test_what_one_door_fits_another_reads(door: str) -> None:
    question = {"verb": "fit", "algorithm": "ewma", "source": "calm.csv", "params": {"span": "12"}, "name": "both"}
    ours, theirs = python(question), DOORS[door](question)
    for card in (ours, theirs):
        for fact in ("created", "fit_s"):
            card["card"]["facts"].pop(fact)
    assert (ours.pop("version"), theirs.pop("version")) == (1, 2)
    assert (ours.pop("versions"), theirs.pop("versions")) == ([1], [1, 2])
    assert ours == theirs
