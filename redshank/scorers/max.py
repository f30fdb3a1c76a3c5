"""Max: the strangest channel speaks for all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base import Scorer, Scores


@dataclass(kw_only=True)
class Max(Scorer):
    """The highest channel score at each time, in its own unit.

    Right where one channel alone can be at fault and all are on one scale; the more channels, the higher the chance that
    one of them is high by chance. O(time x channel).

    Parameters
    ----------
    smooth : points over which the score is averaged, trailing; 1 is no smoothing, `period` the period of the series

    Examples
    --------
    >>> rows = np.array([[1.0, 5.0], [np.nan, 2.0], [np.nan, np.nan]])
    >>> Max().fit(rows).score(rows).tolist()
    [5.0, 2.0, nan]
    """

    def _combine(self, channel_scores: Scores) -> Scores:
        if channel_scores.shape[1] == 1:
            return channel_scores[:, 0]
        return np.fmax.reduce(channel_scores, 1)
