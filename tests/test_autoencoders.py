"""The two autoencoders: the contract, the views, and the sequence data set that published ones collapse on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from redshank.detectors.dense_autoencoder import DenseAutoencoder
from redshank.detectors.lstm_autoencoder import LstmAutoencoder
from redshank.errors import ParamError, SeriesError
from redshank.nets.autoencoders import EncoderDecoder, TwoViews
from redshank.nets.train import Training
from redshank.series import Series
from redshank.testing import DetectorContract, sine
from redshank.thresholds.f_beta import FBeta

Array = NDArray[np.float64]
QUICK = Training(epochs=4, batch=16, stride=8, lr=5e-3)
ROWS, CHANNELS = 30, 5


class TestDenseAutoencoder(DetectorContract):
    tolerance = 1e-4

    @staticmethod
    def make() -> DenseAutoencoder:
        return DenseAutoencoder(
            window=12, enc_dnn_hidden_units=(16,), latent_vector_size=2, dec_dnn_hidden_units=(16,), training=QUICK
        )


class TestLstmAutoencoder(DetectorContract):
    tolerance = 1e-4

    @staticmethod
    def make() -> LstmAutoencoder:
        return LstmAutoencoder(
            window=8,
            enc_lstm_hidden_units=(8,),
            dec_lstm_hidden_units=(8,),
            lstm_dropout_output_keep_probs=(1.0,),
            dnn_hidden_units=(),
            training=QUICK,
        )


def sequences(count: int, rng: np.random.Generator, anomalous: bool = False) -> Array:
    """Sinusoids of the sequence reference, shape (count, 30, 5): same frequencies and amplitudes for every split."""
    drawn = np.random.default_rng(7).uniform(1, 2, (2, CHANNELS))
    x = drawn[0] * np.sin(drawn[1] * np.arange(ROWS)[:, None]) + rng.uniform(0, 1, (count, ROWS, CHANNELS))
    if anomalous:
        shape = (count, ROWS - 21, CHANNELS)
        x[:, 21:] *= rng.uniform(8, 20, shape) * rng.choice([-1, 1], shape)
    return x


def fitted(name: str) -> Any:
    train = [Series.from_numpy(x) for x in sequences(1000, np.random.default_rng(0))]
    settings = Training(epochs=20, batch=32, lr=5e-3)
    if name == "dense":
        return DenseAutoencoder(training=settings).fit(train)
    return LstmAutoencoder(
        enc_lstm_hidden_units=(32,),
        dec_lstm_hidden_units=(32,),
        lstm_dropout_output_keep_probs=(1.0,),
        training=settings,
    ).fit(train)


def distances(errors: Array, mean: Array, inverse: Array) -> Array:
    away = errors - mean
    return np.sqrt(np.maximum(np.einsum("...i,ij,...j->...", away, inverse, away), 0.0))


@pytest.mark.parametrize("name", ["dense", "lstm"])
def test_it_gives_sequences_back_and_separates_the_anomalous_ones_entirely(name: str) -> None:
    detector = fitted(name)
    rng = np.random.default_rng(1)
    normal = sequences(400, rng)
    for view in detector.reconstruct(normal):
        square = ((view - normal) ** 2).mean()
        assert square < 0.5 * (normal**2).mean(), "better than zero"
        assert square < 0.5 * ((normal - normal.mean(axis=(0, 1))) ** 2).mean(), "better than a constant a channel"
    errors = [np.abs(view - normal) for view in detector.reconstruct(normal)]
    tune = np.concatenate([sequences(200, rng), sequences(200, rng, anomalous=True)])
    judged = np.concatenate([sequences(200, rng), sequences(200, rng, anomalous=True)])
    truth = np.arange(400) >= 200
    # time view: vectors of channels; feature view: vectors of rows
    for view, axis in ((0, 2), (1, 1)):
        rows = np.moveaxis(errors[view], axis, -1).reshape(-1, errors[view].shape[axis])
        mean, inverse = rows.mean(axis=0), np.linalg.inv(np.cov(rows.T))
        worst = [
            distances(np.moveaxis(np.abs(detector.reconstruct(x)[view] - x), axis, -1), mean, inverse).max(axis=1)
            for x in (tune, judged)
        ]
        limit = FBeta(beta=1.0).fit(worst[0], truth).value_
        assert np.array_equal(worst[1] > limit, truth), "recall 1.0 and precision 1.0"


def test_the_decoder_is_told_the_row_before_and_never_the_row_itself() -> None:
    torch.manual_seed(0)
    net = EncoderDecoder(2, [6], [6], [], window=9, dropout=[0.0], reverse=True, own=0.0)
    batch = torch.rand(1, 9, 2)
    rows = batch.clone().requires_grad_()
    states = [(h.detach(), c.detach()) for h, c in net._read(batch)]
    net._read = lambda _: states  # type: ignore[method-assign]  # so that only the decoder's own input is looked at
    net.taught(rows)[0, 4].sum().backward()
    assert rows.grad is not None
    reached = rows.grad[0].abs().sum(-1) > 0
    assert reached.tolist() == [False] * 5 + [True] * 4


def test_the_row_scored_is_the_one_the_decoder_writes_first() -> None:
    torch.manual_seed(0)
    for reverse in (True, False):
        net = EncoderDecoder(3, [5, 4], [4, 5], [7], window=6, dropout=[0.0, 0.0], reverse=reverse, own=0.0).eval()
        batch = torch.rand(4, 6, 3)
        assert torch.allclose(net.last(batch), net(batch)[:, -1], atol=1e-6)


def test_the_dense_views_look_at_rows_and_at_channels() -> None:
    torch.manual_seed(0)
    net = TwoViews(3, 6, [5], 2, [5], 1.0, 3.0).eval()
    batch = torch.rand(2, 6, 3)
    other = batch.clone()
    other[:, 2] = 0.5
    time, feature = net(batch)
    changed_time, changed_feature = (a != b for a, b in zip((time, feature), net(other)))
    assert changed_time.any(2)[0].tolist() == [False, False, True, False, False, False]
    assert changed_feature.all(1).any()
    assert torch.allclose(net.last(batch), (0.25 * time + 0.75 * feature)[:, -1], atol=1e-6)


def test_negative_values_are_given_back() -> None:
    x = sine(1500, channels=2).values - 5.0
    detector = DenseAutoencoder(window=12, training=Training(epochs=15, batch=32, stride=4, lr=5e-3))
    detector._fit(x)
    assert np.nanmean(detector._score(x) * detector.usual_) < 0.2 * x.var()


def test_wrong_layers_are_refused_in_one_sentence() -> None:
    with pytest.raises(ParamError, match="one number for each of the 2 layers"):
        LstmAutoencoder(enc_lstm_hidden_units=(8, 8))
    with pytest.raises(ParamError, match="both 0"):
        DenseAutoencoder(time_loss_weight=0, feat_loss_weight=0)
    with pytest.raises(SeriesError, match="at least 30 points to learn from, the longest has 20"):
        DenseAutoencoder(training=QUICK).fit([Series.from_numpy(np.zeros(20))] * 9)
