"""Autoregression."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from redshank.detectors.ar import Ar
from redshank.errors import SeriesError
from redshank.kernels.autoregression import predicted, ridge_weights
from redshank.kernels.lagged import window_moments
from redshank.metrics import vus_pr
from redshank.scorers.rms import Rms
from redshank.series import Series
from redshank.testing import DetectorContract, sine


class TestAr(DetectorContract):
    make = Ar


class TestArWithEachChannelAlone(DetectorContract):
    make = staticmethod(lambda: Ar(lags=16, across=False, limit=None))


def lagged(x: np.ndarray, lags: int) -> np.ndarray:
    """The matrix of lagged rows, shape (time - lags, lags * channel), lag 1 first."""
    return np.concatenate([x[lags - lag : len(x) - lag] for lag in range(1, lags + 1)], axis=1)


def test_the_weights_are_those_of_ridge_regression() -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    x = np.random.default_rng(0).standard_normal((300, 3)).cumsum(axis=0)
    ridge = linear_model.Ridge(alpha=0.1 * 295).fit(lagged(x, 5), x[5:])
    weights, constants = ridge_weights(window_moments(x[None], 6), 3, 0.1)
    assert np.allclose(weights.reshape(15, 3), ridge.coef_.T)
    assert np.allclose(predicted(x[None], weights, constants)[0], ridge.predict(lagged(x, 5)))


def test_groups_are_predicted_side_by_side() -> None:
    x = np.random.default_rng(0).standard_normal((2, 100, 1)).cumsum(axis=1)
    weights, constants = ridge_weights(window_moments(x, 4), 1, 0.1)
    for group in range(2):
        alone = ridge_weights(window_moments(x[[group]], 4), 1, 0.1)
        assert np.allclose(predicted(x, weights, constants)[group], predicted(x[[group]], *alone)[0])


def test_one_channel_without_penalty_is_the_ar_model_of_statsmodels() -> None:
    ar_model = pytest.importorskip("statsmodels.tsa.ar_model")
    x = sine(500).values
    standard = (x - x.mean()) / x.std()
    expected = ar_model.AutoReg(standard[:, 0], lags=4, trend="c").fit()
    detector = Ar(lags=4, ridge=1e-13, limit=None).fit(Series.from_numpy(x))
    assert np.allclose(detector.weights_.ravel(), expected.params[1:], rtol=1e-6)
    scores = detector.score(Series.from_numpy(x))[4:, 0]
    assert np.allclose(scores, np.abs(expected.resid) / np.sqrt(np.mean(expected.resid**2)), rtol=1e-5)


def test_a_channel_that_follows_another_is_predicted_from_it() -> None:
    rng = np.random.default_rng(0)
    leader = rng.standard_normal(2000)
    x = np.stack([leader, np.concatenate([[0.0], leader[:-1]]) + 0.01 * rng.standard_normal(2000)], axis=1)
    broken = x.copy()
    broken[1500, 1] += 1.0
    alone, across = (Ar(across=across).fit(Series.from_numpy(x[:1000])) for across in (False, True))
    assert alone.score(Series.from_numpy(broken))[1500, 1] < 3
    scores = across.score(Series.from_numpy(broken))
    assert np.unravel_index(np.nanargmax(scores), scores.shape) == (1500, 1)


def test_scores_level_off_in_order() -> None:
    series = sine(500)
    values = series.values.copy()
    values[[100, 200, 300], 0] += [10.0, 100.0, 1e6]
    scores = Ar().fit(series).score(Series.from_numpy(values))[[100, 200, 300], 0]
    assert 18 < scores[0] < scores[1] < scores[2] < 20


def test_parts_are_learned_together_and_no_lag_runs_over_a_seam() -> None:
    whole = sine(1000)
    detector = Ar(lags=8).fit([whole[:400], whole[400:405], whole[405:]])
    parts = [detector._groups(part)[0] for part in (whole.values[:400], whole.values[405:])]
    rows = np.concatenate([lagged(part, 8) for part in parts])
    target = np.concatenate([part[8:] for part in parts])
    rows, target = rows - rows.mean(axis=0), target - target.mean(axis=0)
    expected = np.linalg.solve(rows.T @ rows + 0.1 * len(rows) * np.eye(8), rows.T @ target)
    assert np.allclose(detector.weights_[0, :, :, 0], expected)


def test_parts_that_are_all_too_short_are_refused() -> None:
    with pytest.raises(SeriesError, match="more than 8 points"):
        Ar(lags=8).fit([sine(8), sine(7)])


def test_a_short_training_part_is_looked_back_on_less_far() -> None:
    assert Ar().fit(sine(100)).context == 25
    assert Ar().fit(sine(1000)).context == 64
    assert Ar().fit(sine(1000, channels=2)).context == 8


def test_very_many_channels_are_each_predicted_alone() -> None:
    series = Series.from_numpy(np.random.default_rng(0).standard_normal((300, 150)))
    assert Ar().fit(series).weights_.shape == (150, 64, 1, 1)


@pytest.mark.data
def test_on_a_real_application_server_it_ranks_far_above_chance(data: Path) -> None:
    """ASD's omi-10: 8.6 % of the rows are anomalous, so that is what a random score gets."""
    train, test = (pq.read_table(data / "ASD" / "omi-10" / f"{part}.parquet") for part in ("train", "test"))
    names = [name for name in train.column_names if name not in ("label", "time", "timestamp")]
    x, y = (np.stack([table[name].to_numpy().astype(float) for name in names], axis=1) for table in (train, test))
    scores = Ar().fit(Series.from_numpy(x)).score(Series.from_numpy(y))
    assert vus_pr(test["label"].to_numpy(), Rms().fit(scores).score(scores)) > 0.3
