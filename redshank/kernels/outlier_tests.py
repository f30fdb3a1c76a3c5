"""Tests that take the outliers out of a sample one at a time: Grubbs' and the generalised extreme studentised deviate.

Both ask the same of what is left after each removal: does its most deviant value lie too far out? What is left is
always one stretch of the sorted sample, so it is known by its two ends. In the code: `ordered` is that sorted sample,
`low` and `high` the ends of the stretch, `middle` the place of its median, `alpha` the chance that a sample without outliers loses any.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .spread import median_and_deviation

Array = NDArray[np.float64]
Side = Literal["both", "up", "down"]


def critical_deviations(n: NDArray[np.int64], alpha: float, side: Side = "both") -> Array:
    """How many standard deviations the most deviant of `n` normal values may lie from their mean; n >= 3, shape as `n`.

    Grubbs (1969), eq. 6, with Student's t: (n - 1) / sqrt(n) sqrt(t² / (n - 2 + t²)), t the upper alpha / (2 n) point with
    n - 2 degrees of freedom, alpha / n where one side is looked at. Rosner (1983), eq. 2.5, is the same function of
    the number of values left.

    Examples
    --------
    >>> critical_deviations(np.array([10, 54]), 0.05).round(2).tolist()  # 3.16 is Rosner's example, i = 1
    [2.29, 3.16]
    """
    from scipy.special import stdtrit

    t = stdtrit(n - 2, 1 - alpha / ((2 if side == "both" else 1) * n))
    return np.asarray((n - 1) / np.sqrt(n) * np.sqrt(t * t / (n - 2 + t * t)))


def without_outliers(ordered: Array, alpha: float, ddof: int = 1) -> slice:
    """The stretch of a sorted sample (n,) that the two-sided Grubbs test leaves, taking out one value at a time.

    Its mean and deviation follow from sums that run outwards from the median, so that no large value ever enters a
    sum it is not part of. Less than half of the sample is taken out: more are no outliers. O(n), and a few operations
    for each value taken out.

    Examples
    --------
    >>> without_outliers(np.array([-50.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 900.0]), 0.05)
    slice(1, 7, None)
    """
    n = len(ordered)
    low, middle, high = 0, n // 2, n
    centred = ordered - ordered[middle]
    above, below = np.cumsum(centred[middle:]), np.cumsum(centred[:middle][::-1])
    above_squares, below_squares = np.cumsum(centred[middle:] ** 2), np.cumsum(centred[:middle][::-1] ** 2)
    for limit in critical_deviations(np.arange(n, n - (n - 1) // 2, -1), alpha).tolist() if n > 2 else []:
        if low == middle or high == middle + 1:
            break
        count = high - low
        mean = (above[high - middle - 1] + below[middle - low - 1]) / count
        squares = above_squares[high - middle - 1] + below_squares[middle - low - 1]
        deviation = (max(squares - count * mean * mean, 0.0) / (count - ddof)) ** 0.5
        down, up = mean - centred[low], centred[high - 1] - mean
        if max(down, up) <= limit * deviation:
            break
        if up >= down:
            high -= 1
        else:
            low += 1
    return slice(low, high)


def robust_deviates(values: Array, most: int, alpha: float, side: Side = "both") -> Array:
    """Distance of each value (n,) from the median, in units of the generalised ESD test's limit: an outlier has more than 1.

    Rosner's test with median and median absolute deviation in place of mean and standard deviation (Hochenbaum, Vallis
    and Kejariwal 2017, sec. 3.3). Up to `most` values are taken out, the most deviant first, each measured by what was left
    with it. The last one beyond its limit makes all before it outliers too, so a value carries the highest ratio from
    its own removal on. The rest is measured as the last one taken out was; where that one lies beyond its limit so may
    they, and `most` is too small. O(n log n + most log n).

    Examples
    --------
    >>> values = np.array([1.0, 2.0, 3.0, 2.0, 1.0, 3.0, 2.0, 90.0, 80.0, 2.0])
    >>> (robust_deviates(values, most=4, alpha=0.05) > 1).nonzero()[0].tolist()
    [7, 8]
    """
    n = len(values)
    most = max(0, min(most, n - 3, (n - 1) // 2))
    order = np.argsort(values, kind="stable")
    ordered: list[float] = values[order].tolist()
    fallback = float(median_and_deviation(values[:, None])[1][0])
    median, unit = 0.0, 1.0
    low, high = 0, n
    taken: list[int] = []
    ratios: list[float] = []
    left = np.maximum(np.arange(n, n - max(most, 1), -1), 3)
    for limit in critical_deviations(left, alpha, side).tolist():
        median, deviation = _median_and_deviation(ordered, low, high)
        unit = (deviation or fallback) * limit
        if len(taken) == most:
            break
        down, up = median - ordered[low], ordered[high - 1] - median
        if side == "up" or (side == "both" and up >= down):
            high -= 1
            taken.append(high)
            ratios.append(up / unit)
        else:
            taken.append(low)
            low += 1
            ratios.append(down / unit)
    away = {"both": np.abs, "up": np.positive, "down": np.negative}[side](values - median)
    scores = np.asarray(np.maximum(away, 0.0) / unit)
    scores[order[taken]] = np.maximum.accumulate(ratios[::-1])[::-1]
    return scores


def _median_and_deviation(ordered: list[float], low: int, high: int) -> tuple[float, float]:
    """Median, and 1.4826 times the median absolute deviation, of a stretch of a sorted list. O(log n)."""
    count = high - low
    half, odd = divmod(count, 2)
    median = ordered[low + half] if odd else (ordered[low + half - 1] + ordered[low + half]) / 2
    away = _nearest(ordered, low, high, median, half)
    return median, 1.4826 * (away if odd else (_nearest(ordered, low, high, median, half - 1) + away) / 2)


def _nearest(ordered: list[float], low: int, high: int, centre: float, rank: int) -> float:
    """The distance from `centre` to its nearest value of a stretch but `rank`. Bisection over how many lie below. O(log n)."""
    split = bisect_left(ordered, centre, low, high)
    fewest, most = max(0, rank + 1 - (high - split)), min(rank + 1, split - low)
    while fewest < most:
        below = (fewest + most) // 2
        if centre - ordered[split - 1 - below] < ordered[split + rank - below] - centre:
            fewest = below + 1
        else:
            most = below
    under = centre - ordered[split - fewest] if fewest else 0.0
    over = ordered[split + rank - fewest] - centre if fewest <= rank else 0.0
    return max(under, over)
