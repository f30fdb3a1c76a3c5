"""Interquartile range."""

from __future__ import annotations

import numpy as np

from redshank.detectors.iqr import Iqr
from redshank.series import Series
from redshank.testing import DetectorContract


class TestIqr(DetectorContract):
    make = Iqr


def test_the_anodes_example_flags_its_last_point() -> None:
    values = np.array([5, 14, 15, 15, 14, 19, 17, 16, 20, 22, 8, 21, 28, 11, 9, 29, 40.0])
    series = Series.from_numpy(values)
    detector = Iqr().fit(series)
    assert np.flatnonzero(detector.score(series)[:, 0] > 1.5).tolist() == [16]
    assert (detector.low_ - 1.5 * detector.range_, detector.high_ + 1.5 * detector.range_) == (3.5, 31.5)


def test_values_between_the_quartiles_score_nothing() -> None:
    training = Series.from_numpy(np.arange(101.0))
    assert Iqr().fit(training).score(Series.from_numpy([25.0, 60.0, 75.0, 125.0]))[:, 0].tolist() == [0, 0, 0, 1]


def test_a_channel_that_mostly_stands_still_is_measured_by_its_deviation() -> None:
    values = np.where(np.arange(100) % 10 == 0, 1.0, 0.0)
    scores = Iqr().fit(Series.from_numpy(values)).score(Series.from_numpy([0.0, 1.349 * 0.3]))
    assert np.allclose(scores[:, 0], [0.0, 1.0])
