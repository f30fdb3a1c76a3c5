"""LSTM-VAE: surprise at each value in a variational autoencoder between two LSTMs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge, Le

from ..base import Detector, Scores
from ..kernels.windows import place
from ..nets.graph import Scoring
from ..nets.lstm_vae import LstmVae as Network
from ..nets.train import Training, restore, train
from ..nets.windows import Windows, in_usual, long_enough, sample, show_range, slide
from ..search import Choice, Space, Span
from ..series import Values


@dataclass(kw_only=True)
class LstmVae(Detector):
    """Squared distance of each value from its reconstruction over the learned variance, in its mean over the training part.

    Park et al. (2018), sec. III: the fall of the log density, per channel, of the last row of a window. Knows where a channel
    is noisy and where it is not, so a small departure in a quiet channel counts; misses what one latent state a row can
    carry anyway. We depart from the paper in windows of fixed length, in bounded log variances, and in leaving the
    limit to a threshold instead of a regression on the latent. O(time x window x hidden²).

    A score levels off below 400, so that one channel does not drown the others in a mean.

    Parameters
    ----------
    window : rows of a window
    hidden : width of both LSTMs
    latent : width of the bottleneck
    noise : standard deviation of the noise added to the input in training, in units of the scaled data
    training : how it is trained

    Examples
    --------
    >>> from redshank.testing import sine, sine_with_spike
    >>> series, at = sine_with_spike()
    >>> detector = LstmVae(window=8, hidden=16, training=Training(epochs=3, stride=4)).fit(sine())
    >>> int(np.nanargmax(detector.score(series)[:, 0])) == at
    True
    """

    paper: ClassVar[str] = "Park et al. 2018, doi:10.1109/LRA.2018.2801475"
    extra: ClassVar[str] = "neural"
    scorer: ClassVar[str] = "mean"

    search: ClassVar[Space] = {
        "window": Choice((16, 32, 64)),
        "hidden": Choice((32, 64, 128)),
        "latent": Span(2, 32, log=True),
        "noise": Span(0.0, 0.5),
        "training.lr": Span(5e-4, 1e-2, log=True),
    }

    window: Annotated[int, Ge(2), Le(1024)] = 32
    hidden: Annotated[int, Ge(1)] = 64
    latent: Annotated[int, Ge(1)] = 8
    noise: Annotated[float, Ge(0)] = 0.1
    training: Training = Training(epochs=15, stride=4, lr=2e-3)

    @property
    def context(self) -> int:
        return self.window - 1

    @property
    def min_length(self) -> int:
        return self.window + 8

    def _fit(self, x: Values) -> None:
        self._fit_many([x])

    def _fit_many(self, parts: list[Values]) -> None:
        parts = long_enough(parts, self.window, "LstmVae")
        self.channels_ = parts[0].shape[1]
        windows = Windows.of(parts, self.window)
        report = train(lambda: self._begin(parts), windows, self.training)
        self.weights_ = report.weights
        vars(self).update(report.story)
        self.usual_ = np.maximum(sample(self._net, windows, self._net).mean(axis=0), 1e-4)

    def _score(self, x: Values) -> Scores:
        return place(in_usual(slide(self._net, x, self.window, self._net), self.usual_), self.window)

    def scoring(self) -> Scoring:
        """The score of a window's last row as a module, for the export."""
        self._must_be_fitted()
        return Scoring(self._net, self._net, self.usual_)

    def _build(self) -> Network:
        return Network(self.channels_, self.window, self.hidden, self.latent, self.noise)

    def _begin(self, parts: list[Values]) -> Network:
        net = self._build()
        show_range(net, parts)
        return net

    @cached_property
    def _net(self) -> Network:
        net: Network = restore(self._build, self.weights_, self.training.device)
        return net
