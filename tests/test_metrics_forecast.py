"""Forecast errors against their twins and closed forms."""

from __future__ import annotations

from statistics import NormalDist

import naive_metrics as naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redshank import metrics
from redshank.errors import ParamError, SeriesError
from redshank.metrics import judge_forecast

SOME = settings(max_examples=40, deadline=None)

VALUES = st.lists(st.integers(-9, 9).map(float), min_size=1, max_size=8)


@SOME
@given(VALUES, VALUES, st.lists(st.integers(-9, 9).map(float), min_size=4, max_size=12), st.integers(1, 3))
def test_scaled_errors_agree_with_their_twins(
    actual: list[float], guess: list[float], history: list[float], period: int
) -> None:
    n = min(len(actual), len(guess))
    actual, guess = actual[:n], guess[:n]
    if all(a == b for a, b in zip(history[period:], history)):
        assert np.isnan(metrics.mase(actual, guess, history, period))
        assert np.isnan(metrics.rmsse(actual, guess, history, period))
    else:
        assert metrics.mase(actual, guess, history, period) == pytest.approx(naive.mase(actual, guess, history, period))
        assert metrics.rmsse(actual, guess, history, period) == pytest.approx(
            naive.rmsse(actual, guess, history, period)
        )


@SOME
@given(VALUES, st.data())
def test_quantile_losses_agree_with_their_twins(actual: list[float], data: st.DataObject) -> None:
    levels = [0.1, 0.5, 0.7]
    quantiles = [sorted(data.draw(st.lists(st.integers(-9, 9), min_size=3, max_size=3))) for _ in actual]
    losses = [[naive.pinball(y, f, q) for f, q in zip(row, levels)] for y, row in zip(actual, quantiles)]
    size = sum(map(abs, actual))
    expected = np.mean([2 * sum(row[i] for row in losses) / size for i in range(3)]) if size else np.nan
    assert metrics.wql(actual, quantiles, levels) == pytest.approx(expected, nan_ok=True)
    cells = [0.3, 0.3, 0.4]  # halfway between 0, 0.1, 0.5, 0.7 and 1
    crps = np.mean([2 * sum(loss * cell for loss, cell in zip(row, cells)) for row in losses])
    assert metrics.crps(actual, quantiles, levels) == pytest.approx(crps)


@pytest.mark.parametrize("z", [-1.5, 0.0, 0.4])
def test_crps_of_many_normal_quantiles_is_the_closed_form(z: float) -> None:
    normal = NormalDist()
    levels = (np.arange(2000) + 0.5) / 2000
    quantiles = [[normal.inv_cdf(level) for level in levels]]
    closed = z * (2 * normal.cdf(z) - 1) + 2 * normal.pdf(z) - 1 / np.sqrt(np.pi)  # Gneiting et al. 2005, eq. 5
    assert metrics.crps([z], quantiles, levels) == pytest.approx(closed, abs=1e-3)


def test_the_true_interval_has_the_lowest_interval_score() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=20_000)
    true = NormalDist().inv_cdf(0.95)
    scores = [
        metrics.interval_score(y, np.full(20_000, -w), np.full(20_000, w), 0.9) for w in (true / 2, true, 2 * true)
    ]
    assert np.argmin(scores) == 1
    assert metrics.coverage(y, np.full(20_000, -true), np.full(20_000, true)) == pytest.approx(0.9, abs=0.01)


def test_missing_values_are_left_out_and_missing_forecasts_refused() -> None:
    assert metrics.mae([1.0, np.nan], [2.0, np.nan]) == 1
    assert np.isnan(metrics.mae([np.nan], [1.0]))
    assert np.isnan(metrics.mase([np.nan], [1.0], [1.0, 2.0]))
    assert metrics.mase([1.0, np.nan], [2.0, 5.0], [1.0, np.nan, 2.0, 4.0]) == 0.5
    for measure in (metrics.mae, metrics.rmse, metrics.smape):
        with pytest.raises(SeriesError, match="The forecast is NaN or infinite where the actual value is known"):
            measure([1.0, 2.0], [np.inf, 2.0])
    with pytest.raises(SeriesError, match="Give one forecast for each value"):
        metrics.mae([1.0, 2.0], [1.0])


def test_channels_are_scaled_one_by_one() -> None:
    actual, guess = np.array([[1.0, 100.0]]), np.array([[2.0, 200.0]])
    history = np.array([[0.0, 0.0], [1.0, 100.0]])
    assert metrics.mase(actual, guess, history) == 1
    assert metrics.mase(actual, guess, history * [1, 0]) == 1  # the constant channel has no scale
    with pytest.raises(SeriesError, match="Give the same channels in both"):
        metrics.mase(actual, guess, history[:, :1])


