"""Sums and means over channels of which some have no opinion."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def known_sum(x: Array) -> Array:
    """Sum of the known channels of each row of `x` (time, channel), shape (time,); NaN where none is known.

    Examples
    --------
    >>> known_sum(np.array([[1.0, 2.0], [3.0, np.nan], [np.nan, np.nan]])).tolist()
    [3.0, 3.0, nan]
    """
    total = x.dot(_weights(x.shape[1], 1.0))
    return total if _complete(total) else _over_known(x)[0]


def known_mean(x: Array) -> Array:
    """Mean of the known channels of each row of `x` (time, channel), shape (time,); NaN where none is known.

    Examples
    --------
    >>> known_mean(np.array([[1.0, 2.0], [3.0, np.nan], [np.nan, np.nan]])).tolist()
    [1.5, 3.0, nan]
    """
    mean = x.dot(_weights(x.shape[1], 1 / x.shape[1]))
    if _complete(mean):
        return mean
    total, count = _over_known(x)
    return total / np.maximum(count, 1)


@cache
def _weights(channels: int, weight: float) -> Array:
    return np.full(channels, weight)


def _complete(values: Array) -> bool:
    """Whether no value is NaN. One row, the case of a stream, is asked without a call into numpy."""
    return math.isfinite(values[0] if len(values) == 1 else values.sum())


def _over_known(x: Array) -> tuple[Array, NDArray[np.int64]]:
    known = ~np.isnan(x)
    count = known.sum(axis=1)
    total = np.where(known, x, 0.0).sum(axis=1)
    total[count == 0] = np.nan
    return total, count
