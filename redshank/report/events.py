"""The events of a series: a table with close-ups, and who is to blame for which."""

from __future__ import annotations

from html import escape

import numpy as np

from ..detection import Event, by_blame
from .drawing import Scale, number, path, shades
from .panel import SVG, span_of
from .strip import CloseUp, Strip
from .words import count, is_monthly, moment

LISTED, FOLDED = 20, 80
"""Events in the table, and in the folded one below it."""
HEAT_COLUMNS = 60
"""Events in the picture of blame."""


def events_section(strip: Strip, index: int) -> str:
    """The most severe events in time order, the milder ones folded."""
    if not strip.summary.events:
        passed = (
            f"none of {count(strip.summary.flagged, 'flagged point')} passed the event rules"
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
    note = f"{count(left, 'still milder event')} not listed." if left else ""
    return (
        f'{shown}<details class="plain"><summary>{count(len(milder), "milder event")}</summary>'
        f"{_event_table(strip, index, milder, note)}</details>"
    )


def _event_table(strip: Strip, index: int, events: list[Event], note: str) -> str:
    start, end = strip.values.first[0], strip.values.last[-1]
    many, monthly = len(strip.channels) > 1, is_monthly(strip.values.first)
    rows = []
    for event in sorted(events, key=lambda event: event.rows):
        a, b = span_of(event.start, event.end, start, end)
        cells = [
            f'<td class="t">{moment(event.start, monthly)}</td>',
            f'<td class="t">{moment(event.end, monthly) if event.points > 1 else ""}</td>',
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
    svg = SVG.replace("<svg", '<svg class="spark"')
    return f'{svg}<path class="shade" d="{inside}"/><path class="line" d="{line}"/></svg>'


def blame_section(strip: Strip) -> str:
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
            f'<span class="cell" style="--v:{100 * row[name]:.0f}" title="{escape(name)}: {row[name]:.0%} of {moment(event.start)}"></span>'
            for row, event in zip(shares, events)
        )
        rows.append(f'<div><span class="name">{escape(name)}</span>{cells}</div>')
    note = f" The {HEAT_COLUMNS} most severe events are shown." if len(strip.summary.events) > HEAT_COLUMNS else ""
    return (
        "<h2>Blame</h2><p class='soft'>One column an event, in time order; the stronger, the more of the blame. "
        f"Channels below 5% everywhere are left out.{note}</p>"
        f'<div class="heat" style="grid-template-columns:max-content repeat({len(events)}, minmax(9px, 22px))">{"".join(rows)}</div>'
    )
