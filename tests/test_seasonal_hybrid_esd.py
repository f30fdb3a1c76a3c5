"""Seasonal hybrid ESD."""

from __future__ import annotations

import numpy as np
import pytest

from redshank.detectors.seasonal_hybrid_esd import SeasonalHybridEsd
from redshank.errors import SeriesError
from redshank.series import Series
from redshank.testing import DetectorContract, sine, sine_with_spike


class TestSeasonalHybridEsd(DetectorContract):
    make = staticmethod(lambda: SeasonalHybridEsd(period=48))


class TestSeasonalHybridEsdThatFindsItsPeriod(DetectorContract):
    make = SeasonalHybridEsd


class TestSeasonalHybridEsdThatLooksAhead(DetectorContract):
    make = staticmethod(lambda: SeasonalHybridEsd(lookahead=True))


@pytest.mark.parametrize("lookahead", [False, True])
def test_a_value_usual_at_another_phase_is_found_and_a_trend_is_not(lookahead: bool) -> None:
    t = np.arange(3000)
    rng = np.random.default_rng(0)
    values = 3 * np.sin(2 * np.pi * t / 24) + 0.0005 * t + 0.2 * rng.standard_normal(3000)
    train, test = Series.from_numpy(values[:1500]), values[1500:].copy()
    test[800] = -test[800] + 0.001 * 2300
    scores = SeasonalHybridEsd(lookahead=lookahead).fit(train).score(Series.from_numpy(test))[:, 0]
    assert np.flatnonzero(scores > 1).tolist() == [800]


def test_the_residual_is_the_difference_to_the_median_of_the_same_phase() -> None:
    x = np.random.default_rng(0).standard_normal((100, 2))
    detector = SeasonalHybridEsd(period=7, history=4).fit(Series.from_numpy(x))
    residuals = detector._residuals(x)
    for t in range(7, 100):
        past = [x[t - 7 * k] for k in range(1, 5) if t >= 7 * k]
        assert np.allclose(residuals[t], x[t] - np.median(past, axis=0))
    assert np.isnan(residuals[:7]).all()


@pytest.mark.parametrize(("direction", "expected"), [("both", {300, 400}), ("up", {300}), ("down", {400})])
@pytest.mark.parametrize("lookahead", [False, True])
def test_a_direction_leaves_the_other_out(direction: str, expected: set[int], lookahead: bool) -> None:
    series = sine(600, seed=3)
    values = series.values.copy()
    values[300] += 2
    values[400] -= 2
    detector = SeasonalHybridEsd(direction=direction, lookahead=lookahead).fit(sine())  # type: ignore[arg-type]
    scores = detector.score(Series.from_numpy(values))[:, 0]
    assert expected <= set(np.flatnonzero(scores > 1).tolist())
    assert {300, 400} - expected == {at for at in (300, 400) if scores[at] == 0}


def test_without_a_cycle_it_is_the_distance_from_the_training_median() -> None:
    noise = np.random.default_rng(0).standard_normal(1000)
    detector = SeasonalHybridEsd().fit(Series.from_numpy(noise))
    assert detector.period_ == 1
    scores = detector.score(Series.from_numpy([np.median(noise), np.median(noise) + 5.0]))[:, 0]
    assert scores[0] == 0
    assert scores[1] > 1


def test_a_normal_series_is_seldom_beyond_the_limit() -> None:
    series = Series.from_numpy(np.random.default_rng(0).standard_normal(5000))
    assert (SeasonalHybridEsd(period=1).fit(series).score(series) > 1).sum() <= 2


def test_a_training_part_shorter_than_two_periods_is_refused_in_one_sentence() -> None:
    with pytest.raises(SeriesError, match="needs at least 2003 points"):
        SeasonalHybridEsd(period=1000).fit(sine(1500))


def test_a_level_shift_becomes_the_rule_after_half_of_the_periods() -> None:
    series, _ = sine_with_spike(n=1200, size=0.0)
    values = series.values.copy()
    values[480:] += 3
    scores = SeasonalHybridEsd(period=48).fit(sine()).score(Series.from_numpy(values))[:, 0]
    assert (scores[480 : 480 + 2 * 48] > 1).all()
    assert (scores[480 + 3 * 48 :] < 1).all()
