"""Distances to typical windows."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from redshank.detectors.kmeans import Kmeans
from redshank.kernels.clusters import kmeans
from redshank.testing import DetectorContract, sine


class TestKmeans(DetectorContract):
    make = partial(Kmeans, window=16, k=12)


class TestNormalised(DetectorContract):
    make = partial(Kmeans, window=16, k=12, normalise=True)


class TestFoundPeriod(DetectorContract):
    make = partial(Kmeans, window=None, k=8)


def test_clusters_are_as_tight_as_those_of_scikit_learn() -> None:
    from sklearn.cluster import KMeans

    rng = np.random.default_rng(0)
    rows = rng.standard_normal((3000, 8)) + 6 * rng.standard_normal((12, 8))[rng.integers(12, size=3000)]
    theirs = KMeans(12, n_init=1, random_state=0).fit(rows).inertia_
    centres = kmeans(rows, 12)
    ours = ((rows[:, None] - centres) ** 2).sum(axis=2).min(axis=1).sum()
    assert ours <= 1.1 * theirs


def test_more_clusters_than_different_rows_are_no_trouble() -> None:
    rows = np.repeat([[0.0, 0.0], [1.0, 1.0]], 10, axis=0)
    centres = kmeans(rows, 5)
    assert np.isfinite(centres).all()
    assert ((rows[:, None] - centres) ** 2).sum(axis=2).min(axis=1).max() == pytest.approx(0)


def test_the_score_is_the_distance_to_the_nearest_centre() -> None:
    train, test = sine(600, channels=2), sine(200, channels=2, seed=4)
    detector = Kmeans(window=8, k=6).fit(train)
    windows = np.lib.stride_tricks.sliding_window_view(test.values, 8, axis=0).reshape(-1, 16)
    apart = ((windows[:, None] - detector.centres_) ** 2).sum(axis=2).min(axis=1)
    scores = detector.score(test)[7:]
    assert np.allclose((scores**2).sum(axis=1) * 8, apart)
