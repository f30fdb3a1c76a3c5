"""Running moments equal numpy's on the whole, however the data are cut."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redshank.kernels.moments import Moments, Spread


@given(st.lists(st.integers(1, 40), min_size=2, max_size=12), st.sampled_from([0.0, 100.0]), st.booleans())
def test_any_cut_into_batches_gives_the_moments_of_the_whole(sizes, level, population):
    x = level + np.random.default_rng(sum(sizes)).standard_normal((sum(sizes), 4)) * [1, 5, 0.1, 2]
    running = Moments.empty(4)
    for part in np.split(x, np.cumsum(sizes)[:-1]):
        running = running.add(part)
    assert running.count == len(x)
    assert np.allclose(running.mean, x.mean(axis=0), rtol=1e-10, atol=1e-10)
    assert np.allclose(running.covariance(population), np.cov(x.T, ddof=0 if population else 1), rtol=1e-10, atol=1e-10)


def test_single_rows_give_the_moments_of_the_whole():
    x = np.random.default_rng(0).standard_normal((500, 3)) * 1e3
    running = Moments.empty(3)
    for row in x:
        running = running.add(row[None])
    assert np.allclose(running.covariance(), np.cov(x.T), rtol=1e-10)


def test_merging_is_the_same_in_either_order():
    rng = np.random.default_rng(1)
    a, b = Moments.of(rng.standard_normal((7, 2))), Moments.of(5 + rng.standard_normal((900, 2)))
    assert np.allclose(a.merge(b).covariance(), b.merge(a).covariance(), rtol=1e-13)


def test_nothing_merged_in_changes_nothing():
    some = Moments.of(np.random.default_rng(2).standard_normal((5, 2)))
    assert some.merge(Moments.empty(2)) is some
    assert Moments.empty(2).merge(some) is some


def test_more_rows_than_a_block_give_numpys_figures():
    x = np.random.default_rng(3).standard_normal((100_000, 2)) + [1e4, -3]
    assert np.allclose(Moments.of(x).covariance(), np.cov(x.T), rtol=1e-10)
    assert np.allclose(Moments.of(x).variance(population=True), x.var(axis=0), rtol=1e-10)


@pytest.mark.parametrize("population", [False, True])
def test_one_row_has_a_population_variance_of_zero_and_no_sample_variance(population):
    variance = Moments.of(np.array([[1.0, 2.0]])).variance(population)
    assert (variance == 0).all() if population else np.isnan(variance).all()


@given(st.lists(st.integers(1, 30), min_size=1, max_size=8))
def test_the_variance_of_each_channel_alone_is_that_of_the_whole(sizes):
    x = 50 + np.random.default_rng(sum(sizes)).standard_normal((sum(sizes), 3)) * [1, 10, 0]
    spread = Spread()
    for part in np.split(x, np.cumsum(sizes)[:-1]):
        spread.add(part)
    assert np.allclose(spread.mean, x.mean(axis=0), rtol=1e-12)
    assert np.allclose(spread.variance, x.var(axis=0), rtol=1e-10, atol=1e-12)
