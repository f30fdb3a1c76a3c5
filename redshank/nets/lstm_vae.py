"""A variational autoencoder of sequences between two LSTMs."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .mtad import bounded


class LstmVae(nn.Module):
    """Park et al. (2018), fig. 3: LSTM -> latent at every row -> LSTM -> mean and variance of every value of the row.

    The prior of the latent goes from one learned end to the other over the window ("progress-based", eq. 4), and the encoder
    sees the window with noise added, so that it must not copy (sec. III-B).
    """

    def __init__(self, channels: int, window: int, hidden: int, latent: int, noise: float) -> None:
        super().__init__()
        self.noise = noise
        self.low = nn.Parameter(torch.zeros(channels), requires_grad=False)
        self.high = nn.Parameter(torch.ones(channels), requires_grad=False)
        self.reader = nn.LSTM(channels, hidden, batch_first=True)
        self.latent = nn.Linear(hidden, 2 * latent)
        self.prior = nn.Parameter(torch.zeros(2, latent))
        self.writer = nn.LSTM(latent, hidden, batch_first=True)
        self.value = nn.Linear(hidden, 2 * channels)
        self.progress = nn.Parameter(torch.linspace(0, 1, window)[:, None], requires_grad=False)  # (window, 1)
        self.values_per_window = window * (20 * hidden + 8 * channels + 8 * latent)

    def strangeness(self, batch: Tensor) -> Tensor:
        """Surprise of each value of the last row, (x - mean)² / variance, shape (batch, channel)."""
        mean, log_variance, _ = self._pass(batch)
        return (batch[:, -1] - mean[:, -1]).square() * torch.exp(-log_variance[:, -1])

    def loss(self, batch: Tensor, epoch: int) -> Tensor:
        """Negative evidence lower bound of a row, a mean over batch and window (eq. 3)."""
        x = torch.clamp(batch, self.low, self.high)
        mean, log_variance, divergence = self._pass(batch)
        density = ((x - mean).square() * torch.exp(-log_variance) + log_variance).sum(-1) / 2
        return (density + divergence).mean()

    def _pass(self, batch: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x = torch.clamp(batch, self.low, self.high)
        if self.training:
            x = x + self.noise * torch.randn_like(x)
        middle, raw = self.latent(self.reader(x)[0]).chunk(2, -1)
        spread = bounded(raw)
        sampled = middle + torch.randn_like(middle) * torch.exp(spread / 2) if self.training else middle
        mean, raw = self.value(self.writer(sampled)[0]).chunk(2, -1)
        prior = (1 - self.progress) * self.prior[0] + self.progress * self.prior[1]  # (window, latent)
        divergence = ((middle - prior).square() + spread.exp() - spread - 1).sum(-1) / 2
        return mean, bounded(raw), divergence
