"""scikit-learn's models as detectors."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("skops")

from redshank import registry
from redshank.detectors.sklearn import Sklearn
from redshank.errors import ParamError, SeriesError, UnknownNameError
from redshank.series import Series
from redshank.testing import DetectorContract, sine


class TestOneClassSvm(DetectorContract):
    make = staticmethod(lambda: Sklearn(model="one-class-svm", options={"gamma": 0.5}))
    localises = False


class TestLocalOutlierFactorOverWindows(DetectorContract):
    make = staticmethod(lambda: Sklearn(model="LocalOutlierFactor", window=4))


@pytest.mark.parametrize(
    "model",
    [
        "isolation-forest",
        "local-outlier-factor",
        "one-class-svm",
        "elliptic-envelope",
        "gaussian-mixture",
        "kernel-density",
        "pca",
    ],
)
def test_the_sum_over_channels_is_the_negative_of_its_own_score(model: str) -> None:
    train, test = sine(400, channels=2), sine(300, channels=2, seed=5)
    detector = registry.build("detectors", f"sklearn:{model}").fit(train)
    theirs = detector._estimator.score_samples(test.values)
    assert np.allclose(detector.score(test).sum(axis=1), -theirs)
    again = Sklearn.from_params(detector.params).load_state(detector.state)
    assert np.array_equal(again.score(test), detector.score(test))


def test_an_unknown_model_is_answered_with_the_nearest_names() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'kernel-density'"):
        Sklearn(model="kernel-densitie").fit(sine(100))


def test_an_unknown_option_is_refused_with_those_there_are() -> None:
    with pytest.raises(ParamError, match="IsolationForest has no option 'tree'. It has: n_estimators"):
        Sklearn(model="isolation-forest", options={"tree": 5}).fit(sine(100))


def test_options_are_read_from_text() -> None:
    detector = registry.build(
        "detectors", "sklearn:gaussian-mixture", {"options.n_components": "3", "options.covariance_type": "diag"}
    )
    assert detector.fit(sine(200))._estimator.get_params()["n_components"] == 3


def test_what_the_library_refuses_is_one_sentence() -> None:
    with pytest.raises(SeriesError, match="'sklearn:gaussian-mixture' refused the data"):
        Sklearn(model="gaussian-mixture", options={"n_components": 50}).fit(Series.from_numpy(np.arange(20.0)))
