"""Periods: found where there are some, not found where there are none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redshank.kernels.spectrum import autocorrelation, fast_length, find_period, tsb_ad_period


@pytest.mark.parametrize("period", [2, 3, 5, 12, 24, 48])
def test_a_noisy_sine_has_its_period(period: int) -> None:
    rng = np.random.default_rng(period)
    x = np.sin(2 * np.pi * np.arange(2000) / period + 1) + 0.5 * rng.standard_normal(2000)
    assert find_period(x) == period


@pytest.mark.parametrize("seed", range(10))
def test_neither_noise_nor_a_random_walk_has_a_period(seed: int) -> None:
    noise = np.random.default_rng(seed).standard_normal(1000)
    assert find_period(noise) == 1
    assert find_period(noise.cumsum()) == 1


def test_a_trend_spikes_and_gaps_do_not_hide_a_period() -> None:
    rng = np.random.default_rng(0)
    x = np.sin(2 * np.pi * np.arange(600) / 12) + 0.1 * np.arange(600) + 0.2 * rng.standard_normal(600)
    x[rng.integers(0, 600, 6)] += 1000
    x[100:150] = np.nan
    assert find_period(x) == 12


def test_channels_vote() -> None:
    rng = np.random.default_rng(0)
    wave = np.sin(2 * np.pi * np.arange(1000) / 24)
    x = np.stack([np.zeros(1000), rng.standard_normal(1000), wave, 1e6 * wave], axis=1)
    assert find_period(x) == 24


@pytest.mark.parametrize(
    "x", [np.zeros(0), np.zeros(1), np.ones(3), np.ones((100, 2)), np.full(100, np.nan), np.arange(50.0)]
)
def test_nothing_to_find_gives_one(x: np.ndarray) -> None:
    assert find_period(x) == 1


def test_the_month_is_the_cycle_of_sea_temperatures() -> None:
    elnino = pytest.importorskip("statsmodels.api").datasets.elnino.load_pandas().data.iloc[:, 1:]
    assert find_period(elnino.to_numpy().ravel()) == 12


def test_the_period_is_never_longer_than_asked() -> None:
    x = np.sin(2 * np.pi * np.arange(2000) / 100)
    assert find_period(x, longest=100) == 100
    assert find_period(x, longest=50) == 1


@given(st.integers(1, 300), st.integers(0, 400))
def test_the_autocorrelation_is_that_of_the_definition(n: int, lags: int) -> None:
    x = np.random.default_rng(n).standard_normal(n) + 5
    y = x - x.mean()
    slow = [float(y[: n - k] @ y[k:]) for k in range(min(lags + 1, n))]
    whole = slow[0] if n > 1 else 1.0
    assert np.allclose(autocorrelation(x, lags), np.array(slow) / whole, atol=1e-12)


def test_a_constant_has_no_autocorrelation() -> None:
    assert not autocorrelation(np.full(1000, 0.1), 10).any()


@pytest.mark.parametrize("seed", range(6))
def test_the_benchmark_rule_is_the_benchmarks(seed: int) -> None:
    acf = pytest.importorskip("statsmodels.tsa.stattools").acf
    rng = np.random.default_rng(seed)
    n = int(rng.integers(500, 25_000))
    x = np.sin(2 * np.pi * np.arange(n) / rng.integers(5, 400)) + 0.3 * rng.standard_normal(n)
    tail = acf(x[:20_000], nlags=400, fft=True)[3:]
    tops = [i for i in range(1, len(tail) - 1) if tail[i - 1] < tail[i] > tail[i + 1]]
    best = max(tops, key=lambda i: tail[i])
    assert tsb_ad_period(x[:, None]) == (best + 3 if 3 <= best <= 300 else 125)


def test_the_benchmark_rule_falls_back() -> None:
    assert tsb_ad_period(np.zeros(1000)) == 125
    assert tsb_ad_period(np.arange(5.0)) == 125
    assert tsb_ad_period(np.sin(2 * np.pi * np.arange(5000) / 350)) == 125
    assert find_period(np.zeros(1000), rule="tsb-ad") == 125


@given(st.integers(1, 10**6))
def test_a_fast_length_is_long_enough_and_smooth(n: int) -> None:
    found = fast_length(n)
    assert n <= found < 2 * n + 1
    for prime in (2, 3, 5):
        while found % prime == 0:
            found //= prime
    assert found == 1
