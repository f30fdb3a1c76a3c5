"""Sigma: the mean and some standard deviations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Gt

from ..base import Scores, Threshold
from ..series import Flags


@dataclass(kw_only=True)
class Sigma(Threshold):
    """The mean of the calibration scores plus `k` of their standard deviations.

    Promises no rate: a score is seldom normally distributed, and all that holds of every distribution is that at most
    1 / (1 + k^2) of it lies above (Cantelli 1928), a tenth for k = 3. Anomalies among the calibration scores raise the
    limit beyond themselves; `robust-sigma` bears them. O(n).

    Parameters
    ----------
    k : standard deviations above the mean

    Examples
    --------
    >>> Sigma(k=2).fit(np.array([1.0, 3.0])).value_
    4.0
    """

    k: Annotated[float, Gt(0)] = 3.0

    def _fit(self, scores: Scores, labels: Flags | None) -> None:
        unit = float(np.abs(scores).max()) or 1.0  # squares of huge scores would overflow
        self.value_ = unit * float((scores / unit).mean() + self.k * (scores / unit).std())
