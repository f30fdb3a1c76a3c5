"""Adopted: a model that was trained elsewhere, as a detector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from ..base import Detector, Scores
from ..foreign import Foreign
from ..kernels.windows import place, sliding
from ..series import Values


@dataclass(kw_only=True)
class Adopted(Foreign, Detector):
    """What a foreign model finds strange, in the unit its spec says: reconstruction error, forecast error, or its own score.

    Made by `redshank adopt`, which puts the model's bytes into the state. Nothing is learned by `fit` but what a missing first
    value is filled with; the threshold of the spec, or one calibrated on data, belongs to the model around it. A score that has
    no channels is the same for all of them. One call of the foreign model for 512 windows.

    Parameters
    ----------
    rule : which windows speak for a row: `trailing` the one that ends there; `covering` the least strange of all that contain it, which
        looks ahead; `tdgpt` the same without the last of them and without the edges, as the TDgpt sample does
    """

    scaler: ClassVar[str] = "none"

    rule: Literal["trailing", "covering", "tdgpt"] = "trailing"

    @property
    def context(self) -> int:
        return self.window if self.kind == "forecast" else self.window - 1

    @property
    def looks_ahead(self) -> bool:
        return self.rule != "trailing"

    def _score(self, x: Values) -> Scores:
        scaled = self.spec.scaled(x)
        found = self._errors(scaled)
        if self.kind == "forecast":
            return np.concatenate([np.full((self.window, x.shape[1]), np.nan), found])
        if self.rule == "trailing":
            return place(found, self.window)
        return covering(found, self.window, edges=self.rule == "covering")

    def _errors(self, scaled: Values) -> Any:
        """Scores of windows (window, channel); for forecasts, of the row after each window."""
        if self.kind == "forecast":
            ahead = self._outputs(scaled[:-1])
            away = np.abs(ahead - scaled[self.window :])
            return away if self.error == "mae" else away**2
        found = self._outputs(scaled)
        if self.kind == "score":
            return found
        away = np.abs(found - sliding(scaled, self.window).transpose(0, 2, 1))
        return (away if self.error == "mae" else away**2).mean(axis=1)


def covering(windows: Values, width: int, edges: bool) -> Scores:
    """The least strange of all windows that contain a row, for scores of windows (window, channel); shape (time, channel).

    A row is above a threshold only where every window that contains it is. With `edges`, rows near an end are judged by the
    windows there are; without, the newest window is left out and rows that fewer than `width - 1` windows contain are NaN: the
    rule of the TDgpt sample, which cannot see its first and last `width - 1` rows. O(time x log width).
    """
    count, points = len(windows), len(windows) + width - 1
    if edges:
        beyond = np.full((width - 1, windows.shape[1]), np.inf)
        return _sliding_min(np.concatenate([beyond, windows, beyond]), width)
    scores = np.full((points, windows.shape[1]), np.nan)
    if count >= width > 1:
        # Row i hears the windows that start at i - width + 1 ... i - 1: all that contain it but the newest.
        scores[width - 1 : count] = _sliding_min(windows, width - 1)[: count - width + 1]
    return scores


def _sliding_min(x: Values, width: int) -> Values:
    """The least of every `width` rows in a row, by minima over 1, 2, 4, ... rows put together."""
    least, reach = x, 1
    while reach * 2 <= width:
        least = np.minimum(least[:-reach], least[reach:])
        reach *= 2
    rest = width - reach
    return least if rest == 0 else np.minimum(least[:-rest], least[rest:])
