"""Theta: its equivalence with two theta lines, statsmodels' figures, and the level's first rows."""

from __future__ import annotations

import numpy as np
import pytest

from redshank.errors import SeriesError
from redshank.forecasters.theta import Theta
from redshank.kernels.seasons import has_season
from redshank.kernels.smoothing import follow_level, level_lag
from redshank.series import Series
from redshank.testing import ForecasterContract, sine


class TestTheta(ForecasterContract):
    make = staticmethod(lambda: Theta(period=24))


class TestThetaWithoutSeason(ForecasterContract):
    make = staticmethod(lambda: Theta(seasonal="none"))
    seasonal = False


def forecast(theta: Theta, x: np.ndarray, horizon: int) -> np.ndarray:
    memory = theta.begin()
    theta.advance(memory, x[:, None])
    return theta.ahead(memory, horizon)[:, 0]


@pytest.mark.parametrize("name", ["elnino", "nile", "co2"])
def test_weight_slope_and_forecast_are_those_of_statsmodels(name: str) -> None:
    datasets = pytest.importorskip("statsmodels.api").datasets
    theirs = pytest.importorskip("statsmodels.tsa.forecasting.theta").ThetaModel
    frame = getattr(datasets, name).load_pandas().data
    x, period = {
        "elnino": lambda: (frame.iloc[:, 1:].to_numpy().ravel(), 12),
        "nile": lambda: (frame.volume.to_numpy(), 1),
        "co2": lambda: (frame.co2.interpolate().to_numpy()[-1040:], 52),
    }[name]()
    ours = Theta(period=period, seasonal="auto" if period > 1 else "none").fit(Series.from_numpy(x))
    other = theirs(x, period=period, deseasonalize=period > 1, method="multiplicative").fit()
    assert ours.slope_[0] == pytest.approx(other.params["b0"], rel=1e-9)
    assert ours.alpha_[0] == pytest.approx(other.params["alpha"], abs=1e-3)
    assert np.allclose(forecast(ours, x, 24), other.forecast(24), rtol=5e-4)


def test_it_is_the_mean_of_the_theta_lines_0_and_2() -> None:
    rng = np.random.default_rng(0)
    x = 50 + 0.3 * np.arange(300) + rng.standard_normal(300).cumsum()
    theta = Theta(seasonal="none").fit(Series.from_numpy(x))
    time = np.arange(300)
    slope, start = np.polyfit(time, x, 1)
    line = start + slope * (299 + np.arange(1, 11))
    doubled = 2 * x - (start + slope * time)
    level = doubled[0]
    for value in doubled[1:]:
        level += float(theta.alpha_[0]) * (value - level)
    assert np.allclose(forecast(theta, x, 10), (line + level) / 2, rtol=1e-6)


@pytest.mark.parametrize("alpha", [0.001, 0.2, 0.4, 0.9])
def test_the_level_is_a_mean_until_a_row_weighs_less_than_alpha(alpha: float) -> None:
    z = np.random.default_rng(0).standard_normal(60)
    level, slow, lag, lags = 0.0, [], 0.0, []
    for t, value in enumerate(z):
        slow.append(level)
        lags.append(lag)
        gain = max(alpha, 1 / (t + 1))
        level += gain * (value - level)
        lag = (1 - gain) * (lag + 1) if t else 0.0
    weight = np.array([alpha])
    found, last = follow_level(z[:, None], np.zeros(1), 0, weight)
    assert np.allclose(found[:, 0], slow, atol=1e-12)
    assert last[0] == pytest.approx(level)
    assert np.allclose([level_lag(t, weight)[0] for t in range(1, 60)], lags[1:], atol=1e-9)
    second, _ = follow_level(z[37:, None], found[37], 37, weight)
    assert np.allclose(second[:, 0], slow[37:], atol=1e-12)


def test_auto_multiplies_only_well_above_zero() -> None:
    wave = sine(480, period=24).values[:, 0]
    season = np.stack([wave + 3, wave + 0.9, 100 * wave], axis=1)
    theta = Theta(period=24).fit(Series.from_numpy(season))
    assert (theta.times_ != 1).any(axis=0).tolist() == [True, False, False]
    assert (theta.added_ != 0).any(axis=0).tolist() == [False, True, True]


def test_a_channel_without_season_is_given_none() -> None:
    rng = np.random.default_rng(0)
    x = np.stack([rng.standard_normal(480), sine(480, period=24).values[:, 0]], axis=1)
    assert not has_season(x[:, 0], 24)
    assert has_season(x[:, 1], 24)
    assert (Theta(period=24).fit(Series.from_numpy(x)).added_ != 0).any(axis=0).tolist() == [False, True]


def test_a_series_may_begin_anywhere_in_its_season() -> None:
    train = sine(480, 2, period=24, noise=0.1)
    series = Series.from_numpy(train.values + [0.0, 5.0])
    theta = Theta(period=24).fit(series)
    errors = []
    for shift in range(0, 24, 5):
        x = series.values[shift:]
        errors.append(float(np.nanmean(np.abs(x - theta.advance(theta.begin(), x)))))
    assert max(errors) < 1.1 * min(errors)


def test_a_multiplicative_season_refuses_values_that_are_not_positive() -> None:
    with pytest.raises(SeriesError, match=r"needs values above 0, .* Choose seasonal=add\."):
        Theta(seasonal="mul", period=24).fit(sine(480, period=24))
