"""Interquartile range: distance outside the quartiles, in interquartile ranges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..base import Detector, Scores
from ..kernels.spread import or_one
from ..series import Values


@dataclass(kw_only=True)
class Iqr(Detector):
    """Distance of each value outside the training quartiles, in interquartile ranges; 0 between them.

    Tukey (1977), ch. 2C: 1.5 is his inner fence, 3 the outer one. Quartiles are linear interpolations between order
    statistics. Works on levels that do not drift, with up to a quarter of the training data spoiled on either side; blind to anything
    inside the usual range. Where the quartiles are equal, 1.349 standard deviations take the place of their distance (equal for
    a normal distribution), and for a constant channel its own unit. O(time x channel).

    Examples
    --------
    >>> from redshank import Series
    >>> training = Series.from_numpy([0.0, 1.0, 2.0, 3.0, 4.0])
    >>> Iqr().fit(training).score(Series.from_numpy([2.0, 6.0, -2.0]))[:, 0].tolist()
    [0.0, 1.5, 1.5]
    """

    paper: ClassVar[str] = "Tukey 1977, Exploratory Data Analysis, ch. 2C"
    scaler: ClassVar[str] = "none"

    def _fit(self, x: Values) -> None:
        self.low_, self.high_ = np.quantile(x, [0.25, 0.75], axis=0)
        between = self.high_ - self.low_
        between = np.where(between > 0, between, 1.349 * x.std(axis=0))
        self.range_ = or_one(between, self.high_)

    def _score(self, x: Values) -> Scores:
        outside = np.maximum(self.low_ - x, x - self.high_)
        np.maximum(outside, 0.0, out=outside)
        outside /= self.range_
        return outside
