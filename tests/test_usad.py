"""USAD: its one step has the gradients of the paper's two losses, and it meets the contract."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from redshank.detectors.usad import Usad
from redshank.nets.train import Training
from redshank.nets.usad import Usad as Network
from redshank.testing import DetectorContract


class TestUsad(DetectorContract):
    tolerance = 1e-4

    @staticmethod
    def make() -> Usad:
        return Usad(window=6, latent=4, training=Training(epochs=4, batch=16, stride=8, lr=5e-3))


def test_one_step_has_the_gradients_of_both_losses_of_the_paper() -> None:
    torch.manual_seed(0)
    net, batch = Network(2, 5, 3, 0.5, 0.5), torch.rand(8, 5, 2)
    net.low.data -= 9
    w = batch.flatten(1)

    def losses(n: int) -> tuple[torch.Tensor, torch.Tensor]:
        given = net.first(net.encoder(w))
        squares = (net.second(net.encoder(given)) - w).square()
        again = (squares / (1 + squares)).mean()
        one = F.mse_loss(given, w) / n + (1 - 1 / n) * again
        two = F.mse_loss(net.second(net.encoder(w)), w) / n - (1 - 1 / n) * again
        return one, two

    for epoch in (0, 3):
        first, second, encoder = (list(part.parameters()) for part in (net.first, net.second, net.encoder))
        one, two = losses(epoch + 1)
        wanted = [
            *torch.autograd.grad(one, first, retain_graph=True),
            *torch.autograd.grad(two, second, retain_graph=True),
            *torch.autograd.grad(one + two, encoder),
        ]
        found = torch.autograd.grad(net.loss(batch, epoch), [*first, *second, *encoder])
        assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(found, wanted))
