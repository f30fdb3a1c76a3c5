"""What comes next: a forecast with its bands, and its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .drawing import Scale, band, number, positions, time_ticks
from .panel import FIRST_CHANNELS, axis, panel, polyline
from .words import count, is_monthly, moment, plain_table

if TYPE_CHECKING:
    from . import Outlook


def outlook_section(outlook: Outlook) -> str:
    """A panel a channel: what led there, the forecast, its bands, and what came where that is known."""
    forecast = outlook.forecast
    start = outlook.history.times[0] if outlook.history is not None and len(outlook.history) else forecast.times[0]
    end = forecast.times[-1]
    ticks = time_ticks(start, end)
    parts = [_outlook_panel(outlook, column, name, start, end) for column, name in enumerate(forecast.channels)]
    levels = sorted(forecast.lower, reverse=True)
    bands = ", ".join(f"{level:.0%}" for level in levels)
    legend = '<span><i class="line"></i>forecast</span>'
    legend += f'<span><i class="band"></i>band: {bands}</span>' if bands else ""
    if outlook.history is not None or outlook.actual is not None:
        legend += '<span><i class="actual"></i>observed</span>'
    first, rest = "".join(parts[:FIRST_CHANNELS]), "".join(parts[FIRST_CHANNELS:])
    folded = (
        f"<details><summary>{count(len(parts) - FIRST_CHANNELS, 'more channel')}</summary>{rest}</details>"
        if rest
        else ""
    )
    return (
        f"<h2>What comes next: {count(len(forecast.times), 'point')}</h2>"
        f'<figure class="strip" style="margin:0"><figcaption class="legend">{legend}</figcaption>'
        f'<div class="plots" role="img" aria-label="forecast with its band">{first}{axis(ticks)}</div>{folded}</figure>'
        f"{_forecast_table(outlook)}"
    )


def _outlook_panel(outlook: Outlook, column: int, name: str, start: np.datetime64, end: np.datetime64) -> str:
    forecast = outlook.forecast
    x = positions(forecast.times, start, end)
    levels = sorted(forecast.lower, reverse=True)
    seen = [(part.times, part.values[:, column]) for part in (outlook.history, outlook.actual) if part is not None]
    everything = [forecast.mean[:, column], *(y for _, y in seen)]
    everything += [side[level][:, column] for side in (forecast.lower, forecast.upper) for level in levels]
    scale = Scale.around(*everything)
    drawn = [
        f'<path class="band" d="{band(x, scale.share(forecast.lower[level][:, column]), scale.share(forecast.upper[level][:, column]))}"/>'
        for level in levels
    ]
    drawn += [polyline("actual", positions(times, start, end), scale.share(y)) for times, y in seen]
    drawn.append(polyline("mean", x, scale.share(forecast.mean[:, column])))
    kind = "outlook" if len(forecast.channels) == 1 else ""
    return panel(kind, name, scale, "".join(drawn))


def _forecast_table(outlook: Outlook, most: int = 200) -> str:
    forecast, actual = outlook.forecast, outlook.actual
    if len(forecast.channels) > 1:
        return ""
    levels = sorted(forecast.lower)
    known = {} if actual is None else dict(zip(actual.times.tolist(), actual.values[:, 0].tolist()))
    monthly = is_monthly(forecast.times)
    head = ["time", "forecast", *(f"{level:.0%} band" for level in levels)] + ["observed"] * bool(known)
    rows = []
    for i, time in enumerate(forecast.times[:most]):
        row = [moment(time, monthly), number(float(forecast.mean[i, 0]))]
        row += [
            f"{number(float(forecast.lower[level][i, 0]))} to {number(float(forecast.upper[level][i, 0]))}"
            for level in levels
        ]
        if known:
            seen = known.get(time.astype("datetime64[ns]").astype(np.int64).item())
            row.append("" if seen is None else number(seen))
        rows.append(tuple(row))
    return f'<details class="plain"><summary>The numbers</summary>{plain_table(tuple(head), rows)}</details>'
