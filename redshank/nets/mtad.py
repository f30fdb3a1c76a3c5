"""The network of MTAD-GAT: convolution, two graph attentions, a GRU, and a forecast and a reconstruction read off it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .attention import Attention
from .autoencoders import dense
from .linear import Autoregression
from .recurrence import Gru

_LEAST, _MOST = -10.0, 4.0
"""Bounds of every log variance: a density can neither explode nor vanish."""


class Vae(nn.Module):
    """A variational autoencoder of each row, read off the GRU's output at that row: the row is what it must give back.

    Kingma and Welling (2014), with a Gaussian decoder whose mean and log variance are learned, all in the log domain.
    """

    def __init__(self, hidden: int, width: int, latent: int, channels: int) -> None:
        super().__init__()
        self.encoder = nn.Linear(hidden, 2 * latent)
        self.decoder = nn.Sequential(nn.Linear(latent, width), nn.Tanh(), nn.Linear(width, 2 * channels))

    def forward(self, states: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Mean and log variance of each value (..., channel), and the divergence of the latent from its prior (...)."""
        middle, raw = self.encoder(states).chunk(2, -1)
        spread = bounded(raw)
        latent = middle + torch.randn_like(middle) * torch.exp(spread / 2) if self.training else middle
        mean, raw = self.decoder(latent).chunk(2, -1)
        divergence = (middle.square() + spread.exp() - spread - 1).sum(-1) / 2
        return mean, bounded(raw), divergence


def bounded(raw: Tensor) -> Tensor:
    """A log variance between its bounds, in their middle where `raw` is 0."""
    middle, half = (_LEAST + _MOST) / 2, (_MOST - _LEAST) / 2
    return middle + half * torch.tanh(raw / half)


class Mtad(nn.Module):
    """Zhao et al. (2020), fig. 2 and sec. IV: x -> convolution -> [itself, feature attention, time attention] -> GRU -> heads.

    A pass over the window x[t - window + 1 .. t] gives both the forecast of row t + 1 and the reconstruction of row t, so
    scoring a series takes one pass a row. Inputs are clamped to `low` .. `high`, but for the linear part of the forecast.
    """

    def __init__(
        self,
        channels: int,
        window: int,
        *,
        kernel: int,
        attention: str,
        top: int | None,
        edges: Sequence[tuple[int, int]] | None,
        hidden: int,
        forecast: Sequence[int] | None,
        reconstruction: str | None,
        latent: int,
        highway: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.window, self.reconstruction = window, reconstruction
        self.low = nn.Parameter(torch.zeros(channels), requires_grad=False)
        self.high = nn.Parameter(torch.ones(channels), requires_grad=False)
        self.convolution = nn.Conv1d(channels, channels, kernel, padding="same")
        self.feature = Attention(channels, window, attention, top, edges)
        self.time = Attention(window, channels, attention)
        self.gru = Gru(3 * channels, hidden)
        self.dropout = nn.Dropout(dropout)
        self.forecaster = None if forecast is None else dense([hidden, *forecast, channels])
        self.linear = Autoregression(channels, highway) if highway and forecast is not None else None
        if self.forecaster is not None and self.linear is not None:  # begin as the linear forecast alone
            nn.init.zeros_(self.forecaster[-1].weight)
            nn.init.zeros_(self.forecaster[-1].bias)
        if reconstruction == "vae":
            self.vae = Vae(hidden, hidden // 2 + 1, latent, channels)
        elif reconstruction == "gru":
            self.writer = Gru(hidden, hidden)
            self.written = nn.Linear(hidden, channels)
        pairs = window * window + channels * channels
        self.values_per_window = 4 * pairs + window * (16 * channels + 14 * hidden)

    def forward(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """What a score needs of windows (batch, window, channel): the forecast of the next row, and the surprise at the last one.

        Both have shape (batch, channel); the surprise is the squared error over the learned variance, which is twice the
        fall of the log density from its highest value. A head that is not there gives zeros.
        """
        state = self.gru.last(self._mixed(torch.clamp(rows, self.low, self.high)))
        return self._forecast(rows, state), self._surprise(rows[:, -1], state)

    def attention(self, rows: Tensor) -> Tensor:
        """How much each channel listens to each other one, (batch, channel, channel)."""
        x = torch.clamp(rows, self.low, self.high)
        found: Tensor = self.feature(self._convolved(x).transpose(1, 2))[1]
        return found

    def loss(self, batch: Tensor, epoch: int) -> Tensor:
        """Loss_for + Loss_rec (Zhao et al. 2020, eq. 7 and 8), each a mean over the batch.

        Loss_for is the root of the summed squared errors of the next row; a speck under the root keeps its gradient finite
        at 0. Loss_rec is the negative log density of a row plus the divergence, a mean over the rows of the window.
        """
        rows = batch[:, : self.window]
        x = torch.clamp(rows, self.low, self.high)
        states = self.dropout(self.gru(self._mixed(x)))
        loss = batch.new_zeros(())
        if self.forecaster is not None:
            error = batch[:, self.window] - self._forecast(rows, states[:, -1])
            loss = loss + torch.sqrt(error.square().sum(-1) + 1e-8).mean()
        if self.reconstruction == "vae":
            mean, log_variance, divergence = self.vae(states)
            density = ((x - mean).square() * torch.exp(-log_variance) + log_variance).sum(-1) / 2
            loss = loss + (density + divergence).mean()
        elif self.reconstruction == "gru":
            written = self.written(self.writer(self._told(states[:, -1])))
            loss = loss + torch.sqrt((x - written).square().sum(-1) + 1e-8).mean()
        return loss

    def _convolved(self, x: Tensor) -> Tensor:
        return torch.relu(self.convolution(x.transpose(1, 2))).transpose(1, 2)  # (batch, window, channel)

    def _mixed(self, x: Tensor) -> Tensor:
        """Each row beside what both attentions make of it, (batch, window, 3 channel)."""
        x = self._convolved(x)
        by_feature, by_time = self.feature(x.transpose(1, 2))[0].transpose(1, 2), self.time(x)[0]
        return torch.cat([x, by_feature, by_time], -1)

    def _forecast(self, rows: Tensor, state: Tensor) -> Tensor:
        if self.forecaster is None:
            return torch.zeros_like(rows[:, -1])
        found: Tensor = self.forecaster(state)
        return found if self.linear is None else found + self.linear(rows)

    def _surprise(self, last: Tensor, state: Tensor) -> Tensor:
        if self.reconstruction == "vae":
            mean, log_variance, _ = self.vae(state)
            return (last - mean).square() * torch.exp(-log_variance)
        if self.reconstruction == "gru":
            return (last - self.written(self.writer.last(self._told(state)))).square()
        return torch.zeros_like(last)

    def _told(self, state: Tensor) -> Tensor:
        """The last state, told to the second GRU at every row of the window it writes."""
        return state[:, None].expand(-1, self.window, -1)
