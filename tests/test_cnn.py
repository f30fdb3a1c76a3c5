"""The convolutional forecaster: its convolution with holes is the plain network, and it meets the contract."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from redshank.detectors.cnn import Cnn
from redshank.nets.convolution import CausalConvolution
from redshank.nets.train import Training
from redshank.nets.windows import run
from redshank.testing import DetectorContract, sine


class TestCnn(DetectorContract):
    tolerance = 1e-5

    @staticmethod
    def make() -> Cnn:
        return Cnn(window=16, filters=(8, 8), training=Training(epochs=6, batch=16, stride=4, lr=5e-3))


def naive(net: CausalConvolution, window: torch.Tensor) -> torch.Tensor:
    """The same network as it is usually written: pooling halves the rows, and it runs once for one window."""
    hidden = window.T[None]
    # Windows are aligned at their end, so pooling by two must leave out a first row that has no partner.
    for block in net.blocks:
        hidden = torch.relu(F.conv1d(hidden, block.weight, block.bias))
        hidden = F.max_pool1d(hidden[:, :, hidden.shape[2] % 2 :], 2)
    taps = net.head.kernel_size[0]
    return F.conv1d(hidden[:, :, -taps:], net.head.weight, net.head.bias)[0, :, 0]


def test_one_pass_with_holes_gives_what_the_plain_network_gives_for_every_window() -> None:
    torch.manual_seed(0)
    net = CausalConvolution(3, 31, (5, 6, 7), 0, 0.0).eval()
    net.low.data -= 9  # nothing is clamped
    net.high.data += 9
    rows = torch.randn(80, 3)
    found = net(rows[None])[0]
    assert found.shape == (50, 3)
    for first in range(50):
        assert torch.allclose(found[first], naive(net, rows[first : first + 31]), atol=1e-6)


def test_a_channel_that_follows_another_is_forecast_from_it() -> None:
    rng = np.random.default_rng(0)
    lead = rng.standard_normal(3000)
    x = np.stack([lead, np.roll(lead, 8) ** 2], axis=1)
    detector = Cnn(window=16, highway=5, filters=(16, 16), training=Training(epochs=15, lr=3e-3, batch=16, stride=8))
    detector._fit(x[:2500])
    error = detector._squares(x[2500:]).mean(axis=0) / x.var(axis=0)
    assert error[0] > 0.9, "noise cannot be forecast"
    assert error[1] < 0.4, "its echo can, though it comes later than the linear part reads and is no linear one"


def test_the_network_begins_as_ridge_autoregression_and_gets_better() -> None:
    x = sine(900, channels=2).values
    detector = Cnn(window=16, training=Training(epochs=8, batch=16, stride=4))
    detector.channels_ = 2
    net = detector._begin([x])
    pairs = np.concatenate([x[i : i - 5] for i in range(5)], axis=1)
    middle, level = pairs.mean(axis=0), x[5:].mean(axis=0)
    scatter = (pairs - middle).T @ (pairs - middle)
    penalty = 0.1 * np.trace(scatter) / 10 * np.eye(10)
    solved = (pairs - middle) @ np.linalg.solve(scatter + penalty, (pairs - middle).T @ (x[5:] - level)) + level
    assert np.allclose(run(net.eval(), x[None, :-1])[0], solved[11:], atol=1e-5)
    detector._fit(x)
    assert detector._squares(x).mean() <= 1.02 * ((x[5:] - solved) ** 2).mean()


def test_training_lowers_the_loss_and_says_why_it_stopped() -> None:
    detector = Cnn(window=16, highway=0, training=Training(epochs=6, batch=16, stride=4, lr=5e-3)).fit(sine(1200))
    assert detector.loss_curve_[-1] < 0.5 * detector.loss_curve_[0]
    assert detector.stopped_ == "All 6 epochs done."
