"""The HTML of a report. Every picture is plain SVG first; `page.js` only adds zoom and read-outs to it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from ..detection import Event, by_blame
from ..kernels.downsample import Envelope
from ..series import Flags, Times, iso
from .drawing import (
    HEIGHT,
    WIDTH,
    Floats,
    Scale,
    band,
    number,
    packed,
    packed_positions,
    path,
    positions,
    shades,
    time_ticks,
)
from .strip import CloseUp, Strip

if TYPE_CHECKING:
    from ..metrics import Figure, Metric
    from . import Outlook, Report, Table

FIRST_CHANNELS = 6
"""Channels that are shown at once; the others are folded."""
LISTED, FOLDED = 20, 80
ZOOMABLE = 4_000
HEAT_COLUMNS = 60
_SVG = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" aria-hidden="true">'
_SECURITY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def render(report: Report) -> str:
    """The whole page."""
    strips = sorted(report.strips, key=lambda strip: -strip.worst)
    data: list[Any] = []
    body = [_heading(report, strips)]
    for index, strip in enumerate(strips):
        body.append(_series(strip, index, len(strips) > 1, data))
    if report.left_out:
        body.append(f'<p class="soft">{report.left_out:,} more series, with milder events, are not drawn.</p>')
    body += [_outlook(outlook) for outlook in report.forecasts]
    body += [_own_table(table) for table in report.tables]
    body.append(_judged(report))
    body.append(_curves(report))
    body.append(_facts(report))
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


# --- the top of the page --------------------------------------------------------------------------------------------------


def _heading(report: Report, strips: list[Strip]) -> str:
    points, events = sum(strip.summary.points for strip in strips), sum(len(strip.summary.events) for strip in strips)
    if strips:
        first = min((strip.values.first[0] for strip in strips if strip.summary.points), default=None)
        last = max((strip.values.last[-1] for strip in strips if strip.summary.points), default=None)
        says = f"{_count(events, 'event')} in {_count(points, 'point')}"
        when = f", {_day(first)} to {_day(last)}" if first is not None and last is not None else ""
        many = f" of {_count(len(strips) + report.left_out, 'series', 'series')}" if len(strips) > 1 else ""
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
        tiles.append((f"{number(worst.severity)} ×", f"the limit at the highest score, {_moment(worst.peak)}"))
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


# --- a series -------------------------------------------------------------------------------------------------------------


def _series(strip: Strip, index: int, many: bool, data: list[Any]) -> str:
    title = (
        f"<h2>{escape(strip.summary.name or 'Series')}: {_count(len(strip.summary.events), 'event')}</h2>"
        if many
        else ""
    )
    if not strip.summary.points:
        return title
    return f"{title}{_pictures(strip, index, data)}{_events(strip, index)}{_heat(strip)}"


def _pictures(strip: Strip, index: int, data: list[Any]) -> str:
    values = strip.values
    start, end = values.first[0], values.last[-1]
    gaps = _gaps(values)
    middle = values.first + (values.last - values.first) // 2
    x = positions(middle, start, end)
    ticks = time_ticks(start, end)
    spans = [_span(event.start, event.end, start, end) for event in strip.summary.events]
    truth = [_span(a, b, start, end) for a, b in strip.truth]
    panels: list[Any] = []

    def panel(kind: str, name: str, scale: Scale, traces: list[tuple[str, str, Envelope, int]]) -> str:
        drawn, kept = [], []
        for style, said, envelope, column in traces:
            low, high = scale.share(envelope.low[:, column]), scale.share(envelope.high[:, column])
            drawn.append(f'<path class="{style}" d="{path(x, low, high, gaps, 400 if kind == "small" else 1200)}"/>')
            trace = {"n": said, "lo": packed(low)}
            if values.block > 1:
                trace["hi"] = packed(high)
            kept.append(trace)
        panels.append({"n": name, "s": [scale.low, scale.high, int(scale.log)], "t": kept})
        return _panel(kind, name, scale, f'<use href="#shade{index}" class="shade"/>{"".join(drawn)}', index)

    def channel(number_: int, kind: str) -> str:
        columns = [(values.low, values.high)] + (
            [(strip.expected.low, strip.expected.high)] if strip.expected.rows else []
        )
        scale = Scale.around(*(side[:, number_] for pair in columns for side in pair))
        traces = [("line", "observed", values, number_)]
        if strip.expected.rows:
            traces.insert(0, ("expected", "expected", strip.expected, number_))
        return panel(kind, strip.channels[number_], scale, traces)

    order = by_blame(strip.channels, strip.summary.events)
    alone = len(order) == 1
    shown = "".join(channel(i, "only" if alone else "") for i in order[:FIRST_CHANNELS])
    scale = Scale.of_scores(strip.score.high[:, 0], strip.score.high[:, 1])
    traces = [("score", "score", strip.score, 0), ("limit", "limit", strip.score, 1)]
    shown += panel("score", "score", scale, traces)
    lanes = _lane("events", f'<use href="#shade{index}" class="shade"/>')
    if strip.labelled:
        lanes += _lane("labelled", f'<path class="truth" d="{shades(truth)}"/>')
    folded = ""
    if len(order) > FIRST_CHANNELS:
        rest = "".join(channel(i, "small") for i in order[FIRST_CHANNELS:])
        folded = (
            f"<details><summary>{_count(len(order) - FIRST_CHANNELS, 'more channel')}, less to blame</summary>"
            f'<div class="plots more">{rest}</div></details>'
        )
    worst = sorted(range(len(spans)), key=lambda i: -strip.summary.events[i].severity)[:ZOOMABLE]
    data.append(
        {
            "from": _ms(start),
            "to": _ms(end),
            "x": packed_positions(x),
            "gaps": np.flatnonzero(gaps).tolist(),
            "rows": values.block,
            "events": [[round(share, 7) for share in spans[i]] for i in sorted(worst)],
            "truth": [[round(share, 7) for share in span] for span in truth[:ZOOMABLE]],
            "panels": panels,
        }
    )
    definitions = (
        f'<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs>'
        f'<path id="shade{index}" d="{shades(spans)}"/><path id="grid{index}" d="{_grid(ticks)}"/></defs></svg>'
    )
    return (
        f'<figure class="strip" data-strip="{index}" style="margin:0 0 8px">{definitions}{_legend(strip)}'
        f'<div class="plots" tabindex="0" role="img" aria-label="{escape(_described(strip))}">{shown}{lanes}{_axis(ticks)}'
        f'<div class="cross"></div><div class="brush"></div></div>{folded}</figure>'
    )


def _panel(kind: str, name: str, scale: Scale, inside: str, index: int | None = None) -> str:
    ticks = scale.ticks(5 if kind in ("only", "outlook") else 3)
    labels = "".join(f'<span class="tick" style="bottom:{100 * share:.1f}%">{text}</span>' for share, text in ticks)
    lines = "".join(f"M0 {round((1 - share) * HEIGHT)}H{WIDTH}" for share, _ in ticks) if kind != "small" else ""
    grid = f'<path class="grid" d="{lines}"/>' if lines and kind else ""
    down = f'<use href="#grid{index}" class="grid"/>' if index is not None else ""
    title = f'<span class="name" title="{escape(name)}">{escape(name)}</span>'
    beside, over = (title, "") if kind in ("", "small") else ("", title)
    return f'<div class="panel {kind}"><div class="gutter">{beside}{labels}</div>{_SVG}{down}{grid}{inside}</svg>{over}</div>'


def _lane(name: str, inside: str) -> str:
    return (
        f'<div class="panel lane"><div class="gutter"><span class="name">{name}</span></div>{_SVG}{inside}</svg></div>'
    )


def _axis(ticks: list[tuple[float, str]]) -> str:
    return (
        '<div class="axis">'
        + "".join(f'<span style="left:{100 * share:.2f}%">{text}</span>' for share, text in ticks)
        + "</div>"
    )


def _grid(ticks: list[tuple[float, str]]) -> str:
    return "".join(f"M{round(share * WIDTH)} 0V{HEIGHT}" for share, _ in ticks)


def _legend(strip: Strip) -> str:
    items = ['<span><i class="line"></i>observed</span>']
    if strip.expected.rows:
        items.append('<span><i class="expected"></i>expected</span>')
    items.append('<span><i class="score"></i>score</span><span><i class="limit"></i>its limit</span>')
    items.append('<span><i class="event"></i>event</span>')
    if strip.labelled:
        items.append('<span><i class="truth"></i>labelled anomalous</span>')
    if strip.values.block > 1:
        items.append(f"<span>each column: lowest to highest of {strip.values.block:,} points</span>")
    tools = (
        '<span class="tools"><button type="button" data-do="in" title="zoom in">+</button>'
        '<button type="button" data-do="out" title="zoom out">−</button><button type="button" data-do="all">whole</button></span>'
    )
    return f'<figcaption class="legend">{"".join(items)}{tools}</figcaption>'


def _described(strip: Strip) -> str:
    return (
        f"{_count(strip.summary.points, 'point')} of {strip.summary.name or 'the series'} with {_count(len(strip.summary.events), 'event')}; "
        "the table below lists them"
    )


def _gaps(envelope: Envelope) -> Flags:
    """Where the time since the block before is much more than usual."""
    if len(envelope.first) < 2:
        return np.zeros(len(envelope.first), dtype=bool)
    steps = (envelope.first[1:] - envelope.last[:-1]).astype(np.int64)
    return np.concatenate([[False], steps > 3 * max(int(np.median(steps)), 1)])


# --- its events -----------------------------------------------------------------------------------------------------------


def _events(strip: Strip, index: int) -> str:
    if not strip.summary.events:
        passed = (
            f"none of {_count(strip.summary.flagged, 'flagged point')} passed the event rules"
            if strip.summary.flagged
            else "no score is above its limit"
        )
        return f'<p class="soft">No event: {passed}.</p>'
    ranked = sorted(strip.summary.events, key=lambda event: -event.severity)
    note = f"The {LISTED} most severe, in time order. " if len(ranked) > LISTED else ""
    note += "Times are UTC. " + ("The close up is the channel most to blame." if len(strip.channels) > 1 else "")
    shown = f"<h2>Events</h2>{_event_table(strip, index, ranked[:LISTED], note)}"
    milder = ranked[LISTED : LISTED + FOLDED]
    if not milder:
        return shown
    left = len(ranked) - LISTED - len(milder)
    note = f"{_count(left, 'still milder event')} not listed." if left else ""
    return (
        f'{shown}<details class="plain"><summary>{_count(len(milder), "milder event")}</summary>'
        f"{_event_table(strip, index, milder, note)}</details>"
    )


def _event_table(strip: Strip, index: int, events: list[Event], note: str) -> str:
    start, end = strip.values.first[0], strip.values.last[-1]
    many, monthly = len(strip.channels) > 1, _monthly(strip.values.first)
    rows = []
    for event in sorted(events, key=lambda event: event.rows):
        a, b = _span(event.start, event.end, start, end)
        cells = [
            f'<td class="t">{_moment(event.start, monthly)}</td>',
            f'<td class="t">{_moment(event.end, monthly) if event.points > 1 else ""}</td>',
            f'<td class="n">{event.points:,}</td>',
            f'<td class="n">{number(event.severity)} ×</td>',
        ]
        if many:
            cells.append(f"<td>{_guilty(event)}</td>")
        cells.append(f"<td>{_spark(strip.close_ups.get(event.rows))}</td>")
        rows.append(f'<tr data-strip="{index}" data-from="{a:.7f}" data-to="{b:.7f}">{"".join(cells)}</tr>')
    head = '<th>from</th><th>to</th><th class="n">points</th><th class="n">score / limit</th>'
    head += ("<th>to blame</th>" if many else "") + "<th>close up</th>"
    return (
        f'<div class="scroll"><table class="events"><caption>{note}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _guilty(event: Event) -> str:
    parts: list[str] = []
    for name, share in event.channels[:3]:
        if share >= 0.05 or not parts:
            parts.append(
                f'<span>{escape(name)}</span><span class="bar"><i style="width:{100 * share:.0f}%"></i></span><span class="n">{share:.0%}</span>'
            )
    return f'<div class="guilty">{"".join(parts)}</div>'


def _spark(close_up: CloseUp | None) -> str:
    if close_up is None or len(close_up.values) < 2:
        return ""
    y = Scale.around(close_up.values).share(close_up.values)
    x = np.linspace(0, 1, len(y))
    inside = shades([(close_up.start / len(y), close_up.end / len(y))], least=0.02)
    line = path(x, y, y, np.zeros(len(y), dtype=bool))
    svg = _SVG.replace("<svg", '<svg class="spark"')
    return f'{svg}<path class="shade" d="{inside}"/><path class="line" d="{line}"/></svg>'


def _heat(strip: Strip) -> str:
    """Share of blame, channel by event."""
    if len(strip.channels) < 2 or len(strip.summary.events) < 2:
        return ""
    events = sorted(strip.summary.events, key=lambda event: -event.severity)[:HEAT_COLUMNS]
    events = sorted(events, key=lambda event: event.rows)
    shares = [dict(event.channels) for event in events]
    rows = []
    for i in by_blame(strip.channels, strip.summary.events):
        name = strip.channels[i]
        if max(row[name] for row in shares) < 0.05:
            continue
        cells = "".join(
            f'<span class="cell" style="--v:{100 * row[name]:.0f}" title="{escape(name)}: {row[name]:.0%} of {_moment(event.start)}"></span>'
            for row, event in zip(shares, events)
        )
        rows.append(f'<div><span class="name">{escape(name)}</span>{cells}</div>')
    note = f" The {HEAT_COLUMNS} most severe events are shown." if len(strip.summary.events) > HEAT_COLUMNS else ""
    return (
        "<h2>Blame</h2><p class='soft'>One column an event, in time order; the stronger, the more of the blame. "
        f"Channels below 5% everywhere are left out.{note}</p>"
        f'<div class="heat" style="grid-template-columns:max-content repeat({len(events)}, minmax(9px, 22px))">{"".join(rows)}</div>'
    )


# --- what comes next ------------------------------------------------------------------------------------------------------


def _outlook(outlook: Outlook) -> str:
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
        f"<details><summary>{_count(len(parts) - FIRST_CHANNELS, 'more channel')}</summary>{rest}</details>"
        if rest
        else ""
    )
    return (
        f"<h2>What comes next: {_count(len(forecast.times), 'point')}</h2>"
        f'<figure class="strip" style="margin:0"><figcaption class="legend">{legend}</figcaption>'
        f'<div class="plots" role="img" aria-label="forecast with its band">{first}{_axis(ticks)}</div>{folded}</figure>'
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
    drawn += [_line("actual", positions(times, start, end), scale.share(y)) for times, y in seen]
    drawn.append(_line("mean", x, scale.share(forecast.mean[:, column])))
    kind = "outlook" if len(forecast.channels) == 1 else ""
    return _panel(kind, name, scale, "".join(drawn))


def _line(style: str, x: Floats, y: Floats) -> str:
    return f'<path class="{style}" d="{path(x, y, y, np.zeros(len(x), dtype=bool))}"/>'


def _forecast_table(outlook: Outlook, most: int = 200) -> str:
    forecast, actual = outlook.forecast, outlook.actual
    if len(forecast.channels) > 1:
        return ""
    levels = sorted(forecast.lower)
    known = {} if actual is None else dict(zip(actual.times.tolist(), actual.values[:, 0].tolist()))
    monthly = _monthly(forecast.times)
    head = ["time", "forecast", *(f"{level:.0%} band" for level in levels)] + ["observed"] * bool(known)
    rows = []
    for i, time in enumerate(forecast.times[:most]):
        row = [_moment(time, monthly), number(float(forecast.mean[i, 0]))]
        row += [
            f"{number(float(forecast.lower[level][i, 0]))} to {number(float(forecast.upper[level][i, 0]))}"
            for level in levels
        ]
        if known:
            seen = known.get(time.astype("datetime64[ns]").astype(np.int64).item())
            row.append("" if seen is None else number(seen))
        rows.append(tuple(row))
    return f'<details class="plain"><summary>The numbers</summary>{_table(tuple(head), rows)}</details>'


# --- figures and facts ----------------------------------------------------------------------------------------------------


def _judged(report: Report) -> str:
    judged = report.evaluation
    if judged is None:
        return ""
    rows = [
        f"<tr><td>{escape(figure.metric.title)}{_unit(figure.metric)}</td>{_figure(figure.metric, figure.value)}"
        f"<td class='n'>{_interval(figure)}</td>{_figure(figure.metric, figure.baseline, 'chance')}</tr>"
        for figure in judged.report.values()
    ]
    level = judged.report.protocol["confidence"]
    sure = f"{level:.0%} interval" if level else ""
    return (
        f"<h2>Judged on {_count(judged.events, 'labelled event')}</h2><div class='scroll'><table>"
        f"<caption>{judged.points:,} points. Random: uniform random scores, flagged as often as the model flags. "
        "The labels changed nothing.</caption>"
        f"<thead><tr><th></th><th class='n'>model</th><th></th><th class='n'>{sure}</th><th class='n'>random</th><th></th></tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _unit(metric: Metric) -> str:
    known = ", ".join(filter(None, (metric.unit, metric.marks)))
    return f" <small>{escape(known)}</small>" if known else ""


def _interval(figure: Figure) -> str:
    low, high = figure.interval
    return "" if np.isnan(low) else f"{number(low)} to {number(high)}"


def _figure(metric: Metric, value: float, style: str = "") -> str:
    share = np.isfinite(value) and (metric.low, metric.high) == (0, 1)
    bar = f'<span class="bar {style}"><i style="width:{100 * value:.0f}%"></i></span>' if share else ""
    text = f"{value:.3f}" if share else number(value)
    return f'<td class="n">{text}</td><td>{bar}</td>'


def _curves(report: Report) -> str:
    if not report.curves:
        return ""
    scale = Scale.around(*report.curves.values())
    longest = max(map(len, report.curves.values()))
    drawn, legend = [], []
    for i, (name, losses) in enumerate(report.curves.items()):
        x = np.arange(len(losses)) / max(longest - 1, 1)
        drawn.append(_line("line c1" if i else "line", x, scale.share(losses)))
        style = ' style="border-top:2px dashed var(--event)"' if i else ""
        legend.append(f"<span><i class='line'{style}></i>{escape(name)}</span>")
    return (
        f"<h2>Training: {_count(longest, 'epoch')}</h2><figure class='strip' style='margin:0'>"
        f'<figcaption class="legend">{"".join(legend)}</figcaption>{_panel("curve", "loss", scale, "".join(drawn))}</figure>'
    )


def _own_table(table: Table) -> str:
    return f"<h2>{escape(table.title)}</h2>{_table(table.columns, table.rows, table.note)}"


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]], note: str = "") -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join("<tr>" + "".join(f'<td class="t">{escape(cell)}</td>' for cell in row) + "</tr>" for row in rows)
    caption = f"<caption>{escape(note)}</caption>" if note else ""
    return f"<div class='scroll'><table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def _facts(report: Report) -> str:
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in report.facts.items())
    parts = f"<h2>The model</h2><dl>{facts}</dl>" if facts else ""
    if report.command:
        parts += f"<h2>The command that made this page</h2><pre>{escape(report.command)}</pre>"
    return parts + "<footer>Made by redshank. This page needs no network.</footer>"


# --- words ----------------------------------------------------------------------------------------------------------------


def _count(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _day(time: np.datetime64) -> str:
    return str(time.astype("datetime64[D]"))


def _moment(time: np.datetime64, monthly: bool = False) -> str:
    """A time without the digits that say nothing."""
    day, _, clock = iso(time).rstrip("Z").partition("T")
    if clock == "00:00:00":
        return day[:7] if monthly else day
    return f"{day} {clock.removesuffix(':00')}"


def _monthly(times: Times) -> bool:
    """Whether every time is the start of a month."""
    return len(times) > 2 and bool((times == times.astype("datetime64[M]")).all())


def _ms(time: np.datetime64) -> float:
    return float(time.astype("datetime64[ns]").astype(np.int64)) / 1e6


def _span(first: np.datetime64, last: np.datetime64, start: np.datetime64, end: np.datetime64) -> tuple[float, float]:
    a, b = positions(np.array([first, last]), start, end).tolist()
    return a, b
