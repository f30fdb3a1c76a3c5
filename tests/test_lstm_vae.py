"""LSTM-VAE: it knows where a channel is quiet, and it meets the contract."""

from __future__ import annotations

import numpy as np
import torch

from redshank.detectors.lstm_vae import LstmVae
from redshank.nets.lstm_vae import LstmVae as Network
from redshank.nets.train import Training
from redshank.testing import DetectorContract


class TestLstmVae(DetectorContract):
    tolerance = 1e-4

    @staticmethod
    def make() -> LstmVae:
        return LstmVae(window=6, hidden=8, latent=2, training=Training(epochs=4, batch=16, stride=8, lr=5e-3))


def test_a_small_departure_in_a_quiet_channel_counts_more_than_in_a_noisy_one() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3000, 2)) * np.array([1.0, 0.05])
    detector = LstmVae(window=8, hidden=16, latent=2, training=Training(epochs=15, batch=32, stride=4, lr=5e-3))
    detector._fit(x)
    test = rng.standard_normal((300, 2)) * np.array([1.0, 0.05])
    test[200] = [1.0, 1.0]
    scores = detector._score(test)
    assert scores[200, 1] > 20 * scores[200, 0]
    assert 0.3 < np.nanmean(scores[:200]) < 3


def test_the_prior_moves_over_the_window_and_scoring_draws_nothing() -> None:
    torch.manual_seed(0)
    net = Network(2, 5, 4, 3, 0.1).eval()
    batch = torch.rand(3, 5, 2)
    assert torch.equal(net.strangeness(batch), net.strangeness(batch))
    assert net.progress[:, 0].tolist() == [0, 0.25, 0.5, 0.75, 1]
    net.loss(batch, 0).backward()
    assert net.prior.grad is not None
    assert (net.prior.grad.abs().sum(1) > 0).all()
