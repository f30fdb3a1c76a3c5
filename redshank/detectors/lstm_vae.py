"""LSTM-VAE: surprise at each value in a variational autoencoder between two LSTMs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge, Le

from ..nets.lstm_vae import LstmVae as Network
from ..nets.train import Training
from ..search import Choice, Space, Span
from ..series import Values
from .network import WindowDetector


@dataclass(kw_only=True)
class LstmVae(WindowDetector):
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

    def _build(self) -> Network:
        return Network(self.channels_, self.window, self.hidden, self.latent, self.noise)

    def _usual(self, strangeness: Values, x: Values) -> Values:
        return np.asarray(np.maximum(strangeness.mean(axis=0), 1e-4))
