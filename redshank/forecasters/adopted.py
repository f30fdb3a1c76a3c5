"""Adopted: a model that was trained elsewhere, as a forecaster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..base import Forecaster
from ..foreign import Foreign
from ..series import Values


@dataclass(kw_only=True)
class Adopted(Foreign, Forecaster):
    """What a foreign model of kind `forecast` says comes next, in the unit of the source.

    Made by `redshank adopt --forecast`, which puts the model's bytes into the state. Beyond the first step its own forecasts are
    what it reads, so an error is carried on; a model that gives several steps is asked for the first. Nothing is learned by `fit`
    but the errors of the backtest. One call of the foreign model for 512 rows, and one for every step ahead.
    """

    kind: Literal["forecast"] = "forecast"

    @property
    def context(self) -> int:
        return self.window

    def _expect(self, x: Values) -> Values:
        known = self.spec.unscaled(self._outputs(self.spec.scaled(x[:-1])))
        return np.concatenate([np.full((self.window, x.shape[1]), np.nan), known])

    def _ahead(self, x: Values, horizon: int) -> Values:
        rows = np.concatenate([self.spec.scaled(x[-self.window :]), np.empty((horizon, x.shape[1]))])
        for step in range(horizon):
            rows[self.window + step] = self._outputs(rows[step : step + self.window])[0]
        return self.spec.unscaled(rows[self.window :])
