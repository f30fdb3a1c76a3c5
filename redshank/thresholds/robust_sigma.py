"""Robust sigma: the median and some median absolute deviations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Gt

from ..base import Scores, Threshold
from ..series import Flags


@dataclass(kw_only=True)
class RobustSigma(Threshold):
    """The median of the calibration scores plus `k` deviations, each 1.4826 times their median absolute deviation.

    The twin of `sigma` that bears up to half of the calibration scores being anomalies (Hampel 1974); 1.4826 makes the
    deviation a standard deviation where scores are normally distributed. Promises no rate: scores of most detectors
    are skewed, and then more than a normal distribution's share lies above. Where more than half of the scores are
    equal the median absolute deviation is 0; 1.2533 mean absolute deviations take its place (Iglewicz and Hoaglin
    1993). O(n).

    Parameters
    ----------
    k : deviations above the median

    Examples
    --------
    >>> round(RobustSigma(k=3).fit(np.array([1.0, 2.0, 3.0, 4.0, 1e9])).value_, 2)
    7.45
    """

    paper: ClassVar[str] = "Hampel 1974, doi:10.1080/01621459.1974.10482962"

    k: Annotated[float, Gt(0)] = 3.0

    def _fit(self, scores: Scores, labels: Flags | None) -> None:
        centre = float(np.median(scores))
        distance = np.abs(scores - centre)
        deviation = 1.4826 * float(np.median(distance)) or 1.2533 * float(distance.mean())
        self.value_ = centre + self.k * deviation
