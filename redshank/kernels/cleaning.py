"""Training data without spikes: what stands out of a channel's spectrum is replaced by the course around it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .moving import moving_mean
from .saliency import saliency

Array = NDArray[np.float64]


def without_spikes(x: Array, limit: float = 3.0, around: int = 21) -> Array:
    """A copy of `x` (time, channel) whose spikes lie on the line between the values before and after them.

    A spike is a point whose saliency is more than `1 + limit` times the mean saliency of the `around` points up to it (Ren et al.
    2019, eq. 8), and whose value is further from the median of the channel than all but the rarest are. The paper's rule alone
    takes a jump of a binary channel for a spike at both ends; a value that is usual somewhere is left alone. For
    training data only: it looks ahead. O(time log time) for each channel.

    Examples
    --------
    >>> x = np.sin(np.arange(400.0) / 9)[:, None]
    >>> x[200] += 8
    >>> bool(abs(without_spikes(x) - np.sin(np.arange(400.0) / 9)[:, None]).max() < 0.1)
    True
    """
    found = x.copy()
    for column in found.T:
        away = np.abs(column - np.median(column))
        rare = away > np.quantile(away, 0.99)
        if len(column) < around or not rare.any():
            continue
        map_ = saliency(column[None])[0]
        usual = moving_mean(map_, around)
        spikes = rare & (map_ > (1 + limit) * usual)
        if spikes.any() and not spikes.all():
            rows = np.arange(len(column))
            column[spikes] = np.interp(rows[spikes], rows[~spikes], column[~spikes])
    return found
