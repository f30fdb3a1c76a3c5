"""`redshank detect`."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from ..writing import check_table_path, named, table_file
from .options import Home, Json, Name, Report, Source, Version, command_line
from .output import count, events_table, say, say_json
from .progress_bar import shown

if TYPE_CHECKING:
    from ..detection import Summary

_POINT = ["time", "score", "limit", "flag"]


def detect(
    ctx: typer.Context,
    name: Name,
    source: Source,
    out: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write time, score, limit and flag of every point; .csv or .parquet."),
    ] = None,
    events: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write one row an event; .csv or .parquet.")
    ] = None,
    report: Report = None,
    version: Version = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Find the anomalies of a series: events, and the channels to blame.

    A source larger than memory is read, scored and written in parts. Files appear whole or not at all.

    Example:

    \b
      redshank detect web today.csv --report report.html
      redshank detect web 'parquet:day-*.parquet' --out scores.parquet --events events.csv
    """
    from .. import engine
    from ..detection import Summary
    from ..evaluation import Judge
    from ..report import Report as Page

    check_table_path(out)
    check_table_path(events)
    model = engine.load(name, version=version, home=home)
    page = Page.about(model, command_line(ctx)) if report else None
    found: list[Summary] = []
    judge: Judge | None = Judge()
    with ExitStack() as files:
        add_points, add_events = files.enter_context(table_file(out)), files.enter_context(table_file(events))
        files.enter_context(shown("scoring"))
        for series, detection in engine.detect_source(model, source):
            if not found or found[-1].name != detection.name:
                found.append(Summary(detection.name))
            found[-1].add(detection)
            if out:
                add_points(named(detection.to_frame("pyarrow").select(_POINT), detection.name))
            if events:
                add_events(named(detection.events_frame("pyarrow"), detection.name))
            if page is not None:
                page.add(series, detection)
                judge = None if judge is None or series.labels is None else judge.add(detection, series)
        if page is not None and report is not None:
            page.evaluation = None if judge is None else judge.verdict(confidence=None)
            page.write(report)
    if as_json:
        say_json({"model": model.name, "version": model.version, "series": [summary.to_json() for summary in found]})
        return
    _tell(found)
    for path in (out, events, report):
        if path:
            say(f"Wrote {path}.")


def _tell(found: list[Summary]) -> None:
    points, flagged = sum(summary.points for summary in found), sum(summary.flagged for summary in found)
    events = [{"series": summary.name} | event.to_json() for summary in found for event in summary.events]
    many = f" of {count(len(found), 'series', 'series')}" if len(found) > 1 else ""
    say(f"{count(len(events), 'event')} in {count(points, 'point')}{many}, {flagged:,} flagged.")
    if events:
        say("")
        events_table(events)
