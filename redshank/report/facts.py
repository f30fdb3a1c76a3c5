"""What a page says in figures: judged beside chance, the training, the model and the command that made it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from .drawing import Scale, number
from .panel import panel, polyline
from .words import count, plain_table

if TYPE_CHECKING:
    from ..metrics import Figure, Metric
    from . import Report, Table


def judged_section(report: Report) -> str:
    """Figures on labelled data, with those of random scores."""
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
        f"<h2>Judged on {count(judged.events, 'labelled event')}</h2><div class='scroll'><table>"
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


def training_section(report: Report) -> str:
    """The loss curves."""
    if not report.curves:
        return ""
    scale = Scale.around(*report.curves.values())
    longest = max(map(len, report.curves.values()))
    drawn, legend = [], []
    for i, (name, losses) in enumerate(report.curves.items()):
        x = np.arange(len(losses)) / max(longest - 1, 1)
        drawn.append(polyline("line c1" if i else "line", x, scale.share(losses)))
        style = ' style="border-top:2px dashed var(--event)"' if i else ""
        legend.append(f"<span><i class='line'{style}></i>{escape(name)}</span>")
    return (
        f"<h2>Training: {count(longest, 'epoch')}</h2><figure class='strip' style='margin:0'>"
        f'<figcaption class="legend">{"".join(legend)}</figcaption>{panel("curve", "loss", scale, "".join(drawn))}</figure>'
    )


def own_table_section(table: Table) -> str:
    """A table that whoever made the report brought along."""
    return f"<h2>{escape(table.title)}</h2>{plain_table(table.columns, table.rows, table.note)}"


def model_section(report: Report) -> str:
    """What the model is and learned from, and the exact command."""
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in report.facts.items())
    parts = f"<h2>The model</h2><dl>{facts}</dl>" if facts else ""
    if report.command:
        parts += f"<h2>The command that made this page</h2><pre>{escape(report.command)}</pre>"
    return parts + "<footer>Made by redshank. This page needs no network.</footer>"
