"""`redshank judge`."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import typer

from ..errors import SeriesError
from ..evaluation import CONFIDENCE
from .options import Json
from .output import say, say_json
from .progress_bar import shown


def judge(
    labels: Annotated[str, typer.Argument(metavar="LABELS", help="Source with the truth: one column of 0 and 1.")],
    scores: Annotated[
        str, typer.Argument(metavar="SCORES", help="Source with the scores of any system: one number a row.")
    ],
    threshold: Annotated[
        float | None,
        typer.Option(metavar="NUMBER", help="Score above which a row is an alarm; without it only scores are judged."),
    ] = None,
    window: Annotated[
        int | None, typer.Option(metavar="ROWS", help="Widest soft edge of VUS; 100 where unsaid.")
    ] = None,
    step_s: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="Seconds from row to row, for delays and alarms a day.")
    ] = None,
    confidence: Annotated[
        float,
        typer.Option(metavar="LEVEL", help="Level of the intervals, by block bootstrap; 0 for none, which is faster."),
    ] = CONFIDENCE,
    as_json: Json = False,
) -> None:
    """Judge the scores of any system by every metric, with the figure that random scores reach and an interval beside each.

    Example:

    \b
      redshank judge labels.csv scores.csv --threshold 3.5 --step-s 60
    """
    from ..metrics import judge as judged

    with shown("judging"):
        truth, found = _column(labels, "label"), _column(scores, "score")
        flags = None if threshold is None else found > threshold
        report = judged(truth, found, flags, window=window, step_s=step_s, confidence=confidence or None)
    if as_json:
        say_json(report.to_dict())
    else:
        say(report.table())
        say(
            "Baseline: random scores under the same protocol. Oracles chose their threshold on these labels: upper bounds, never results."
        )


def _column(source: str, wanted: str) -> Any:
    """The one column of a source: `label` or `score` where there are several."""
    import pyarrow as pa

    from ..sources.address import open_source

    table = open_source(source).table()
    numbers = [
        f.name
        for f in table.schema
        if pa.types.is_integer(f.type) or pa.types.is_floating(f.type) or pa.types.is_boolean(f.type)
    ]
    name = wanted if wanted in numbers else numbers[-1] if len(numbers) == 1 else None
    if name is None:
        have = ", ".join(table.column_names)
        raise SeriesError(
            f"{source} has no column {wanted!r} and not one column of numbers: it has {have}. Name the column {wanted!r}."
        )
    column = table.column(name)
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False))
