"""K-means by Lloyd's iteration, with matrix products and no distance matrix kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Single = NDArray[np.float32]

_BLOCK_VALUES = 1 << 18
"""Distances that exist at a time, 1 MB: what one product leaves in the cache the search for the nearest still finds there."""


def kmeans(rows: Array, k: int, seed: int = 0, iterations: int = 100, tolerance: float = 1e-4) -> Array:
    """Centres (k, feature) of `rows` (row, feature), k-means++ start (Arthur & Vassilvitskii 2007), then Lloyd (1982).

    Stops when the centres move by less than `tolerance` of the mean variance of a feature, squared and summed, as scikit-learn does. A
    cluster that runs empty takes the row that is farthest from its centre. Which centre is nearest is told in single precision, in
    half the time, and centres are means in double. O(iterations x row x k x feature).

    Examples
    --------
    >>> rows = np.array([[0.0], [0.2], [9.0], [9.2]])
    >>> np.sort(kmeans(rows, 2), axis=0).round(1).tolist()
    [[0.1], [9.1]]
    """
    k = min(k, len(rows))
    middle = rows.mean(axis=0)
    unit = float(rows.std(axis=0).max()) or 1.0
    rows = (rows - middle) / unit  # small norms, so that the products below round little away
    single = rows.astype(np.float32)
    centres = _start(single, k, np.random.default_rng(seed))
    allowed = tolerance * float(rows.var(axis=0).mean())
    for _ in range(iterations):
        labels, apart = assign(single, centres)
        sums = _sums(rows, labels, k)
        counts = np.bincount(labels, minlength=k)
        for empty in np.flatnonzero(counts == 0):
            far = int(apart.argmax())
            sums[labels[far]] -= rows[far]
            counts[labels[far]] -= 1
            sums[empty], counts[empty], labels[far], apart[far] = rows[far], 1, empty, 0.0
        moved = sums / np.maximum(counts, 1)[:, None]
        shift = float(((moved - centres) ** 2).sum())
        centres = moved
        if shift <= allowed:
            break
    return centres * unit + middle


def assign(rows: Single, centres: Array) -> tuple[NDArray[np.int64], Single]:
    """The nearest centre of each row, and the squared distance to it; a block of rows at a time."""
    labels, apart = np.empty(len(rows), np.int64), np.empty(len(rows), np.float32)
    centres = centres.astype(np.float32)
    half = np.einsum("kf,kf->k", centres, centres) / 2
    size = max(256, _BLOCK_VALUES // len(centres))
    for first in range(0, len(rows), size):
        block = rows[first : first + size]
        near = block @ centres.T
        np.subtract(half, near, out=near)
        chosen = near.argmin(axis=1)
        labels[first : first + size] = chosen
        apart[first : first + size] = 2 * near[np.arange(len(block)), chosen]
    apart += np.einsum("rf,rf->r", rows, rows)
    return labels, np.maximum(apart, 0.0)


def _sums(rows: Array, labels: NDArray[np.int64], k: int) -> Array:
    """Sum of the rows of each cluster, as a product with a sparse matrix of ones."""
    from scipy.sparse import csr_array

    ones = csr_array((np.ones(len(rows)), labels, np.arange(len(rows) + 1)), shape=(len(rows), k))
    return np.asarray(ones.T @ rows)


def _start(rows: Single, k: int, rng: np.random.Generator) -> Array:
    """Rows drawn with probability proportional to their squared distance from those drawn before; best of a few, as in practice."""
    tries = 2 + int(np.log(k))
    squares = np.einsum("rf,rf->r", rows, rows)
    chosen = np.empty(k, np.int64)
    chosen[0] = rng.integers(len(rows))
    apart = _apart(rows, squares, chosen[:1])[0]
    for number in range(1, k):
        total = np.cumsum(apart, dtype=np.float64)
        places = np.searchsorted(total, rng.random(tries) * total[-1]).clip(0, len(rows) - 1)
        nearer = np.minimum(apart, _apart(rows, squares, places))
        best = int(nearer.sum(axis=1).argmin())
        chosen[number], apart = places[best], nearer[best]
    return rows[chosen].astype(np.float64)


def _apart(rows: Single, squares: Single, places: NDArray[np.int64]) -> Single:
    """Squared distances of all rows from a few of them, shape (place, row)."""
    apart = rows[places] @ rows.T
    apart *= -2
    apart += squares
    apart += squares[places, None]
    return np.maximum(apart, 0.0, out=apart)
