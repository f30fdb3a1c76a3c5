"""The HTML of a report. Every picture is plain SVG first; `page.js` only adds zoom and read-outs to it."""

from __future__ import annotations

import json
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from .drawing import number
from .facts import judged_section, model_section, own_table_section, training_section
from .outlook import outlook_section
from .series import series_section
from .strip import Strip
from .words import count, day, moment

if TYPE_CHECKING:
    from . import Report

_SECURITY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def render(report: Report) -> str:
    """The whole page."""
    strips = sorted(report.strips, key=lambda strip: -strip.worst)
    data: list[Any] = []
    body = [_heading(report, strips)]
    for index, strip in enumerate(strips):
        body.append(series_section(strip, index, len(strips) > 1, data))
    if report.left_out:
        body.append(f'<p class="soft">{report.left_out:,} more series, with milder events, are not drawn.</p>')
    body += [outlook_section(outlook) for outlook in report.forecasts]
    body += [own_table_section(table) for table in report.tables]
    body.append(judged_section(report))
    body.append(training_section(report))
    body.append(model_section(report))
    return _document(report.title, "\n".join(part for part in body if part), data)


def _document(title: str, body: str, data: list[Any]) -> str:
    style, script = ((files(__package__) / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    numbers = json.dumps(data, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_SECURITY}">
<title>{escape(title)} · redshank</title>
<style>
{style}</style>
</head>
<body>
{body}
<div id="tip" role="status"></div>
<script type="application/json" id="data">{numbers}</script>
<script>
{script}</script>
</body>
</html>
"""


def _heading(report: Report, strips: list[Strip]) -> str:
    points, events = sum(strip.summary.points for strip in strips), sum(len(strip.summary.events) for strip in strips)
    if strips:
        first = min((strip.values.first[0] for strip in strips if strip.summary.points), default=None)
        last = max((strip.values.last[-1] for strip in strips if strip.summary.points), default=None)
        says = f"{count(events, 'event')} in {count(points, 'point')}"
        when = f", {day(first)} to {day(last)}" if first is not None and last is not None else ""
        many = f" of {count(len(strips) + report.left_out, 'series', 'series')}" if len(strips) > 1 else ""
        under = f"Model <b>{escape(report.title)}</b>{many}{when}"
    else:
        says, under = report.title, "What comes next" if report.forecasts else ""
    warning = (
        '<p class="warn">This model looks ahead: a score uses later points, so these alarms could not have been raised at their time.</p>'
        if report.looks_ahead
        else ""
    )
    return f"<header><h1>{escape(says)}</h1><p class='soft'>{under}</p>{warning}{_tiles(strips)}</header>"


def _tiles(strips: list[Strip]) -> str:
    if not strips:
        return ""
    scored, flagged = sum(strip.summary.scored for strip in strips), sum(strip.summary.flagged for strip in strips)
    tiles = [(f"{flagged:,}", f"points flagged, {flagged / max(scored, 1):.2%} of those scored")]
    events = [event for strip in strips for event in strip.summary.events]
    if events:
        worst = max(events, key=lambda event: event.severity)
        tiles.append((f"{number(worst.severity)} ×", f"the limit at the highest score, {moment(worst.peak)}"))
        guilty = worst.channels[0]
        if len(worst.channels) > 1:
            tiles.append((escape(guilty[0]), f"most to blame there, {guilty[1]:.0%}"))
    if len(strips[0].channels) > 1:
        tiles.append((f"{len(strips[0].channels):,}", "channels"))
    return (
        '<ul class="tiles">'
        + "".join(f"<li><b>{value}</b><span>{escape(what)}</span></li>" for value, what in tiles)
        + "</ul>"
    )
