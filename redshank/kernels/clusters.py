"""K-means by Lloyd's iteration, with matrix products and no distance matrix kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_BLOCK_VALUES = 1 << 20


def kmeans(rows: Array, k: int, seed: int = 0, iterations: int = 100, tolerance: float = 1e-4) -> Array:
    """Centres (k, feature) of `rows` (row, feature), k-means++ start (Arthur & Vassilvitskii 2007), then Lloyd (1982).

    Stops when the centres move by less than `tolerance` of the mean variance of a feature, squared and summed, as scikit-learn does. A
    cluster that runs empty takes the row that is farthest from its centre. O(iterations x row x k x feature).

    Examples
    --------
    >>> rows = np.array([[0.0], [0.2], [9.0], [9.2]])
    >>> np.sort(kmeans(rows, 2), axis=0).round(1).tolist()
    [[0.1], [9.1]]
    """
    k = min(k, len(rows))
    middle = rows.mean(axis=0)
    rows = rows - middle  # small norms, so that the product below rounds little away
    squares = np.einsum("rf,rf->r", rows, rows)
    centres = _start(rows, squares, k, np.random.default_rng(seed))
    allowed = tolerance * float(rows.var(axis=0).mean())
    for _ in range(iterations):
        labels, apart = assign(rows, squares, centres)
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
    return centres + middle


def assign(rows: Array, squares: Array, centres: Array) -> tuple[NDArray[np.int64], Array]:
    """The nearest centre of each row, and the squared distance to it; a block of rows at a time."""
    labels, apart = np.empty(len(rows), np.int64), np.empty(len(rows))
    half = np.einsum("kf,kf->k", centres, centres) / 2
    size = max(256, _BLOCK_VALUES // len(centres))
    for first in range(0, len(rows), size):
        block = rows[first : first + size]
        near = half - block @ centres.T
        chosen = near.argmin(axis=1)
        labels[first : first + size] = chosen
        apart[first : first + size] = squares[first : first + size] + 2 * near[np.arange(len(block)), chosen]
    return labels, np.maximum(apart, 0.0)


def _sums(rows: Array, labels: NDArray[np.int64], k: int) -> Array:
    """Sum of the rows of each cluster, as a product with a sparse matrix of ones."""
    from scipy.sparse import csr_array

    ones = csr_array((np.ones(len(rows)), labels, np.arange(len(rows) + 1)), shape=(len(rows), k))
    return np.asarray(ones.T @ rows)


def _start(rows: Array, squares: Array, k: int, rng: np.random.Generator) -> Array:
    """Rows drawn with probability proportional to their squared distance from those drawn before; best of a few, as in practice."""
    tries = 2 + int(np.log(k))
    centres = np.empty((k, rows.shape[1]))
    centres[0] = rows[rng.integers(len(rows))]
    apart = np.maximum(squares + centres[0] @ centres[0] - 2 * rows @ centres[0], 0.0)
    for number in range(1, k):
        total = np.cumsum(apart)
        places = np.searchsorted(total, rng.random(tries) * total[-1]).clip(0, len(rows) - 1)
        drawn = rows[places]
        to_drawn = squares + np.einsum("tf,tf->t", drawn, drawn)[:, None] - 2 * drawn @ rows.T
        nearer = np.minimum(apart, np.maximum(to_drawn, 0.0))
        best = int(nearer.sum(axis=1).argmin())
        centres[number], apart = drawn[best], nearer[best]
    return centres
