"""`redshank evaluate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from .options import Home, Json, Name, Report, Source, Version, command_line
from .output import count, number, say, say_json, table
from .progress_bar import shown

if TYPE_CHECKING:
    from ..evaluation import Evaluation


def evaluate(
    ctx: typer.Context,
    name: Name,
    source: Source,
    report: Report = None,
    version: Version = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Judge a model on labelled data, beside random scores that are flagged as often.

    The labels change nothing: the model keeps its own limit.

    Example:

    \b
      redshank evaluate web 'today.csv?label=anomaly'
    """
    from .. import engine

    model = engine.load(name, version=version, home=home)
    with shown("judging"):
        series = engine.read(source)
        judged = engine.evaluate(model, series)
    if report:
        from ..report import Report as Page

        page = Page.about(model, command_line(ctx))
        page.evaluation = judged
        for part, found in engine.detect_source(model, source):
            page.add(part, found)
        page.write(report)
    if as_json:
        say_json({"model": model.name, "version": model.version} | judged.to_json())
        return
    _tell(judged)
    if report:
        say(f"Wrote {report}.")


def _tell(judged: Evaluation) -> None:
    say(f"{count(judged.events, 'labelled event')} in {count(judged.points, 'point')}.\n")
    said = judged.to_json()
    rows = [
        (name.replace("_", " "), number(value), number(said["random"].get(name)))
        for name, value in said["figures"].items()
    ]
    table(("", "model", "random"), rows, right=("model", "random"))
