"""Means that move along a series."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def moving_mean(x: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Mean of each value and the up to `width - 1` before it, shape (time,); NaN is left out, NaN where nothing is known.

    Sums inside blocks of `width` are put together two at a time (van Herk 1992), so the rounding error stays that of a
    single window however long the series is: a running sum would drift. O(time).

    Examples
    --------
    >>> moving_mean(np.array([1.0, 3.0, np.nan, 5.0]), 2).tolist()
    [1.0, 2.0, 3.0, 5.0]
    """
    known = ~np.isnan(x)
    total = moving_sum(np.where(known, x, 0.0), width)
    if known.all():
        return total / np.minimum(np.arange(1, len(x) + 1), width)
    count = moving_sum(known.astype(np.float64), width)
    return np.divide(total, count, out=np.full(len(x), np.nan), where=count > 0)


def moving_sum(x: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Sum of each value and the up to `width - 1` before it, shape (time,) or (time, channel). O(time), no drift."""
    n = len(x)
    width = min(width, n)
    if width <= 1:
        return x.copy()
    rest = -n % width
    blocks = np.concatenate([x, np.zeros((rest, *x.shape[1:]))]).reshape(-1, width, *x.shape[1:])
    head = blocks.cumsum(axis=1)
    after = np.zeros_like(blocks)
    after[:, :-1] = blocks[:, :0:-1].cumsum(axis=1)[:, ::-1]
    # The window that ends at place j of a block is the block's first j + 1 values and the last width - 1 - j of the one before.
    head[1:] += after[:-1]
    return head.reshape(-1, *x.shape[1:])[:n]


def weighted_past_mean(x: NDArray[np.float64], span: float) -> NDArray[np.float64]:
    """Exponentially weighted mean of the values before each row, shape (time, channel); the first row is itself.

    m[t] = (1 - a) m[t - 1] + a x[t - 1] with a = 2 / (span + 1) and m[0] = x[0]. Partial sums over 1, 2, 4, ... rows are put
    together until what is older weighs less than 1e-17, so there is no loop over time. O(time x channel x log span).

    Examples
    --------
    >>> weighted_past_mean(np.array([[4.0], [8.0], [0.0]]), span=3)[:, 0].tolist()
    [4.0, 4.0, 6.0]
    """
    weight = 2 / (span + 1)
    mean = np.concatenate([x[:1], weight * x[:-1]])
    reach, decay = 1, 1 - weight
    while reach < len(mean) and decay > 1e-17:
        mean[reach:] += decay * mean[:-reach]
        reach, decay = 2 * reach, decay * decay
    return mean
