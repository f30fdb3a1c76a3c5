"""Every detector that is registered meets the contract, here or in a file of its own."""

from __future__ import annotations

import tomllib
from functools import partial
from pathlib import Path

import numpy as np

from redshank.detectors.ewma import Ewma
from redshank.detectors.robust_z import RobustZ
from redshank.testing import DetectorContract, sine, sine_with_spike

TESTS = Path(__file__).parent


class TestEwma(DetectorContract):
    make = Ewma


class TestShortEwma(DetectorContract):
    make = partial(Ewma, span=2)


class TestRobustZ(DetectorContract):
    make = RobustZ


def test_every_registered_detector_is_held_to_the_contract() -> None:
    project = tomllib.loads((TESTS.parent / "pyproject.toml").read_text())["project"]
    texts = [path.read_text() for path in TESTS.glob("test_*.py")]
    held = "\n".join(text for text in texts if "(DetectorContract)" in text)
    for name, target in project["entry-points"]["redshank.detectors"].items():
        if name != "adopted":  # it runs whatever a spec says; tests/test_adopt.py holds it to the same things
            assert target.partition(":")[2] in held, f"no test holds {name} to the contract"


def test_robust_z_falls_back_where_half_of_the_values_are_equal() -> None:
    series, at = sine_with_spike()
    values = np.where(np.arange(800)[:, None] % 3 > 0, 0.0, series.values)
    mostly = type(series)(series.times, values, series.channels)
    detector = RobustZ().fit(mostly)
    assert detector.median_[0] == 0.0
    assert np.isclose(detector.deviation_[0], 1.253314 * np.abs(values).mean())
    assert int(RobustZ().fit(sine()).score(series)[:, 0].argmax()) == at
