"""Histogram."""

from __future__ import annotations

import numpy as np
import pytest

from redshank.detectors.histogram import Histogram
from redshank.series import Series
from redshank.testing import DetectorContract


class TestHistogram(DetectorContract):
    make = Histogram


class TestHistogramOfEqualCounts(DetectorContract):
    make = staticmethod(lambda: Histogram(bins=20, equal_count=True))


@pytest.mark.parametrize("equal_count", [False, True])
def test_the_score_is_the_log_of_a_quotient_of_densities(equal_count: bool) -> None:
    x = np.random.default_rng(0).gamma(2.0, size=999)
    edges = (
        np.quantile(x, np.linspace(0, 1, 13), method="nearest") if equal_count else np.linspace(x.min(), x.max(), 13)
    )
    density = (np.histogram(x, edges)[0] + 0.5) / np.diff(edges)
    inside = np.sort(x)[:-1]
    expected = np.log(density.max() / density)[np.searchsorted(edges, inside, side="right") - 1]
    detector = Histogram(bins=12, equal_count=equal_count).fit(Series.from_numpy(x))
    assert np.allclose(detector.score(Series.from_numpy(inside))[:, 0], expected)


def test_it_ranks_as_hbos_of_pyod_does() -> None:
    hbos = pytest.importorskip("pyod.models.hbos").HBOS(n_bins=15, alpha=1e-9)
    x = np.random.default_rng(0).gamma(2.0, size=(2000, 1))
    ours = Histogram(bins=15).fit(Series.from_numpy(x)).score(Series.from_numpy(x))[:, 0]
    theirs = hbos.fit(x).decision_function(x)
    # The same bins, so the same ties; only the half point of an almost empty bin may turn neighbours round.
    assert len(np.unique(ours)) == len(np.unique(theirs))
    assert (np.diff(theirs[np.argsort(ours, kind="stable")]) >= -1e-9).mean() > 0.99


def test_a_value_between_two_usual_levels_is_strange() -> None:
    training = Series.from_numpy(np.concatenate([np.linspace(0, 1, 500), np.linspace(9, 10, 500)]))
    scores = Histogram().fit(training).score(Series.from_numpy([0.5, 5.0, 9.5]))[:, 0]
    assert scores.argmax() == 1


def test_further_out_is_stranger_still_and_finite() -> None:
    detector = Histogram().fit(Series.from_numpy(np.random.default_rng(0).standard_normal(1000)))
    scores = detector.score(Series.from_numpy([4.0, 5.0, 50.0, 1e6, 1e300]))[:, 0]
    assert (np.diff(scores) > 0).all()
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("equal_count", [False, True])
@pytest.mark.parametrize("level", [0.0, 1e-300, 3.0, -1e12])
def test_a_constant_channel_has_one_bin_and_departures_count_in_its_unit(level: float, equal_count: bool) -> None:
    detector = Histogram(equal_count=equal_count).fit(Series.from_numpy(np.full(50, level)))
    assert np.allclose(detector.score(Series.from_numpy([level, level + 1]))[:, 0], [0.0, 2 * np.log(2)])
