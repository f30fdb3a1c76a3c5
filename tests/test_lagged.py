"""Moments of windows from lagged products equal those of the windows themselves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive_windows import naive_windows

from redshank.kernels.lagged import window_moments


def naive_window_moments(x, lags, step):
    """Mean and covariance of windows that were written out."""
    span = (lags - 1) * step + 1
    flat = naive_windows(x, span).reshape(-1, x.shape[1], span)[:, :, ::step].reshape(-1, x.shape[1] * lags)
    return len(flat), flat.mean(axis=0), np.cov(flat.T).reshape(flat.shape[1], flat.shape[1])


@given(st.integers(1, 3), st.integers(2, 8), st.integers(1, 3), st.integers(2, 60))
def test_moments_equal_those_of_windows_written_out(channels, lags, step, more):
    x = np.random.default_rng(more).standard_normal(((lags - 1) * step + more, channels)).cumsum(axis=0)
    x -= x.mean(axis=0)
    moments = window_moments(x[None], lags, step)
    count, mean, covariance = naive_window_moments(x, lags, step)
    assert moments.count == count
    assert np.allclose(moments.mean[0], mean, rtol=1e-9, atol=1e-11)
    assert np.allclose(moments.covariance()[0], covariance, rtol=1e-9, atol=1e-9)


def test_groups_are_kept_apart():
    x = np.random.default_rng(0).standard_normal((4, 80, 1))
    together = window_moments(x, 6)
    for group in range(4):
        assert np.allclose(together.covariance()[group], window_moments(x[group : group + 1], 6).covariance()[0])


def test_a_window_of_one_point_has_the_moments_of_the_rows():
    x = np.random.default_rng(1).standard_normal((50, 3))
    assert np.allclose(window_moments(x[None], 1).covariance()[0], np.cov(x.T))


def test_parts_of_a_series_merge_without_windows_over_the_seam():
    x = np.random.default_rng(2).standard_normal((100, 1))
    merged = window_moments(x[None, :40], 5).merge(window_moments(x[None, 40:], 5))
    flat = np.concatenate([naive_windows(x[:40], 5), naive_windows(x[40:], 5)])
    assert merged.count == len(flat)
    assert np.allclose(merged.covariance()[0], np.cov(flat.T))


@pytest.mark.parametrize("time", [100, 100_000])
def test_a_long_series_loses_no_digits(time):
    x = np.sin(np.arange(time) / 7)[None, :, None]
    covariance = window_moments(x, 12).covariance()[0]
    assert np.linalg.eigvalsh(covariance)[:-2].max() < 1e-12
    assert np.allclose(covariance, naive_window_moments(x[0], 12, 1)[2], rtol=1e-9, atol=1e-12)
