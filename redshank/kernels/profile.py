"""The matrix profile between two series: for each window of one, the nearest z-normalised window of the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .windows import sliding

Array = NDArray[np.float64]
Places = NDArray[np.int64]

_ROWS, _COLUMNS = 1024, 8192
"""Windows of either series whose products exist at a time: 32 MB in single precision."""
_CLOSE = 1e-4
"""Correlations this near to 1 are told apart in double precision: single would cost the distance its digits."""


class Profile:
    """The windows of a series to look for neighbours among.

    Parameters
    ----------
    series : (time,)
    width : points in a window; windows are brought to mean 0 and deviation 1

    Notes
    -----
    Distance and correlation r of two normalised windows are one thing, d² = 2 width (1 - r) (Mueen & Keogh; Yeh et al. 2016, eq. 1), and
    correlations are products of matrices, which a processor does at its peak; nominations are made in single precision and the
    nearest is measured again in double. As in stumpy, two constant windows are at distance 0, and a constant and another one at
    the root of the width. O(time x time x width), in blocks.

    Examples
    --------
    >>> wave = np.sin(np.arange(100) / 5)
    >>> distances, places = Profile(wave, 20).nearest(wave[30:60])
    >>> bool(distances.max() < 1e-6), int(places[0])
    (True, 30)
    """

    def __init__(self, series: Array, width: int) -> None:
        self.series, self.width = series, width
        self._windows = _normalised(series, width, bank=True)

    def nearest(self, series: Array) -> tuple[Array, Places]:
        """Distance from each window of `series` (time,) to the nearest of the bank, and where that begins; shape (window,)."""
        queries = _normalised(series, self.width, bank=False)
        distances, places = np.empty(len(queries)), np.empty(len(queries), np.int64)
        for first in range(0, len(queries), _ROWS):
            block = queries[first : first + _ROWS]
            best, at = self._best(block)
            close = np.flatnonzero(best > 1 - _CLOSE)
            rows = slice(first, first + len(block))
            distances[rows], places[rows] = self._measured(series, first + np.arange(len(block)), at), at
            if len(close):
                places[first + close], distances[first + close] = self._exact(series, first + close)
        return distances, places

    def _best(self, block: NDArray[np.float32]) -> tuple[NDArray[np.float32], Places]:
        best = np.full(len(block), -np.inf, np.float32)
        at = np.zeros(len(block), np.int64)
        every = np.arange(len(block))
        for first in range(0, len(self._windows), _COLUMNS):
            product = block @ self._windows[first : first + _COLUMNS].T
            chosen = product.argmax(axis=1)
            found = product[every, chosen]
            better = found > best
            best[better], at[better] = found[better], chosen[better] + first
        return best, at

    def _exact(self, series: Array, starts: Places) -> tuple[Places, Array]:
        """The nearest of windows that have a near-perfect match, all in double precision."""
        queries = _normalised_rows(sliding(series[:, None], self.width)[starts, 0], bank=False)
        best, at = np.full(len(starts), -np.inf), np.zeros(len(starts), np.int64)
        view = sliding(self.series[:, None], self.width)[:, 0]
        for first in range(0, len(view), _COLUMNS):
            product = queries @ _normalised_rows(view[first : first + _COLUMNS], bank=True).T
            chosen = product.argmax(axis=1)
            found = product[np.arange(len(starts)), chosen]
            better = found > best
            best[better], at[better] = found[better], chosen[better] + first
        return at, self._measured(series, starts, at)

    def _measured(self, series: Array, starts: Places, places: Places) -> Array:
        ours = _normalised_rows(sliding(series[:, None], self.width)[starts, 0], bank=False)
        theirs = _normalised_rows(sliding(self.series[:, None], self.width)[places, 0], bank=True)
        correlation = np.einsum("wf,wf->w", ours, theirs)
        return np.sqrt(2 * self.width * np.maximum(1 - correlation, 0.0))


def _normalised(series: Array, width: int, bank: bool) -> NDArray[np.float32]:
    """All windows, normalised to unit length, in single precision: (window, width + 2), made a block at a time."""
    view = sliding(series[:, None], width)[:, 0]
    rows = np.empty((len(view), width + 2), np.float32)
    for first in range(0, len(view), _COLUMNS):
        rows[first : first + _COLUMNS] = _normalised_rows(view[first : first + _COLUMNS], bank)
    return rows


def _normalised_rows(windows: Array, bank: bool) -> Array:
    """Windows (window, width) of mean 0 and length 1, with two more columns that speak for constant ones.

    Products must be the correlation for two windows that vary, 1 for two that do not, and 1/2 for one of each, which is the
    distance root of width. Varying ones carry (1, 0) as queries and (0, 1) in the bank, constant ones (1, 1/2) and (1/2, 1).
    """
    middle = windows.mean(axis=1, keepdims=True)
    rows = np.zeros((len(windows), windows.shape[1] + 2))
    np.subtract(windows, middle, out=rows[:, :-2])
    length = np.sqrt(np.einsum("wf,wf->w", rows, rows))
    size = np.maximum(np.abs(middle[:, 0]), 1e-300) * np.sqrt(windows.shape[1])
    constant = length <= 1e-12 * size
    rows /= np.where(constant, 1.0, length)[:, None]
    rows[constant, :-2] = 0.0
    rows[:, -2:] = (0.0, 1.0) if bank else (1.0, 0.0)
    rows[constant, -2:] = (0.5, 1.0) if bank else (1.0, 0.5)
    return rows
