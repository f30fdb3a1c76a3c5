"""PyOD's detectors as ours."""

from __future__ import annotations

import sys

import numpy as np
import pytest

pytest.importorskip("pyod")
pytest.importorskip("skops")

from redshank import registry
from redshank.base import Detector
from redshank.detectors.pyod import Pyod
from redshank.errors import MissingExtraError, StoreError, UnknownNameError
from redshank.testing import DetectorContract, sine, sine_with_spike


class TestKnn(DetectorContract):
    make = staticmethod(lambda: Pyod(model="knn"))


class TestPcaOverWindows(DetectorContract):
    make = staticmethod(lambda: Pyod(model="pca", window=8))


@pytest.mark.parametrize("model", ["ecod", "copod", "knn", "iforest", "pca", "mcd"])
def test_the_sum_over_channels_is_its_own_decision_function(model: str) -> None:
    train, test = sine(400, channels=2), sine(200, channels=2, seed=5)
    detector = registry.build("detectors", f"pyod:{model}").fit(train)
    assert np.allclose(detector.score(test).sum(axis=1), detector._estimator.decision_function(test.values))
    again = Pyod.from_params(detector.params).load_state(detector.state)
    assert np.array_equal(again.score(test), detector.score(test))


def test_a_model_that_judges_rows_by_each_other_looks_ahead() -> None:
    series, at = sine_with_spike(channels=3, guilty=2)
    ecod = Pyod(model="ecod").fit(sine(channels=3))
    assert ecod.looks_ahead
    assert int(ecod.score(series)[at].argmax()) == 2
    assert not Pyod(model="knn").fit(sine(300)).looks_ahead


@pytest.mark.slow
def test_a_network_scores_but_is_not_stored() -> None:
    detector = Pyod(model="auto-encoder", options={"epoch_num": 1, "hidden_neuron_list": [4, 2], "verbose": 0})
    detector.fit(sine(300, channels=3))
    assert np.isfinite(detector.score(sine(100, channels=3))).all()
    with pytest.raises(StoreError, match="AutoEncoder cannot be stored"):
        _ = detector.state


def test_a_model_whose_own_needs_are_missing_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xgboost", None)
    with pytest.raises(MissingExtraError, match="'pyod:xgbod' needs xgboost: pip install xgboost"):
        Pyod(model="xgbod").fit(sine(200))


@pytest.mark.parametrize("name", ["HBOS", "hbos", "Hbos"])
def test_a_model_goes_by_its_module_or_class_name(name: str) -> None:
    detector: Detector = Pyod(model=name)
    assert detector._class().__name__ == "HBOS"  # type: ignore[attr-defined]


def test_an_unknown_model_is_answered_with_the_nearest_names() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'copod'"):
        Pyod(model="copodd").fit(sine(100))
