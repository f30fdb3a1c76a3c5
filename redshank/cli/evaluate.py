"""`redshank evaluate`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from ..evaluation import CONFIDENCE, Judge
from .options import Home, Json, Name, Report, Source, Version, command_line
from .output import count, number, say, say_json, table
from .progress_bar import shown

if TYPE_CHECKING:
    from ..evaluation import Evaluation
    from ..metrics import Figure


def evaluate(
    ctx: typer.Context,
    name: Name,
    source: Source,
    report: Report = None,
    version: Version = None,
    home: Home = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every metric there is; oracles and inflated ones are marked.")
    ] = False,
    confidence: Annotated[
        float, typer.Option(metavar="LEVEL", help="Level of the intervals; 0 for none, which is faster.")
    ] = CONFIDENCE,
    as_json: Json = False,
) -> None:
    """Judge a model on labelled data, beside random scores that are flagged as often.

    The labels change nothing: the model keeps its own limit. Of several series, the figures are means over them.

    Example:

    \b
      redshank evaluate web 'today.csv?label=anomaly'
    """
    from .. import engine

    model = engine.load(name, version=version, home=home)
    page = None
    if report:
        from ..report import Report as Page

        page = Page.about(model, command_line(ctx))
    with shown("judging"):
        judge = Judge()
        for part, found in engine.detect_source(model, source):
            judge.add(found, part)
            if page is not None:
                page.add(part, found)
        judged = judge.verdict(everything, confidence or None)
    if page is not None and report is not None:
        page.evaluation = judged
        page.write(report)
    if as_json:
        say_json({"model": model.name, "version": model.version} | judged.to_json())
        return
    _tell(judged)
    if report:
        say(f"Wrote {report}.")


def _tell(judged: Evaluation) -> None:
    many = f" of {count(len(judged.series), 'series', 'series')}" if len(judged.series) > 1 else ""
    say(f"{count(judged.events, 'labelled event')} in {count(judged.points, 'point')}{many}.\n")
    rows = [
        (
            figure.metric.title,
            number(figure.value),
            _between(figure),
            number(figure.baseline),
            figure.metric.marks or figure.metric.unit,
        )
        for figure in judged.report.values()
    ]
    level = judged.report.protocol["confidence"]
    sure = f"{level:.0%} interval" if level else ""
    table(("", "model", sure, "random", ""), rows, right=("model", "random"))
    for note in dict.fromkeys(figure.note for figure in judged.report.values() if figure.note):
        say(note)


def _between(figure: Figure) -> str:
    low, high = figure.interval
    return "" if math.isnan(low) else f"{number(low)} to {number(high)}"
