"""MTAD-GAT: the contract in two modes, and what public implementations get wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import torch

import redshank
from redshank.detectors.mtad_gat import MtadGat
from redshank.errors import InputError, ParamError, SeriesError
from redshank.kernels.cleaning import without_spikes
from redshank.nets.mtad import Mtad, Vae, bounded
from redshank.nets.train import Training
from redshank.nets.windows import slide
from redshank.series import Series
from redshank.testing import DetectorContract, sine, sine_with_spike

QUICK = Training(epochs=3, batch=16, stride=12, lr=5e-3)


def small(**given: Any) -> MtadGat:
    return MtadGat(
        **{"window": 10, "hidden": 8, "forecast_layers": (8,), "latent": 3, "highway": 3, "training": QUICK, **given}
    )


class TestMtadGat(DetectorContract):
    tolerance = 1e-4

    @staticmethod
    def make() -> MtadGat:
        return small()


def net(**given: Any) -> Mtad:
    torch.manual_seed(0)
    settings: dict[str, Any] = {
        "kernel": 3,
        "attention": "gat",
        "top": None,
        "edges": None,
        "hidden": 6,
        "forecast": (5,),
        "reconstruction": "vae",
        "latent": 2,
        "highway": 2,
        "dropout": 0.0,
    }
    return Mtad(3, 9, **(settings | given))


@pytest.mark.parametrize(
    "given",
    [
        {"mode": "forecasting", "attention": "gatv2"},
        {"mode": "reconstruction", "top": 2},
        {"mode": "both", "reconstruction": "gru", "graph": ((0, 1),), "highway": 0},
    ],
)
def test_every_kind_finds_a_spike_and_its_channel(given: dict[str, Any]) -> None:
    detector = small(**given, training=replace(QUICK, epochs=6, stride=6)).fit(sine(1200, 3))
    series, at = sine_with_spike(channels=3, guilty=2)
    scores = detector.score(series)
    assert np.isnan(scores[: detector.warm_up]).all()
    assert np.isfinite(scores[detector.warm_up :]).all()
    assert int(np.nanargmax(np.fmax.reduce(scores, axis=1))) == at
    assert int(np.nanargmax(scores[at])) == 2


@pytest.mark.parametrize("mode", ["forecasting", "reconstruction"])
def test_a_model_refuses_to_score_in_a_mode_it_was_not_trained_for(
    mode: Literal["forecasting", "reconstruction"],
) -> None:
    detector = small(mode=mode).fit(sine(400))
    other: Literal["forecasting", "reconstruction"] = "reconstruction" if mode == "forecasting" else "forecasting"
    for wrong in (other, "both"):
        detector.mode = wrong
        with pytest.raises(InputError, match=f"trained for {mode}, so it cannot score in mode {wrong}"):
            detector.score(sine(100))


def test_a_model_trained_for_both_can_be_switched_and_its_score_is_their_mean() -> None:
    detector = small(gamma=0.5).fit(sine(400))
    found = {}
    for mode in ("both", "forecasting", "reconstruction"):
        detector.mode = mode
        found[mode] = detector.score(sine(100, seed=4))[detector.window :]
    assert np.allclose(found["both"], (found["forecasting"] + 0.5 * found["reconstruction"]) / 1.5)


def test_usual_rows_have_a_score_of_about_one() -> None:
    detector = small().fit(sine(1200, 2))
    assert 0.5 < float(np.nanmean(detector.score(sine(1200, 2)))) < 2


def test_the_convolution_is_used_and_every_weight_learns() -> None:
    for given in ({}, {"attention": "gatv2"}, {"reconstruction": "gru"}):
        made = net(forecast=(40,), **given)
        made.forecaster[-1].weight.data.normal_()
        made.loss(torch.rand(4, 10, 3), 0).backward()
        for name, parameter in made.named_parameters():
            if parameter.requires_grad:
                assert parameter.grad is not None, name
                assert parameter.grad.abs().sum() > 0, name


def test_feature_attention_is_between_channels_and_time_attention_between_rows() -> None:
    made = net()
    assert made.attention(torch.rand(2, 9, 3)).shape == (2, 3, 3)
    assert made.feature.ends.in_features == 9
    assert made.time.ends.in_features == 3


def test_the_forecast_is_of_the_very_next_row() -> None:
    ramp = np.arange(600.0)[:, None] / 100
    detector = small(mode="forecasting", highway=2, clean=False, training=replace(QUICK, epochs=1, lr=1e-9))
    detector._fit(ramp)
    detector._net.linear.weight.copy_(torch.tensor([[-1.0], [2.0]]))  # the line through the last two rows
    detector._net.linear.bias.zero_()
    away = np.abs(ramp[10:] - slide(detector._heads, ramp, 10, detector._net)[:-1, :1])
    assert away.max() < 0.002, "a row skipped would be an error of 0.01"


def test_the_loss_and_its_gradient_are_finite_where_the_error_is_zero() -> None:
    made = net(reconstruction=None)
    batch = torch.zeros(4, 10, 3)
    loss = made.loss(batch, 0)
    loss.backward()
    assert loss.item() < 1e-3
    assert all(bool(p.grad.isfinite().all()) for p in made.parameters() if p.grad is not None)


def test_log_variances_are_bounded_whatever_the_network_says() -> None:
    raw = torch.tensor([-1e30, -5.0, 0.0, 5.0, 1e30])
    assert torch.equal(bounded(raw)[[0, 2, 4]], torch.tensor([-10.0, -3.0, 4.0]))
    vae = Vae(2, 3, 2, 4).train()
    mean, log_variance, divergence = vae(torch.full((5, 2), 1e20))
    assert all(bool(t.isfinite().all()) for t in (mean, log_variance))
    assert (divergence >= 0).all()


def test_the_reconstruction_is_of_the_window_itself() -> None:
    x = sine(1500, 2).values
    detector = small(mode="reconstruction", latent=2, training=Training(epochs=12, batch=32, stride=4, lr=5e-3))
    detector._fit(x)
    windows = torch.from_numpy(np.stack([x[i : i + 10] for i in range(100)]).astype(np.float32))
    network = detector._net
    given_back = network.vae(network.gru(network._mixed(torch.clamp(windows, network.low, network.high))))[0]
    assert float((given_back - windows)[:, -1].square().mean()) < 0.5 * x.var(axis=0).mean()


def test_attention_shifts_are_against_the_training_part_and_sum_to_zero() -> None:
    detector = small().fit(sine(600, 3))
    usual = detector.attention_shift(sine(600, 3), 300, 340)
    values = sine(600, 3).values.copy()
    values[320:340, 1] += 4
    shifted = detector.attention_shift(Series.from_numpy(values), 320, 340)
    assert np.allclose(shifted.sum(axis=1), 0, atol=1e-5)
    assert np.abs(shifted).max() > 2 * np.abs(usual).max()
    with pytest.raises(SeriesError, match="needs 10 rows that end there, got 6"):
        detector.attention_shift(sine(600, 3), 5, 6)


def test_spikes_are_taken_out_of_the_training_part_and_nothing_else() -> None:
    x = sine(1000, 2).values.copy()
    spiked = x.copy()
    spiked[[200, 600], 1] += 12
    cleaned = without_spikes(spiked)
    assert np.abs(cleaned[[200, 600], 1] - x[[200, 600], 1]).max() < 0.5
    assert (cleaned != spiked).sum() < 12
    steps = (np.arange(1000) // 100 % 2).astype(float)[:, None]
    assert np.array_equal(without_spikes(steps), steps)
    assert np.array_equal(without_spikes(np.full((50, 1), 3.0)), np.full((50, 1), 3.0))


def test_wrong_parameters_are_refused_in_one_sentence() -> None:
    with pytest.raises(ParamError, match="kernel must be odd"):
        small(kernel=4)
    with pytest.raises(ParamError, match="edge 0,3, but the series has channels 0 to 1"):
        small(graph=((0, 3),)).fit(sine(200, 2))
    with pytest.raises(ParamError, match=r"MtadGat.mode must be .*, got 'RECONSTRACTING'"):
        small(mode="RECONSTRACTING")


@pytest.mark.parametrize(("rows", "channels", "window"), [(220, 3, 100), (40, 200, 8), (500, 2, 256)])
def test_odd_sizes_are_trained_and_scored(rows: int, channels: int, window: int) -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((rows, channels))
    x[:, 0] = 0.0
    detector = small(window=window, training=Training(epochs=1, batch=8, stride=64)).fit(Series.from_numpy(x))
    scores = detector.score(Series.from_numpy(x))
    assert np.isfinite(scores[window:]).all()


def test_a_stored_model_gives_the_same_scores_and_streams() -> None:
    given = {"window": 10, "hidden": 8, "forecast_layers": "8", "training.epochs": 2, "training.stride": 8}
    model = redshank.fit("mtad-gat", sine(600, 2), name="kept", params=given)
    series = sine(60, 2, seed=5)
    found, again = model.detect(series), redshank.load("kept").detect(series)
    assert np.array_equal(found.score, again.score, equal_nan=True)
    stream = model.stream()
    pushed = [stream.push(time, row).score for time, row in zip(series.times, series.values)]
    assert np.allclose(pushed, found.score, rtol=1e-4, equal_nan=True)


def real(data: Path, rows: int) -> dict[str, np.ndarray[Any, Any]]:
    """The first rows of one training series of SMD, SMAP, MSL and ASD each, as they are."""
    import pyarrow.parquet as pq

    asd = pq.read_table(data / "ASD/omi-1/train.parquet")
    numbers = [name for name in asd.column_names if str(asd.schema.field(name).type) in ("double", "float")]
    return {
        "SMD": np.loadtxt(data / "ServerMachineDataset/train/machine-1-6.txt", delimiter=",", max_rows=rows),
        "SMAP": np.load(data / "telemanom/train/A-4.npy")[:rows].astype(float),
        "MSL": np.load(data / "telemanom/train/T-12.npy")[:rows].astype(float),
        "ASD": np.stack([asd[name].to_numpy()[:rows] for name in numbers], axis=1),
    }


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.parametrize("mode", ["forecasting", "reconstruction", "both"])
def test_no_score_is_ever_nan_on_real_series_whatever_the_seed(mode: Any, data: Path) -> None:
    for name, x in real(data, 700).items():
        series = Series.from_numpy(x)
        for seed in range(50):
            settings = Training(epochs=2, batch=32, stride=16, lr=1e-2, seed=seed)
            scores = small(window=32, mode=mode, training=settings).fit(series).score(series)
            assert np.isfinite(scores[32:]).all(), (name, seed)
