"""Rms: root mean square, between the mean and the maximum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base import Scorer, Scores
from ..kernels.channels import known_mean


@dataclass(kw_only=True)
class Rms(Scorer):
    """The root mean square of the known channel scores at each time, in their unit.

    For errors in standard deviations of independent channels it is a monotone function of their likelihood. One guilty
    channel among many shows more than in `mean` and less than in `max`. O(time x channel).

    Parameters
    ----------
    smooth : points over which the score is averaged, trailing; 1 is no smoothing, `period` the period of the series

    Examples
    --------
    >>> rows = np.array([[1.0, 7.0], [np.nan, 2.0], [np.nan, np.nan]])
    >>> Rms().fit(rows).score(rows).tolist()
    [5.0, 2.0, nan]
    """

    def _combine(self, channel_scores: Scores) -> Scores:
        return np.sqrt(known_mean(channel_scores * channel_scores))

    def blame(self, channel_scores: Scores) -> Scores:
        """Each channel's share is its square, shape (time, channel)."""
        return np.square(np.nan_to_num(channel_scores))
