"""Holt-Winters: the recursion against its equations and statsmodels, the weights, the figures of TDgpt's test."""

from __future__ import annotations

import naive_smoothing
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redshank.errors import SeriesError
from redshank.forecasters.holt_winters import HoltWinters
from redshank.kernels.least_squares import least_squares
from redshank.kernels.seasons import place_in_season, seasonal_profile
from redshank.kernels.smoothing import State, Weights, smooth
from redshank.series import Series
from redshank.testing import ForecasterContract, sine

PARTS = ["none", "add", "mul"]


class TestHoltWinters(ForecasterContract):
    make = staticmethod(lambda: HoltWinters(period=24))
    tolerance = 1e-3  # of a forecast: the valley of the weights is flat, and rounding stops the search elsewhere in it


class TestSimpleSmoothing(ForecasterContract):
    make = staticmethod(lambda: HoltWinters(trend="none", seasonal="none"))
    seasonal = False


def forecast(forecaster: HoltWinters, x: np.ndarray, horizon: int) -> np.ndarray:
    memory = forecaster.begin()
    forecaster.advance(memory, x[:, None])
    return forecaster.ahead(memory, horizon)[:, 0]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PARTS), st.sampled_from(PARTS), st.integers(2, 9), st.integers(1, 90), st.integers(0, 99))
