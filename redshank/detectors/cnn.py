"""CNN: squared error of a convolutional one-step forecast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge, Le, Lt
from torch import Tensor

from ..base import Scores
from ..nets.convolution import CausalConvolution
from ..nets.graph import Scoring
from ..nets.train import Training
from ..nets.windows import Windows, in_usual, long_enough, run, usual_square
from ..search import Choice, Space, Span
from ..series import Values
from .network import NetworkDetector


@dataclass(kw_only=True)
class Cnn(NetworkDetector):
    """Squared error of a convolutional one-step forecast of each channel, in mean squared errors of the training part.

    Munir et al. (2019), sec. III-A: convolution and pooling blocks over the last `window` rows, then one linear layer that
    forecasts the next row of all channels. Good at sudden departures; blind to what is usual one step after the other. We
    depart from the paper in three things: the network is trained beside a ridge autoregression over `highway` rows, so it
    begins where that ends and learns what it leaves; blocks are convolved with holes, so a row passes each block once and
    not once for each window it is in; and the blocks are not shown values further outside the training range than its
    width. Scoring is O(time x channel x filters).

    A score levels off below 400, so that one channel does not drown the others in a mean.

    Parameters
    ----------
    window : rows a forecast reads
    highway : rows of the linear autoregression beside the network; 0 for none, as in the paper
    filters : output channels of each block, first to last; blocks that do not fit into the window are left out
    dropout : share of the last block's values dropped in training
    span : forecasts a training window has; fewer for short series
    training : how it is trained

    Examples
    --------
    >>> from redshank.testing import sine, sine_with_spike
    >>> series, at = sine_with_spike()
    >>> detector = Cnn(window=24, training=Training(epochs=5)).fit(sine())
    >>> int(np.nanargmax(detector.score(series)[:, 0])) == at
    True
    """

    paper: ClassVar[str] = "Munir et al. 2019, doi:10.1109/ACCESS.2018.2886457"

    search: ClassVar[Space] = {
        "window": Choice((20, 50, 100)),
        "filters": Choice(((16, 16), (32, 32, 40), (64, 64, 64))),
        "dropout": Span(0.0, 0.3),
        "training.lr": Span(1e-4, 1e-2, log=True),
    }

    window: Annotated[int, Ge(8), Le(1024)] = 50
    highway: Annotated[int, Ge(0), Le(64)] = 5
    filters: tuple[Annotated[int, Ge(1)], ...] = (32, 32, 40)
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.0
    span: Annotated[int, Ge(1)] = 32
    training: Training = Training(batch=32, stride=16)

    @property
    def context(self) -> int:
        return self.window

    def _fit_many(self, parts: list[Values]) -> None:
        parts = long_enough(parts, self.min_length, "Cnn")
        self.channels_ = parts[0].shape[1]
        span = min(self.span, max(1, (max(map(len, parts)) - self.window) // 16), min(map(len, parts)) - self.window)
        self._train(parts, Windows.of(parts, self.window + span))
        errors = np.concatenate([self._squares(part) for part in parts])
        self.usual_ = usual_square(errors, np.concatenate(parts))

    def _score(self, x: Values) -> Scores:
        return np.concatenate([np.full((self.window, x.shape[1]), np.nan), in_usual(self._squares(x), self.usual_)])

    def _squares(self, x: Values) -> Values:
        """Squared errors of the rows after the first `window`, a stretch at a time."""
        stretch = 8192
        expected = [
            run(self._net, x[None, first : min(first + stretch + self.window, len(x)) - 1])[0]
            for first in range(0, len(x) - self.window, stretch)
        ]
        found: Values = (x[self.window :] - np.concatenate(expected)) ** 2
        return found

    def scoring(self) -> Scoring:
        """The score of a window's last row as a module, for the export."""
        self._must_be_fitted()
        return Scoring(self._net, self._last, self.usual_)

    def _last(self, batch: Tensor) -> Tensor:
        """Squared error of the last row of windows (batch, window + 1, channel), forecast from the rows before it."""
        expected: Tensor = self._net(batch[:, :-1])[:, -1]
        return (batch[:, -1] - expected).square()

    def _build(self) -> CausalConvolution:
        highway = min(self.highway, self.window)
        return CausalConvolution(self.channels_, self.window, self.filters, highway, self.dropout)
