"""USAD: one encoder and two decoders that are trained against each other."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .autoencoders import dense


class Usad(nn.Module):
    """AE1 = D1(E(w)) gives windows back; AE2 = D2(E(w)) too, and tells those that AE1 gave back from true ones.

    Audibert et al. (2020), eq. 7 and 8, with n the epoch from 1:

        L1 = 1/n |w - AE1(w)|² + (1 - 1/n) |w - AE2(AE1(w))|²      for E and D1
        L2 = 1/n |w - AE2(w)|² - (1 - 1/n) |w - AE2(AE1(w))|²      for E and D2

    The paper takes a step for each in turn. Here both steps are one: D2 sees the last term with the opposite sign, which a
    gradient that is turned round on its way gives, and E, for which the two signs cancel, not at all. The last term levels off,
    s / (1 + s) for each square s: the paper's sigmoid outputs bound it on data between 0 and 1; with linear ones, which
    can follow a channel out of its training range, D2 would run away from D1 for ever.
    """

    def __init__(self, channels: int, window: int, latent: int, alpha: float, beta: float) -> None:
        super().__init__()
        size = channels * window
        middle = [max(latent, size // 2), max(latent, size // 4)]
        self.low = nn.Parameter(torch.zeros(channels), requires_grad=False)
        self.high = nn.Parameter(torch.ones(channels), requires_grad=False)
        self.encoder = dense([size, *middle, latent], last_is_linear=False)
        self.first = dense([latent, *reversed(middle), size])
        self.second = dense([latent, *reversed(middle), size])
        self.alpha, self.beta = alpha, beta
        self.values_per_window = 20 * size

    def forward(self, batch: Tensor) -> tuple[Tensor, Tensor]:
        """AE1(w) and AE2(AE1(w)), each (batch, window, channel)."""
        flat = torch.clamp(batch, self.low, self.high).flatten(1)
        given = self.first(self.encoder(flat))
        return given.view_as(batch), self.second(self.encoder(given)).view_as(batch)

    def strangeness(self, batch: Tensor) -> Tensor:
        """alpha (w - AE1(w))² + beta (w - AE2(AE1(w)))² (eq. 9), the mean over the window, (batch, channel)."""
        given, again = self(batch)
        squares = self.alpha * (batch - given).square() + self.beta * (batch - again).square()
        return squares.mean(1)

    def loss(self, batch: Tensor, epoch: int) -> Tensor:
        """L1 + L2; in evaluation the error of AE1, for AE2 is meant to get worse at what AE1 gives it."""
        if not self.training:
            return F.mse_loss(self(batch)[0], torch.clamp(batch, self.low, self.high))
        share = 1 / (epoch + 1)
        true = torch.clamp(batch, self.low, self.high).flatten(1)
        latent = self.encoder(true)
        plain = F.mse_loss(self.first(latent), true) + F.mse_loss(self.second(latent), true)
        # The term between the two: D1 follows it, D2 goes against it, E holds still.
        frozen = {name: tensor.detach() for name, tensor in self.encoder.named_parameters()}
        turned = {name: 2 * tensor.detach() - tensor for name, tensor in self.second.named_parameters()}
        seen = torch.func.functional_call(self.encoder, frozen, (self.first(latent.detach()),))
        away = (torch.func.functional_call(self.second, turned, (seen,)) - true).square()
        between = (away / (1 + away)).mean()
        return share * plain + (1 - share) * between
