"""K-sigma."""

from __future__ import annotations

import numpy as np

from redshank.detectors.k_sigma import KSigma
from redshank.series import Series
from redshank.testing import DetectorContract


class TestKSigma(DetectorContract):
    make = KSigma


def test_the_anodes_example_flags_what_lies_beyond_k_population_deviations() -> None:
    values = np.array([5, 14, 15, 15, 14, 19, 17, 16, 20, 22, 8, 21, 28, 11, 9, 29, 40.0])
    series = Series.from_numpy(values)
    detector = KSigma().fit(series)
    scores = detector.score(series)[:, 0]
    assert np.flatnonzero(scores > 2).tolist() == [16]
    assert np.flatnonzero(scores > 1).tolist() == [0, 10, 12, 14, 15, 16]
    bounds = detector.mean_ + detector.deviation_ * np.array([-2, 2])
    assert np.allclose(bounds, [1.101085, 34.545974], atol=1e-6)


def test_a_constant_channel_is_measured_in_its_own_unit() -> None:
    detector = KSigma().fit(Series.from_numpy(np.full(100, 0.1)))
    assert np.allclose(detector.score(Series.from_numpy([0.1, 2.1]))[:, 0], [0.0, 2.0])
