"""Dense autoencoder: squared error of what two small networks, one a view, give back of each value."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar

import numpy as np
import torch
from annotated_types import Ge, Le
from torch import Tensor

from ..base import Detector, Scores
from ..errors import ParamError
from ..kernels.windows import place
from ..nets.autoencoders import TwoViews
from ..nets.graph import Scoring
from ..nets.train import Training, restore, train
from ..nets.windows import Windows, in_usual, long_enough, sample, show_range, slide, usual_square
from ..search import Choice, Space, Span
from ..series import Values

Widths = tuple[Annotated[int, Ge(1)], ...]


@dataclass(kw_only=True)
class DenseAutoencoder(Detector):
    """Squared difference between each value and what two autoencoders make of it, in mean squared errors of the training part.

    The time view takes a row through a bottleneck, the feature view a channel's last `window` rows; both are trained together on
    the error of their weighted mean (Hinton and Salakhutdinov 2006, for autoencoders as such). Finds values that do not go
    together, in time or between channels; blind to what a bottleneck passes anyway. The output is linear, so
    negative values can be given back. Inputs further outside the training range than its width are cut there; errors are of the
    values as they are. O(time x channel x (window + channel) x hidden units).

    For sequences, each of `window` rows, fit it on the list of them and see `reconstruct`.

    A score levels off below 400, so that one channel does not drown the others in a mean.

    Parameters
    ----------
    window : rows the feature view sees; the length of a sequence
    enc_dnn_hidden_units : widths of each encoder's layers
    latent_vector_size : width of the bottleneck
    dec_dnn_hidden_units : widths of each decoder's layers
    time_loss_weight : weight of the time view in the joint error
    feat_loss_weight : weight of the feature view
    training : how it is trained

    Examples
    --------
    >>> from redshank.testing import sine, sine_with_spike
    >>> series, at = sine_with_spike(channels=2)
    >>> detector = DenseAutoencoder(training=Training(epochs=3, stride=4)).fit(sine(channels=2))
    >>> int(np.nanargmax(detector.score(series).max(axis=1))) == at
    True
    """

    paper: ClassVar[str] = "Hinton & Salakhutdinov 2006, doi:10.1126/science.1127647"
    extra: ClassVar[str] = "neural"
    scorer: ClassVar[str] = "mean"

    search: ClassVar[Space] = {
        "enc_dnn_hidden_units": Choice(((64, 32, 16), (256, 128, 16), (64, 64, 64))),
        "latent_vector_size": Span(8, 16),
        "dec_dnn_hidden_units": Choice(((16, 32, 64), (16, 128, 256), (64, 64, 64))),
        "training.batch": Span(8, 512, log=True),
        "training.lr": Span(1e-3, 1e-1, log=True),
    }

    window: Annotated[int, Ge(2), Le(1024)] = 30
    enc_dnn_hidden_units: Widths = (64, 32, 16)
    latent_vector_size: Annotated[int, Ge(1)] = 8
    dec_dnn_hidden_units: Widths = (16, 32, 64)
    time_loss_weight: Annotated[float, Ge(0)] = 1.0
    feat_loss_weight: Annotated[float, Ge(0)] = 1.0
    training: Training = Training(epochs=30, batch=32, stride=8)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.time_loss_weight + self.feat_loss_weight == 0:
            raise ParamError(
                "DenseAutoencoder.time_loss_weight and feat_loss_weight are both 0. Give one of them a weight."
            )

    @property
    def context(self) -> int:
        return self.window - 1

    @property
    def min_length(self) -> int:
        return self.window + 8

    def reconstruct(self, x: Values) -> tuple[Values, Values]:
        """What the time view and the feature view give back of sequences (batch, time, channel), each of that shape."""
        self._must_be_fitted()
        with torch.inference_mode():
            batch = torch.from_numpy(np.asarray(x, np.float32)).to(self._net.low.device)
            time, feature = self._net(batch)
        return time.double().cpu().numpy(), feature.double().cpu().numpy()

    def _fit(self, x: Values) -> None:
        self._fit_many([x])

    def _fit_many(self, parts: list[Values]) -> None:
        parts = long_enough(parts, self.window, "DenseAutoencoder")
        self.channels_ = parts[0].shape[1]
        windows = Windows.of(parts, self.window)
        report = train(lambda: self._begin(parts), windows, self.training)
        self.weights_ = report.weights
        vars(self).update(report.story)
        self.usual_ = usual_square(sample(self._squares, windows, self._net), np.concatenate(parts))

    def _score(self, x: Values) -> Scores:
        return place(in_usual(slide(self._squares, x, self.window, self._net), self.usual_), self.window)

    def _squares(self, batch: Tensor) -> Tensor:
        squares: Tensor = (batch[:, -1] - self._net.last(batch)).square()
        return squares

    def scoring(self) -> Scoring:
        """The score of a window's last row as a module, for the export."""
        self._must_be_fitted()
        return Scoring(self._net, self._squares, self.usual_)

    def _build(self) -> TwoViews:
        return TwoViews(
            self.channels_,
            self.window,
            self.enc_dnn_hidden_units,
            self.latent_vector_size,
            self.dec_dnn_hidden_units,
            self.time_loss_weight,
            self.feat_loss_weight,
        )

    def _begin(self, parts: list[Values]) -> TwoViews:
        net = self._build()
        show_range(net, parts)
        return net

    @cached_property
    def _net(self) -> TwoViews:
        net: TwoViews = restore(self._build, self.weights_, self.training.device)
        return net
