"""The offline HTML page of a benchmark: the board, who is told apart from whom, and every series with every detector's scores."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..metrics import METRICS
from ..series import Series
from .backends import Outcome
from .board import Board, Standing, board, cliques
from .case import load
from .run import read_scores

COLUMNS = 360
"""Columns of a drill-down picture."""
SHOWN = ("vus_pr", "auc_pr", "vus_roc", "best_f1", "f1", "event_recall", "false_alarms_per_day", "best_pa_f1")
"""Metrics with a board of their own on the page, the first one open."""


def write(rows: Sequence[Outcome], out: Path, command: str, root: str | None = None) -> Path:
    """Write `leaderboard.html` into `out`, from its results and score files."""
    path = out / "leaderboard.html"
    boards = [board(rows, metric) for metric in SHOWN if any(row.get(metric) is not None for row in rows)]
    body = [
        f"<h1>Benchmark</h1><p class=command><code>{escape(command)}</code></p>",
        f"<p>{_summary(rows)}</p>",
        *(_board(each, open_=i == 0) for i, each in enumerate(boards)),
        _failures(rows),
        "<h2>Every series</h2><p>Above, the channel that varies most, with the labelled stretches; below, one strip a detector: the darker, "
        "the stranger it found that moment, by rank.</p><div id=series></div>",
    ]
    data = json.dumps(list(_drawings(rows, out, root)))
    style, script = (files(__package__).joinpath(name).read_text() for name in ("page.css", "page.js"))
    path.write_text(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>Benchmark</title><style>{style}</style><main>{''.join(body)}</main>"
        f"<script type=application/json id=data>{data}</script><script>{script}</script></html>"
    )
    return path


def _summary(rows: Sequence[Outcome]) -> str:
    done = [row for row in rows if row["status"] == "ok"]
    protocols = ", ".join(sorted({f"{row['protocol']} ({row['protocol_hash']})" for row in rows}))
    series, detectors = len({row["series"] for row in done}), len({row["detector"] for row in done})
    failed = len(rows) - len(done)
    said = (
        f"{failed} of {len(rows)} runs failed; they are listed below. "
        if failed
        else f"All {len(rows)} runs finished. "
    )
    return (
        f"{detectors} detectors on {series} series under protocol {escape(protocols)}. {said}"
        "Random scores are on the board: they are the floor of every figure."
    )


def _board(each: Board, open_: bool) -> str:
    metric = METRICS[each.metric]
    marks = f" <em>({metric.marks})</em>" if metric.marks else ""
    head = "".join(
        f"<th>{name}"
        for name in (
            "detector",
            "",
            "mean",
            "95 %",
            "median",
            "mean rank",
            "series",
            "failed",
            "fit s",
            "score s",
            "MB",
        )
    )
    lines = "".join(_line(row) for row in each.standings)
    p = f"Friedman p = {each.p_value:.2g}; " if np.isfinite(each.p_value) else ""
    return (
        f"<details {'open' if open_ else ''}><summary>{escape(metric.title)}{marks}, {each.series} series</summary>"
        f"<table><tr>{head}</tr>{lines}</table><p class=soft>{p}ranks closer than {each.critical_difference:.2f} are not told apart.</p>"
        f"{critical_difference_diagram(each)}</details>"
    )


def _line(row: Standing) -> str:
    sight = "causal" if row.causal else "looks ahead"
    cells = (
        f"<td class=name>{escape(row.detector)}",
        f"<td class={'soft' if row.causal else 'ahead'}>{sight}",
        f"<td>{row.mean:.3f}",
        f"<td class=soft>{row.low:.3f} – {row.high:.3f}",
        f"<td>{row.median:.3f}",
        f"<td>{row.rank:.2f}",
        f"<td>{row.series}",
        f"<td>{row.failed or ''}",
        f"<td>{row.fit_s:.1f}",
        f"<td>{row.score_s:.1f}",
        f"<td>{row.peak_mb:.0f}",
    )
    return f"<tr>{''.join(cells)}".replace("nan", "–")


def critical_difference_diagram(each: Board) -> str:
    """Mean ranks on a line, best left; a bar joins detectors that are not told apart (Demsar 2006, fig. 1). SVG."""
    ranked = sorted((row for row in each.standings if np.isfinite(row.rank)), key=lambda row: row.rank)
    if len(ranked) < 2 or not np.isfinite(each.critical_difference):
        return ""
    ranks = np.array([row.rank for row in ranked])
    low, high = np.floor(ranks.min()), np.ceil(ranks.max())
    width, left, top, step = 900, 190, 30, 18
    half = (len(ranked) + 1) // 2

    def x(rank: float) -> float:
        return float(left + (rank - low) / max(high - low, 1) * (width - 2 * left))

    groups = cliques(ranks, each.critical_difference)
    foot = top + 10 + 7 * len(groups)
    height = foot + half * step + 20
    parts = [f"<line x1={x(low)} y1={top} x2={x(high)} y2={top} />"]
    for tick in np.arange(low, high + 1):
        parts.append(
            f"<line x1={x(tick)} y1={top - 5} x2={x(tick)} y2={top} /><text x={x(tick)} y={top - 9} class=tick>{tick:.0f}</text>"
        )
    for i, row in enumerate(ranked):
        near = i < half
        y = foot + (i if near else len(ranked) - 1 - i) * step + 10
        end, anchor = (left - 10, "end") if near else (width - left + 10, "start")
        parts.append(f"<polyline points='{x(row.rank):.1f},{top} {x(row.rank):.1f},{y} {end},{y}' />")
        where = end - 4 if near else end + 4
        parts.append(f"<text x={where} y={y + 4} text-anchor={anchor}>{escape(row.detector)} {row.rank:.2f}</text>")
    for number, (first, last) in enumerate(groups):
        y = top + 9 + 7 * number
        parts.append(f"<line class=clique x1={x(ranks[first]) - 4} y1={y} x2={x(ranks[last]) + 4} y2={y} />")
    return f"<svg class=cd viewBox='0 0 {width} {height}' role=img aria-label='critical difference diagram'>{''.join(parts)}</svg>"


def _failures(rows: Sequence[Outcome]) -> str:
    failed = [row for row in rows if row["status"] != "ok"]
    if not failed:
        return ""
    lines = "".join(
        f"<tr><td class=name>{escape(row['series'])}<td class=name>{escape(row['detector'])}<td>{row['status']}<td class=name>{escape(row['error'])}"
        for row in failed
    )
    return f"<details><summary>{len(failed)} runs that failed</summary><table><tr><th>series<th>detector<th>what<th>why</tr>{lines}</table></details>"


def _drawings(rows: Sequence[Outcome], out: Path, root: str | None) -> Iterator[dict[str, Any]]:
    """What the script draws of each series: bytes of `COLUMNS` columns in base64."""
    for name in sorted({row["series"] for row in rows if row["status"] == "ok"}):
        own = sorted(
            (r for r in rows if r["series"] == name and r["status"] == "ok"), key=lambda r: -(r["vus_pr"] or 0)
        )
        train, test = load(name, root)
        whole = own[0]["protocol"] == "tsb-ad"
        shown = Series.from_numpy(np.concatenate([train.values, test.values])) if whole else test
        truth = np.asarray(test.labels)
        truth = np.concatenate([np.zeros(len(train), bool), truth]) if whole else truth
        spread = shown.values.std(axis=0) / np.maximum(np.abs(shown.values).max(axis=0), 1e-12)
        channel = shown.values[:, int(np.nan_to_num(spread).argmax())]
        low, high = _columns(channel, np.fmin), _columns(channel, np.fmax)
        floor, span = np.nanmin(low), max(np.nanmax(high) - np.nanmin(low), 1e-300)
        yield {
            "name": name,
            "points": len(shown),
            "low": _bytes((low - floor) / span),
            "high": _bytes((high - floor) / span),
            "truth": _bytes(_columns(truth.astype(float), np.fmax)),
            "detectors": [
                {
                    "name": row["detector"],
                    "vus_pr": round(row["vus_pr"] or 0.0, 3),
                    "random": round(row["random_vus_pr"] or 0.0, 3),
                    "score": _bytes(_columns(_rank(read_scores(out, row["key"])), np.fmax)),
                }
                for row in own
            ],
        }


def _columns(x: NDArray[Any], choose: Any) -> NDArray[np.float64]:
    """The least or greatest value in each of at most `COLUMNS` stretches."""
    count = min(COLUMNS, len(x))
    starts = np.linspace(0, len(x), count + 1)[:-1].astype(int)
    return np.asarray(choose.reduceat(x.astype(np.float64), starts))


def _rank(scores: NDArray[Any]) -> NDArray[np.float64]:
    """Share of rows with a lower score, to the eighth power: the highest few per cent stand out, whatever the unit."""
    order = np.argsort(np.argsort(scores, kind="stable"), kind="stable")
    return (order / max(1, len(scores) - 1)) ** 8


def _bytes(shares: NDArray[np.float64]) -> str:
    return base64.b64encode(np.rint(np.clip(np.nan_to_num(shares), 0, 1) * 255).astype(np.uint8).tobytes()).decode()
