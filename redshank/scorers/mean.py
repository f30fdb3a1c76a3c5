"""Mean: what the channels say on average."""

from __future__ import annotations

from dataclasses import dataclass

from ..base import Scorer, Scores
from ..kernels.channels import known_mean


@dataclass(kw_only=True)
class Mean(Scorer):
    """The mean of the known channel scores at each time, in their unit.

    Right where a fault shows in many channels at once: noise of single channels averages out. One guilty channel among
    many is watered down; see `max` and `rms`. O(time x channel).

    Parameters
    ----------
    smooth : points over which the score is averaged, trailing; 1 is no smoothing, `period` the period of the series

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.array([[1.0, 5.0], [np.nan, 2.0], [np.nan, np.nan]])
    >>> Mean().fit(rows).score(rows).tolist()
    [3.0, 2.0, nan]
    """

    def _combine(self, channel_scores: Scores) -> Scores:
        return known_mean(channel_scores)
