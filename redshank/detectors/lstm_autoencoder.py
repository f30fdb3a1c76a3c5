"""LSTM autoencoder: squared error of what an encoder-decoder writes again of each window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
import torch
from annotated_types import Ge, Gt, Le

from ..errors import ParamError
from ..nets.autoencoders import EncoderDecoder
from ..nets.train import Training
from ..nets.windows import at_once
from ..search import Choice, Space, Span
from ..series import Values
from .network import WindowDetector

Widths = tuple[Annotated[int, Ge(1)], ...]


@dataclass(kw_only=True)
class LstmAutoencoder(WindowDetector):
    """Squared difference between each value and what an LSTM writes of it, in mean squared errors of the training part.

    EncDec-AD (Malhotra et al. 2016, sec. 2): an encoder reads a window into one state, a decoder writes the window from it, last
    row first. Finds windows whose course is not a usual one; slow to learn courses that need more than the state holds. While
    training the decoder is told the true row before the one it writes, as in the paper, and in a share `free_running` of the
    steps its own output, as it always is afterwards: so it learns the situation it is used in. A point has the error of its row
    as the last of a window, which the decoder writes first, so scoring takes one decoder step a row. Inputs further outside
    the training range than its width are cut there. O(time x window x hidden units²).

    For sequences, each of `window` rows, fit it on the list of them and see `reconstruct`.

    A score levels off below 400, so that one channel does not drown the others in a mean.

    Parameters
    ----------
    window : rows of a window; the length of a sequence
    enc_lstm_hidden_units : widths of the encoder's layers
    dec_lstm_hidden_units : widths of the decoder's layers
    lstm_dropout_output_keep_probs : share of each encoder layer's output that is kept in training
    dnn_hidden_units : widths of the dense layers after the decoder, before the linear output
    reverse_labels_sequence : whether the decoder writes the last row first
    free_running : share of the training steps in which the decoder is told its own output
    training : how it is trained

    Examples
    --------
    >>> from redshank.testing import sine, sine_with_spike
    >>> series, at = sine_with_spike()
    >>> detector = LstmAutoencoder(window=8, training=Training(epochs=3, stride=4)).fit(sine())
    >>> int(np.nanargmax(detector.score(series)[:, 0])) == at
    True
    """

    paper: ClassVar[str] = "Malhotra et al. 2016, arXiv:1607.00148"

    search: ClassVar[Space] = {
        "enc_lstm_hidden_units": Choice(((64, 32, 16), (256, 128, 16), (64, 64, 64))),
        "dec_lstm_hidden_units": Choice(((16, 32, 64), (16, 128, 256), (64, 64, 64))),
        "lstm_dropout_output_keep_probs": Choice(((0.9, 1.0, 1.0), (0.95, 0.95, 1.0), (0.95, 0.95, 0.95))),
        "dnn_hidden_units": Choice(((256, 128, 64), (256, 128, 16), (64, 64, 64))),
        "training.batch": Span(8, 512, log=True),
        "training.lr": Span(1e-3, 1e-1, log=True),
    }

    window: Annotated[int, Ge(2), Le(1024)] = 30
    enc_lstm_hidden_units: Widths = (64, 32, 16)
    dec_lstm_hidden_units: Widths = (16, 32, 64)
    lstm_dropout_output_keep_probs: tuple[Annotated[float, Gt(0), Le(1)], ...] = (1.0, 1.0, 1.0)
    dnn_hidden_units: Widths = (64,)
    reverse_labels_sequence: bool = True
    free_running: Annotated[float, Ge(0), Le(1)] = 0.25
    training: Training = Training(epochs=20, stride=4, lr=2e-3)

    def __post_init__(self) -> None:
        super().__post_init__()
        layers = len(self.enc_lstm_hidden_units)
        if not layers or not self.dec_lstm_hidden_units:
            raise ParamError("LstmAutoencoder needs at least one encoder and one decoder layer. Give their widths.")
        if len(self.lstm_dropout_output_keep_probs) != layers:
            raise ParamError(
                f"LstmAutoencoder.lstm_dropout_output_keep_probs must have one number for each of the {layers} layers "
                f"of enc_lstm_hidden_units, got {len(self.lstm_dropout_output_keep_probs)}."
            )

    def reconstruct(self, x: Values) -> tuple[Values, Values]:
        """What is written of sequences (batch, time, channel), for both views the same; each of that shape."""
        self._must_be_fitted()
        size = at_once(self._net, 2048)
        with torch.inference_mode():
            batch = torch.from_numpy(np.asarray(x, np.float32)).to(self._net.low.device)
            written = torch.cat([self._net(batch[first : first + size]) for first in range(0, len(batch), size)])
        found = written.double().cpu().numpy()
        return found, found

    def _build(self) -> EncoderDecoder:
        return EncoderDecoder(
            self.channels_,
            self.enc_lstm_hidden_units,
            self.dec_lstm_hidden_units,
            self.dnn_hidden_units,
            window=self.window,
            dropout=[1 - keep for keep in self.lstm_dropout_output_keep_probs],
            reverse=self.reverse_labels_sequence,
            own=self.free_running,
        )
