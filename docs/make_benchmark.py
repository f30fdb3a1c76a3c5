"""Writes `docs/benchmark.md` from the results of `redshank bench`.

    redshank bench ... --out bench-out    # one or more of these, over the same series
    python docs/make_benchmark.py bench-out/results.parquet ...

What the tables teach is written by hand in `docs/benchmark_lessons.md` and put below them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from redshank.bench.board import Board, board
from redshank.bench.run import read_parquet
from redshank.metrics import METRICS

HERE = Path(__file__).parent
FIGURES = ("auc_pr", "best_f1", "f1", "event_recall", "false_alarms_per_day", "best_pa_f1")


def page(rows: list[dict[str, Any]], command: str) -> str:
    """The whole page."""
    done = [row for row in rows if row["status"] == "ok"]
    families = sorted({row["dataset"] for row in done})
    many = sorted({row["series"] for row in done})
    protocols = sorted({f"`{row['protocol']}` ({row['protocol_hash']})" for row in done})
    lines = [
        "# Benchmark",
        "",
        f"{len({row['detector'] for row in done})} detectors on {len(many)} labelled series of {len(families)} families, under protocol "
        f"{', '.join(protocols)}: fitted on the publisher's training part, scaled by its statistics, calibrated on its held-out end, judged on "
        "the test part, whose first rows have the training part's end as their past. Trailing windows only, so every alarm could have "
        "been raised. Random scores are on the board: they are the floor of every figure.",
        "",
        "Made by",
        "",
        "```sh",
        command,
        "python docs/make_benchmark.py OUT/results.parquet ...",
        "```",
        "",
        "Brackets hold 95 % intervals, by bootstrap over series. Times are sums over all series, each detector on one core of two.",
        "",
        *_board(board(rows, "vus_pr")),
        "",
        "## By family",
        "",
        "Mean VUS-PR.",
        "",
        *_families(done, families),
        "",
        "## Other figures",
        "",
        "Means over the same series. Point-adjusted F1 stands here so that it can be seen for what it is: **inflated**, and beaten by random scores "
        "as often as not. Best F1 chose its threshold on the labels (an oracle); F1, event recall and false alarms a day are at the model's own "
        "threshold (`pot`), which never saw them.",
        "",
        *_others(rows),
    ]
    failed = [row for row in rows if row["status"] != "ok"]
    if failed:
        lines += ["", "## What failed", ""]
        lines += [f"- {row['status']}: `{row['detector']}` on `{row['series']}`: {row['error']}" for row in failed]
    lessons = HERE / "benchmark_lessons.md"
    if lessons.exists():
        lines += ["", lessons.read_text().strip()]
    return "\n".join(lines) + "\n"


def _board(each: Board) -> list[str]:
    head = "| detector | sight | mean VUS-PR | median | mean rank | series | failed | fit s | score s | MB |"
    lines = [head, "|---|---|---|---|---|---|---|---|---|---|"]
    for row in each.standings:
        sight = "causal" if row.causal else "looks ahead"
        cells = (
            f"`{row.detector}`",
            sight,
            f"**{row.mean:.3f}** [{row.low:.3f}, {row.high:.3f}]",
            f"{row.median:.3f}",
            f"{row.rank:.2f}",
            f"{row.series}",
            f"{row.failed or ''}",
            f"{row.fit_s:.1f}",
            f"{row.score_s:.1f}",
            f"{row.peak_mb:.0f}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    lines += [
        "",
        f"Over the {each.series} series that every ranked detector finished. Mean ranks closer than {each.critical_difference:.2f} are not told "
        f"apart (Nemenyi, 5 %); Friedman's p = {each.p_value:.1e}.",
    ]
    return lines


def _families(done: list[dict[str, Any]], families: list[str]) -> list[str]:
    names = [row.detector for row in board(done, "vus_pr").standings]
    counts = [len({row["series"] for row in done if row["dataset"] == family}) for family in families]
    head = " | ".join(f"{family} ({count})" for family, count in zip(families, counts))
    lines = [f"| detector | {head} |", "|---|" + "---|" * len(families)]
    for name in names:
        cells = []
        for family in families:
            values = [row["vus_pr"] for row in done if row["detector"] == name and row["dataset"] == family]
            cells.append(f"{np.mean(values):.3f}" if values else "–")
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return lines


def _others(rows: list[dict[str, Any]]) -> list[str]:
    names = [row.detector for row in board(rows, "vus_pr").standings]
    titles = [METRICS[name].title + (f" ({METRICS[name].marks})" if METRICS[name].marks else "") for name in FIGURES]
    lines = [f"| detector | {' | '.join(titles)} |", "|---|" + "---|" * len(FIGURES)]
    for name in names:
        own = [row for row in rows if row["detector"] == name and row["status"] == "ok"]
        cells = []
        for figure in FIGURES:
            values = [row[figure] for row in own if row.get(figure) is not None]
            cells.append(f"{np.mean(values):.3f}" if values else "–")
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return lines


if __name__ == "__main__":
    boards = [Path(given) for given in sys.argv[1:]]
    rows = {(row["series"], row["detector"]): row for path in boards for row in read_parquet(path)}
    commands = "\n".join((path.parent / "command.txt").read_text().strip() for path in boards)
    (HERE / "benchmark.md").write_text(page(list(rows.values()), commands))
    print(f"wrote {HERE / 'benchmark.md'}", file=sys.stderr)
