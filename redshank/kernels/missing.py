"""Missing values, filled with nothing but the past."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def fill_forward(x: NDArray[np.float64], first: NDArray[np.float64]) -> NDArray[np.float64]:
    """A copy of `x` (time, channel) whose NaN are the last value before them, or `first` (channel,) where none is.

    Examples
    --------
    >>> fill_forward(np.array([[np.nan], [1.0], [np.nan]]), np.array([7.0]))[:, 0].tolist()
    [7.0, 1.0, 1.0]
    """
    whole = np.concatenate([first[None, :], x])
    here = np.where(np.isnan(whole), 0, np.arange(len(whole))[:, None])
    np.maximum.accumulate(here, axis=0, out=here)
    return np.take_along_axis(whole, here, axis=0)[1:]
