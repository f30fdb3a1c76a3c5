"""A series on the page: its channels, score, limit, and lanes of what was found and labelled."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np

from ..detection import by_blame
from ..kernels.downsample import Envelope
from ..series import Flags
from .drawing import Scale, packed, packed_positions, path, positions, shades, time_ticks
from .events import blame_section, events_section
from .panel import FIRST_CHANNELS, axis, grid, lane, panel, span_of
from .strip import Strip
from .words import count

ZOOMABLE = 4_000
"""Events and labelled stretches, the most severe, that can be zoomed to."""


def series_section(strip: Strip, index: int, many: bool, data: list[Any]) -> str:
    """The series with everything below it; adds to `data` what the script of the page reads."""
    title = (
        f"<h2>{escape(strip.summary.name or 'Series')}: {count(len(strip.summary.events), 'event')}</h2>"
        if many
        else ""
    )
    if not strip.summary.points:
        return title
    return f"{title}{_pictures(strip, index, data)}{events_section(strip, index)}{blame_section(strip)}"


def _pictures(strip: Strip, index: int, data: list[Any]) -> str:
    values = strip.values
    start, end = values.first[0], values.last[-1]
    gaps = _gaps(values)
    middle = values.first + (values.last - values.first) // 2
    x = positions(middle, start, end)
    ticks = time_ticks(start, end)
    spans = [span_of(event.start, event.end, start, end) for event in strip.summary.events]
    truth = [span_of(a, b, start, end) for a, b in strip.truth]
    panels: list[Any] = []

    def traced(kind: str, name: str, scale: Scale, traces: list[tuple[str, str, Envelope, int]]) -> str:
        drawn, kept = [], []
        for style, said, envelope, column in traces:
            low, high = scale.share(envelope.low[:, column]), scale.share(envelope.high[:, column])
            drawn.append(f'<path class="{style}" d="{path(x, low, high, gaps, 400 if kind == "small" else 1200)}"/>')
            trace = {"n": said, "lo": packed(low)}
            if values.block > 1:
                trace["hi"] = packed(high)
            kept.append(trace)
        panels.append({"n": name, "s": [scale.low, scale.high, int(scale.log)], "t": kept})
        return panel(kind, name, scale, f'<use href="#shade{index}" class="shade"/>{"".join(drawn)}', index)

    def channel(column: int, kind: str) -> str:
        columns = [(values.low, values.high)] + (
            [(strip.expected.low, strip.expected.high)] if strip.expected.rows else []
        )
        scale = Scale.around(*(side[:, column] for pair in columns for side in pair))
        traces = [("line", "observed", values, column)]
        if strip.expected.rows:
            traces.insert(0, ("expected", "expected", strip.expected, column))
        return traced(kind, strip.channels[column], scale, traces)

    order = by_blame(strip.channels, strip.summary.events)
    alone = len(order) == 1
    shown = "".join(channel(i, "only" if alone else "") for i in order[:FIRST_CHANNELS])
    scale = Scale.of_scores(strip.score.high[:, 0], strip.score.high[:, 1])
    traces = [("score", "score", strip.score, 0), ("limit", "limit", strip.score, 1)]
    shown += traced("score", "score", scale, traces)
    lanes = lane("events", f'<use href="#shade{index}" class="shade"/>')
    if strip.labelled:
        lanes += lane("labelled", f'<path class="truth" d="{shades(truth)}"/>')
    folded = ""
    if len(order) > FIRST_CHANNELS:
        rest = "".join(channel(i, "small") for i in order[FIRST_CHANNELS:])
        folded = (
            f"<details><summary>{count(len(order) - FIRST_CHANNELS, 'more channel')}, less to blame</summary>"
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
        f'<path id="shade{index}" d="{shades(spans)}"/><path id="grid{index}" d="{grid(ticks)}"/></defs></svg>'
    )
    return (
        f'<figure class="strip" data-strip="{index}" style="margin:0 0 8px">{definitions}{_legend(strip)}'
        f'<div class="plots" tabindex="0" role="img" aria-label="{escape(_described(strip))}">{shown}{lanes}{axis(ticks)}'
        f'<div class="cross"></div><div class="brush"></div></div>{folded}</figure>'
    )


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
        f"{count(strip.summary.points, 'point')} of {strip.summary.name or 'the series'} with {count(len(strip.summary.events), 'event')}; "
        "the table below lists them"
    )


def _gaps(envelope: Envelope) -> Flags:
    """Where the time since the block before is much more than usual."""
    if len(envelope.first) < 2:
        return np.zeros(len(envelope.first), dtype=bool)
    steps = (envelope.first[1:] - envelope.last[:-1]).astype(np.int64)
    return np.concatenate([[False], steps > 3 * max(int(np.median(steps)), 1)])


def _ms(time: np.datetime64) -> float:
    return float(time.astype("datetime64[ns]").astype(np.int64)) / 1e6