def test_the_naive_forecast_has_no_skill_and_a_perfect_one_all() -> None:
    history, actual = [1.0, 3.0, 2.0, 5.0], [6.0, 1.0]
    assert metrics.naive(history, 2).tolist() == [5.0, 5.0]
    assert metrics.seasonal_naive(history, 5, 2).tolist() == [2.0, 5.0, 2.0, 5.0, 2.0]
    assert metrics.skill(metrics.mae(actual, [5.0, 5.0]), metrics.mae(actual, metrics.naive(history, 2))) == 0
    assert metrics.skill(0.0, 2.0) == 1
    assert np.isnan(metrics.skill(1.0, 0.0))
    many = np.array([[1.0, 10.0], [2.0, 20.0]])
    assert metrics.seasonal_naive(many, 3, 2).tolist() == [[1.0, 10.0], [2.0, 20.0], [1.0, 10.0]]


def test_a_history_too_short_or_never_known_is_refused() -> None:
    with pytest.raises(SeriesError, match="The history has 2 rows, less than a period of 3"):
        metrics.seasonal_naive([1.0, 2.0], 1, 3)
    with pytest.raises(SeriesError, match="A place in the period of 1 rows is NaN in all of the history"):
        metrics.naive([np.nan, np.nan], 1)
    with pytest.raises(ParamError, match="period must be at least 1"):
        metrics.seasonal_naive([1.0], 1, 0)
    with pytest.raises(ParamError, match="horizon must be at least 1"):
        metrics.naive([1.0], 0)
    with pytest.raises(SeriesError, match=r"history must have shape \(time,\) or \(time, channel\)"):
        metrics.naive(np.zeros((1, 1, 1)), 1)


def test_levels_must_ascend_and_fit_the_quantiles() -> None:
    for levels in ([0.5, 0.1], [0.0, 0.5], []):
        with pytest.raises(ParamError, match="levels must ascend strictly between 0 and 1"):
            metrics.wql([1.0], [[1.0, 1.0]], levels)
    with pytest.raises(SeriesError, match=r"quantiles must have shape \(1, 1\), got \(1, 2\)"):
        metrics.crps([1.0], [[1.0, 1.0]], [0.5])
    with pytest.raises(SeriesError, match="A quantile is NaN or infinite"):
        metrics.crps([1.0], [[np.nan]], [0.5])
    with pytest.raises(ParamError, match="level must be between 0 and 1, got 90"):
        metrics.interval_score([1.0], [0.0], [2.0], 90)


def test_a_forecast_report_stands_beside_the_seasonal_naive_forecast() -> None:
    season = np.array([1.0, 5.0, 2.0])
    history, actual = np.tile(season, 6) + np.arange(18) * 0.1, np.tile(season, 2) + 2.0
    levels = [0.05, 0.5, 0.95]
    quantiles = actual[:, None] + [-1.0, 0.0, 1.0]
    report = judge_forecast(actual, actual, history, period=3, quantiles=quantiles, levels=levels)
    assert report["mae"].value == 0 < report["mae"].baseline
    assert report["seasonal_skill"].value == report["skill"].value == 1
    assert report["coverage"].value == 1
    assert report["coverage"].baseline == pytest.approx(0.9)
    assert report["crps"].value < report["crps"].baseline == pytest.approx(report["mae"].baseline)
    assert report["interval_score"].value == 2
    assert "wql" not in judge_forecast(actual, actual, history)
    flat = judge_forecast([1.0], [1.0], [1.0, 1.0])
    assert flat["mase"].note.startswith("The history repeats itself")
    with pytest.raises(SeriesError, match=r"actual must have shape \(time,\)"):
        judge_forecast([[1.0]], [[1.0]], [1.0])


def test_intervals_of_forecast_figures_hold_them() -> None:
    rng = np.random.default_rng(5)
    history, actual = rng.normal(size=100), rng.normal(size=300)
    guess = actual + rng.normal(0, 0.5, 300)
    report = judge_forecast(
        actual, guess, history, quantiles=guess[:, None] + [-0.8, 0.8], levels=[0.05, 0.95], confidence=0.9
    )
    for figure in report.values():
        assert figure.interval.low < figure.value < figure.interval.high, figure.metric.name
    assert report["mae"].interval.high < report["mae"].baseline
    with pytest.raises(ParamError, match="Give both quantiles and their levels, or neither"):
        judge_forecast(actual, guess, history, levels=[0.5])
