"""Adopted: a model that was trained elsewhere, as a detector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from annotated_types import Ge

from .. import runtimes
from ..base import Detector, Scores
from ..errors import NotFittedError
from ..foreign import FIELDS, Spec, outputs
from ..kernels.windows import place, sliding
from ..runtimes import Network
from ..series import Values


@dataclass(kw_only=True)
class Adopted(Detector):
    """What a foreign model finds strange, in the unit its spec says: reconstruction error, forecast error, or its own score.

    Made by `redshank adopt`, which puts the model's bytes into the state. Nothing is learned by `fit` but what a missing first
    value is filled with; the threshold of the spec, or one calibrated on data, belongs to the model around it. A score that has
    no channels is the same for all of them. One call of the foreign model for 512 windows.

    Parameters
    ----------
    runtime : what runs the model: `onnx`, `torch_exported`, `keras` or `skops`
    kind : `reconstruction`, `forecast` or `score`, as in the spec
    window : rows the model reads at once
    channels : names of the channels in the model's order
    mean : what is subtracted from the values, one number a channel or one for all
    std : what they are then divided by
    error : `mae` or `mse`, how a reconstruction error becomes a score
    layout : the model's axis order, `time-channel` or `channel-time`
    rule : which windows speak for a row: `trailing` the one that ends there; `covering` the least strange of all that contain it, which
        looks ahead; `tdgpt` the same without the last of them and without the edges, as the TDgpt sample does
    """

    scaler: ClassVar[str] = "none"

    runtime: Literal["onnx", "torch_exported", "keras", "skops"]
    kind: Literal["reconstruction", "forecast", "score"]
    window: Annotated[int, Ge(1)]
    channels: tuple[str, ...]
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    error: Literal["mae", "mse"] = "mae"
    layout: Literal["time-channel", "channel-time"] = "time-channel"
    rule: Literal["trailing", "covering", "tdgpt"] = "trailing"

    @property
    def context(self) -> int:
        return self.window if self.kind == "forecast" else self.window - 1

    @property
    def looks_ahead(self) -> bool:
        return self.rule != "trailing"

    @property
    def spec(self) -> Spec:
        """What the model takes and gives."""
        return Spec(**{name: getattr(self, name) for name in FIELDS})

    def adopt(self, content: bytes) -> Adopted:
        """Take the foreign model's bytes; loads them once, so that what cannot be run is refused now."""
        self._forget()
        self.fill_ = np.broadcast_to(np.array(self.mean, np.float64), (len(self.channels),)).copy()
        self.content_ = np.frombuffer(content, np.uint8).copy()
        self._network()
        return self

    def _network(self) -> Network:
        if not hasattr(self, "_loaded"):
            if not hasattr(self, "content_"):
                raise NotFittedError(
                    "An adopted detector has no model yet. Make one with `redshank adopt FILE --spec SPEC`."
                )
            self._loaded = runtimes.load(self.runtime, self.content_.tobytes())
        return self._loaded

    def _forget(self) -> None:
        kept = {"content_": self.content_} if hasattr(self, "content_") else {}
        super()._forget()
        vars(self).update(kept)

    def _fit(self, x: Values) -> None:
        self._network()

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
            ahead = outputs(self._network(), self.spec, scaled[:-1])
            away = np.abs(ahead - scaled[self.window :])
            return away if self.error == "mae" else away**2
        found = outputs(self._network(), self.spec, scaled)
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
