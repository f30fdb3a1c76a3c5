"""Robust z-score: distance from the median in median absolute deviations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..base import Detector, Scores
from ..series import Values


@dataclass(kw_only=True)
class RobustZ(Detector):
    """Distance of each value from the training median, in robust standard deviations.

    Iglewicz and Hoaglin (1993), sec. 3.3: 0.6745 |x - median| / MAD. Where more than half the training values are equal
    the MAD is 0; then the mean absolute deviation takes its place (their eq. for MAD = 0), and for a constant channel the
    unit of the data. Works on levels that do not drift; blind to anything inside the usual range. O(time x channel).

    Examples
    --------
    >>> from redshank.testing import sine, sine_with_spike
    >>> series, at = sine_with_spike()
    >>> int(RobustZ().fit(sine()).score(series)[:, 0].argmax()) == at
    True
    """

    paper: ClassVar[str] = "Iglewicz & Hoaglin 1993, How to Detect and Handle Outliers, sec. 3.3"
    scaler: ClassVar[str] = "none"

    def _fit(self, x: Values) -> None:
        self.median_ = np.median(x, axis=0)
        away = np.abs(x - self.median_)
        deviation = np.median(away, axis=0) / 0.6745
        deviation = np.where(deviation > 0, deviation, 1.253314 * away.mean(axis=0))
        self.deviation_ = np.where(deviation > 0, deviation, 1.0)

    def _score(self, x: Values) -> Scores:
        scores = x - self.median_
        np.abs(scores, out=scores)
        scores /= self.deviation_
        return scores
