"""Moments of all sliding windows of a series, from products of the series with itself some points later.

Window i holds x[i + s] for the lags s, so an entry of the windows' scatter is a sum over i of x[i + s] x[i + s']. From the pair of lags
(s, s') to the next pair that sum loses its first terms and gains as many at its end; everything between is the same. So one product
for each lag gives the first row of the matrix, exact corrections at both ends give the rest, and no window is ever copied:
O(window x time x channel²), where the product of the windows with themselves costs a factor `window` more.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .moments import Moments

Array = NDArray[np.float64]


def window_moments(x: Array, lags: int, step: int = 1) -> Moments:
    """Moments of the windows of each group of channels; a window holds every `step`-th point, `lags` of them.

    Features are in the order of `windows.blocks`: channel by channel, oldest point first. The series should be about
    centred: a level far above the deviation costs digits.

    Parameters
    ----------
    x : (group, time, channel)
    lags : points in a window
    step : rows from one point of a window to the next

    Returns
    -------
    Moments with mean (group, channel * lags) and scatter (group, channel * lags, channel * lags)

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((1, 50, 1))
    >>> windows = np.lib.stride_tricks.sliding_window_view(x[0, :, 0], 4)
    >>> moments = window_moments(x, 4)
    >>> moments.count, np.allclose(moments.covariance()[0], np.cov(windows.T))
    (47, True)
    """
    groups, time, channels = x.shape
    count = time - (lags - 1) * step
    products = np.empty((lags, lags, groups, channels, channels))
    for lag in range(lags):
        products[0, lag] = _product(x[:, :count], x[:, lag * step : lag * step + count])
    # The rows between one lag and the next, before the first window's end and after the last window's start.
    leaves = x[:, : (lags - 1) * step].reshape(groups, lags - 1, step, channels)
    enters = x[:, count:].reshape(groups, lags - 1, step, channels)
    for lag in range(lags - 1):
        gained = np.einsum("guc,gjud->jgcd", enters[:, lag], enters[:, lag:])
        lost = np.einsum("guc,gjud->jgcd", leaves[:, lag], leaves[:, lag:])
        products[lag + 1, lag + 1 :] = products[lag, lag:-1] + (gained - lost)
        products[lag + 1 :, lag] = products[lag, lag + 1 :].swapaxes(-1, -2)
    features = channels * lags
    scatter = products.transpose(2, 3, 0, 4, 1).reshape(groups, features, features)
    sums = np.empty((lags, groups, channels))
    sums[0] = x[:, :count].sum(axis=1)
    sums[1:] = sums[0] + np.cumsum((enters - leaves).sum(axis=2), axis=1).swapaxes(0, 1)
    mean = (sums / count).transpose(1, 2, 0).reshape(groups, features)
    return Moments(count, mean, scatter - count * mean[:, :, None] * mean[:, None, :])


def _product(a: Array, b: Array) -> Array:
    """Sum over time of the products of channels, shape (group, channel, channel)."""
    if a.shape[2] == 1:
        # Very many very short calls of BLAS: the threads it would wake cost more than they save.
        return np.einsum("gtc,gtd->gcd", a, b)
    return np.matmul(a.swapaxes(1, 2), b)
