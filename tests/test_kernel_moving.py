"""Moving means against the slow, obvious way."""

from __future__ import annotations

import numpy as np
import pytest

from redshank.kernels.moving import moving_mean, moving_sum, weighted_past_mean
from redshank.kernels.tail import Tail


@pytest.mark.parametrize("width", [1, 2, 7, 30, 100, 1000])
def test_moving_sums_and_means_equal_the_slow_way(width: int) -> None:
    x = np.random.default_rng(0).standard_normal(257)
    slow = np.array([x[max(0, t - width + 1) : t + 1].sum() for t in range(len(x))])
    assert np.allclose(moving_sum(x, width), slow, rtol=1e-12, atol=1e-12)
    counts = np.minimum(np.arange(1, len(x) + 1), width)
    assert np.allclose(moving_mean(x, width), slow / counts, rtol=1e-12, atol=1e-12)


def test_missing_values_are_left_out_of_a_moving_mean() -> None:
    x = np.random.default_rng(0).standard_normal(100)
    x[[0, 1, 20, 21, 22, 60]] = np.nan
    windows = [x[max(0, t - 2) : t + 1] for t in range(len(x))]
    slow = [np.mean(w[~np.isnan(w)]) if (~np.isnan(w)).any() else np.nan for w in windows]
    assert np.allclose(moving_mean(x, 3), slow, equal_nan=True)


def test_a_moving_sum_does_not_drift_over_a_million_points() -> None:
    x = np.full(1_000_000, 0.1)
    x[:10] = 1e12
    assert moving_sum(x, 5)[-1] == pytest.approx(0.5, rel=1e-12)


@pytest.mark.parametrize("span", [2, 8, 50])
def test_a_weighted_past_mean_equals_its_recursion(span: int) -> None:
    x = np.random.default_rng(0).standard_normal((500, 2))
    mean, weight = np.empty_like(x), 2 / (span + 1)
    mean[0] = x[0]
    for t in range(1, len(x)):
        mean[t] = (1 - weight) * mean[t - 1] + weight * x[t - 1]
    assert np.allclose(weighted_past_mean(x, span), mean, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("length", [0, 1, 3, 50])
def test_a_tail_remembers_the_last_rows_whatever_comes_at_once(length: int) -> None:
    rng = np.random.default_rng(length)
    x = rng.standard_normal((2000, 2))
    tail, at = Tail(length), 0
    while at < len(x):
        count = int(rng.choice([1, 1, 1, 2, 7, 60, 200]))
        rows = x[at : at + count]
        assert np.array_equal(tail.extend(rows), x[max(0, at - length) : at + len(rows)])
        at += len(rows)
        if length:
            assert np.array_equal(tail.rows, x[max(0, at - length) : at])
