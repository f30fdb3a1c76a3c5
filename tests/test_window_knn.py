"""Distances to the nearest training windows."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from redshank.detectors.kmeans import Kmeans
from redshank.detectors.window_knn import WindowKnn
from redshank.series import Series
from redshank.testing import DetectorContract, sine


class TestWindowKnn(DetectorContract):
    make = partial(WindowKnn, window=16)


class TestLookingAhead(DetectorContract):
    make = partial(WindowKnn, window=16, k=3, lookahead=True)


class TestFoundPeriod(DetectorContract):
    make = partial(WindowKnn, window=None)


def test_the_score_is_the_distance_to_the_nearest_window() -> None:
    train, test = sine(600, channels=2), sine(200, channels=2, seed=4)
    detector = WindowKnn(window=8, k=2).fit(train)
    bank, queries = (
        np.lib.stride_tricks.sliding_window_view(s.values, 8, axis=0).reshape(-1, 16) for s in (train, test)
    )
    apart = np.sort(((queries[:, None] - bank) ** 2).sum(axis=2), axis=1)[:, :2].mean(axis=1)
    scores = detector.score(test)[7:]
    assert np.allclose((scores**2).sum(axis=1) * 8, apart, rtol=1e-5)


def test_a_bank_is_bounded_and_the_same_every_time() -> None:
    assert WindowKnn(window=8, bank=50).fit(sine(2000)).rows_.shape == (50, 8)
    assert np.array_equal(WindowKnn(bank=50).fit(sine()).rows_, WindowKnn(bank=50).fit(sine()).rows_)


@pytest.mark.parametrize("make", [partial(WindowKnn, window=16), partial(Kmeans, window=16, k=8)])
def test_a_channel_that_never_moved_is_heard_when_it_does(make) -> None:  # type: ignore[no-untyped-def]
    train = np.concatenate([sine(800).values, np.full((800, 1), 4.0)], axis=1)
    test = train[:300].copy()
    test[200, 1] += 0.3
    scores = make().fit(Series.from_numpy(train)).score(Series.from_numpy(test))
    assert np.isfinite(scores[15:]).all()
    assert scores[200].argmax() == 1
    assert scores[200, 1] > 3 * scores[15:200].max()
