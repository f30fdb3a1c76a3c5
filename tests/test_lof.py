"""Local outlier factor."""

from __future__ import annotations

import numpy as np
import pytest

from redshank.detectors.lof import Lof
from redshank.series import Series
from redshank.testing import DetectorContract


class TestLof(DetectorContract):
    make = Lof


class TestLofOfRows(DetectorContract):
    make = staticmethod(lambda: Lof(window=1, neighbours=10))


@pytest.mark.parametrize("window", [1, 6])
@pytest.mark.parametrize("channels", [1, 4])
def test_it_agrees_with_scikit_learn(window: int, channels: int) -> None:
    neighbors = pytest.importorskip("sklearn.neighbors")
    rng = np.random.default_rng(0)
    train, test = (rng.standard_normal((n, channels)) for n in (400, 150))
    rows = [
        np.lib.stride_tricks.sliding_window_view(x, window, axis=0).reshape(-1, channels * window)
        for x in (train, test)
    ]
    theirs = -neighbors.LocalOutlierFactor(novelty=True).fit(rows[0]).score_samples(rows[1])
    ours = Lof(window=window).fit(Series.from_numpy(train)).score(Series.from_numpy(test)).sum(axis=1)[window - 1 :]
    assert np.allclose(ours, theirs, rtol=1e-6)


def test_what_is_normal_in_a_loose_place_is_strange_in_a_tight_one() -> None:
    rng = np.random.default_rng(0)
    train = np.concatenate([0.01 * rng.standard_normal(300), 10 + rng.standard_normal(300)])
    scores = Lof(window=1).fit(Series.from_numpy(train)).score(Series.from_numpy([0.5, 10.5]))[:, 0]
    assert scores[0] > 10
    assert scores[1] < 1.5


def test_a_bank_holds_training_windows_from_start_to_end() -> None:
    detector = Lof(window=3, bank=50).fit(Series.from_numpy(np.arange(1000.0)))
    assert detector.rows_.shape == (50, 3)
    assert detector.rows_[[0, -1], 0].tolist() == [0.0, 997.0]
