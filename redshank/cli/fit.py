"""`redshank fit`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..errors import InputError
from .options import Home, Json, Source, algorithm_names, assignments
from .output import count, number, say, say_json
from .progress_bar import shown


def fit(
    algorithm: Annotated[
        str,
        typer.Argument(
            metavar="ALGORITHM",
            help="A detector or a forecaster; see `redshank algorithms`.",
            autocompletion=algorithm_names,
        ),
    ],
    source: Source,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Keep the model under this name.")],
    parameters: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="A parameter: span=8, scorer.smooth=5, threshold.q=1e-4, rules.min_length=3.",
        ),
    ] = None,
    scorer: Annotated[str | None, typer.Option(metavar="NAME", help="What makes one score of many channels.")] = None,
    threshold: Annotated[str, typer.Option(metavar="NAME", help="What sets the limit of the score.")] = "pot",
    scaler: Annotated[
        str | None,
        typer.Option(metavar="HOW", help="standard, robust, minmax or none; the detector's own where unsaid."),
    ] = None,
    calibrate: Annotated[
        float, typer.Option(metavar="SHARE", help="Share of the series, at its end, held out to set the limit on.")
    ] = 0.2,
    labelled: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="Labelled data, for a threshold that learns from labels.")
    ] = None,
    horizon: Annotated[int, typer.Option(metavar="POINTS", help="How far a forecaster's bands are backtested.")] = 24,
    checkpoint: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="Keep the state of a neural training there, once a minute.")
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on from --checkpoint, to the very numbers of an uninterrupted training."),
    ] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Learn what is normal from a series, and keep the model.

    Three phases, in time order: the detector learns on the first part, the limit of its score is set on the held-out rest,
    and a threshold that learns from labels is tuned on --labelled data.

    Example:

    \b
      redshank fit ewma web.csv --name web --set span=8 --threshold pot --set threshold.q=1e-4
      redshank detect web today.csv

    Ctrl-C stops the training of a network after the batch, and keeps the model with the best weights so far; a second one gives up.
    """
    from .. import engine

    given: dict[str, Any] = assignments(parameters or [])
    choice: dict[str, Any] = {"scorer": scorer, "threshold": threshold, "scaler": scaler, "calibrate": calibrate}
    if resume and checkpoint is None:
        raise InputError("--resume goes on from a checkpoint. Say where it is: --checkpoint FOLDER.")
    unfitted = engine.new(algorithm, given, **choice)  # a wrong name or parameter is refused before anything is read
    if checkpoint is not None:
        if not hasattr(unfitted.core, "training"):
            raise InputError(f"{algorithm!r} is no neural detector and learns in one go. Leave --checkpoint out.")
        given |= {"training.checkpoint": checkpoint, "training.resume": resume}
    with shown("learning"):
        series = engine.read(source)
        truth = engine.read(labelled) if labelled else None
        model = engine.fit(
            algorithm, series, name=name, params=given, labelled=truth, horizon=horizon, home=home, **choice
        )
    stopped = getattr(model.core, "stopped_", "")
    if stopped.startswith("Stopped by hand"):
        typer.echo(f"redshank: {stopped}", err=True)
    card = engine.show(name, home=home)
    if as_json:
        say_json(card)
    else:
        _tell(card)


def _tell(card: dict[str, Any]) -> None:
    facts, name = card["card"]["facts"], card["name"]
    say(
        f"Model {name!r}, version {card['version']}: {card['card']['algorithm']}, learned in {number(facts['fit_s'])} s."
    )
    learned, held = facts["points"] - facts["calibration_points"], facts["calibration_points"]
    channels = count(len(card["card"]["channels"]), "channel")
    say(f"  learned on      {count(learned, 'point')} of {channels}, from {facts['from']}")
    flagged = facts["calibration_flagged"]
    said = "" if flagged is None else f", {flagged:.3%} of which its limit flags"
    say(f"  calibrated on   {count(held, 'point')}{said}, to {facts['to']}")
    if "tuned_on" in facts:
        tuned = facts["tuned_on"]
        say(f"  tuned on        {count(tuned['points'], 'point')}, {tuned['anomalous']:,} of them labelled anomalous")
    say(f"Next: redshank detect {name} SOURCE --report report.html")
