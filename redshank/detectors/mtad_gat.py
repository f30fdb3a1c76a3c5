"""MTAD-GAT: errors of a forecast and surprise of a reconstruction, both from graph attention over channels and time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from annotated_types import Ge, Le, Lt
from torch import Tensor

from ..base import Scores
from ..errors import InputError, ParamError, SeriesError
from ..kernels.cleaning import without_spikes
from ..nets.graph import Scoring
from ..nets.mtad import Mtad
from ..nets.train import Training
from ..nets.windows import Windows, in_usual, levelled, long_enough, sample, slide, usual_square
from ..search import Choice, Space, Span
from ..series import Series, Values
from .network import NetworkDetector

Mode = Literal["forecasting", "reconstruction", "both"]
Edge = tuple[Annotated[int, Ge(0)], Annotated[int, Ge(0)]]


@dataclass(kw_only=True)
class MtadGat(NetworkDetector):
    """Squared forecast error and surprise of each value, each in its mean over the training part: a usual value has about 1.

    Zhao et al. (2020): convolution over time, graph attention between channels and between rows, a GRU, and from its
    states a forecast of the next row and a variational autoencoder of the rows themselves. Finds departures from what the
    channels usually do together. It is the most costly detector here, and `ar` and `cnn` are hard to beat: compare.

    The score is (f + gamma r) / (1 + gamma) (eq. 9) with f the squared forecast error and r the surprise of the
    reconstruction, (x - mean)² / variance: the fall of the log density. We depart from the paper in that r is not 1 - p,
    which has no lower end for a density; both parts are divided by their training means (nothing is scaled by what is
    being scored) and level off below 400 of them; log variances are bounded; a ridge autoregression over `highway` rows runs
    beside the forecast (0 is the paper); and the network is not shown values further outside the training range than its
    width.

    Parameters
    ----------
    window : rows the network reads
    mode : what is trained and scored; a model trained as `both` can be switched to either
    gamma : weight of the reconstruction against the forecast
    attention : `gat` as in the paper, or `gatv2` (Brody et al. 2022), several times as costly
    top : channels that a channel listens to, the strongest; none for all
    graph : pairs of channel numbers i,j: channel i may listen to j, and always to itself; none for all
    kernel : rows of the convolution, odd
    hidden : width of the GRU
    forecast_layers : widths of the dense layers of the forecast
    reconstruction : `vae` as in the paper, or `gru`, a second GRU that writes the window from the last state
    latent : width of the autoencoder's bottleneck
    highway : rows of the linear autoregression beside the forecast; 0 for none
    dropout : share of the GRU's output dropped in training
    clean : whether spikes are taken out of the training part first
    training : how it is trained

    Examples
    --------
    >>> from redshank.testing import sine, sine_with_spike
    >>> series, at = sine_with_spike(channels=2)
    >>> detector = MtadGat(window=16, hidden=8, training=Training(epochs=2, stride=8)).fit(sine(channels=2))
    >>> int(np.nanargmax(detector.score(series).max(axis=1))) == at
    True
    >>> detector.attention_.round(1).shape
    (2, 2)
    """

    paper: ClassVar[str] = "Zhao et al. 2020, arXiv:2009.02040"
    scaler: ClassVar[str] = "minmax"

    search: ClassVar[Space] = {
        "window": Choice((50, 100, 150)),
        "gamma": Span(0.2, 1.0),
        "attention": Choice(("gat", "gatv2")),
        "hidden": Choice((75, 150, 300)),
        "latent": Choice((8, 16, 32)),
        "training.lr": Span(3e-4, 3e-3, log=True),
    }

    window: Annotated[int, Ge(8), Le(1024)] = 100
    mode: Mode = "both"
    gamma: Annotated[float, Ge(0)] = 0.8
    attention: Literal["gat", "gatv2"] = "gat"
    top: Annotated[int, Ge(1)] | None = None
    graph: tuple[Edge, ...] | None = None
    kernel: Annotated[int, Ge(1), Le(63)] = 7
    hidden: Annotated[int, Ge(1)] = 150
    forecast_layers: tuple[Annotated[int, Ge(1)], ...] = (150, 150, 150)
    reconstruction: Literal["vae", "gru"] = "vae"
    latent: Annotated[int, Ge(1)] = 16
    highway: Annotated[int, Ge(0), Le(64)] = 5
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.0
    clean: bool = True
    training: Training = Training(epochs=20, batch=256, stride=8)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.kernel % 2 == 0:
            raise ParamError(f"MtadGat.kernel must be odd, so that it has a middle, got {self.kernel}.")

    @property
    def context(self) -> int:
        return self.window

    @property
    def warm_up(self) -> int:
        return self.window - 1 if self.mode == "reconstruction" else self.window

    def attention_shift(self, series: Series, start: int, end: int) -> Values:
        """How much more than usual each channel listens to each other one in rows `start` to `end`, (channel, channel).

        The mean feature attention of the windows that end in these rows less that of the training part; rows of
        the result sum to 0. `series` is scaled as the training part was.
        """
        self._must_be_fitted()
        first = max(0, start - self.window + 1)
        x = series.values[first:end]
        if len(x) < self.window:
            raise SeriesError(
                f"The attention over rows {start} to {end} needs {self.window} rows that end there, got {len(x)}. "
                "Give a later event."
            )
        found = slide(self._net.attention, np.nan_to_num(x), self.window, self._net, 64)
        shift: Values = found.mean(axis=0) - self.attention_
        return shift

    def _fit_many(self, parts: list[Values]) -> None:
        parts = long_enough(parts, self.min_length, "MtadGat")
        self.channels_ = parts[0].shape[1]
        self.trained_ = str(self.mode)
        self._refuse_edges()
        if self.clean:
            parts = [without_spikes(part) for part in parts]
        ahead = self.mode != "reconstruction"
        windows = Windows.of(parts, self.window + ahead)
        self._train(parts, windows)
        usual = Windows.of(parts, self.window + 1)
        forecast, surprise = np.split(sample(self._both, usual, self._net), 2, axis=1)
        rows = np.concatenate(parts)
        self.usual_error_ = usual_square(forecast, rows)
        self.usual_surprise_ = np.maximum(surprise.mean(axis=0), 1e-4)
        self.attention_ = sample(self._net.attention, Windows.of(parts, self.window), self._net, 512).mean(axis=0)

    def _score(self, x: Values) -> Scores:
        self._refuse_mode()
        forecast, surprise = np.split(slide(self._heads, x, self.window, self._net), 2, axis=1)
        errors, surprises = np.full(x.shape, np.nan), np.full(x.shape, np.nan)
        errors[self.window :] = in_usual((x[self.window :] - forecast[:-1]) ** 2, self.usual_error_)
        surprises[self.window - 1 :] = in_usual(surprise, self.usual_surprise_)
        if self.mode == "both":
            return (errors + self.gamma * surprises) / (1 + self.gamma)
        return errors if self.mode == "forecasting" else surprises

    def _heads(self, batch: Tensor) -> Tensor:
        """The forecast of the next row beside the surprise at the last, (batch, 2 channel)."""
        return torch.cat(self._net(batch), -1)

    def _both(self, batch: Tensor) -> Tensor:
        """The squared error of the last row, forecast from those before it, beside the surprise at the row before it."""
        forecast, surprise = self._net(batch[:, :-1])
        return torch.cat([(batch[:, -1] - forecast).square(), surprise], -1)

    def _last(self, batch: Tensor) -> Tensor:
        """Scores of the last row of windows (batch, window + 1, channel): what `_score` says of it."""
        usual_error, usual_surprise = (
            torch.from_numpy(usual).float().to(batch.device) for usual in (self.usual_error_, self.usual_surprise_)
        )

        def errors(forecast: Tensor) -> Tensor:
            return levelled((batch[:, -1] - forecast).square() / usual_error)

        def surprises(surprise: Tensor) -> Tensor:
            return levelled(surprise / usual_surprise)

        if self.mode == "forecasting":
            return errors(self._net(batch[:, :-1])[0])
        if self.mode == "reconstruction":
            return surprises(self._net(batch[:, 1:])[1])
        # Both windows in one pass: a recurrence costs its steps, not its width.
        forecast, surprise = self._net(torch.stack([batch[:, :-1], batch[:, 1:]]).flatten(0, 1))
        found = errors(forecast.unflatten(0, (2, -1))[0]) + self.gamma * surprises(surprise.unflatten(0, (2, -1))[1])
        return found / (1 + self.gamma)

    def _refuse_mode(self) -> None:
        if self.trained_ not in (self.mode, "both"):
            raise InputError(
                f"This model was trained for {self.trained_}, so it cannot score in mode {self.mode}. "
                f"Use mode={self.trained_!r}, or fit it again."
            )

    def _refuse_edges(self) -> None:
        for i, j in self.graph or ():
            if max(i, j) >= self.channels_:
                raise ParamError(
                    f"MtadGat.graph has the edge {i},{j}, but the series has channels 0 to {self.channels_ - 1}."
                )

    def scoring(self) -> Scoring:
        """The score of a window's last row as a module, for the export."""
        self._must_be_fitted()
        return Scoring(self._net, self._last)

    def _build(self) -> Mtad:
        forecasts, reconstructs = self.trained_ != "reconstruction", self.trained_ != "forecasting"
        return Mtad(
            self.channels_,
            self.window,
            kernel=self.kernel,
            attention=self.attention,
            top=self.top,
            edges=self.graph,
            hidden=self.hidden,
            forecast=self.forecast_layers if forecasts else None,
            reconstruction=self.reconstruction if reconstructs else None,
            latent=self.latent,
            highway=min(self.highway, self.window),
            dropout=self.dropout,
        )
