"""Every edge is decided: bad input is refused in a sentence, 0 / 0 is NaN, and nothing warns."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from redshank import metrics
from redshank.errors import ParamError, SeriesError
from redshank.metrics import METRICS, judge

LABELS = np.array([0, 0, 1, 1, 0, 0, 0, 1, 0, 0])
SCORES = np.array([0.1, 0.3, 0.9, 0.4, 0.5, 0.2, 0.1, 0.8, 0.7, 0.0])

OF_SCORES: dict[str, Callable[..., float]] = {
    "auc_pr": metrics.auc_pr,
    "auc_roc": metrics.auc_roc,
    "vus_pr": lambda labels, scores: metrics.vus_pr(labels, scores, 0),
    "vus_roc": lambda labels, scores: metrics.vus_roc(labels, scores, 0),
    "range_auc_pr": lambda labels, scores: metrics.range_auc_pr(labels, scores, 0),
    "range_auc_roc": lambda labels, scores: metrics.range_auc_roc(labels, scores, 0),
    "best_f1": lambda labels, scores: metrics.best_f1(labels, scores).value,
    "best_range_f1": lambda labels, scores: metrics.best_range_f1(labels, scores).value,
    "best_event_f1": lambda labels, scores: metrics.best_event_f1(labels, scores).value,
    "best_composite_f1": lambda labels, scores: metrics.best_composite_f1(labels, scores).value,
    "best_affiliation_f1": lambda labels, scores: metrics.best_affiliation_f1(labels, scores).value,
    "best_pa_f1": lambda labels, scores: metrics.best_point_adjusted_f1(labels, scores).value,
    "pa_k_area": metrics.pa_k_area,
    "best_nab": lambda labels, scores: metrics.best_nab_score(labels, scores).value,
}
OF_FLAGS: dict[str, Callable[..., float]] = {
    "precision": metrics.precision,
    "recall": metrics.recall,
    "f_beta": metrics.f_beta,
    "range_precision": metrics.range_precision,
    "range_recall": metrics.range_recall,
    "range_f_beta": metrics.range_f_beta,
    "event_precision": metrics.event_precision,
    "event_recall": metrics.event_recall,
    "event_f1": metrics.event_f1,
    "composite_f1": metrics.composite_f1,
    "affiliation_precision": lambda labels, flags: metrics.affiliation_scores(labels, flags).precision,
    "affiliation_recall": lambda labels, flags: metrics.affiliation_scores(labels, flags).recall,
    "affiliation_f1": lambda labels, flags: metrics.affiliation_scores(labels, flags).f1,
    "point_adjusted_f1": metrics.point_adjusted_f1,
    "nab_score": lambda labels, flags: metrics.nab_score(labels, flags).score,
    "detection_delay": metrics.detection_delay,
    "false_alarms_per_day": lambda labels, flags: metrics.false_alarms_per_day(labels, flags, step_s=60),
}
BOTH = {**OF_SCORES, **OF_FLAGS}
EVERY = pytest.mark.parametrize("name", BOTH)


@EVERY
def test_different_lengths_are_refused(name: str) -> None:
    with pytest.raises(
        SeriesError, match=r"labels has 10 rows but (scores|flags) has 9. Give one of each for every row."
    ):
        BOTH[name](LABELS, np.zeros(9))


@EVERY
def test_labels_other_than_0_and_1_are_refused(name: str) -> None:
    with pytest.raises(SeriesError, match=r"labels must be 0 or 1, got 2 at row 3. Write 1 for an anomalous row"):
        BOTH[name](np.where(np.arange(10) == 3, 2, LABELS), LABELS)
    with pytest.raises(SeriesError, match=r"labels must be 0 or 1, got nan at row 0"):
        BOTH[name](np.full(10, np.nan), LABELS)


@EVERY
def test_an_empty_or_two_dimensional_series_is_refused(name: str) -> None:
    with pytest.raises(SeriesError, match="labels is empty. Give at least one row"):
        BOTH[name]([], [])
    with pytest.raises(SeriesError, match=r"labels must have shape \(time,\), got \(10, 1\)"):
        BOTH[name](LABELS[:, None], LABELS)


@EVERY
def test_words_are_refused(name: str) -> None:
    with pytest.raises(SeriesError, match="must be numbers, got"):
        BOTH[name](LABELS, ["high"] * 10)


@pytest.mark.parametrize("name", OF_SCORES)
def test_nan_rows_at_the_start_are_warm_up_and_not_counted(name: str) -> None:
    warm = np.concatenate([[np.nan] * 3, SCORES])
    labels = np.concatenate([[0, 1, 1], LABELS])
    assert OF_SCORES[name](labels, warm) == OF_SCORES[name](LABELS, SCORES)


@pytest.mark.parametrize("name", OF_SCORES)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nan_and_infinite_scores_after_the_warm_up_are_refused(name: str, bad: float) -> None:
    scores = SCORES.copy()
    scores[4] = bad
    with pytest.raises(SeriesError, match=r"scores must be finite after the warm-up, got -?(nan|inf) at row 4"):
        OF_SCORES[name](LABELS, scores)


@pytest.mark.parametrize("name", OF_SCORES)
def test_a_series_without_a_score_is_refused(name: str) -> None:
    with pytest.raises(SeriesError, match="All 10 scores are NaN, so nothing was judged"):
        OF_SCORES[name](LABELS, np.full(10, np.nan))


@pytest.mark.parametrize("name", OF_SCORES)
def test_without_an_anomaly_a_figure_of_scores_is_nan(name: str) -> None:
    assert np.isnan(OF_SCORES[name](np.zeros(10), SCORES))


@pytest.mark.parametrize("name", OF_SCORES)
def test_where_all_is_anomalous_everything_is_right_or_undefined(name: str) -> None:
    found = OF_SCORES[name](np.ones(10), SCORES)
    right = 100.0 if name == "best_nab" else 1.0
    assert found == pytest.approx(np.nan if name.endswith("roc") else right, nan_ok=True)


# Two events, 3 of 10 rows: all rows are flagged at once or none.
CONSTANT = {
    **dict.fromkeys(("auc_pr", "vus_pr", "range_auc_pr"), 0.3),
    **dict.fromkeys(("auc_roc", "vus_roc", "range_auc_roc"), 0.5),
    **dict.fromkeys(("best_f1", "best_composite_f1", "best_pa_f1", "pa_k_area"), 2 * 0.3 / 1.3),
    "best_range_f1": 2 * 0.15 / 1.15,  # one run over both events: 0.3 / 2
    "best_event_f1": 0.0,  # an endless alarm is no detection
    "best_affiliation_f1": metrics.affiliation_scores(LABELS, np.ones(10)).f1,
    "best_nab": metrics.nab_score(LABELS, np.ones(10), probation=0).score,  # 7 false rows cost less than 2 misses
}


@pytest.mark.parametrize("name", OF_SCORES)
def test_a_constant_score_flags_all_rows_or_none(name: str) -> None:
    assert OF_SCORES[name](LABELS, np.full(10, 3.0)) == pytest.approx(CONSTANT[name])


@pytest.mark.parametrize("name", OF_SCORES)
def test_scale_and_shift_of_the_scores_change_nothing(name: str) -> None:
    expected = OF_SCORES[name](LABELS, SCORES)
    for factor, shift in ((1e-300, 0.0), (1e300, 0.0), (2.0, -7.0)):
        assert OF_SCORES[name](LABELS, SCORES * factor + shift) == expected


@EVERY
@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("value", [0, 1])
def test_one_row_gives_a_number_or_nan(name: str, label: int, value: int) -> None:
    found = BOTH[name]([label], [value])
    assert np.isnan(found) or np.isfinite(found)
    if label == 1 and value == 1 and not name.endswith(("roc", "delay", "day")):
        assert found in (1.0, 100.0)


@EVERY
def test_input_is_left_alone(name: str) -> None:
    labels, given = LABELS.copy(), (SCORES if name in OF_SCORES else LABELS).copy()
    BOTH[name](labels, given)
    assert np.array_equal(labels, LABELS)
    assert np.array_equal(given, SCORES if name in OF_SCORES else LABELS)


NOTHING_FLAGGED = {
    "precision": np.nan,
    "range_precision": np.nan,
    "event_precision": np.nan,
    "affiliation_precision": np.nan,
    "detection_delay": np.nan,
    "false_alarms_per_day": 0.0,
}


@pytest.mark.parametrize("name", OF_FLAGS)
def test_flagging_nothing_scores_nothing(name: str) -> None:
    found = OF_FLAGS[name](LABELS, np.zeros(10))
    assert found == pytest.approx(NOTHING_FLAGGED.get(name, 0.0), nan_ok=True)


NOTHING_LABELLED = {
    "precision": 0.0,
    "f_beta": 0.0,
    "range_precision": 0.0,
    "event_precision": 0.0,
    "event_f1": 0.0,
    "point_adjusted_f1": 0.0,
    "false_alarms_per_day": 86400 / 600,
}


@pytest.mark.parametrize("name", OF_FLAGS)
def test_where_nothing_is_labelled_flags_are_false_and_recall_is_undefined(name: str) -> None:
    found = OF_FLAGS[name](np.zeros(10), np.arange(10) == 4)
    assert found == pytest.approx(NOTHING_LABELLED.get(name, np.nan), nan_ok=True)


@pytest.mark.parametrize("name", OF_FLAGS)
def test_flags_equal_to_the_labels_are_perfect(name: str) -> None:
    found = OF_FLAGS[name](LABELS, LABELS)
    perfect = {"detection_delay": 0.0, "false_alarms_per_day": 0.0}
    if name != "nab_score":  # NAB has no mercy for a window of one row: its right edge earns less
        assert found == pytest.approx(perfect.get(name, 1.0))


def test_the_window_must_fit_the_series() -> None:
    with pytest.raises(
        SeriesError, match="The window of 11 rows is longer than the 10 judged rows. Take a window of at most 10"
    ):
        metrics.vus_pr(LABELS, SCORES, 11)
    with pytest.raises(SeriesError, match="The window of 11 rows does not fit the 10 judged rows"):
        judge(LABELS, SCORES, window=11)
    with pytest.raises(ParamError, match="window must be at least 0"):
        metrics.vus_pr(LABELS, SCORES, -1)
    with pytest.raises(ParamError, match="thresholds must be at least 2"):
        metrics.vus_pr(LABELS, SCORES, 3, thresholds=1)


def test_parameters_out_of_range_are_refused() -> None:
    flags = LABELS
    for call, message in (
        (lambda: metrics.range_recall(LABELS, flags, alpha=2), "alpha must be between 0 and 1, got 2"),
        (
            lambda: metrics.range_recall(LABELS, flags, bias="left"),
            "bias must be flat, front, middle, back or a function",
        ),
        (
            lambda: metrics.range_recall(LABELS, flags, cardinality="two"),
            "cardinality must be reciprocal, one or a function",
        ),
        (lambda: metrics.pa_k_curve(LABELS, SCORES, [120]), "levels must be percentages between 0 and 100"),
        (
            lambda: metrics.nab_score(LABELS, flags, "fast"),
            "profile must be one of standard, reward-low-fp, reward-low-fn",
        ),
        (lambda: metrics.nab_score(LABELS, flags, probation=1.0), "probation must be a share from 0 to below 1"),
        (lambda: metrics.false_alarms_per_day(LABELS, flags), "Give either times or step_s"),
        (lambda: metrics.false_alarms_per_day(LABELS, flags, step_s=-1.0), "step_s must be more than 0"),
        (lambda: metrics.random_flags(3, 4), "Cannot raise 4 flags among 3 rows"),
        (lambda: metrics.at_random(lambda seed: {}, 0), "repeats must be at least 1"),
    ):
        with pytest.raises(ParamError, match=message):
            call()


def test_times_must_ascend() -> None:
    times = np.arange("2024-01-01", "2024-01-11", dtype="M8[D]")
    assert metrics.false_alarms_per_day(LABELS, LABELS, times) == 0
    with pytest.raises(SeriesError, match="times must ascend from row to row"):
        metrics.false_alarms_per_day(LABELS, LABELS, times[::-1])
    with pytest.raises(SeriesError, match="One row has no step in time. Give step_s"):
        metrics.false_alarms_per_day([0], [1], times[:1])


def test_a_gap_in_the_data_is_no_time_on_call() -> None:
    times = np.array([0, 60, 120, 10_000_000, 10_000_060], dtype=float)
    assert metrics.false_alarms_per_day([0] * 5, [1, 0, 0, 0, 0], times) == pytest.approx(86400 / 300)


def test_alerts_just_after_a_one_row_window_cost_in_full() -> None:
    labels = np.array([0, 1, 0, 0])
    assert metrics.nab_score(labels, [0, 1, 1, 0], probation=0).raw == pytest.approx(1 - 0.11)


def test_labels_may_be_of_any_number_type() -> None:
    for kind in (np.bool_, np.int8, np.uint8, np.float32, list):
        labels = LABELS.tolist() if kind is list else LABELS.astype(kind)
        assert metrics.auc_pr(labels, SCORES) == metrics.auc_pr(LABELS, SCORES)


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_has_a_range_and_a_direction(name: str) -> None:
    metric = METRICS[name]
    assert metric.low < metric.high
    assert metric.direction in ("higher", "lower", "promised")
    assert metric.oracle == name.startswith("best_") or name == "pa_k_area"


def test_metrics_alone_load_neither_scipy_nor_the_rest() -> None:
    heavy = "scipy", "pandas", "pydantic", "torch", "pyarrow", "redshank.series"
    code = f"import sys, redshank.metrics; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_page_of_metrics_says_what_the_catalogue_says() -> None:
    page = (Path(__file__).parent.parent / "docs" / "metrics.md").read_text()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines() if line.startswith("| `")]
    arrows = {"higher": "↑", "lower": "↓", "promised": "= level"}
    bound = {np.inf: "∞", -np.inf: "-∞"}
    expected = [
        [
            f"`{name}`",
            f"{bound.get(metric.low, f'{metric.low:g}')} to {bound.get(metric.high, f'{metric.high:g}')}",
            arrows[metric.direction],
            metric.oracle,
            metric.inflated,
        ]
        for name, metric in METRICS.items()
    ]
    found = [[row[0], row[2], row[3], "oracle" in row[5], "inflated" in row[5]] for row in rows]
    assert found == expected
