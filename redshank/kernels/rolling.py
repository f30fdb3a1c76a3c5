"""Statistics of every window of a series, each in O(time) or O(time x log width)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .moving import moving_sum

Array = NDArray[np.float64]
STATISTICS = ("mean", "standard deviation", "minimum", "maximum", "range", "mean absolute difference")


def rolling_statistics(x: Array, width: int) -> Array:
    """The `STATISTICS` of each window of `x` (time, channel), shape (window, channel, statistic). Window i starts at row i.

    Examples
    --------
    >>> rolling_statistics(np.array([[0.0], [2.0], [4.0]]), 2)[:, 0].tolist()
    [[1.0, 1.0, 0.0, 2.0, 2.0, 2.0], [3.0, 1.0, 2.0, 4.0, 2.0, 2.0]]
    """
    first = width - 1
    mean = moving_sum(x, width)[first:] / width
    # About each window's own mean the squares would need a pass for each; about the block's middle they keep their digits.
    middle = np.median(x, axis=0)
    square = moving_sum((x - middle) ** 2, width)[first:] / width
    deviation = np.sqrt(np.maximum(square - (mean - middle) ** 2, 0.0))
    low, high = rolling_extreme(x, width, np.minimum), rolling_extreme(x, width, np.maximum)
    steps = moving_sum(np.abs(np.diff(x, axis=0)), width - 1)[width - 2 :] / (width - 1)
    return np.stack([mean, deviation, low, high, high - low, steps], axis=2)


def rolling_extreme(x: Array, width: int, choose: Callable[[Array, Array], Array]) -> Array:
    """The least or greatest value of each window of `x` (time, ...), shape (window, ...): extremes of 1, 2, 4, ... put together.

    Examples
    --------
    >>> rolling_extreme(np.array([3.0, 1.0, 2.0, 5.0]), 3, np.maximum).tolist()
    [3.0, 5.0]
    """
    found, reach = x, 1
    while reach * 2 <= width:
        found = choose(found[:-reach], found[reach:])
        reach *= 2
    rest = width - reach
    return found if rest == 0 else choose(found[:-rest], found[rest:])
