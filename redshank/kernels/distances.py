"""The nearest rows of a bank, by matrix products, and how much each channel has to do with the distance.

Squared distances come from |a - b|² = |a|² + |b|² - 2 a·b, one matrix product for a block of queries. That form loses
digits where a and b are close, so it only nominates: a few candidates more than asked for are measured again by
(a - b)² in float64, and those figures are what is returned. A stream and a batch then agree to rounding.

The product runs in float64 by default. In float32 it is about twice as fast and nominates wrongly where more rows than
the spare candidates lie within about 1e-6 |a|² of the k-th nearest; the distance returned is then that of a row which is
farther by no more than that.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[np.float64]
Places = NDArray[np.int64]

_BLOCK_VALUES = 1 << 21
"""Entries of the distance matrix that exist at a time."""
_SPARE = 4
"""Candidates measured beyond k."""
_PASSES = 12
"""Up to this many smallest entries are found by as many passes of argmin, which beats a partition of the row."""


class Bank:
    """Rows to look for neighbours among, made ready once.

    Parameters
    ----------
    rows : (row, feature)
    dtype : precision of the matrix product: float64, or float32 for twice the speed (see the module's first lines)

    Examples
    --------
    >>> bank = Bank(np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]]))
    >>> places, squared = bank.nearest(np.array([[3.0, 3.0]]), 2)
    >>> places.tolist(), squared.tolist()
    ([[1, 0]], [[1.0, 18.0]])
    """

    def __init__(self, rows: Array, dtype: DTypeLike = np.float64) -> None:
        self.rows = rows
        self.centre = rows.mean(axis=0)
        # About their mean the norms are small, and with them what the product rounds away.
        self._ready = np.ascontiguousarray(rows - self.centre, dtype=dtype)
        self._half_squares = np.square(self._ready).sum(axis=1) / 2

    def nearest(self, queries: Array, k: int = 1) -> tuple[Places, Array]:
        """The `k` nearest rows of each query (query, feature), nearest first: places and squared distances, (query, k).

        `k` is cut to the number of rows. O(query x row x feature); memory for a block of queries.
        """
        k = min(k, len(self.rows))
        places = np.empty((len(queries), k), dtype=np.int64)
        squared = np.empty((len(queries), k))
        for part in _parts(len(queries), max(self.rows.shape)):
            candidates = k_smallest(self._nominations(queries[part]), min(k + _SPARE, len(self.rows)))
            places[part], squared[part] = self._measured(queries[part], candidates, k)
        return places, squared

    def _nominations(self, queries: Array) -> NDArray[np.floating]:
        """Half the squared distance less half the query's own square, which does not change the order; (query, row)."""
        near = (queries - self.centre).astype(self._ready.dtype, copy=False) @ self._ready.T
        return np.subtract(self._half_squares, near, out=near)

    def _measured(self, queries: Array, candidates: Places, k: int) -> tuple[Places, Array]:
        # In the order of the bank, so that of equals the earlier row wins, whatever the product's rounding said.
        candidates = np.sort(candidates, axis=1)
        exact = np.empty(candidates.shape)
        for column, rows in enumerate(candidates.T):
            apart = queries - self.rows[rows]
            exact[:, column] = np.einsum("qf,qf->q", apart, apart)
        order = np.argsort(exact, axis=1, kind="stable")[:, :k]
        return np.take_along_axis(candidates, order, axis=1), np.take_along_axis(exact, order, axis=1)


def channel_squares(queries: Array, bank: Array, places: Places, channels: int) -> Array:
    """Each channel's part of the mean squared distance from a query to its neighbours, shape (query, channel).

    Parameters
    ----------
    queries : (query, channel * feature), channel by channel
    bank : (row, channel * feature)
    places : (query, k) rows of the bank, as `Bank.nearest` gives them
    channels : how many

    Examples
    --------
    >>> channel_squares(np.array([[1.0, 1.0, 5.0, 5.0]]), np.zeros((1, 4)), np.array([[0]]), 2).tolist()
    [[2.0, 50.0]]
    """
    total = np.zeros((len(queries), channels))
    for rows in places.T:
        for part in _parts(len(queries), queries.shape[1]):
            apart = (queries[part] - bank[rows[part]]).reshape(-1, channels, queries.shape[1] // channels)
            total[part] += np.einsum("qcf,qcf->qc", apart, apart)
    return total / places.shape[1]


def k_smallest(matrix: NDArray[np.floating], k: int) -> Places:
    """Columns of the `k` smallest entries of each row, smallest first, shape (row, k). May overwrite `matrix`.

    Examples
    --------
    >>> k_smallest(np.array([[3.0, 1.0, 2.0]]), 2).tolist()
    [[1, 2]]
    """
    if k > _PASSES:
        places = np.argpartition(matrix, k - 1, axis=1)[:, :k]
        order = np.argsort(np.take_along_axis(matrix, places, axis=1), axis=1, kind="stable")
        return np.take_along_axis(places, order, axis=1)
    found = np.empty((len(matrix), k), dtype=np.int64)
    every = np.arange(len(matrix))
    for turn in range(k):
        if turn:
            matrix[every, found[:, turn - 1]] = np.inf
        found[:, turn] = matrix.argmin(axis=1)
    return found


def _parts(count: int, width: int) -> Iterator[slice]:
    size = max(1, _BLOCK_VALUES // max(1, width))
    for first in range(0, count, size):
        yield slice(first, first + size)
