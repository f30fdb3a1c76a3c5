"""Dense autoencoder: squared error of what two small networks, one a view, give back of each value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
import torch
from annotated_types import Ge, Le

from ..errors import ParamError
from ..nets.autoencoders import TwoViews
from ..nets.train import Training
from ..search import Choice, Space, Span
from ..series import Values
from .network import WindowDetector

Widths = tuple[Annotated[int, Ge(1)], ...]


@dataclass(kw_only=True)
class DenseAutoencoder(WindowDetector):
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
    training: Training = Training(epochs=24, batch=32, stride=8)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.time_loss_weight + self.feat_loss_weight == 0:
            raise ParamError(
                "DenseAutoencoder.time_loss_weight and feat_loss_weight are both 0. Give one of them a weight."
            )

    def reconstruct(self, x: Values) -> tuple[Values, Values]:
        """What the time view and the feature view give back of sequences (batch, time, channel), each of that shape."""
        self._must_be_fitted()
        with torch.inference_mode():
            batch = torch.from_numpy(np.asarray(x, np.float32)).to(self._net.low.device)
            time, feature = self._net(batch)
        return time.double().cpu().numpy(), feature.double().cpu().numpy()

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
