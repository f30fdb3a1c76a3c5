"""The lowest and the highest value in each of a few thousand columns: a series as a picture shows it.

Min-max keeps every spike, whatever the width of the picture; averaging, or taking every hundredth point, loses them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Times = NDArray[np.datetime64]


class Envelope:
    """Lowest and highest value of each channel in every block of rows, learned piece by piece in constant memory.

    Blocks begin with one row each. When there are more than twice `columns` of them, neighbours are joined, so a series of any
    length ends as at most `2 * columns` blocks of equal size. NaN is left out; a block without a value is NaN.
    O(rows x channel) time, O(columns x channel) memory.

    Examples
    --------
    >>> envelope = Envelope(columns=2)
    >>> times = np.arange(8).astype("datetime64[ns]")
    >>> envelope.add(times[:5], np.array([[0.0], [9.0], [1.0], [2.0], [3.0]]))
    >>> envelope.add(times[5:], np.array([[-5.0], [4.0], [5.0]]))
    >>> envelope.block, envelope.low[:, 0].tolist(), envelope.high[:, 0].tolist()
    (2, [0.0, 1.0, -5.0, 4.0], [9.0, 2.0, 3.0, 5.0])
    """

    def __init__(self, columns: int = 4096) -> None:
        self.columns = columns
        self.block = 1
        """Rows of each block but the last."""
        self.rows = 0
        self.low: Values = np.empty((0, 0))
        """(block, channel)"""
        self.high: Values = np.empty((0, 0))
        self.first: Times = np.empty(0, "datetime64[ns]")
        """Time of the first row of each block, shape (block,)."""
        self.last: Times = np.empty(0, "datetime64[ns]")

    def add(self, times: Times, values: Values) -> None:
        """The next rows, `values` (time, channel)."""
        if not len(values):
            return
        if not self.rows:
            self.low = self.high = np.empty((0, values.shape[1]))
        while math.ceil((self.rows + len(values)) / self.block) > 2 * self.columns:
            self._coarsen()
        room = min(-self.rows % self.block, len(values))
        if room:
            self._fill_last(times[room - 1], values[:room])
        if room < len(values):
            self._append(times[room:], values[room:])
        self.rows += len(values)

    def _coarsen(self) -> None:
        starts = np.arange(0, len(self.first), 2)
        self.block *= 2
        if len(starts):
            self.low = np.fmin.reduceat(self.low, starts)
            self.high = np.fmax.reduceat(self.high, starts)
            self.last = self.last[np.minimum(starts + 1, len(self.last) - 1)]
            self.first = self.first[starts]

    def _fill_last(self, until: np.datetime64, values: Values) -> None:
        self.low[-1] = np.fmin(self.low[-1], np.fmin.reduce(values))
        self.high[-1] = np.fmax(self.high[-1], np.fmax.reduce(values))
        self.last[-1] = until

    def _append(self, times: Times, values: Values) -> None:
        low, high = blocks(values, self.block)
        ends = np.minimum(np.arange(1, len(low) + 1) * self.block, len(values)) - 1
        self.low, self.high = np.concatenate([self.low, low]), np.concatenate([self.high, high])
        self.first = np.concatenate([self.first, times[:: self.block]])
        self.last = np.concatenate([self.last, times[ends]])


def blocks(values: Values, size: int) -> tuple[Values, Values]:
    """Lowest and highest value of each channel in every `size` rows of `values` (time, channel); the last block may be shorter.

    Examples
    --------
    >>> low, high = blocks(np.array([[1.0], [3.0], [np.nan], [2.0], [7.0]]), 2)
    >>> low[:, 0].tolist(), high[:, 0].tolist()
    ([1.0, 2.0, 7.0], [3.0, 2.0, 7.0])
    """
    if size == 1:
        return values.copy(), values.copy()
    # On numbers only, minimum is several times faster than fmin, which must look for NaN.
    least, most = (np.minimum, np.maximum) if math.isfinite(values.sum()) else (np.fmin, np.fmax)
    whole = len(values) // size
    body = values[: whole * size].reshape(whole, size, values.shape[1])
    low, high = least.reduce(body, axis=1), most.reduce(body, axis=1)
    if whole * size == len(values):
        return low, high
    rest = values[whole * size :]
    return np.concatenate([low, least.reduce(rest)[None]]), np.concatenate([high, most.reduce(rest)[None]])
