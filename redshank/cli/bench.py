"""`redshank bench`."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .options import Json
from .output import number, say, say_json, table
from .progress_bar import shown

if TYPE_CHECKING:
    from ..bench.board import Board


def bench(
    series: Annotated[
        list[str],
        typer.Argument(
            metavar="SERIES...", help="Data sets, entries or patterns: nab, smd:machine-1-6, 'telemanom:T-*'."
        ),
    ],
    detectors: Annotated[
        str, typer.Option(metavar="NAMES", help="Detectors with parameters, by commas: 'pca,window-pca?window=50'.")
    ] = "pca,window-pca,stats-knn,ar",
    protocol: Annotated[
        str, typer.Option(metavar="NAME", help="train-test, tsb-ad, or train-test-smoothed.")
    ] = "train-test",
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Results; a run that was stopped goes on there.")] = Path(
        "bench-out"
    ),
    metric: Annotated[str, typer.Option(metavar="NAME", help="What the board is sorted by.")] = "vus_pr",
    backend: Annotated[str, typer.Option(metavar="NAME", help="local, or ray for a cluster.")] = "local",
    workers: Annotated[int, typer.Option(metavar="COUNT", min=1, help="Runs at once.")] = 2,
    timeout_s: Annotated[float, typer.Option(metavar="SECONDS", help="Time for one run.")] = 1800.0,
    memory_mb: Annotated[float, typer.Option(metavar="MB", help="Memory for one run.")] = 8192.0,
    data: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="Where the data sets are. [env: REDSHANK_DATA]")
    ] = None,
    as_json: Json = False,
) -> None:
    """Run detectors over data sets, and judge all of them alike, beside random scores.

    The random detector, the sensor range and the PCA-error recipe are always on the board; beside a network also pca, ar and
    stats-knn. A run that crashes, or takes too much time or memory, is recorded as such and the others go on. Writes
    results.parquet, leaderboard.json and leaderboard.html.

    Example:

    \b
      redshank bench nab smd:machine-1-6 --detectors pca,window-pca,ar --out bench-out
      redshank bench telemanom --protocol tsb-ad --detectors 'stats-knn,ensemble'
    """
    from ..bench.backends import BACKENDS, Limits
    from ..bench.board import board
    from ..bench.page import write
    from ..bench.protocol import protocol as named
    from ..bench.run import run
    from ..errors import UnknownNameError
    from ..writing import replacing

    if backend not in BACKENDS:
        raise UnknownNameError.among("backend", backend, BACKENDS)
    rules = named(protocol)
    names = [name.strip() for name in detectors.split(",") if name.strip()]
    limits = Limits(workers=workers, timeout_s=timeout_s, memory_mb=memory_mb)
    with shown("benchmark"):
        rows = run(series, names, rules, out, root=data, backend=backend, limits=limits)
        standing = board(rows, metric)
        page = write(rows, out, "redshank " + shlex.join(sys.argv[1:]), data)
    import json

    from .output import finite

    (out / "command.txt").write_text("redshank " + shlex.join(sys.argv[1:]) + "\n")
    with replacing(str(out / "leaderboard.json")) as draft:
        Path(draft).write_text(json.dumps(finite(standing.to_json()), indent=1))
    if as_json:
        say_json(standing.to_json())
        return
    _tell(standing, rows)
    say(f"Results {out / 'results.parquet'}, page {page}")


def _tell(standing: Board, rows: list[dict[str, Any]]) -> None:
    from ..metrics import METRICS

    metric = METRICS[standing.metric]
    for causal, title in ((True, "causal"), (False, "look ahead")):
        own = [row for row in standing.standings if row.causal == causal]
        if not own:
            continue
        marks = f" ({metric.marks})" if metric.marks else ""
        say(f"\n{metric.title}{marks}, {standing.series} series, {title}")
        cells = [
            (
                row.detector,
                number(row.mean),
                f"{number(row.low)} .. {number(row.high)}",
                number(row.median),
                number(row.rank),
                f"{row.failed or ''}",
                number(row.fit_s),
                number(row.score_s),
                number(row.peak_mb),
            )
            for row in own
        ]
        columns = ("detector", "mean", "95 %", "median", "rank", "failed", "fit s", "score s", "MB")
        table(columns, cells, right=columns[1:])
    say(f"Ranks closer than {number(standing.critical_difference)} are not told apart.")
    for row in [row for row in rows if row["status"] != "ok"][:5]:
        say(f"{row['status']}: {row['detector']} on {row['series']}: {row['error']}")
