"""A scaler: brings the channels to one scale."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np

from ..series import Values
from .algorithm import Algorithm


@dataclass(kw_only=True)
class Scaler(Algorithm):
    """Brings channels to one scale, learned from the training part only: (x - centre) / scale.

    A constant channel has scale 1: it keeps its own unit, so a departure from it stays visible and finite.

    Parameters
    ----------
    how : `standard` mean and standard deviation, `robust` median and interquartile range, `minmax` to 0..1, or `none`
    """

    how: Literal["standard", "robust", "minmax", "none"] = "standard"

    def fit(self, x: Values) -> Self:
        """Learn centre and scale of each channel of `x` (time, channel), ignoring NaN. O(time x channel)."""
        self._forget()
        if self.how == "robust":
            low, centre, high = np.nanpercentile(x, [25, 50, 75], axis=0)
            scale = (high - low) / 1.349
        elif self.how == "minmax":
            centre, scale = np.nanmin(x, axis=0), np.nanmax(x, axis=0) - np.nanmin(x, axis=0)
        elif self.how == "standard":
            centre, scale = _mean_and_deviation(x)
        else:
            centre, scale = np.zeros(x.shape[1]), np.ones(x.shape[1])
        # Rounding leaves a constant channel with a deviation of about 1e-16 of its level.
        still = scale <= 1e-12 * np.maximum(np.abs(centre), 1e-300)
        self.centre_, self.scale_ = np.asarray(centre, np.float64), np.where(still, 1.0, scale)
        return self

    def apply(self, x: Values) -> Values:
        """`x` on the learned scale."""
        return x if self.how == "none" else (x - self.centre_) / self.scale_

    def undo(self, x: Values) -> Values:
        """`x` back in the unit of the source."""
        return x if self.how == "none" else x * self.scale_ + self.centre_


def _mean_and_deviation(x: Values) -> tuple[Values, Values]:
    if math.isfinite(x.sum()):
        return x.mean(axis=0), x.std(axis=0)
    return np.nanmean(x, axis=0), np.nanstd(x, axis=0)
