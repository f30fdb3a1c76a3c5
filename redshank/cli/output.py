"""What a command prints: tables for people, JSON for programs."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import typer

MOST_EVENTS = 20


def say(text: str) -> None:
    """A line for the reader."""
    typer.echo(text)


def say_json(value: Any) -> None:
    """JSON on stdout; what is no number is null."""
    typer.echo(json.dumps(finite(value), indent=2, allow_nan=False, ensure_ascii=False))


def finite(value: Any) -> Any:
    """`value` without NaN and Inf, which JSON does not have.

    Examples
    --------
    >>> finite({"delay_s": float("nan"), "rows": (1, 2)})
    {'delay_s': None, 'rows': [1, 2]}
    """
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return value


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[str] = ()) -> None:
    """A table as wide as the terminal; never cut where the output goes elsewhere. `right` names the columns of numbers."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        drawn.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*map(Text, row))
    Console(file=sys.stdout, width=None if sys.stdout.isatty() else 1000, highlight=False).print(drawn)


def number(value: float | None) -> str:
    """A number with four significant digits; a dash for none.

    Examples
    --------
    >>> number(1234567.0), number(0.123456), number(None)
    ('1,234,567', '0.1235', '-')
    """
    if value is None or not math.isfinite(value):
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:.4g}"


def count(number: int, one: str, many: str = "") -> str:
    """`1 event`, `2,000 events`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def moments(times: Sequence[str]) -> list[str]:
    """ISO times as short as all of them allow.

    Examples
    --------
    >>> moments(["2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z"])
    ['2024-01-01', '2024-02-01']
    >>> moments(["2024-01-01T00:00:00Z", "2024-02-01T08:30:00Z"])
    ['2024-01-01 00:00', '2024-02-01 08:30']
    """
    for ending in ("T00:00:00Z", ":00Z", "Z"):
        if all(time.endswith(ending) for time in times):
            return [time.removesuffix(ending).replace("T", " ") for time in times]
    return list(times)


def events_table(events: Sequence[dict[str, Any]], most: int = MOST_EVENTS) -> None:
    """The most severe events, in time order; with the channels to blame where there are several, and the series where the events name one."""
    worst = sorted(range(len(events)), key=lambda i: -events[i]["severity"])[:most]
    shown = [events[i] for i in sorted(worst)]
    times = moments([event[end] for event in shown for end in ("start", "end")])
    rows: list[tuple[str, ...]] = [
        (
            times[2 * i],
            times[2 * i + 1],
            f"{event['points']:,}",
            number(event["severity"]),
            ", ".join(f"{row['channel']} {row['share']:.0%}" for row in event["channels"][:3] if row["share"] >= 0.05),
        )
        for i, event in enumerate(shown)
    ]
    columns: tuple[str, ...] = ("from", "to", "points", "score / limit", "to blame")
    if all(len(event["channels"]) == 1 for event in shown):
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    if any(event.get("series") for event in shown):
        columns = ("series", *columns)
        rows = [(event["series"], *row) for event, row in zip(shown, rows)]
    table(columns, rows, right=("points", "score / limit"))
    if len(events) > most:
        say(f"The {most} most severe of {len(events):,}; --events FILE or --json has them all.")
