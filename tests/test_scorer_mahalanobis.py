"""Mahalanobis: exact running statistics, shrinkage, distances and blame in both views."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redshank.errors import SeriesError
from redshank.kernels.shrinkage import ShrunkMoments, contributions, distances, whitener
from redshank.scorers.mahalanobis import Mahalanobis


def rows(n: int, channels: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.abs(rng.standard_normal((n, channels)) @ rng.standard_normal((channels, channels))) + 3


@settings(max_examples=40, deadline=None)
@given(
    st.integers(2, 120), st.integers(1, 5), st.lists(st.integers(1, 40), min_size=1, max_size=40), st.integers(0, 99)
)
def test_running_statistics_equal_those_of_the_whole_for_any_batches(
    n: int, channels: int, sizes: list[int], seed: int
) -> None:
    x = rows(n, channels, seed) + 1e3
    total, at = ShrunkMoments.empty(channels), 0
    for size in [*sizes, n]:
        total = total.add(x[at : at + size])
        at += size
    y = x - x.mean(axis=0)
    assert total.moments.count == n
    assert np.allclose(total.moments.mean, x.mean(axis=0), rtol=1e-10)
    assert np.allclose(total.moments.covariance(), np.atleast_2d(np.cov(x.T)), rtol=1e-10, atol=1e-10)
    assert np.allclose(total.cubes, (y**2).T @ y, rtol=1e-8, atol=1e-6)
    assert np.allclose(total.fourths, (y**2).T @ y**2, rtol=1e-8, atol=1e-6)


@pytest.mark.parametrize("size", [1, 2, 7, 100, 1000])
def test_the_scorer_updated_in_batches_equals_numpy(size: int) -> None:
    x = rows(1000, 4)
    scorer = Mahalanobis().fit(x[:2])
    for first in range(2, 1000, size):
        scorer.update(x[first : first + size])
    whole = Mahalanobis().fit(x)
    assert scorer.count_ == 1000
    assert np.abs(scorer.mean_ - x.mean(axis=0)).max() < 1e-10
    assert np.abs(scorer.scatter_ / 999 - np.cov(x.T)).max() < 1e-10
    assert np.allclose(scorer.score(x), whole.score(x), rtol=1e-10)


@pytest.mark.parametrize(("n", "channels"), [(10, 3), (30, 20), (15, 40), (500, 5)])
def test_the_shrinkage_is_ledoit_and_wolfs(n: int, channels: int) -> None:
    sklearn = pytest.importorskip("sklearn.covariance")
    x = rows(n, channels)
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    theirs, share = sklearn.ledoit_wolf(z, assume_centered=True)
    ours = ShrunkMoments.empty(channels).add(x)
    deviation = x.std(axis=0, ddof=1)
    assert ours.share() == pytest.approx(share, rel=1e-9)
    assert np.allclose(ours.covariance() / np.outer(deviation, deviation), theirs, atol=1e-9)


def test_distances_are_those_of_the_definition() -> None:
    x, other = rows(400, 5), rows(50, 5, seed=1)
    scorer = Mahalanobis().fit(x)
    inverse = np.linalg.inv(scorer.covariance_)
    slow = [np.sqrt((e - scorer.mean_) @ inverse @ (e - scorer.mean_)) for e in other]
    assert np.allclose(scorer.score(other), slow, rtol=1e-12)


def test_distances_do_not_change_with_the_units_of_the_channels() -> None:
    x, other = rows(30, 6), rows(50, 6, seed=1)
    units = 10.0 ** np.array([-9, 9, 0, 3, -3, 6])
    straight = Mahalanobis().fit(x).score(other)
    assert np.allclose(Mahalanobis().fit(x * units).score(other * units), straight, rtol=1e-9)


def test_a_copy_of_a_channel_a_constant_and_fewer_rows_than_channels_do_no_harm() -> None:
    x = rows(200, 3)
    awkward = np.column_stack([x, x[:, 0], np.full(200, 7.0)])
    scorer = Mahalanobis().fit(awkward)
    assert np.isfinite(scorer.score(awkward)).all()
    apart = awkward[:1].copy()
    apart[0, 4] += 50
    assert scorer.score(apart)[0] > 49
    assert np.isfinite(Mahalanobis().fit(rows(5, 40)).score(rows(9, 40))).all()
    assert np.array_equal(Mahalanobis().fit(np.ones((5, 2))).score(np.ones((3, 2))), np.zeros(3))


def test_a_missing_channel_is_left_out() -> None:
    x, other = rows(500, 4), rows(40, 4, seed=1)
    scorer = Mahalanobis().fit(x)
    holes = other.copy()
    holes[::2, 1] = holes[5, :] = holes[7, 2:] = np.nan
    found = scorer.score(holes)
    known = [0, 2, 3]
    part = np.linalg.inv(scorer.covariance_[np.ix_(known, known)])
    y = other[0, known] - scorer.mean_[known]
    assert found[0] == pytest.approx(np.sqrt(y @ part @ y))
    assert np.isnan(found[5])
    assert np.isfinite(np.delete(found, 5)).all()


def test_one_sided_ignores_errors_smaller_than_usual() -> None:
    x = rows(500, 2)
    small, large = x.mean(axis=0) - 2, x.mean(axis=0) + 2
    both, one = Mahalanobis().fit(x), Mahalanobis(one_sided=True).fit(x)
    assert one.score(small[None])[0] == 0 < both.score(small[None])[0]
    assert one.score(large[None])[0] == pytest.approx(both.score(large[None])[0])


@pytest.mark.parametrize("view", ["time", "feature"])
def test_the_guilty_channel_has_the_most_blame(view: str) -> None:
    x, other = rows(600, 4), rows(100, 4, seed=1)
    scorer = Mahalanobis(view=view, window=8).fit(x)
    other[60, 2] += 40
    blame = scorer.blame(other)
    assert blame.shape == other.shape
    assert (blame >= 0).all()
    assert blame[60].argmax() == 2
    assert np.nanargmax(scorer.score(other)) in range(60, 68)


def test_contributions_sum_to_the_squared_distance() -> None:
    x = rows(300, 5)
    covariance, y = np.cov(x.T), x - x.mean(axis=0)
    assert np.allclose(contributions(y, covariance).sum(axis=1), distances(y, covariance) ** 2, rtol=1e-9)
    assert np.allclose(whitener(covariance).T @ whitener(covariance), np.linalg.inv(covariance), rtol=1e-8)


def test_the_feature_view_pools_the_windows_of_all_channels() -> None:
    x, other = rows(200, 3), rows(40, 3, seed=1)
    scorer = Mahalanobis(view="feature", window=6).fit(x)
    windows = np.array([x[i : i + 6, c] for i in range(195) for c in range(3)])
    assert scorer.count_ == len(windows)
    assert np.allclose(scorer.mean_, windows.mean(axis=0), rtol=1e-12)
    assert np.allclose(scorer.scatter_ / (len(windows) - 1), np.cov(windows.T), rtol=1e-10)
    inverse = np.linalg.inv(scorer.covariance_)
    far = [
        max(np.sqrt((y := other[t - 5 : t + 1, c] - scorer.mean_) @ inverse @ y) for c in range(3))
        for t in range(5, 40)
    ]
    found = scorer.score(other)
    assert np.isnan(found[:5]).all()
    assert np.allclose(found[5:], far, rtol=1e-10)


def test_the_feature_view_sees_a_wrong_shape_of_usual_values() -> None:
    train = np.abs(np.sin(np.arange(2000) / 4))[:, None]
    test = train[:200].copy()
    test[100:112] = test[100:112][::-1]
    flat = Mahalanobis().fit(train).score(test)
    shape = Mahalanobis(view="feature", window=16).fit(train).score(test)
    assert 100 <= np.nanargmax(shape) < 128
    assert np.nanmax(shape) > 3 * np.nanmedian(shape)
    assert flat[100:112].max() <= flat.max()


@pytest.mark.parametrize("view", ["time", "feature"])
@pytest.mark.parametrize("smooth", [1, 4])
def test_a_stream_gives_the_same_numbers_as_a_batch(view: str, smooth: int) -> None:
    x, other = rows(300, 3), rows(80, 3, seed=1)
    other[:4] = other[40:43, 1] = other[50] = np.nan
    scorer = Mahalanobis(view=view, window=7, smooth=smooth).fit(x)
    memory = scorer.begin()
    pushed = np.concatenate([scorer.advance(memory, other[t : t + 1]) for t in range(80)])
    assert np.allclose(pushed, scorer.score(other), rtol=1e-9, equal_nan=True)
    assert np.isfinite(pushed[20:50]).all()


@pytest.mark.parametrize("view", ["time", "feature"])
def test_what_was_learned_is_in_the_state(view: str) -> None:
    x, other = rows(300, 3), rows(80, 3, seed=1)
    scorer = Mahalanobis(view=view, window=7).fit(x)
    scorer.score(other)
    again = Mahalanobis.from_params(json.loads(json.dumps(scorer.params))).load_state(scorer.state)
    assert np.array_equal(again.score(other), scorer.score(other), equal_nan=True)
    assert np.array_equal(again.update(other).score(other), scorer.update(other).score(other), equal_nan=True)
    assert np.array_equal(
        Mahalanobis(view=view, window=7).fit(other).score(x), scorer.fit(other).score(x), equal_nan=True
    )


def test_too_few_rows_are_refused_in_one_sentence() -> None:
    with pytest.raises(SeriesError, match=r"at least 2 complete rows .* got 1\. Hold out"):
        Mahalanobis().fit(rows(1, 2))
    with pytest.raises(SeriesError, match=r"at least 31 complete rows"):
        Mahalanobis(view="feature").fit(rows(20, 2))
