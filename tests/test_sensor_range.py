"""Sensor range."""

from __future__ import annotations

import numpy as np

from redshank.detectors.sensor_range import SensorRange
from redshank.series import Series
from redshank.testing import DetectorContract


class TestSensorRange(DetectorContract):
    make = SensorRange


def test_what_was_seen_in_training_scores_nothing_and_the_rest_in_ranges() -> None:
    training = Series.from_numpy([[0.0, 5.0], [10.0, 5.0]])
    scores = SensorRange().fit(training).score(Series.from_numpy([[0.0, 5.0], [30.0, 7.0], [-1.0, 4.0]]))
    assert np.allclose(scores, [[0.0, 0.0], [2.0, 2.0], [0.1, 1.0]])