def test_smoothing_is_that_of_the_equations(trend: str, seasonal: str, period: int, n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    columns = 3
    x = 5 + rng.random((n, columns))
    alpha = rng.random(columns)
    # Weights at which no rounding error grows: with a quick trend and season the recursion itself is unstable.
    weights = Weights(
        alpha, 0.3 * rng.random(columns), (1 - alpha) * rng.random(columns), 0.8 + 0.2 * rng.random(columns)
    )
    if trend == "none":
        weights = weights._replace(beta=np.zeros(columns), phi=np.zeros(columns))
    level, growth = 5 + rng.random(columns), (1.0 if trend == "mul" else 0.0) + 0.01 * rng.random(columns)
    growth = growth if trend != "none" else np.zeros(columns)
    season = (1.0 if seasonal == "mul" else 0.0) + 0.1 * rng.random((period, columns))
    state = State(level, growth, season.copy() if seasonal != "none" else np.zeros((1, columns)))
    found = smooth(x, state, weights, trend, seasonal)
    for c in range(columns):
        own = tuple(float(w[c]) for w in weights)
        slow = naive_smoothing.smooth(
            x[:, c].tolist(), level[c], growth[c], season[:, c].tolist(), own, trend, seasonal
        )
        assert np.allclose(found[:, c], slow, rtol=1e-10)


def test_long_blocks_do_not_drift() -> None:
    x = np.random.default_rng(0).standard_normal((40_000, 1)).cumsum(axis=0)
    weights = Weights(*(np.array([w]) for w in (0.01, 0.001, 0.0, 1.0)))
    found = smooth(x, State(x[0], np.zeros(1), np.zeros((1, 1))), weights, "add", "none")
    slow = naive_smoothing.smooth(x[:, 0].tolist(), x[0, 0], 0.0, [], (0.01, 0.001, 0.0, 1.0), "add", "none")
    assert np.abs(found[:, 0] - slow).max() < 1e-9


@pytest.mark.parametrize("trend", PARTS)
@pytest.mark.parametrize("seasonal", PARTS)
def test_smoothing_with_given_weights_is_statsmodels(trend: str, seasonal: str) -> None:
    holtwinters = pytest.importorskip("statsmodels.tsa.holtwinters")
    rng = np.random.default_rng(0)
    x = 20 + 3 * np.sin(np.arange(96) * 2 * np.pi / 12) + rng.random(96) + 0.05 * np.arange(96)
    season = np.linspace(0.8, 1.2, 12) if seasonal == "mul" else np.linspace(-2, 2, 12)
    growth = {"none": 0.0, "add": 0.1, "mul": 1.01}[trend]
    theirs = holtwinters.ExponentialSmoothing(
        x,
        trend=None if trend == "none" else trend,
        damped_trend=trend != "none",
        seasonal=None if seasonal == "none" else seasonal,
        seasonal_periods=12 if seasonal != "none" else None,
        initialization_method="known",
        initial_level=20.0,
        initial_trend=growth if trend != "none" else None,
        initial_seasonal=season if seasonal != "none" else None,
    ).fit(
        smoothing_level=0.4,
        smoothing_trend=0.2 if trend != "none" else None,
        smoothing_seasonal=0.3 if seasonal != "none" else None,
        damping_trend=0.9 if trend != "none" else None,
        optimized=False,
    )
    weights = Weights(*(np.array([w]) for w in (0.4, 0.2 * (trend != "none"), 0.3, 0.9 * (trend != "none"))))
    ring = season[:, None].copy() if seasonal != "none" else np.zeros((1, 1))
    ours = smooth(x[:, None], State(np.array([20.0]), np.array([growth]), ring), weights, trend, seasonal)
    assert np.allclose(ours[:, 0], theirs.fittedvalues, rtol=1e-9)


def test_simple_smoothing_gives_the_forecast_of_tdgpts_own_test() -> None:
    x = np.array([5, 14, 15, 15, 14, 19, 17, 16, 20, 22, 8, 21, 28, 11, 9, 29, 40.0])
    forecaster = HoltWinters(trend="none", seasonal="none").fit(Series.from_numpy(x))
    ahead = forecast(forecaster, x, 10)
    expected = forecaster.advance(forecaster.begin(), x[:, None])[1:, 0]
    assert np.allclose(ahead, 28.784811, atol=1e-5)
    assert forecaster.alpha_[0] == pytest.approx(0.43111013, abs=1e-6)
    assert np.square(x[1:] - expected).sum() == pytest.approx(1295.7487, abs=1e-3)


def test_forecasts_of_sea_temperatures_are_as_good_as_those_of_statsmodels() -> None:
    """Mean absolute error over 12 months from 3 origins: at most 5 % above theirs."""
    holtwinters = pytest.importorskip("statsmodels.tsa.holtwinters")
    elnino = pytest.importorskip("statsmodels.api").datasets.elnino.load_pandas().data.iloc[:, 1:].to_numpy().ravel()
    ours, theirs = [], []
    for origin in range(400, 720, 140):
        past, later = elnino[:origin], elnino[origin : origin + 12]
        ours.append(np.abs(forecast(HoltWinters(period=12).fit(Series.from_numpy(past)), past, 12) - later).mean())
        other = holtwinters.ExponentialSmoothing(
            past, trend="add", damped_trend=True, seasonal="add", seasonal_periods=12
        )
        theirs.append(np.abs(other.fit().forecast(12) - later).mean())
    assert np.mean(ours) < 1.05 * np.mean(theirs)


@pytest.mark.parametrize("trend", PARTS)
@pytest.mark.parametrize(("seasonal", "share"), [("add", 0.5), ("mul", 0.35)])
def test_every_form_beats_the_last_value_on_a_growing_season(trend: str, seasonal: str, share: float) -> None:
    rng = np.random.default_rng(0)
    t = np.arange(132)
    x = (50 + t) * (1 + 0.3 * np.sin(t * 2 * np.pi / 12)) * (1 + 0.02 * rng.standard_normal(132))
    past, later = x[:120], x[120:]
    for damped in (True, False):
        forecaster = HoltWinters(trend=trend, seasonal=seasonal, damped=damped, period=12).fit(Series.from_numpy(past))
        assert np.abs(forecast(forecaster, past, 12) - later).mean() < share * np.abs(past[-1] - later).mean()


def test_a_series_may_begin_anywhere_in_its_season() -> None:
    train = sine(480, period=24, noise=0.1)
    forecaster = HoltWinters(period=24).fit(train)
    errors = []
    for shift in range(0, 24, 5):
        x = train.values[shift:]
        expected = forecaster.advance(forecaster.begin(), x)
        errors.append(float(np.nanmean(np.abs(x - expected))))
    assert max(errors) < 1.2 * min(errors)


def test_a_multiplicative_part_refuses_values_that_are_not_positive() -> None:
    series = Series.from_numpy(sine(200, period=24).values)
    with pytest.raises(SeriesError, match=r"multiplicative season needs values above 0, .* Choose seasonal=add\."):
        HoltWinters(seasonal="mul", period=24).fit(series)
    with pytest.raises(SeriesError, match=r"multiplicative trend needs values above 0, .* Choose trend=add\."):
        HoltWinters(trend="mul", seasonal="none").fit(series)


def test_a_fall_to_zero_later_on_leaves_a_multiplicative_form_finite() -> None:
    x = sine(480, period=24).values + 3
    forecaster = HoltWinters(trend="mul", seasonal="mul", period=24).fit(Series.from_numpy(x))
    broken = x.copy()
    broken[200:230] = 0.0
    broken[300:310] = -5.0
    memory = forecaster.begin()
    assert np.isfinite(forecaster.advance(memory, broken)[48:]).all()
    assert np.isfinite(forecaster.ahead(memory, 100)).all()


@pytest.mark.parametrize("period", [2, 3, 12, 7])
@pytest.mark.parametrize("seasonal", ["add", "mul"])
def test_the_profile_is_that_of_the_classical_decomposition(period: int, seasonal: str) -> None:
    decompose = pytest.importorskip("statsmodels.tsa.seasonal").seasonal_decompose
    x = 5 + np.random.default_rng(period).random(5 * period + 1)
    theirs = decompose(x, period=period, model="additive" if seasonal == "add" else "multiplicative").seasonal[:period]
    assert np.allclose(seasonal_profile(x[:, None], period, seasonal)[:, 0], theirs, rtol=1e-10)


@pytest.mark.parametrize("seasonal", ["add", "mul"])
def test_the_place_in_the_season_is_found(seasonal: str) -> None:
    rng = np.random.default_rng(0)
    profile = rng.random((12, 2)) + (0.5 if seasonal == "mul" else 0)
    profile = profile / profile.mean(axis=0) if seasonal == "mul" else profile - profile.mean(axis=0)
    level = 10 + 0.05 * np.arange(48)[:, None]
    x = level * np.tile(profile, (4, 1)) if seasonal == "mul" else level + np.tile(profile, (4, 1))
    for place in range(12):
        assert place_in_season(x[place : place + 24], profile, seasonal) == place


def test_least_squares_solves_every_column() -> None:
    t = np.linspace(0, 2, 40)[:, None]
    truth = np.array([[2.0, 1.5, 0.3], [0.5, -1.5, -2.0]])
    y = truth[0] * np.exp(truth[1] * t)
    found = least_squares(
        lambda tried, at: tried[:, :1] * np.exp(tried[:, 1:] * t) - y[:, at], np.array([[[1.0] * 3, [0.0] * 3]]), 5.0
    )
    assert np.allclose(found, truth, atol=1e-6)
