"""The last rows of a stream, in one contiguous block."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class Tail:
    """Remembers the last `length` rows, so that a row can be scored with the rows before it.

    Rows are appended to a block twice as long as needed; when it is full the live end moves to the front. An append
    costs O(rows) amortised, and `extend` returns a view, never a copy of the past.

    Examples
    --------
    >>> tail = Tail(2)
    >>> tail.extend(np.array([[1.0], [2.0], [3.0]]))[:, 0].tolist()
    [1.0, 2.0, 3.0]
    >>> tail.extend(np.array([[4.0]]))[:, 0].tolist()
    [2.0, 3.0, 4.0]
    """

    __slots__ = ("_block", "_end", "length")

    def __init__(self, length: int, rows: NDArray[np.float64] | None = None) -> None:
        self.length = length
        self._block: NDArray[np.float64] | None = None
        self._end = 0
        if rows is not None:
            self.extend(rows)

    @property
    def rows(self) -> NDArray[np.float64]:
        """The remembered rows, oldest first; shape (at most `length`, channel)."""
        if self._block is None:
            return np.empty((0, 0))
        return self._block[max(0, self._end - self.length) : self._end].copy()

    def extend(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Up to `length` earlier rows followed by `rows`, as one array that must not be written to."""
        if self.length == 0:
            return rows
        count = len(rows)
        block = self._block
        if block is None or count > len(block) - self.length:
            past = rows[:0] if block is None else block[max(0, self._end - self.length) : self._end]
            joined = np.concatenate([past, rows]) if len(past) else rows
            self._block = np.empty((max(2 * self.length, 64) + self.length, rows.shape[1]))
            self._end = min(self.length, len(joined))
            self._block[: self._end] = joined[len(joined) - self._end :]
            return joined
        if self._end + count > len(block):
            start = self._end - self.length
            block[: self.length] = block[start : self._end]
            self._end = self.length
        block[self._end : self._end + count] = rows
        self._end += count
        return block[max(0, self._end - count - self.length) : self._end]
