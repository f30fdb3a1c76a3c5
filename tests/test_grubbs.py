"""Grubbs' test."""

from __future__ import annotations

import numpy as np

from redshank.detectors.grubbs import Grubbs
from redshank.series import Series
from redshank.testing import DetectorContract

ANODE = np.array([5, 14, 15, 15, 14, 19, 17, 16, 20, 22, 8, 21, 28, 11, 9, 29, 40.0])


class TestGrubbs(DetectorContract):
    make = Grubbs


def test_the_papers_example_has_one_outlier() -> None:
    """Grubbs (1969), example 1: breaking strengths of ten hard-drawn copper wires, of which 596 is doubtful."""
    values = np.array([568, 570, 570, 570, 572, 572, 572, 578, 584, 596.0])
    series = Series.from_numpy(values)
    assert np.flatnonzero(Grubbs(alpha=0.1).fit(series).score(series)[:, 0] > 1).tolist()[-1] == 9
    assert not (Grubbs(alpha=0.01).fit(series).score(series) > 1).any()


def test_the_anode_divides_by_the_population_deviation() -> None:
    series = Series.from_numpy(ANODE)
    assert not (Grubbs().fit(series).score(series) > 1).any()
    assert np.flatnonzero(Grubbs(ddof=0).fit(series).score(series)[:, 0] > 1).tolist() == [16]


def test_outliers_in_training_do_not_widen_the_limit() -> None:
    rng = np.random.default_rng(0)
    clean = rng.standard_normal((2000, 1))
    spoiled = clean.copy()
    spoiled[[3, 500, 1700]] = [[40.0], [-25.0], [1e9]]
    limits = [float(Grubbs().fit(Series.from_numpy(x)).limit_[0]) for x in (clean, spoiled)]
    assert abs(limits[1] / limits[0] - 1) < 0.01


def test_normal_training_data_lose_a_value_as_often_as_alpha_says() -> None:
    rng = np.random.default_rng(1)
    series = [Series.from_numpy(rng.standard_normal(60)) for _ in range(400)]
    lost = np.mean([(Grubbs(alpha=0.1).fit(one).score(one) > 1).any() for one in series])
    assert 0.06 < lost < 0.15
