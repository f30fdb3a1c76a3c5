"""The reconstruction error baseline meets the contract and follows its recipe."""

import numpy as np
import pytest

from redshank.detectors.pca_error import PcaError
from redshank.kernels.moving import moving_mean
from redshank.series import Series
from redshank.testing import DetectorContract


class TestPcaError(DetectorContract):
    make = PcaError
    localises = False  # a spike of one of three sines breaks the relation between all three


class TestPcaErrorByQuartiles(DetectorContract):
    make = staticmethod(lambda: PcaError(normalise="median-iqr", smooth=1))
    localises = False


def sensors(rows=800, channels=12, seed=0):
    rng = np.random.default_rng(seed)
    mixed = rng.standard_normal((rows, 4)) @ rng.standard_normal((4, channels))
    return mixed + 0.1 * rng.standard_normal((rows, channels))


def recipe(train, test, count, normalise, smooth):
    """Step by step, with the singular value decomposition."""
    mean = train.mean(axis=0)
    axes = np.linalg.svd(train - mean, full_matrices=False)[2][:count]
    usual, errors = (np.abs((x - mean) - (x - mean) @ axes.T @ axes) for x in (train, test))
    if normalise == "mean-std":
        errors = (errors - usual.mean(axis=0)) / usual.std(axis=0)
    elif normalise == "median-iqr":
        low, middle, high = np.percentile(usual, [25, 50, 75], axis=0)
        errors = (errors - middle) / (high - low + 0.01)
    return np.stack([[c[max(0, t - smooth + 1) : t + 1].mean() for t in range(len(c))] for c in errors.T], axis=1)


@pytest.mark.parametrize("normalise", ["mean-std", "median-iqr", "none"])
@pytest.mark.parametrize("smooth", [1, 5])
def test_the_recipe_step_by_step_gives_the_same(normalise, smooth):
    train, test = sensors(seed=0), sensors(200, seed=1)
    detector = PcaError(normalise=normalise, smooth=smooth).fit(Series.from_numpy(train))
    assert np.allclose(detector.score(Series.from_numpy(test)), recipe(train, test, 10, normalise, smooth), rtol=1e-8)


def test_one_channel_is_reconstructed_from_two_components_of_its_last_five_values():
    x = np.sin(np.arange(500) / 5)[:, None] + 0.1 * np.random.default_rng(0).standard_normal((500, 1))
    lags = np.array([x[t : t + 5, 0] for t in range(496)])
    expected = moving_mean(recipe(lags, lags, 2, "mean-std", 1).max(axis=1), 5)
    scores = PcaError().fit(Series.from_numpy(x)).score(Series.from_numpy(x))[:, 0]
    assert np.isnan(scores[:4]).all()
    assert np.allclose(scores[4:], expected, rtol=1e-8)


@pytest.mark.parametrize(("channels", "rank"), [(2, 1), (9, 2), (10, 2), (11, 10), (50, 10), (51, 30), (100, 30)])
def test_as_many_components_are_kept_as_the_recipe_says_and_an_error_is_left(channels, rank):
    detector = PcaError().fit(Series.from_numpy(sensors(400, channels)))
    assert channels - round(float(np.trace(detector.residual_))) == rank


def test_a_channel_that_is_reconstructed_exactly_keeps_the_unit_of_the_data():
    x = sensors(400, 12)
    x[:, 5] = 3.0
    away = x.copy()
    away[200, 5] += 9
    scores = PcaError(smooth=1).fit(Series.from_numpy(x)).score(Series.from_numpy(away))
    assert np.isfinite(scores).all()
    assert scores[200, 5] == pytest.approx(9, rel=0.01)
