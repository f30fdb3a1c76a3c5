"""Sliding windows over a series: seen as views, scored in blocks, and placed back on points.

This is the one place where the score of a window becomes the score of a point.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ..errors import SeriesError
from .spectrum import find_period

Array = NDArray[np.float64]

_BLOCK_VALUES = 1 << 22
"""Numbers copied at a time by `blocks`, 32 MB: large enough for a fast matrix product, small enough to forget about."""


def sliding(x: Array, width: int) -> Array:
    """Every window of `x` (time, channel) as a read-only view, shape (window, channel, width). Window i starts at row i.

    Examples
    --------
    >>> sliding(np.arange(4.0)[:, None], 3)[:, 0].tolist()
    [[0.0, 1.0, 2.0], [1.0, 2.0, 3.0]]
    """
    return sliding_window_view(x, width, axis=0)


def blocks(x: Array, width: int, values: int = _BLOCK_VALUES) -> Iterator[tuple[int, Array]]:
    """The windows of `x` a block at a time: the first window's number, and one flat row a window.

    Rows have shape (window, channel * width), channel by channel, and are the caller's to write to. A block holds about
    `values` numbers and at least one window, so memory does not grow with the series.

    Examples
    --------
    >>> [(first, len(rows)) for first, rows in blocks(np.zeros((10, 2)), 3, values=24)]
    [(0, 4), (4, 4)]
    """
    view = sliding(x, width)
    size = max(1, values // (view.shape[1] * width))
    for first in range(0, len(view), size):
        part = view[first : first + size]
        yield first, part.copy().reshape(len(part), -1)


def place(scores: Array, width: int, lookahead: bool = False) -> Array:
    """Scores of windows (window, ...) as scores of points (time, ...), where time = window + width - 1.

    Trailing: a window's score stands at its last row, so nothing later is used, and the first `width - 1` rows are NaN.
    With `lookahead` it stands at its centre, row `width // 2` of the window, and the rows at both ends take the score of
    the nearest window.

    Examples
    --------
    >>> place(np.array([5.0, 7.0]), 3).tolist()
    [nan, nan, 5.0, 7.0]
    >>> place(np.array([5.0, 7.0]), 3, lookahead=True).tolist()
    [5.0, 5.0, 7.0, 7.0]
    """
    rest = scores.shape[1:]
    if lookahead:
        before, after = width // 2, width - 1 - width // 2
        head, tail = np.broadcast_to(scores[:1], (before, *rest)), np.broadcast_to(scores[-1:], (after, *rest))
        return np.concatenate([head, scores, tail])
    return np.concatenate([np.full((width - 1, *rest), np.nan), scores])


def spread(count: int, most: int) -> NDArray[np.int64]:
    """At most `most` of the numbers 0 to count - 1, evenly spread over all, first and last included; always the same ones.

    Examples
    --------
    >>> spread(10, 4).tolist(), spread(3, 4).tolist()
    ([0, 3, 6, 9], [0, 1, 2])
    """
    if count <= most:
        return np.arange(count)
    return np.linspace(0, count - 1, most).round().astype(np.int64)


def window_width(x: Array, fallback: int = 64) -> int:
    """Window for a series (time, channel) whose user named none: its period, in points; `fallback` where it has none.

    At most a quarter of the series, so that there are windows to compare; at least 4, or 2 of a very short series.

    Examples
    --------
    >>> window_width(np.sin(np.arange(1000) * 2 * np.pi / 48)[:, None]), window_width(np.zeros((100, 1)))
    (48, 25)
    """
    most = max(2, len(x) // 4)
    period = find_period(x, longest=most)
    return min(most, max(4, period if period > 1 else fallback))


def with_windows(parts: Sequence[Array], width: int, name: str) -> list[Array]:
    """The series long enough for a window, for the algorithm `name` to learn from; refused if they hold fewer than two.

    Examples
    --------
    >>> len(with_windows([np.zeros((5, 1)), np.zeros((2, 1))], 4, "WindowPca"))
    1
    >>> with_windows([np.zeros((3, 1))], 4, "WindowPca")
    Traceback (most recent call last):
    redshank.errors.SeriesError: WindowPca needs a series of more than 4 points to learn from, the longest has 3. Give a
    longer one or a shorter window.
    """
    long = [part for part in parts if len(part) >= width]
    if sum(len(part) - width + 1 for part in long) < 2:
        raise SeriesError(
            f"{name} needs a series of more than {width} points to learn from, the longest has {max(map(len, parts))}. "
            "Give a longer one or a shorter window."
        )
    return long
