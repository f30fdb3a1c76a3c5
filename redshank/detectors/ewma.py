"""EWMA: distance from an exponentially weighted mean of the past."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge

from ..base import Detector, Scores
from ..kernels.moving import weighted_past_mean
from ..search import Space, Span
from ..series import Values


@dataclass(kw_only=True)
class Ewma(Detector):
    """Distance of each value from the exponentially weighted mean of the values before it, in learned standard deviations.

    Roberts (1959), eq. 2, for the mean; the deviation is that of the training residuals. Follows slow drift; blind to
    slow anomalies for the same reason. The mean forgets: values so old that their weight is below 1e-16 of the newest
    are left out, which makes a stream equal a batch. O(time x channel).

    Parameters
    ----------
    span : points over which a weight falls to 1/e²; at least 2

    Examples
    --------
    >>> from redshank.testing import sine, sine_with_spike
    >>> series, at = sine_with_spike()
    >>> int(np.nanargmax(Ewma(span=8).fit(sine()).score(series)[:, 0])) == at
    True
    """

    paper: ClassVar[str] = "Roberts 1959, doi:10.1080/00401706.1959.10489860"
    scaler: ClassVar[str] = "none"
    search: ClassVar[Space] = {"span": Span(2, 500, log=True)}

    span: Annotated[int, Ge(2)] = 24

    @property
    def context(self) -> int:
        return math.ceil(-math.log(1e-16) / -math.log1p(-2 / (self.span + 1)))

    @property
    def warm_up(self) -> int:
        return self.span

    def _fit(self, x: Values) -> None:
        errors = (x - weighted_past_mean(x, self.span))[self.span :]
        deviation = errors.std(axis=0)
        self.deviation_ = np.where(deviation > 0, deviation, 1.0)

    def _score(self, x: Values) -> Scores:
        scores = np.abs(x - weighted_past_mean(x, self.span)) / self.deviation_
        scores[: self.span] = np.nan
        return scores
