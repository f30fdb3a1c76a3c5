"""Words, times and plain tables of a page."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import numpy as np

from ..series import Times, iso


def plain_table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]], note: str = "") -> str:
    """A table of text."""
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join("<tr>" + "".join(f'<td class="t">{escape(cell)}</td>' for cell in row) + "</tr>" for row in rows)
    caption = f"<caption>{escape(note)}</caption>" if note else ""
    return f"<div class='scroll'><table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def count(number: int, one: str, many: str = "") -> str:
    """`1 event`, `2,000 events`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def day(time: np.datetime64) -> str:
    """The date alone."""
    return str(time.astype("datetime64[D]"))


def moment(time: np.datetime64, monthly: bool = False) -> str:
    """A time without the digits that say nothing."""
    date, _, clock = iso(time).rstrip("Z").partition("T")
    if clock == "00:00:00":
        return date[:7] if monthly else date
    return f"{date} {clock.removesuffix(':00')}"


def is_monthly(times: Times) -> bool:
    """Whether every time is the start of a month."""
    return len(times) > 2 and bool((times == times.astype("datetime64[M]")).all())
