"""Count, mean and covariance that can be added to, merged and stored.

Merging is exact: any cut of the data into parts, down to single rows, gives what the whole gives, to rounding.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_BLOCK_ROWS = 1 << 15
"""Rows centred at a time, so that a pass over ten million rows copies megabytes, not gigabytes."""


@dataclass(frozen=True)
class Moments:
    """What is known of some rows: how many, their mean, and the scatter about it.

    Mean and scatter may have leading axes, for groups of channels that are merged side by side.

    Parameters
    ----------
    count : rows seen
    mean : (..., channel) their mean; zeros before the first row
    scatter : (..., channel, channel) sum over rows of (x - mean)(x - mean)ᵀ

    Examples
    --------
    >>> x = np.array([[1.0, 2.0], [2.0, 1.0], [6.0, 3.0]])
    >>> whole = Moments.of(x[:1]).merge(Moments.of(x[1:]))
    >>> whole.count, whole.mean.tolist(), whole.covariance().tolist()
    (3, [3.0, 2.0], [[7.0, 2.0], [2.0, 1.0]])
    """

    count: int
    mean: Array
    scatter: Array

    @classmethod
    def empty(cls, channels: int) -> Moments:
        """Nothing seen yet."""
        return cls(0, np.zeros(channels), np.zeros((channels, channels)))

    @classmethod
    def of(cls, x: Array) -> Moments:
        """The moments of the rows of `x` (row, channel). O(row x channel²), in constant memory beside `x`."""
        return cls.empty(x.shape[1]).add(x)

    def add(self, x: Array) -> Moments:
        """These moments and those of the rows of `x` (row, channel); one row or many."""
        total = self
        for first in range(0, len(x), _BLOCK_ROWS):
            part = x[first : first + _BLOCK_ROWS]
            mean = part.mean(axis=0)
            centred = part - mean
            total = total.merge(Moments(len(part), mean, centred.T @ centred))
        return total

    def merge(self, other: Moments) -> Moments:
        """The moments of both sets of rows: Chan, Golub and LeVeque (1983), eq. 2.1, for vectors."""
        if not self.count or not other.count:
            return other if other.count else self
        count = self.count + other.count
        apart = other.mean - self.mean
        mean = self.mean + apart * (other.count / count)
        scatter = (
            self.scatter
            + other.scatter
            + apart[..., :, None] * apart[..., None, :] * (self.count * (other.count / count))
        )
        return Moments(count, mean, scatter)

    def covariance(self, population: bool = False) -> Array:
        """Covariance, shape (..., channel, channel): scatter / (count - 1), or scatter / count for the whole `population`.

        NaN where there are too few rows to know: one row has no sample covariance.
        """
        rows = self.count if population else self.count - 1
        return self.scatter / rows if rows > 0 else np.full_like(self.scatter, np.nan)

    def variance(self, population: bool = False) -> Array:
        """Variance of each channel, shape (..., channel)."""
        return np.diagonal(self.covariance(population), axis1=-2, axis2=-1).copy()


class Spread:
    """Running mean and variance of each channel alone, where a covariance would be more than is asked.

    Examples
    --------
    >>> spread = Spread.of([np.array([[1.0], [2.0]]), np.array([[6.0]])])
    >>> spread.mean.tolist(), spread.variance.tolist()
    ([3.0], [4.666666666666667])
    """

    def __init__(self) -> None:
        self.count = 0
        self.mean: Array = np.zeros(0)
        self._squares: Array = np.zeros(0)

    @classmethod
    def of(cls, parts: Iterable[Array]) -> Spread:
        """The spread of the rows of all parts."""
        spread = cls()
        for part in parts:
            spread.add(part)
        return spread

    def add(self, x: Array) -> None:
        """Take the rows of `x` (row, channel); merged like `Moments`."""
        mean = x.mean(axis=0)
        squares = np.square(x - mean).sum(axis=0)
        if not self.count:
            self.count, self.mean, self._squares = len(x), mean, squares
            return
        count = self.count + len(x)
        apart = mean - self.mean
        self._squares = self._squares + squares + apart**2 * (self.count * (len(x) / count))
        self.mean = self.mean + apart * (len(x) / count)
        self.count = count

    @property
    def variance(self) -> Array:
        """Variance of the rows taken, population form, shape (channel,)."""
        return self._squares / max(1, self.count)
