"""Linear prediction of a row from the rows before it, without ever writing down the matrix of lagged rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .moments import Moments

Array = NDArray[np.float64]

_BLOCK_ROWS = 1 << 16


def ridge_weights(windows: Moments, channels: int, ridge: float) -> tuple[Array, Array]:
    """What predicts the newest row of a window from the others: weights (group, lag, from channel, to channel), and constants (group, to channel).

    They minimise the mean squared error plus `ridge` times the sum of the squared weights (Hoerl and Kennard 1970, eq. 2.1, about
    the means). Lag 1, the last row before, comes first. O(group x (lags x channel)³).

    Parameters
    ----------
    windows : moments of the windows of each group of channels, as `lagged.window_moments` gives them
    channels : channels of a group

    Examples
    --------
    >>> from .lagged import window_moments
    >>> x = 3 + 0.9 ** np.arange(50.0)
    >>> weights, constants = ridge_weights(window_moments(x[None, :, None], 2), 1, 1e-9)
    >>> weights.round(3).ravel().tolist(), constants.round(3).ravel().tolist()
    ([0.9], [0.3])
    """
    groups, features = windows.mean.shape
    width = features // channels
    shape = (groups, channels, width)
    covariance = windows.covariance(population=True).reshape(*shape, channels, width)
    inputs = channels * (width - 1)
    past = covariance[:, :, :-1, :, :-1].reshape(groups, inputs, inputs)
    past[:, np.arange(inputs), np.arange(inputs)] += ridge
    weights = np.linalg.solve(past, covariance[:, :, :-1, :, -1].reshape(groups, inputs, channels))
    mean = windows.mean.reshape(shape)
    expected = np.einsum("gi,gic->gc", mean[:, :, :-1].reshape(groups, inputs), weights)
    oldest_first = weights.reshape(groups, channels, width - 1, channels).swapaxes(1, 2)
    return np.ascontiguousarray(oldest_first[:, ::-1]), mean[:, :, -1] - expected


def predicted(x: Array, weights: Array, constants: Array) -> Array:
    """The prediction of every row that has all its lags, shape (group, time - lags, channel).

    Parameters
    ----------
    x : (group, time, channel)
    weights, constants : as `ridge_weights` gives them
    """
    groups, lags = weights.shape[:2]
    total = np.empty((groups, x.shape[1] - lags, x.shape[2]))
    for group in range(groups):
        if x.shape[2] == 1:
            total[group, :, 0] = np.convolve(x[group, :, 0], weights[group, :, 0, 0], "valid")[:-1]
        else:
            _add_products(x[group], weights[group], total[group])
    total += constants[:, None]
    return total


def _add_products(x: Array, weights: Array, total: Array) -> None:
    lags = len(weights)
    for first in range(0, len(total), _BLOCK_ROWS):
        part = total[first : first + _BLOCK_ROWS]
        part[:] = 0.0
        for lag, weight in enumerate(weights, start=1):
            start = first + lags - lag
            part += x[start : start + len(part)] @ weight
