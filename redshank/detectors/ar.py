"""Autoregression: distance from what the last rows lead to expect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge, Gt

from ..base import Detector, Scores
from ..errors import SeriesError
from ..kernels.autoregression import lagged_products, predicted, ridge_weights
from ..kernels.spread import or_one
from ..series import Values

MOST_INPUTS = 1024
"""Where channels times lags are more, each channel is predicted from itself alone unless told otherwise."""


@dataclass(kw_only=True)
class Ar(Detector):
    """Distance of each value from its ridge prediction from the last rows, in standard deviations of the training errors.

    The prediction is linear in the last `lags` values of the channel itself, or of all channels (`across`), with weights by ridge
    regression (Hoerl and Kennard 1970). Finds spikes, steps and broken rhythms where the past determines the present; an error lasts one
    point where the change does, so smooth the score over a period to mark a whole event (`scorer.smooth`). Blind to slow
    drift, and to an anomaly that is as predictable as what is normal.

    A single channel that leaves its rails would drown the others in a mean of squares, so scores level off:
    z / sqrt(1 + (z / limit)²) keeps their order and stays below `limit`.

    Measured on 37 multivariate series of five families (VUS-PR, root mean square over channels, smoothed over the period): each
    channel alone .36, across .41.

    O(time x lags x channel²) with the products of lags got from one another, O(time x lags x channel) for each channel alone; memory
    for a few copies of the series.

    Parameters
    ----------
    lags : rows looked back on; 64 for each channel alone and 8 across where none, at most a quarter of the training part
    across : predict from all channels; where none, if that makes at most 1024 inputs
    ridge : weight of the penalty, in variances of a channel; more forgets details of the past
    limit : standard deviations at which scores level off, none for never

    Examples
    --------
    >>> from redshank.testing import sine, sine_with_spike
    >>> series, at = sine_with_spike(size=0.5)
    >>> int(np.nanargmax(Ar().fit(sine()).score(series)[:, 0])) == at
    True
    """

    paper: ClassVar[str] = "Hoerl & Kennard 1970, Ridge Regression, doi:10.1080/00401706.1970.10488634"
    scorer: ClassVar[str] = "rms"
    scaler: ClassVar[str] = "none"

    lags: Annotated[int, Ge(1)] | None = None
    across: bool | None = None
    ridge: Annotated[float, Gt(0)] = 0.1
    limit: Annotated[float, Gt(0)] | None = 20.0

    @property
    def context(self) -> int:
        weights = getattr(self, "weights_", None)
        return len(weights) if weights is not None else self.lags or 1

    @property
    def min_length(self) -> int:
        return (self.lags or 4) + 4

    def _fit(self, x: Values) -> None:
        self._fit_many([x])

    def _fit_many(self, parts: list[Values]) -> None:
        """Products of lags add up over parts, so none of them runs over a seam."""
        x = parts[0] if len(parts) == 1 else np.concatenate(parts)
        self.mean_ = x.mean(axis=0)
        self.scale_ = or_one(x.std(axis=0), self.mean_)
        across = x.shape[1] > 1 and self._reads_all(x.shape[1])
        lags = self.lags or max(1, min(8 if across else 64, max(map(len, parts)) // 4))
        standard = [self._standard(part) for part in parts if len(part) > lags]
        if not standard:
            raise SeriesError(
                f"Ar needs one part of more than {lags} points, its lags. Give a longer one or fewer lags."
            )
        self.weights_ = _weights(standard, lags, self.ridge, across)
        errors = [part[lags:] - predicted(part, self.weights_) for part in standard]
        deviation = np.sqrt(np.mean(np.concatenate(errors) ** 2, axis=0))
        # An error of a millionth of the channel's own variation is no unit to measure in.
        self.deviation_ = np.where(deviation > 1e-6, deviation, 1.0)

    def _reads_all(self, channels: int) -> bool:
        return channels * (self.lags or 8) <= MOST_INPUTS if self.across is None else self.across

    def _standard(self, x: Values) -> Values:
        return (x - self.mean_) / self.scale_

    def _score(self, x: Values) -> Scores:
        scores = np.full(x.shape, np.nan)
        standard = self._standard(x)
        away = np.subtract(standard[self.context :], predicted(standard, self.weights_), out=scores[self.context :])
        np.abs(away, out=away)
        away /= self.deviation_
        if self.limit is not None:
            away /= np.sqrt(1 + (away / self.limit) ** 2)
        return scores


def _weights(parts: list[Values], lags: int, ridge: float, across: bool) -> Values:
    """Shape (lag, from channel, to channel), or (lag, channel) for each channel alone."""
    rows = sum(len(part) - lags for part in parts)
    if across:
        return ridge_weights(_products(parts, lags), rows, ridge)
    channels = range(parts[0].shape[1])
    alone = [ridge_weights(_products([part[:, [c]] for part in parts], lags), rows, ridge) for c in channels]
    return np.stack([weights[:, 0, 0] for weights in alone], axis=1)


def _products(parts: list[Values], lags: int) -> Values:
    total = lagged_products(parts[0], lags)
    for part in parts[1:]:
        total += lagged_products(part, lags)
    return total
