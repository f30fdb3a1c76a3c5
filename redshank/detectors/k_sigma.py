"""K-sigma: distance from the mean in standard deviations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..base import Detector, Scores
from ..kernels.spread import or_one
from ..series import Values


@dataclass(kw_only=True)
class KSigma(Detector):
    """Distance of each value from the training mean, in training standard deviations (of the population, not the sample).

    Shewhart's control chart: a threshold of 3 is his three-sigma limit. Works on levels that do not drift and training
    data without outliers, which widen the deviation they are judged by (`robust-z` does not mind them); blind to anything
    inside the usual range. A constant channel is measured in its own unit. O(time x channel).

    Examples
    --------
    >>> from redshank import Series
    >>> steady = Series.from_numpy([9.0, 11.0, 9.0, 11.0])
    >>> KSigma().fit(steady).score(Series.from_numpy([10.0, 13.0]))[:, 0].tolist()
    [0.0, 3.0]
    """

    paper: ClassVar[str] = "Shewhart 1931, Economic Control of Quality of Manufactured Product, ch. 19"
    scaler: ClassVar[str] = "none"

    def _fit(self, x: Values) -> None:
        self.mean_ = x.mean(axis=0)
        self.deviation_ = or_one(x.std(axis=0), self.mean_)

    def _score(self, x: Values) -> Scores:
        scores = x - self.mean_
        np.abs(scores, out=scores)
        scores /= self.deviation_
        return scores
