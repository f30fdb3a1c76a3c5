"""Isolation forest."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from redshank.detectors.iforest import Iforest
from redshank.kernels import trees as forests
from redshank.series import Series
from redshank.testing import DetectorContract, sine


class TestIforest(DetectorContract):
    make = Iforest


class TestIforestOverWindows(DetectorContract):
    make = staticmethod(lambda: Iforest(window=5, trees=50))


@pytest.mark.parametrize("channels", [1, 5])
def test_it_ranks_rows_as_scikit_learn_does(channels: int) -> None:
    ensemble = pytest.importorskip("sklearn.ensemble")
    rng = np.random.default_rng(0)
    x = rng.standard_t(4, (1500, channels))
    ours = np.mean(
        [Iforest(seed=s).fit(Series.from_numpy(x)).score(Series.from_numpy(x)).sum(axis=1) for s in range(4)], axis=0
    )
    theirs = [ensemble.IsolationForest(random_state=s).fit(x).score_samples(x) for s in range(8)]
    # As close to the mean of four of theirs as the mean of four others is.
    between = spearmanr(np.mean(theirs[:4], axis=0), np.mean(theirs[4:], axis=0))[0]
    assert spearmanr(ours, -np.mean(theirs[:4], axis=0))[0] > between - 0.01


def test_the_sum_over_channels_gives_the_score_of_the_paper() -> None:
    """Every path is followed by hand, row by row and tree by tree."""
    x = np.random.default_rng(0).standard_normal((300, 3))
    detector = Iforest(trees=7, sample=32).fit(Series.from_numpy(x))
    depth = np.zeros(len(x))
    height = 5
    for tree in range(7):
        for row in range(len(x)):
            node, first, cuts = tree, 0, 0
            for level in range(height):
                cut, channel = detector.cuts_[first + node], detector.features_[first + node]
                cuts += np.isfinite(cut)
                first, node = first + (7 << level), 2 * node + int(x[row, channel] >= cut)
            depth[row] += detector.depths_[first + node] / 7
            assert detector.depths_[first + node] >= cuts
    root = detector.depths_[:7].mean()
    assert np.allclose(detector.score(Series.from_numpy(x)).sum(axis=1), root - depth, atol=1e-5)


def test_a_tree_ends_where_every_row_of_its_sample_is_alone() -> None:
    x = np.random.default_rng(0).standard_normal((64, 2))
    forest = forests.grow(x, trees=1, sample=64, lags=1, rng=np.random.default_rng(0))
    leaf = forests._walk(x.ravel(), np.arange(64)[:, None] * 2, forest.cuts, forests._shift(forest.features, 2), 1)[
        :, 0
    ]
    crowd = np.bincount(leaf, minlength=64)[leaf]
    depth = forest.depths[63:][leaf]
    assert (depth[crowd == 1] <= 6).all()
    assert np.allclose(depth[crowd > 1], 6 + forests.average_depth(crowd[crowd > 1].astype(float)))
    assert forest.depths[0] == pytest.approx(depth.mean())


def test_the_average_depth_is_that_of_the_paper() -> None:
    n = np.array([2.0, 10.0, 256.0, 10_000.0])
    harmonic = np.array([np.sum(1 / np.arange(1, m)) for m in n])
    assert np.allclose(forests.average_depth(n), 2 * harmonic - 2 * (n - 1) / n)
    assert forests.average_depth(np.array([0.0, 1.0])).tolist() == [0.0, 0.0]


def test_a_window_sees_the_order_of_the_values() -> None:
    train, test = sine(2000), sine(600, seed=3).values.copy()
    test[300:324] = np.random.default_rng(0).permutation(test[300:324])
    scores = {w: Iforest(window=w, trees=300).fit(train).score(Series.from_numpy(test))[:, 0] for w in (1, 8)}
    rise = {w: (s[300:324].mean() - np.nanmean(s[:300])) / np.nanstd(s[:300]) for w, s in scores.items()}
    assert rise[8] > 1 > rise[1]


def test_channels_that_stand_still_are_never_cut() -> None:
    x = np.random.default_rng(0).standard_normal((500, 40))
    x[:, 1:] = 7.0
    detector = Iforest(trees=10).fit(Series.from_numpy(x))
    assert (detector.features_[np.isfinite(detector.cuts_)] == 0).all()
    x[250, 3] = 8.0
    assert int(detector.score(Series.from_numpy(x))[250].argmax()) == 3


def test_rows_that_are_all_alike_need_no_cut() -> None:
    x = np.ones((300, 2))
    assert (Iforest(trees=5).fit(Series.from_numpy(x)).score(Series.from_numpy(x)) == 0).all()


def test_further_outside_the_training_range_is_stranger_still() -> None:
    detector = Iforest().fit(sine())
    scores = detector.score(Series.from_numpy([1.5, 2.0, 10.0, 1000.0]))[:, 0]
    assert (np.diff(scores) > 0).all()
