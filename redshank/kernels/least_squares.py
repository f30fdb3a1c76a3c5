"""Many small least-squares problems at once, one for each column."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Places = NDArray[np.int64]

_DAMPINGS = np.array([1e-6, 1e-3, 1e-1, 10.0])
_STEP = 1e-6
_MOST = 25


def least_squares(errors: Callable[[Array, Places], Array], starts: Array, limit: float) -> Array:
    """The parameters (parameter, column) that make the sum of squared errors of each column least.

    The method of Levenberg (1944) and Marquardt (1963), with all columns, all differences of the Jacobian and all dampings
    tried in one call each: what runs over time runs a few dozen times, whatever the number of columns. Finds the valley next
    to the best start; a column that has stopped to gain is left alone.

    Parameters
    ----------
    errors : errors of some candidates (candidate, parameter, column) for some columns (column,) -> (candidate, row, column)
    starts : (candidate, parameter, column); the best of them, column by column, is where the search begins
    limit : parameters stay between -limit and limit

    Examples
    --------
    >>> t = np.linspace(0, 1, 50)[:, None]
    >>> rates = np.array([3.0, 0.5])
    >>> found = least_squares(lambda rate, at: np.exp(-rate * t) - np.exp(-rates[at] * t), np.ones((1, 1, 2)), 10.0)
    >>> found.round(6).tolist()
    [[3.0, 0.5]]
    """
    found, lowest = _best(starts, _sums(errors(starts, np.arange(starts.shape[2]))))
    moves = np.concatenate([np.zeros((1, len(found), 1)), _STEP * np.eye(len(found))[:, :, None]])
    live = np.arange(starts.shape[2])
    for _ in range(_MOST):
        here = found[:, live]
        around = errors(here + moves, live)
        tried = np.clip(_jumps(here, around), -limit, limit)
        best, sums = _best(tried, _sums(errors(tried, live)))
        better = sums < lowest[live]
        gain = np.where(better, 1 - sums / np.maximum(lowest[live], 1e-300), 0.0)
        found[:, live] = np.where(better, best, here)
        lowest[live] = np.where(better, sums, lowest[live])
        live = live[gain > 1e-11]
        if not len(live):
            break
    return found


def _jumps(here: Array, around: Array) -> Array:
    """Where the linear problem has its least sum, for each damping; shape (damping, parameter, column)."""
    slope = (around[1:] - around[0]) / _STEP  # (parameter, row, column)
    bend = np.einsum("irc,jrc->cij", slope, slope)
    pull = np.einsum("irc,rc->ci", slope, around[0])
    own = np.einsum("cii->ci", bend)
    floor = np.maximum(own, 1e-12 * own.max(axis=1, keepdims=True) + 1e-300)
    damped = bend + _DAMPINGS[:, None, None, None] * floor[:, :, None] * np.eye(len(here))
    pull = np.broadcast_to(pull[..., None], (len(_DAMPINGS), *pull.shape, 1))
    return here - np.moveaxis(np.linalg.solve(damped, pull)[..., 0], 1, 2)


def _sums(errors: Array) -> Array:
    with np.errstate(over="ignore", invalid="ignore"):
        return np.nan_to_num(np.square(errors).sum(axis=1), nan=np.inf)


def _best(candidates: Array, sums: Array) -> tuple[Array, Array]:
    """Of some candidates (candidate, parameter, column) each column's best, and its sum of squares (column,)."""
    which = sums.argmin(axis=0)
    columns = np.arange(sums.shape[1])
    return candidates[which, :, columns].T.copy(), sums[which, columns]
