"""USAD: errors of two autoencoders that were trained against each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from annotated_types import Ge, Gt, Le

from ..nets.train import Training
from ..nets.usad import Usad as Network
from ..search import Choice, Space, Span
from .network import WindowDetector


@dataclass(kw_only=True)
class Usad(WindowDetector):
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
    >>> import numpy as np
    >>> from redshank.testing import sine, sine_with_spike
    >>> series, at = sine_with_spike()
    >>> detector = Usad(training=Training(epochs=3, stride=4)).fit(sine())
    >>> at <= int(np.nanargmax(detector.score(series)[:, 0])) < at + detector.window
    True
    """

    paper: ClassVar[str] = "Audibert et al. 2020, doi:10.1145/3394486.3403392"

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

    def _build(self) -> Network:
        return Network(self.channels_, self.window, self.latent, self.alpha, self.beta)
