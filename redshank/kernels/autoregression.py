"""Linear prediction of a row from the rows before it, without ever writing down the matrix of lagged rows.

Lag i of row t is row t - i; lag 0 is the row to be predicted. What least squares needs is the products of all pairs of
lags. Two of them that are both one lag further back sum over rows that are all but two the same, so one block row of
products gives the rest.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_BLOCK_ROWS = 1 << 16


def lagged_products(x: Array, lags: int) -> Array:
    """Sums over rows t >= lags of x[t - i, a] x[t - j, b], shape (i, j, a, b), with i and j from 0 to `lags`.

    O(time x lags x channel²), a factor of `lags` less than the product of the lagged matrix with itself, and exact.

    Parameters
    ----------
    x : (time, channel), more than `lags` rows

    Examples
    --------
    >>> x = np.array([[1.0], [2.0], [3.0], [5.0]])
    >>> lagged_products(x, 1)[:, :, 0, 0].tolist()  # 4 + 9 + 25, 2 + 6 + 15, 1 + 4 + 9
    [[38.0, 23.0], [23.0, 14.0]]
    """
    n, channels = x.shape
    products = np.empty((lags + 1, lags + 1, channels, channels))
    if channels == 1:
        products[0, :, 0, 0] = np.correlate(x[:, 0], x[lags:, 0], "valid")[::-1]
    else:
        for lag in range(lags + 1):
            products[0, lag] = x[lags:].T @ x[lags - lag : n - lag]
    # Going one lag back on both sides adds the row before the first and drops the last one.
    enters, leaves = x[:lags][::-1], x[n - lags :][::-1]
    for i in range(lags):
        products[i + 1, 0] = products[0, i + 1].T
        products[i + 1, 1:] = products[i, :-1]
        products[i + 1, 1:] += np.einsum("a,jb->jab", enters[i], enters)
        products[i + 1, 1:] -= np.einsum("a,jb->jab", leaves[i], leaves)
    return products


def ridge_weights(products: Array, rows: int, ridge: float) -> Array:
    """Weights that predict lag 0 from the others, shape (lag, from channel, to channel); lag 1 first.

    They minimise the mean squared error plus `ridge` times the sum of their squares (Hoerl and Kennard 1970, eq. 2.1).
    O((lags x channel)³).

    Examples
    --------
    >>> x = 0.9 ** np.arange(50.0)[:, None]
    >>> ridge_weights(lagged_products(x, 1), 49, 1e-9).round(4).tolist()
    [[[0.9]]]
    """
    from scipy.linalg import cho_factor, cho_solve

    lags, channels = len(products) - 1, products.shape[2]
    past = products[1:, 1:].transpose(0, 2, 1, 3).reshape(lags * channels, lags * channels) / rows
    past[np.diag_indices_from(past)] += ridge
    target = products[1:, 0].reshape(lags * channels, channels) / rows
    weights = cho_solve(cho_factor(past, overwrite_a=True, check_finite=False), target, check_finite=False)
    return np.asarray(weights.reshape(lags, channels, channels))


def predicted(x: Array, weights: Array) -> Array:
    """The prediction of every row that has all its lags, shape (time - lags, channel).

    Parameters
    ----------
    x : (time, channel)
    weights : (lag, from channel, to channel), or (lag, channel) where each channel is predicted from itself alone
    """
    lags = len(weights)
    if weights.ndim == 2:
        return np.stack([np.convolve(column, w, "valid")[:-1] for column, w in zip(x.T, weights.T)], axis=1)
    total = np.empty((len(x) - lags, x.shape[1]))
    for first in range(0, len(total), _BLOCK_ROWS):
        part = total[first : first + _BLOCK_ROWS]
        part[:] = 0.0
        for lag, weight in enumerate(weights, start=1):
            start = first + lags - lag
            part += x[start : start + len(part)] @ weight
    return total
