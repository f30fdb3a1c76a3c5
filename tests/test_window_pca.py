"""Window PCA meets the contract and measures what the textbook measures on windows that were written out."""

import tracemalloc

import numpy as np
import pytest
from naive_windows import naive_windows

from redshank.detectors.window_pca import WindowPca
from redshank.series import Series
from redshank.testing import DetectorContract, sine


class TestWindowPca(DetectorContract):
    make = staticmethod(lambda: WindowPca(window=24))


class TestWindowPcaOfItsDefaults(DetectorContract):
    make = WindowPca


class TestJointWindowPca(DetectorContract):
    make = staticmethod(lambda: WindowPca(window=None, joint=True, part="residual"))
    localises = False  # a spike of one of three sines breaks the relation between all three


class TestWindowPcaThatLooksAhead(DetectorContract):
    make = staticmethod(lambda: WindowPca(window=24, lookahead=True))


def textbook(train, test, lags, channels, kept, part):
    """Squared distance of every test window (flat rows), and each channel's part of it, one window at a time."""
    mean, covariance = train.mean(axis=0), np.cov(train.T)
    variances, axes = np.linalg.eigh(covariance)
    variances, axes = variances[::-1], axes[:, ::-1]
    rest = variances[kept:].mean()
    root = axes[:, :kept] @ np.diag(variances[:kept] ** -0.5) @ axes[:, :kept].T
    off = np.eye(len(mean)) - axes[:, :kept] @ axes[:, :kept].T
    matrix = {"residual": off, "mahalanobis": root, "both": root + off / np.sqrt(rest)}[part]
    parts = ((test - mean) @ matrix) ** 2
    return parts.reshape(len(test), channels, lags).sum(axis=2)


def noisy(rows, channels, seed):
    return sine(rows, channels, noise=0.3, seed=seed).values


@pytest.mark.parametrize("part", ["residual", "mahalanobis", "both"])
@pytest.mark.parametrize("joint", [False, True])
def test_distances_are_those_of_windows_written_out(part, joint):
    train, test = noisy(500, 2, 0), noisy(120, 2, 1)
    detector = WindowPca(window=9, part=part, components=3, joint=joint).fit(Series.from_numpy(train))
    scores = detector.score(Series.from_numpy(test))[8:]
    groups = [[0, 1]] if joint else [[0], [1]]
    expected = [
        textbook(naive_windows(train[:, g], 9), naive_windows(test[:, g], 9), 9, len(g), 3, part) for g in groups
    ]
    assert np.allclose(scores**2 * 9, np.concatenate(expected, axis=1), rtol=1e-7)


def test_the_residual_of_a_joint_window_is_split_exactly():
    train = noisy(400, 3, 0)
    detector = WindowPca(window=6, part="residual", components=4, joint=True).fit(Series.from_numpy(train))
    windows = naive_windows(train, 6)
    axes = np.linalg.svd(windows - windows.mean(axis=0), full_matrices=False)[2][:4]
    left = (windows - windows.mean(axis=0)) - (windows - windows.mean(axis=0)) @ axes.T @ axes
    scores = detector.score(Series.from_numpy(train))[5:]
    assert np.allclose((scores**2 * 6).sum(axis=1), (left**2).sum(axis=1), rtol=1e-7)


def test_a_changed_shape_is_found_and_blamed_on_its_channel():
    values = sine(1500, 4).values.copy()
    values[1000:1024, 2] = values[1000, 2]
    scores = WindowPca().fit(sine(800, 4)).score(Series.from_numpy(values))
    time, channel = np.unravel_index(np.nanargmax(scores), scores.shape)
    assert 1000 <= time < 1024 + 64
    assert channel == 2


def test_a_joint_window_of_many_channels_is_thinned_and_keeps_the_newest_point():
    detector = WindowPca(window=64, joint=True).fit(sine(600, 40))
    assert detector.step_ == 3
    assert detector.mean_.shape == (1, 40 * detector.lags_)
    values = sine(300, 40).values.copy()
    values[200, 5] += 10
    scores = detector.score(Series.from_numpy(values)).max(axis=1)
    assert np.nanargmax(scores) >= 200
    assert scores[200] > 2 * np.nanmax(scores[:200])


def test_several_series_teach_without_windows_over_a_seam():
    parts = [Series.from_numpy(noisy(rows, 2, rows)) for rows in (300, 7, 200)]
    detector = WindowPca(window=10, components=3).fit(parts)
    windows = np.concatenate([naive_windows(part.values - detector.centre_, 10) for part in parts if len(part) >= 10])
    assert np.allclose(detector.mean_.reshape(-1), windows.mean(axis=0), atol=1e-9)


def test_the_period_is_the_window_where_none_is_given():
    assert WindowPca(window=None).fit(sine(2000, period=48)).width_ == 48


def test_constant_channels_have_finite_scores_and_a_departure_shows_at_once():
    train = np.concatenate([noisy(500, 1, 0), np.full((500, 1), 5.0)], axis=1)
    test = train[:200].copy()
    test[150, 1] += 0.5
    scores = WindowPca(window=16).fit(Series.from_numpy(train)).score(Series.from_numpy(test))
    assert np.isfinite(scores[15:]).all()
    assert scores[150].argmax() == 1
    assert scores[150, 1] > 3 * scores[15:150].max()


def test_memory_does_not_grow_with_the_windows_of_a_long_series():
    series = sine(200_000)
    detector = WindowPca(window=100).fit(series[:5000])
    tracemalloc.start()
    detector.fit(series).score(series)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12 * series.values.nbytes  # all windows would be 100 times
