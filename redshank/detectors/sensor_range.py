"""Sensor range: distance outside the values ever seen in training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..base import Detector, Scores
from ..kernels.spread import or_one
from ..series import Values


@dataclass(kw_only=True)
class SensorRange(Detector):
    """Distance of each value outside the training minimum and maximum, in training ranges; 0 inside.

    The second floor of every benchmark, above random scores: what a plain limit on each sensor finds (Sarfraz et al. 2024, sec. 4.1,
    where it beats several deep models). Blind to anything a sensor has shown before; one outlier in
    training hides all later ones. A constant channel is measured in its own unit. O(time x channel).

    Examples
    --------
    >>> from redshank import Series
    >>> training = Series.from_numpy([0.0, 10.0, 4.0])
    >>> SensorRange().fit(training).score(Series.from_numpy([5.0, 15.0, -5.0]))[:, 0].tolist()
    [0.0, 0.5, 0.5]
    """

    paper: ClassVar[str] = "Sarfraz et al. 2024, Position: Quo Vadis, Unsupervised Time Series Anomaly Detection?, ICML"
    scaler: ClassVar[str] = "none"

    def _fit(self, x: Values) -> None:
        self.low_, self.high_ = x.min(axis=0), x.max(axis=0)
        self.range_ = or_one(self.high_ - self.low_, self.high_)

    def _score(self, x: Values) -> Scores:
        outside = np.maximum(self.low_ - x, x - self.high_)
        np.maximum(outside, 0.0, out=outside)
        outside /= self.range_
        return outside
