"""The nearest z-normalised windows."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from redshank.detectors.matrix_profile import MatrixProfile
from redshank.kernels.profile import Profile
from redshank.testing import DetectorContract, sine


class TestMatrixProfile(DetectorContract):
    make = partial(MatrixProfile, window=16)
    tolerance = 1e-6
    """The root of a difference of correlations keeps half of their digits."""


class TestLookingAhead(DetectorContract):
    make = partial(MatrixProfile, window=16, lookahead=True)


def _slow(query: np.ndarray, bank: np.ndarray, width: int) -> np.ndarray:
    """Every pair of windows, with the conventions for constant ones."""
    a, b = (np.lib.stride_tricks.sliding_window_view(x, width) for x in (query, bank))
    distances = np.empty((len(a), len(b)))
    for i, u in enumerate(a):
        for j, v in enumerate(b):
            flat = (u.std() == 0, v.std() == 0)
            if any(flat):
                distances[i, j] = 0.0 if all(flat) else np.sqrt(width)
            else:
                distances[i, j] = np.linalg.norm((u - u.mean()) / u.std() - (v - v.mean()) / v.std())
    return distances.min(axis=1)


def test_the_profile_equals_the_slow_way_with_constant_windows_too() -> None:
    rng = np.random.default_rng(0)
    bank, query = rng.standard_normal(150), rng.standard_normal(90).cumsum()
    bank[40:60], query[10:30] = 2.0, -1.0
    distances, places = Profile(bank, 12).nearest(query)
    assert np.allclose(distances, _slow(query, bank, 12), atol=1e-6)
    assert ((places >= 0) & (places <= 150 - 12)).all()


@pytest.mark.slow  # numba compiles for most of a minute
@pytest.mark.filterwarnings("ignore")  # numba's and stumpy's own, when they compile
def test_the_profile_equals_stumpys_join() -> None:
    import stumpy

    train, test = sine(1500, noise=0.3).values[:, 0].copy(), sine(900, noise=0.3, seed=5).values[:, 0].copy()
    theirs = stumpy.stump(test, 40, train, ignore_trivial=False)[:, 0].astype(float)
    distances, _ = Profile(train, 40).nearest(test)
    assert np.allclose(distances, theirs, atol=1e-6)


def test_a_perfect_match_keeps_its_digits() -> None:
    train = sine(3000, noise=0.3).values[:, 0]
    distances, places = Profile(train, 50).nearest(train[1000:1200])
    assert distances.max() < 1e-6
    assert np.array_equal(places, np.arange(1000, 1151))


def test_near_ties_in_single_precision_are_told_apart_in_double() -> None:
    rng = np.random.default_rng(3)
    shape = rng.standard_normal(32)
    # Copies of one shape that differ by less than single precision tells, the best one in the middle.
    copies = [shape + 10.0**-power * rng.standard_normal(32) for power in (4, 5, 6, 7, 5, 4)]
    bank, query = np.concatenate(copies), shape + 0.3 * rng.standard_normal(32)
    assert np.allclose(Profile(bank, 32).nearest(query)[0], _slow(query, bank, 32), rtol=1e-9)
