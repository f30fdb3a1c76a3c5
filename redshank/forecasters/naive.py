"""Naive: the last value again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base import Forecaster
from ..series import Values


@dataclass(kw_only=True)
class Naive(Forecaster):
    """The last value, for every step ahead, in the unit of the source.

    The best there is for a random walk, and the yardstick for everything else: a forecaster that does not beat it on data
    held out has learned nothing. Knows neither season nor trend. O(time x channel).

    Examples
    --------
    >>> from redshank.series import Series
    >>> forecaster = Naive().fit(Series.from_numpy([3.0, 1.0, 4.0, 1.0, 5.0]))
    >>> memory = forecaster.begin()
    >>> forecaster.advance(memory, np.array([[7.0], [8.0]]))[:, 0].tolist()
    [nan, 7.0]
    >>> forecaster.ahead(memory, 2)[:, 0].tolist()
    [8.0, 8.0]
    """

    def _fit(self, x: Values) -> None:
        """Nothing to learn beyond the errors of the backtest."""

    def _expect(self, x: Values) -> Values:
        return np.concatenate([np.full_like(x[:1], np.nan), x[:-1]])

    def _ahead(self, x: Values, horizon: int) -> Values:
        return np.repeat(x[-1:], horizon, axis=0)
