"""Flags to intervals and back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def flags_to_intervals(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Maximal runs of true flags as half-open row intervals; shape (event, 2), columns start and end.

    Examples
    --------
    >>> flags_to_intervals(np.array([False, True, True, False, True])).tolist()
    [[1, 3], [4, 5]]
    """
    changes = np.flatnonzero(flags[1:] != flags[:-1]) + 1
    edges = np.concatenate([np.flatnonzero(flags[:1]), changes, np.flatnonzero(flags[-1:]) + len(flags)])
    return edges.reshape(-1, 2).astype(np.int64, copy=False)


def intervals_to_flags(intervals: NDArray[np.int64], length: int) -> NDArray[np.bool_]:
    """The inverse: true inside any of the half-open intervals; shape (time,).

    Examples
    --------
    >>> intervals_to_flags(np.array([[1, 3]]), 4).tolist()
    [False, True, True, False]
    """
    steps = np.zeros(length + 1, dtype=np.int64)
    np.add.at(steps, intervals[:, 0], 1)
    np.add.at(steps, intervals[:, 1], -1)
    return np.cumsum(steps[:-1]) > 0
