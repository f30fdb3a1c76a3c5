"""USAD: errors of two autoencoders that were trained against each other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge, Gt, Le

from ..base import Detector, Scores
from ..kernels.windows import place
from ..nets.graph import Scoring
from ..nets.train import Training, restore, train
from ..nets.usad import Usad as Network
from ..nets.windows import Windows, in_usual, long_enough, sample, show_range, slide, usual_square
from ..search import Choice, Space, Span
from ..series import Values


@dataclass(kw_only=True)
class Usad(Detector):
    """Error of each channel over the last `window` rows in two autoencoders, in mean errors of the training part.

    Audibert et al. (2020), eq. 9: alpha (w - AE1(w))² + beta (w - AE2(AE1(w)))², where AE2 was trained to tell what AE1 gives
    back from true windows, so that small anomalies are enlarged. Quick; the two must be in balance, which many epochs upset.
    We depart from the paper in taking its two steps as one, in linear outputs with a contest that levels off, and in one score a
    channel. Inputs further outside the training range than its width are cut there; errors are of the values as
    they are. O(time x (window x channel)²).

    A score levels off below 400, so that one channel does not drown the others in a mean.

    Parameters
    ----------
    window : rows of a window
    latent : width of the bottleneck
    alpha : weight of the error of AE1; with a large one it is a plain autoencoder
    beta : weight of the error of AE2 on what AE1 gave back; larger is more sensitive
    training : how it is trained

    Examples
    --------
    >>> from redshank.testing import sine, sine_with_spike
    >>> series, at = sine_with_spike()
    >>> detector = Usad(training=Training(epochs=3, stride=4)).fit(sine())
    >>> at <= int(np.nanargmax(detector.score(series)[:, 0])) < at + detector.window
    True
    """

    paper: ClassVar[str] = "Audibert et al. 2020, doi:10.1145/3394486.3403392"
    extra: ClassVar[str] = "neural"
    scorer: ClassVar[str] = "mean"

    search: ClassVar[Space] = {
        "window": Choice((5, 10, 20)),
        "latent": Span(8, 100, log=True),
        "beta": Span(0.1, 1.0),
        "training.lr": Span(1e-4, 1e-2, log=True),
    }

    window: Annotated[int, Ge(2), Le(1024)] = 10
    latent: Annotated[int, Ge(1)] = 40
    alpha: Annotated[float, Ge(0)] = 0.5
    beta: Annotated[float, Gt(0)] = 0.5
    training: Training = Training(epochs=15, stride=2)

    @property
    def context(self) -> int:
        return self.window - 1

    @property
    def min_length(self) -> int:
        return self.window + 8

    def _fit(self, x: Values) -> None:
        self._fit_many([x])

    def _fit_many(self, parts: list[Values]) -> None:
        parts = long_enough(parts, self.window, "Usad")
        self.channels_ = parts[0].shape[1]
        windows = Windows.of(parts, self.window)
        report = train(lambda: self._begin(parts), windows, self.training)
        self.weights_ = report.weights
        vars(self).update(report.story)
        self.usual_ = usual_square(sample(self._net.strangeness, windows, self._net), np.concatenate(parts))

    def _score(self, x: Values) -> Scores:
        return place(in_usual(slide(self._net.strangeness, x, self.window, self._net), self.usual_), self.window)

    def scoring(self) -> Scoring:
        """The score of a window's last row as a module, for the export."""
        self._must_be_fitted()
        return Scoring(self._net, self._net.strangeness, self.usual_)

    def _build(self) -> Network:
        return Network(self.channels_, self.window, self.latent, self.alpha, self.beta)

    def _begin(self, parts: list[Values]) -> Network:
        net = self._build()
        show_range(net, parts)
        return net

    @cached_property
    def _net(self) -> Network:
        net: Network = restore(self._build, self.weights_, self.training.device)
        return net
