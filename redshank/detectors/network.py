"""What the neural detectors share: a network that is trained on windows, kept as weights by name, and built again when asked."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import nn

from ..base import Detector, Scores
from ..kernels.windows import place
from ..nets.graph import Scoring
from ..nets.train import Training, restore, train
from ..nets.windows import Windows, in_usual, long_enough, sample, show_range, slide, usual_square
from ..series import Values


class NetworkDetector(Detector):
    """A detector around a network.

    An author writes `_build()`, the network for `channels_` channels with fresh weights, `_fit_many(parts)`, which calls `_train`, and
    `scoring()`, the score of a window's last row as a module, for the export.
    """

    extra: ClassVar[str] = "neural"
    scorer: ClassVar[str] = "mean"

    window: int
    training: Training

    @property
    def min_length(self) -> int:
        return self.window + 8

    def _fit(self, x: Values) -> None:
        self._fit_many([x])

    def _train(self, parts: list[Values], windows: Windows) -> None:
        """Train a network that has seen `parts` (their range, their linear part) on `windows`; leaves its weights and its story."""
        report = train(lambda: self._begin(parts), windows, self.training)
        self.weights_ = report.weights
        vars(self).update(report.story)

    def _begin(self, parts: list[Values]) -> nn.Module:
        """The network before training: it knows its range and its linear part."""
        net = self._build()
        show_range(net, parts)
        if getattr(net, "linear", None) is not None:
            net.linear.solve(parts)
        return net

    @cached_property
    def _net(self) -> Any:
        """The trained network."""
        return restore(self._build, self.weights_, self.training.device)

    @abstractmethod
    def _build(self) -> Any: ...

    @abstractmethod
    def scoring(self) -> Scoring: ...


class WindowDetector(NetworkDetector):
    """A network whose `strangeness(batch)` says of the last row of windows (batch, window, channel) how strange each channel is.

    The score is that in usual ones: as a multiple of its mean over the training part.
    """

    @property
    def context(self) -> int:
        return self.window - 1

    def scoring(self) -> Scoring:
        """The score of a window's last row as a module, for the export."""
        self._must_be_fitted()
        return Scoring(self._net, self._net.strangeness, self.usual_)

    def _fit_many(self, parts: list[Values]) -> None:
        parts = long_enough(parts, self.window, type(self).__name__)
        self.channels_ = parts[0].shape[1]
        windows = Windows.of(parts, self.window)
        self._train(parts, windows)
        self.usual_ = self._usual(sample(self._net.strangeness, windows, self._net), np.concatenate(parts))

    def _usual(self, strangeness: Values, x: Values) -> NDArray[np.float64]:
        """What is usual in each channel, (channel,), from the strangeness of windows of the training part `x` (time, channel)."""
        return usual_square(strangeness, x)

    def _score(self, x: Values) -> Scores:
        found = slide(self._net.strangeness, x, self.window, self._net)
        return place(in_usual(found, self.usual_), self.window)
