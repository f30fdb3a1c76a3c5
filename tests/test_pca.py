"""PCA meets the contract, and its channels' parts add up to the textbook's distances."""

import numpy as np
import pytest

from redshank.detectors.pca import Pca
from redshank.errors import ParamError, SeriesError
from redshank.kernels.subspace import count_axes
from redshank.series import Series
from redshank.testing import DetectorContract, sine


class TestPca(DetectorContract):
    make = Pca
    localises = False  # a spike of one of three sines breaks the relation between all three


def mixed(rows=600, channels=6, factors=2, seed=0):
    """Channels that are mixtures of a few factors, and a little noise of their own."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((rows, factors)) @ rng.standard_normal((factors, channels))
    return x + 0.3 * rng.standard_normal((rows, channels))


def textbook(x, mean, covariance, kept):
    """Q and T² of every row, one at a time."""
    variances, axes = np.linalg.eigh(covariance)
    variances, axes = variances[::-1], axes[:, ::-1]
    q, t2 = [], []
    for row in x - mean:
        along = axes[:, :kept].T @ row
        q.append(((row - axes[:, :kept] @ along) ** 2).sum())
        t2.append((along**2 / variances[:kept]).sum())
    return np.array(q), np.array(t2), variances[kept:].mean()


@pytest.mark.parametrize("part", ["residual", "mahalanobis", "both"])
def test_squares_of_the_channels_parts_add_up_to_the_textbooks_distance(part):
    x = mixed()
    detector = Pca(part=part, components=2).fit(Series.from_numpy(x))
    q, t2, rest = textbook(x, x.mean(axis=0), np.cov(x.T), 2)
    expected = {"residual": q, "mahalanobis": t2, "both": t2 + q / rest}[part]
    scores = detector.score(Series.from_numpy(x))
    assert (scores >= 0).all()
    assert np.allclose((scores**2).sum(axis=1), expected, rtol=1e-9)


def test_a_broken_relation_is_blamed_on_the_channel_that_broke_it():
    x = mixed(channels=10)
    broken = x.copy()
    broken[300, 7] += 4
    scores = Pca(part="residual", components=2).fit(Series.from_numpy(x)).score(Series.from_numpy(broken))
    assert scores.max(axis=1).argmax() == 300
    assert scores[300].argmax() == 7


def test_chunks_parts_and_the_whole_teach_the_same():
    x = mixed(1000)
    whole = Pca().fit(Series.from_numpy(x))
    pieces = [Series.from_numpy(part) for part in np.split(x, [1, 2, 400, 999])]
    for other in (Pca().fit_chunks(iter(pieces)), Pca().fit(pieces)):
        assert np.allclose(other.map_, whole.map_, rtol=1e-9, atol=1e-12)
        assert np.allclose(other.mean_, whole.mean_, rtol=1e-12)


def test_chunks_are_refused_in_one_sentence_where_they_teach_nothing():
    with pytest.raises(SeriesError, match="got no series"):
        Pca().fit_chunks([])
    with pytest.raises(SeriesError, match="do not share their channels"):
        Pca().fit_chunks([sine(10), sine(10, 2)])
    with pytest.raises(SeriesError, match="at least 2 points"):
        Pca().fit_chunks([sine(10)[:1]])


def test_a_missing_value_at_a_seam_is_filled_from_the_chunk_before():
    x = mixed(100)
    x[50, 0] = np.nan
    series = Series.from_numpy(x)
    whole = Pca().fit(series)
    assert np.allclose(Pca().fit_chunks([series[:50], series[50:]]).mean_, whole.mean_, rtol=1e-12)


@pytest.mark.parametrize(("components", "kept"), [(3, 3), (0.5, 1), (0.9, 2), ("parallel", 2), (99, 5)])
def test_as_many_axes_are_kept_as_was_asked_for(components, kept):
    assert Pca(components=components).fit(Series.from_numpy(mixed(5000))).kept_ == kept


def test_components_are_read_from_text():
    assert [Pca.from_params({"components": text}).components for text in ("3", "0.9", "parallel")] == [
        3,
        0.9,
        "parallel",
    ]
    with pytest.raises(ParamError, match="components"):
        Pca(components=0)
    with pytest.raises(ParamError, match="components"):
        Pca(components=1.5)


def test_parallel_analysis_keeps_one_axis_of_noise_and_every_factor_of_a_mixture():
    rng = np.random.default_rng(0)
    noise = np.sort(np.linalg.eigvalsh(np.cov(rng.standard_normal((200, 12)).T)))[::-1]
    assert count_axes(noise, "parallel", 200) <= 2
    for factors in (1, 3, 5):
        x = mixed(500, 20, factors, seed=factors)
        assert count_axes(np.linalg.eigvalsh(np.corrcoef(x.T))[::-1], "parallel", 500) == factors


def test_parallel_analysis_agrees_with_horns_own_simulation():
    rng = np.random.default_rng(1)
    x = mixed(150, 15, 4, seed=2) + rng.standard_normal((150, 15))
    variances = np.linalg.eigvalsh(np.corrcoef(x.T))[::-1]
    noise = np.mean([np.linalg.eigvalsh(np.cov(rng.standard_normal((150, 15)).T))[::-1] for _ in range(200)], axis=0)
    assert count_axes(variances, "parallel", 150) == int(np.argmax(variances <= noise))


def test_constant_channels_and_exact_copies_stay_finite_and_a_departure_shows():
    x = mixed(400, 3)
    x = np.concatenate([x, x[:, :1], np.full((400, 2), 7.0)], axis=1)
    away = x.copy()
    away[200, 5] += 1
    for part in ("residual", "mahalanobis", "both"):
        detector = Pca(part=part).fit(Series.from_numpy(x))
        scores = detector.score(Series.from_numpy(away))
        assert np.isfinite(scores).all()
        if part != "mahalanobis":
            assert scores[200].argmax() == 5


def test_channels_in_another_order_have_the_same_scores_in_that_order():
    x, order = mixed(), [3, 0, 5, 1, 4, 2]
    straight = Pca().fit(Series.from_numpy(x)).score(Series.from_numpy(x))
    turned = Pca().fit(Series.from_numpy(x[:, order])).score(Series.from_numpy(x[:, order]))
    assert np.allclose(turned, straight[:, order], rtol=1e-9)
