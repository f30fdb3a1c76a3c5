"""Sum: every channel adds its part."""

from __future__ import annotations

from dataclasses import dataclass

from ..base import Scorer, Scores
from ..kernels.channels import known_sum


@dataclass(kw_only=True)
class Sum(Scorer):
    """The sum of the channel scores at each time, in their unit.

    Right for parts of one whole, such as the shares of a residual or minus log likelihoods of independent channels. A
    missing channel counts nothing, so the sum falls where data are missing; `mean` does not. O(time x channel).

    Parameters
    ----------
    smooth : points over which the score is averaged, trailing; 1 is no smoothing, `period` the period of the series

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.array([[1.0, 5.0], [np.nan, 2.0], [np.nan, np.nan]])
    >>> Sum().fit(rows).score(rows).tolist()
    [6.0, 2.0, nan]
    """

    def _combine(self, channel_scores: Scores) -> Scores:
        return known_sum(channel_scores)
