"""The unit a channel is measured in, also where it hardly varies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_LEAST = 1e-4
"""Smallest variance to divide by, as a share of the mean. What varied less than a hundredth of the usual deviation in training says
little about how far it may go; on 37 server and spacecraft series shares from 1e-2 to 1e-8 do about as well."""


def or_one(spread: Array, level: Array) -> Array:
    """`spread` (channel,), and 1 where it is nothing but the rounding of a constant `level`.

    A departure from a constant channel then counts in the channel's own unit: visible and finite.

    Examples
    --------
    >>> or_one(np.array([2.0, 0.0, 1e-13]), np.array([5.0, 5.0, 1e3])).tolist()
    [2.0, 1.0, 1.0]
    """
    return np.where(spread > 1e-12 * np.abs(level), spread, 1.0)


def median_and_deviation(x: Array) -> tuple[Array, Array]:
    """Median and robust standard deviation of each channel of `x` (time, channel); the deviation is never 0.

    1.4826 times the median absolute deviation; where more than half the values are equal, 1.2533 times the mean one
    (Iglewicz and Hoaglin 1993, sec. 3.3); where all are, 1.

    Examples
    --------
    >>> median, deviation = median_and_deviation(np.array([[1.0], [2.0], [3.0], [4.0], [500.0]]))
    >>> median.tolist(), deviation.tolist()
    ([3.0], [1.4826])
    """
    median = np.median(x, axis=0)
    away = np.abs(x - median)
    deviation = 1.4826 * np.median(away, axis=0)
    deviation = np.where(deviation > 0, deviation, 1.253314 * away.mean(axis=0))
    return median, or_one(deviation, median)


def least_variance(variances: Array) -> float:
    """The smallest variance to divide by; 1 where nothing varies, so that a departure keeps its own unit.

    Examples
    --------
    >>> least_variance(np.array([3.0, 1.0, 0.0, 0.0])), least_variance(np.zeros(2))
    (0.0001, 1.0)
    """
    return _LEAST * float(variances.mean()) or 1.0


def unit_of_still(variances: Array) -> Array:
    """What to divide channels by, so that one that never moved is heard once it does: 1, and for those the least deviation.

    Examples
    --------
    >>> unit_of_still(np.array([2.0, 1.0, 0.0])).tolist()
    [1.0, 1.0, 0.01]
    """
    least = least_variance(variances)
    return np.where(variances > least, 1.0, np.sqrt(least))
