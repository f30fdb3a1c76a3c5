"""Seasonal naive: the value one period ago."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge

from ..base import Forecaster
from ..kernels.spectrum import find_period
from ..series import Values


@dataclass(kw_only=True)
class SeasonalNaive(Forecaster):
    """The value one period ago, for every step ahead, in the unit of the source.

    Hyndman and Athanasopoulos (2021), sec. 5.2. Hard to beat where one season is like the next; carries every accident of
    the last season into the forecast, and lags a whole period behind a change of level. O(time x channel).

    Parameters
    ----------
    period : points in a season; none looks for it in the training part, and takes 1, as `naive`, where it finds none

    Examples
    --------
    >>> from redshank.testing import sine
    >>> forecaster = SeasonalNaive().fit(sine(period=48))
    >>> forecaster.period_
    48
    """

    period: Annotated[int, Ge(1)] | None = None

    @property
    def context(self) -> int:
        return int(getattr(self, "period_", self.period or 1))

    @property
    def min_length(self) -> int:
        return 2 * self.context + 2

    def _fit(self, x: Values) -> None:
        self.period_ = self.period or find_period(x)

    def _expect(self, x: Values) -> Values:
        return np.concatenate([np.full_like(x[: self.period_], np.nan), x[: -self.period_]])

    def _ahead(self, x: Values, horizon: int) -> Values:
        return np.resize(x[-self.period_ :], (horizon, x.shape[1]))
