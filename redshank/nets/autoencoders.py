"""Autoencoders: networks that give a window back through a bottleneck."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def dense(widths: Sequence[int], last_is_linear: bool = True) -> nn.Sequential:
    """Layers of these widths, ReLU between them, and after the last one only on request."""
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*(layers[:-1] if last_is_linear else layers))


class TwoViews(nn.Module):
    """Two dense autoencoders: one gives each row of a window back, the other each channel's course over the window.

    The time view sees a row as a point with one coordinate a channel, the feature view a channel as a point with one coordinate a
    row. Both are trained together, on the error of their weighted mean.
    """

    def __init__(
        self,
        channels: int,
        window: int,
        encoder: Sequence[int],
        latent: int,
        decoder: Sequence[int],
        time_weight: float,
        feature_weight: float,
    ) -> None:
        super().__init__()
        self.low = nn.Parameter(torch.zeros(channels), requires_grad=False)
        self.high = nn.Parameter(torch.ones(channels), requires_grad=False)
        self.time = dense([channels, *encoder, latent, *decoder, channels])
        self.feature = dense([window, *encoder, latent, *decoder, window])
        self.share = time_weight / (time_weight + feature_weight)
        self.values_per_window = (window + channels) * 2 * (sum(encoder) + latent + sum(decoder))

    def forward(self, batch: Tensor) -> tuple[Tensor, Tensor]:
        """Both reconstructions of (batch, time, channel), each of that shape. Inputs are clamped to `low` .. `high`."""
        x = torch.clamp(batch, self.low, self.high)
        return self.time(x), self.feature(x.transpose(1, 2)).transpose(1, 2)

    def last(self, batch: Tensor) -> Tensor:
        """The weighted mean of both reconstructions of the last row, (batch, channel)."""
        x = torch.clamp(batch, self.low, self.high)
        time, feature = self.time(x[:, -1]), self.feature(x.transpose(1, 2))[:, :, -1]
        found: Tensor = self.share * time + (1 - self.share) * feature
        return found

    def strangeness(self, batch: Tensor) -> Tensor:
        """Squared errors of the last row, (batch, channel)."""
        return (batch[:, -1] - self.last(batch)).square()

    def loss(self, batch: Tensor, epoch: int) -> Tensor:
        """Mean squared error of the weighted mean of both, and of each: without the latter the two could err against each other."""
        time, feature = self(batch)
        joint = F.mse_loss(self.share * time + (1 - self.share) * feature, batch)
        apart = self.share * F.mse_loss(time, batch) + (1 - self.share) * F.mse_loss(feature, batch)
        return (joint + apart) / 2


class EncoderDecoder(nn.Module):
    """Reads a window with stacked LSTM layers and writes it again, last row first, from the last state alone.

    While training, the writer is told the true row before each one it writes (shifted by one, so never the row itself); in
    a share `own` of the steps it is told its own output instead, as it always is when scoring.
    """

    def __init__(
        self,
        channels: int,
        encoder: Sequence[int],
        decoder: Sequence[int],
        head: Sequence[int],
        *,
        window: int,
        dropout: Sequence[float],
        reverse: bool,
        own: float,
    ) -> None:
        super().__init__()
        self.reverse, self.own = reverse, own
        self.low = nn.Parameter(torch.zeros(channels), requires_grad=False)
        self.high = nn.Parameter(torch.ones(channels), requires_grad=False)
        self.encoder = nn.ModuleList(
            nn.LSTM(before, after, batch_first=True) for before, after in zip([channels, *encoder], encoder)
        )
        self.dropouts = nn.ModuleList(nn.Dropout(share) for share in dropout)
        self.hidden = nn.Linear(encoder[-1], decoder[0])
        self.cell = nn.Linear(encoder[-1], decoder[0])
        self.decoder = nn.ModuleList(
            nn.LSTM(before, after, batch_first=True) for before, after in zip([channels, *decoder], decoder)
        )
        self.head = dense([decoder[-1], *head, channels])
        self.values_per_window = window * (9 * (sum(encoder) + sum(decoder)) + 2 * sum(head) + 4 * channels)
        for layer in [*self.encoder, *self.decoder]:
            _forget_little(layer)

    def forward(self, batch: Tensor) -> Tensor:
        """The window written from its own output, (batch, time, channel)."""
        states = self._read(batch)
        row = torch.zeros_like(batch[:, :1])
        rows = []
        for _ in range(batch.shape[1]):
            row, states = self._write(row, states)
            rows.append(row)
        written = torch.cat(rows, 1)
        return written.flip(1) if self.reverse else written

    def last(self, batch: Tensor) -> Tensor:
        """The last row of each window as `forward` writes it, (batch, channel): the first row written where it writes backwards."""
        if not self.reverse:
            return self(batch)[:, -1]
        return self._write(torch.zeros_like(batch[:, :1]), self._read(batch))[0][:, 0]

    def strangeness(self, batch: Tensor) -> Tensor:
        """Squared errors of the last row, (batch, channel)."""
        return (batch[:, -1] - self.last(batch)).square()

    def taught(self, batch: Tensor) -> Tensor:
        """The window written while being told the true row before each."""
        seen = torch.clamp(batch, self.low, self.high)
        target = seen.flip(1) if self.reverse else seen
        told = torch.cat([torch.zeros_like(target[:, :1]), target[:, :-1]], 1)
        written, _ = self._write(told, self._read(batch))
        return written.flip(1) if self.reverse else written

    def loss(self, batch: Tensor, epoch: int) -> Tensor:
        """Mean squared error of the window written as it is when scoring; in training, as the coin falls, while being told."""
        told = self.training and float(torch.rand(())) >= self.own
        return F.mse_loss(self.taught(batch) if told else self(batch), batch)

    def _read(self, batch: Tensor) -> list[tuple[Tensor, Tensor]]:
        """First states of the decoder's layers: the first from the encoder's last state, the others zero."""
        rows = torch.clamp(batch, self.low, self.high)
        for layer, dropout in zip(self.encoder, self.dropouts):
            rows, (hidden, cell) = layer(rows)
            rows = dropout(rows)
        states = [(self.hidden(hidden), self.cell(cell))]
        for layer in self.decoder[1:]:
            zero = torch.zeros(1, batch.shape[0], layer.hidden_size, dtype=batch.dtype, device=batch.device)
            states.append((zero, zero))
        return states

    def _write(self, rows: Tensor, states: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
        after = []
        for layer, state in zip(self.decoder, states):
            rows, state = layer(rows, state)
            after.append(state)
        return self.head(rows), after


def _forget_little(layer: nn.LSTM) -> None:
    """A forget bias of 1, as in Jozefowicz et al. (2015): a fresh layer remembers."""
    with torch.no_grad():
        hidden = layer.hidden_size
        layer.bias_ih_l0[hidden : 2 * hidden] = 1.0
        layer.bias_hh_l0[hidden : 2 * hidden] = 0.0
