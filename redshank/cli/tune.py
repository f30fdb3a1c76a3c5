"""`redshank tune`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from .options import Home, Json, Source, algorithm_names, assignments
from .output import number, say, say_json, table
from .progress_bar import shown


def tune(
    algorithm: Annotated[
        str,
        typer.Argument(
            metavar="ALGORITHM", help="A detector that declares what to search.", autocompletion=algorithm_names
        ),
    ],
    source: Source,
    labelled: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="Labelled data to tune on; they must judge nothing afterwards.")
    ] = None,
    trials: Annotated[
        int, typer.Option(metavar="COUNT", min=1, help="Sets of parameters to try, earlier ones of the study included.")
    ] = 30,
    study: Annotated[
        str | None, typer.Option(metavar="FILE", help="SQLite file of the search; a stopped search goes on there.")
    ] = None,
    workers: Annotated[
        int, typer.Option(metavar="COUNT", min=1, help="Processes that share the study; needs --study.")
    ] = 1,
    parameters: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A parameter that is not searched.")
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", help="Fit the best one on everything and keep it under this name."),
    ] = None,
    timeout_s: Annotated[float | None, typer.Option(metavar="SECONDS", help="Stop after this time.")] = None,
    seed: Annotated[int, typer.Option(metavar="NUMBER", help="Of the search and of planted anomalies.")] = 0,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Search the parameters of a detector by an honest criterion.

    With --labelled the criterion is VUS-PR on those data; without, VUS-PR on anomalies planted in the held-out end of SOURCE. The first
    trial is the defaults, so the result says what the search was worth.

    Example:

    \b
      redshank tune pca web.csv --trials 30 --study web.db --name web-tuned
    """
    from .. import engine
    from ..errors import InputError
    from ..tuning import tune as search
    from ..tuning import tune_in_parallel

    if workers > 1:
        if study is None:
            raise InputError("Several workers share a study file. Name it: --study FILE.")
        _prepare(sys.argv[1:], workers, tune_in_parallel)
    with shown("tuning"):
        series = engine.read(source)
        truth = engine.read(labelled) if labelled else None
        given = assignments(parameters or [])
        found = search(
            algorithm, series, labelled=truth, trials=trials, study=study, fixed=given, timeout_s=timeout_s, seed=seed
        )
        if name:
            engine.fit(algorithm, series, name=name, params=found.params, home=home)
    if as_json:
        say_json(found.to_json())
        return
    best = sorted((t for t in found.trials if t.value == t.value), key=lambda t: -t.value)[:5]
    table(
        ("trial", "VUS-PR", "parameters"),
        [(str(t.number), number(t.value), _words(t.params)) for t in best],
        right=("trial", "VUS-PR"),
    )
    say(
        f"Best {number(found.value)}, defaults {number(found.default)}, on {found.criterion} anomalies, in {len(found.trials)} trials."
    )
    settings = " ".join(f"--set {key}={_word(value)}" for key, value in found.params.items())
    say(f"Next: redshank fit {algorithm} {source} --name NAME {settings}")


def _prepare(words: list[str], workers: int, start: object) -> None:
    """Run the same search in `workers` processes; what is left for this one is to read the study."""
    assert callable(start)
    own, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word in ("--workers", "--name"):
            skip = True
        elif not word.startswith(("--workers=", "--name=")) and word != "--json":
            own.append(word)
    start(own, workers)


def _words(params: dict[str, object]) -> str:
    return ", ".join(f"{key}={_word(value)}" for key, value in params.items()) or "defaults"


def _word(value: object) -> str:
    return (
        ",".join(map(str, value))
        if isinstance(value, (list, tuple))
        else f"{value:.4g}"
        if isinstance(value, float)
        else str(value)
    )
