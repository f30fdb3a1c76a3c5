"""`redshank forecast`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ..writing import check_table_path, write_table
from .options import SOURCE_HELP, Home, Json, Name, Report, Version, command_line
from .output import moments, number, say, say_json, table
from .progress_bar import shown

if TYPE_CHECKING:
    from ..base import Forecast

MOST_ROWS = 60


def forecast(
    ctx: typer.Context,
    name: Name,
    source: Annotated[
        str | None,
        typer.Argument(metavar="[SOURCE]", help=f"What to go on from; the training series where unsaid. {SOURCE_HELP}"),
    ] = None,
    horizon: Annotated[int, typer.Option(metavar="POINTS", help="How many points ahead.")] = 24,
    levels: Annotated[
        list[float] | None,
        typer.Option("--level", metavar="SHARE", help="Share of the truth a band should hold; may be repeated."),
    ] = None,
    out: Annotated[str | None, typer.Option(metavar="FILE", help="Write the forecast; .csv or .parquet.")] = None,
    report: Report = None,
    version: Version = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Say what comes next, with a band that holds the truth as often as its level says.

    Example:

    \b
      redshank fit holt-winters sales.csv --name sales --set period=12
      redshank forecast sales --horizon 24 --level 0.95 --report forecast.html
    """
    from .. import engine

    check_table_path(out)
    model = engine.load(name, version=version, home=home)
    with shown("forecasting"):
        series = engine.one(engine.read(source)) if source else None
        ahead = engine.forecast(model, horizon, series, levels or (0.8, 0.95))
    if out:
        write_table(out, ahead.to_frame("pyarrow"))
    if report:
        from ..report import Outlook
        from ..report import Report as Page

        page = Page.about(model, command_line(ctx))
        page.forecasts.append(Outlook(ahead, None if series is None else series[-max(3 * horizon, 100) :]))
        page.write(report)
    if as_json:
        say_json({"model": model.name, "version": model.version} | ahead.to_json())
        return
    _tell(ahead)
    for path in (out, report):
        if path:
            say(f"Wrote {path}.")


def _tell(ahead: Forecast) -> None:
    said = ahead.to_json()
    times = moments(said["times"])
    many = len(ahead.channels) > 1
    bands = [f"{100 * level:g}" for level in sorted(ahead.lower)]
    columns = ["time", *(["channel"] if many else []), "forecast", *(f"{level}% band" for level in bands)]
    rows = []
    for i, time in enumerate(times):
        for channel, lines in said["channels"].items():
            row = [time, *([channel] if many else []), number(lines["mean"][i])]
            row += [f"{number(lines[f'lower_{band}'][i])} .. {number(lines[f'upper_{band}'][i])}" for band in bands]
            rows.append(row)
    table(columns, rows[:MOST_ROWS], right=("forecast", *columns[-len(bands) :]))
    if len(rows) > MOST_ROWS:
        say(f"The first {MOST_ROWS} of {len(rows):,} rows; --out FILE or --json has them all.")
