"""Pieces that every picture of a page is made of, as SVG and HTML."""

from __future__ import annotations

from html import escape

import numpy as np

from .drawing import HEIGHT, WIDTH, Floats, Scale, path, positions

FIRST_CHANNELS = 6
"""Channels that are shown at once; the others are folded."""
SVG = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" aria-hidden="true">'


def panel(kind: str, name: str, scale: Scale, inside: str, index: int | None = None) -> str:
    """One picture on a vertical scale, with `inside` drawn on it; below the time grid of strip `index`."""
    ticks = scale.ticks(5 if kind in ("only", "outlook") else 3)
    labels = "".join(f'<span class="tick" style="bottom:{100 * share:.1f}%">{text}</span>' for share, text in ticks)
    lines = "".join(f"M0 {round((1 - share) * HEIGHT)}H{WIDTH}" for share, _ in ticks) if kind != "small" else ""
    across = f'<path class="grid" d="{lines}"/>' if lines and kind else ""
    down = f'<use href="#grid{index}" class="grid"/>' if index is not None else ""
    title = f'<span class="name" title="{escape(name)}">{escape(name)}</span>'
    beside, over = (title, "") if kind in ("", "small") else ("", title)
    return f'<div class="panel {kind}"><div class="gutter">{beside}{labels}</div>{SVG}{down}{across}{inside}</svg>{over}</div>'


def lane(name: str, inside: str) -> str:
    """A thin row without a scale."""
    return (
        f'<div class="panel lane"><div class="gutter"><span class="name">{name}</span></div>{SVG}{inside}</svg></div>'
    )


def axis(ticks: list[tuple[float, str]]) -> str:
    """Times at their share of the width."""
    return (
        '<div class="axis">'
        + "".join(f'<span style="left:{100 * share:.2f}%">{text}</span>' for share, text in ticks)
        + "</div>"
    )


def grid(ticks: list[tuple[float, str]]) -> str:
    """The path of a vertical line at each tick."""
    return "".join(f"M{round(share * WIDTH)} 0V{HEIGHT}" for share, _ in ticks)


def polyline(style: str, x: Floats, y: Floats) -> str:
    """A line through shares of width and height, shape (point,) each."""
    return f'<path class="{style}" d="{path(x, y, y, np.zeros(len(x), dtype=bool))}"/>'


def span_of(first: np.datetime64, last: np.datetime64, start: np.datetime64, end: np.datetime64) -> tuple[float, float]:
    """Where a stretch of time lies between `start` and `end`, as shares of the width."""
    a, b = positions(np.array([first, last]), start, end).tolist()
    return a, b
