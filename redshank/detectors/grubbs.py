"""Grubbs' test: distance from the mean of a cleaned sample, in units of the test's own limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from annotated_types import Gt, Lt

from ..base import Detector, Scores
from ..kernels.outlier_tests import critical_deviations, without_outliers
from ..kernels.spread import or_one
from ..series import Values


@dataclass(kw_only=True)
class Grubbs(Detector):
    """Distance of each value from the mean of the cleaned training part, in units of Grubbs' limit: above 1.0 is an outlier by the test.

    Grubbs (1969), two-sided: as long as the most deviant training value lies beyond the limit for its sample (eq. 6), it is
    taken out; at most half are. Works where normal values are nearly normally distributed; two or more equal outliers in a short sample
    widen the deviation and so hide each other (then use `robust-z` or `seasonal-hybrid-esd`). The limit grows with the
    logarithm of the sample, so the test does not cry wolf on long ones. A constant channel is measured in its own unit.
    O(time log time x channel).

    Parameters
    ----------
    alpha : chance that a normal sample loses any value; between 0 and 1
    ddof : 1 for the sample's standard deviation, as published; 0 for the population's, as some software has it

    Examples
    --------
    >>> from redshank import Series
    >>> training = Series.from_numpy([2.1, 1.9, 2.0, 2.2, 1.8, 2.0, 9.0])
    >>> Grubbs().fit(training).score(Series.from_numpy([2.2, 2.4]))[:, 0].round(2).tolist()
    [0.75, 1.5]
    """

    paper: ClassVar[str] = "Grubbs 1969, doi:10.1080/00401706.1969.10490657"
    scaler: ClassVar[str] = "none"

    alpha: Annotated[float, Gt(0), Lt(1)] = 0.05
    ddof: Literal[0, 1] = 1

    @property
    def min_length(self) -> int:
        return 3

    def _fit(self, x: Values) -> None:
        ordered = np.sort(x, axis=0)
        clean = [column[without_outliers(column, self.alpha, self.ddof)] for column in ordered.T]
        self.mean_ = np.array([column.mean() for column in clean])
        deviation = or_one(np.array([column.std(ddof=self.ddof) for column in clean]), self.mean_)
        self.limit_ = deviation * critical_deviations(np.array([len(column) for column in clean]), self.alpha)

    def _score(self, x: Values) -> Scores:
        return np.asarray(np.abs(x - self.mean_) / self.limit_)
