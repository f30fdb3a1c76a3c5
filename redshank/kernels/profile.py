"""The matrix profile between two series: for each window of one, the nearest z-normalised window of the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .distances import k_smallest
from .windows import sliding

Array = NDArray[np.float64]
Places = NDArray[np.int64]
Single = NDArray[np.float32]

_ROWS, _COLUMNS = 4096, 2048
"""Windows of either series whose products exist at a time: 32 MB in single precision, written and searched again and again."""
_CANDIDATES = 4
"""Nearest windows by single precision that are measured again in double."""
_TIE = 1e-5
"""Correlations this near to one another are candidates alike: single precision cannot rank them."""
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
    nearest few are measured again in double. As in stumpy, two constant windows are at distance 0, and a constant and another one at
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
        # Minus, so that the nearest window has the smallest product.
        self._windows = -_normalised(series, width, bank=True)

    def nearest(self, series: Array) -> tuple[Array, Places]:
        """Distance from each window of `series` (time,) to the nearest of the bank, and where that begins; shape (window,)."""
        queries = _normalised(series, self.width, bank=False)
        distances, places = np.empty(len(queries)), np.empty(len(queries), np.int64)
        for first in range(0, len(queries), _ROWS):
            block = queries[first : first + _ROWS]
            starts = first + np.arange(len(block))
            candidates, best = self._candidates(block)
            close = best > 1 - _CLOSE
            if close.any():
                candidates[close] = self._exact(series, starts[close])[:, None]
            distances[starts], places[starts] = self._measured(series, starts, candidates)
        return distances, places

    def _candidates(self, block: Single) -> tuple[Places, Single]:
        """The nearest windows of each query by single precision (query, candidate), and the highest correlation."""
        every = np.arange(len(block))
        lowest = np.full(len(block), np.inf, np.float32)
        values, places = [], []
        buffer = np.empty(_ROWS * _COLUMNS, np.float32)
        for first in range(0, len(self._windows), _COLUMNS):
            theirs = self._windows[first : first + _COLUMNS]
            product = buffer[: len(block) * len(theirs)].reshape(len(block), len(theirs))
            np.matmul(block, theirs.T, out=product)
            chosen = product.argmin(axis=1)
            found = product[every, chosen]
            np.minimum(lowest, found, out=lowest)
            values.append(found)
            places.append(chosen + first)
            # A second one can only matter where the first may be the nearest of all.
            rows = np.flatnonzero(found <= lowest + _TIE)
            product[rows, chosen[rows]] = np.inf
            runners_up = product[rows].argmin(axis=1)
            values.append(np.full(len(block), np.inf, np.float32))
            values[-1][rows] = product[rows, runners_up]
            places.append(np.zeros(len(block), np.int64))
            places[-1][rows] = runners_up + first
        order = k_smallest(np.stack(values, axis=1), min(_CANDIDATES, len(values)))
        return np.take_along_axis(np.stack(places, axis=1), order, axis=1), -lowest

    def _exact(self, series: Array, starts: Places) -> Places:
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
        return at

    def _measured(self, series: Array, starts: Places, candidates: Places) -> tuple[Array, Places]:
        """The nearest of the candidates (query, candidate) and its distance, by the difference of the two windows."""
        ours = _normalised_rows(sliding(series[:, None], self.width)[starts, 0], bank=False)
        view = sliding(self.series[:, None], self.width)[:, 0]
        squares = np.empty(candidates.shape)
        for column, places in enumerate(candidates.T):
            theirs = _normalised_rows(view[places], bank=True)
            apart = ours[:, :-2] - theirs[:, :-2]
            # Both constant, or neither: the difference says it. One of each: 1, which stands for the root of the width.
            squares[:, column] = np.einsum("wf,wf->w", apart, apart)
        chosen = squares.argmin(axis=1)[:, None]
        nearest = np.take_along_axis(squares, chosen, axis=1)[:, 0]
        return np.sqrt(self.width * nearest), np.take_along_axis(candidates, chosen, axis=1)[:, 0]


def _normalised(series: Array, width: int, bank: bool) -> Single:
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
