"""The suite: the same figures as the single functions, the random ones beside them, intervals that hold."""

from __future__ import annotations

import json

import numpy as np
import pytest

from redshank import metrics
from redshank.errors import ParamError, SeriesError
from redshank.metrics import METRICS, judge
from redshank.metrics.confidence import mean_block, stationary_rows


@pytest.fixture(scope="module")
def case() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    labels = np.repeat([0, 1, 0, 1, 0, 1, 0], [200, 12, 150, 1, 90, 40, 107])
    scores = rng.normal(size=600) + 2.0 * labels
    return labels, scores, scores > 1.5


def test_a_report_holds_the_figures_of_the_single_functions(case: tuple[np.ndarray, ...]) -> None:
    labels, scores, flags = case
    report = judge(labels, scores, flags, step_s=300, window=20)
    affiliation = metrics.affiliation_scores(labels, flags)
    expected = {
        "vus_pr": metrics.vus_pr(labels, scores, 20),
        "vus_roc": metrics.vus_roc(labels, scores, 20),
        "auc_pr": metrics.auc_pr(labels, scores),
        "auc_roc": metrics.auc_roc(labels, scores),
        "range_auc_pr": metrics.range_auc_pr(labels, scores, 20),
        "range_auc_roc": metrics.range_auc_roc(labels, scores, 20),
        "best_f1": metrics.best_f1(labels, scores).value,
        "best_range_f1": metrics.best_range_f1(labels, scores).value,
        "best_event_f1": metrics.best_event_f1(labels, scores).value,
        "best_composite_f1": metrics.best_composite_f1(labels, scores).value,
        "best_affiliation_f1": metrics.best_affiliation_f1(labels, scores).value,
        "best_pa_f1": metrics.best_point_adjusted_f1(labels, scores).value,
        "pa_k_area": metrics.pa_k_area(labels, scores),
        "best_nab_standard": metrics.best_nab_score(labels, scores).value,
        "best_nab_low_fp": metrics.best_nab_score(labels, scores, "reward-low-fp").value,
        "best_nab_low_fn": metrics.best_nab_score(labels, scores, "reward-low-fn").value,
        "precision": metrics.precision(labels, flags),
        "recall": metrics.recall(labels, flags),
        "f1": metrics.f_beta(labels, flags),
        "range_precision": metrics.range_precision(labels, flags),
        "range_recall": metrics.range_recall(labels, flags),
        "range_f1": metrics.range_f_beta(labels, flags),
        "event_precision": metrics.event_precision(labels, flags),
        "event_recall": metrics.event_recall(labels, flags),
        "event_f1": metrics.event_f1(labels, flags),
        "composite_f1": metrics.composite_f1(labels, flags),
        "affiliation_precision": affiliation.precision,
        "affiliation_recall": affiliation.recall,
        "affiliation_f1": affiliation.f1,
        "pa_f1": metrics.point_adjusted_f1(labels, flags),
        "nab_standard": metrics.nab_score(labels, flags, probation=0).score,
        "nab_low_fp": metrics.nab_score(labels, flags, "reward-low-fp", probation=0).score,
        "nab_low_fn": metrics.nab_score(labels, flags, "reward-low-fn", probation=0).score,
        "detection_delay": metrics.detection_delay(labels, flags),
        "detection_delay_s": 300 * metrics.detection_delay(labels, flags),
        "false_alarms": metrics.false_alarms(labels, flags),
        "false_alarms_per_day": metrics.false_alarms_per_day(labels, flags, step_s=300),
    }
    assert report.values_by_name() == pytest.approx(expected)
    assert list(report) == [name for name, metric in METRICS.items() if metric.kind in ("scores", "flags")]
    assert report["best_f1"].threshold == metrics.best_f1(labels, scores).threshold


def test_every_figure_stands_beside_a_random_one(case: tuple[np.ndarray, ...]) -> None:
    labels, scores, flags = case
    report = judge(labels, scores, flags, step_s=300)
    assert all(np.isfinite(figure.baseline) for figure in report.values())
    prevalence = labels.mean()
    assert report["auc_pr"].baseline == pytest.approx(prevalence, abs=0.05)
    assert report["auc_roc"].baseline == pytest.approx(0.5, abs=0.05)
    assert report["precision"].baseline == pytest.approx(prevalence, abs=0.05)
    assert report["recall"].baseline == pytest.approx(flags.mean(), abs=0.05)
    assert report["best_pa_f1"].baseline > 3 * report["best_f1"].baseline


def test_the_random_figure_of_a_random_score_is_its_own_figure(case: tuple[np.ndarray, ...]) -> None:
    labels, _, _ = case
    scores = metrics.random_scores(600, seed=5)
    report = judge(labels, scores, repeats=1, seed=5)
    assert {name: figure.baseline for name, figure in report.items()} == report.values_by_name()


def test_the_same_seed_gives_the_same_report(case: tuple[np.ndarray, ...]) -> None:
    assert judge(*case, confidence=0.9, draws=5) == judge(*case, confidence=0.9, draws=5)
    assert judge(*case, seed=1)["auc_pr"].baseline != judge(*case, seed=2)["auc_pr"].baseline


def test_intervals_hold_the_figure_and_widen_with_the_level(case: tuple[np.ndarray, ...]) -> None:
    wide = judge(*case, confidence=0.99, draws=60, only=["auc_pr", "f1"], repeats=1)
    narrow = judge(*case, confidence=0.5, draws=60, only=["auc_pr", "f1"], repeats=1)
    for name in ("auc_pr", "f1"):
        assert (
            wide[name].interval.low
            <= narrow[name].interval.low
            < narrow[name].interval.high
            <= wide[name].interval.high
        )
        assert wide[name].interval.low < wide[name].value < wide[name].interval.high


def test_only_the_figures_asked_for_are_made(case: tuple[np.ndarray, ...]) -> None:
    labels, scores, _ = case
    assert list(judge(labels, scores, only=["best_f1", "vus_pr"])) == ["vus_pr", "best_f1"]
    with pytest.raises(ParamError, match="No figure is called 'vus'. Known: vus_pr, vus_roc"):
        judge(labels, scores, only=["vus"])


def test_scores_alone_and_flags_alone_can_be_judged(case: tuple[np.ndarray, ...]) -> None:
    labels, scores, flags = case
    assert {figure.metric.kind for figure in judge(labels, scores).values()} == {"scores"}
    assert {figure.metric.kind for figure in judge(labels, flags=flags).values()} == {"flags"}
    assert "false_alarms_per_day" not in judge(labels, flags=flags)
    with pytest.raises(ParamError, match="There is nothing to judge: give scores, flags, or both"):
        judge(labels)


def test_the_warm_up_is_left_out_of_labels_flags_and_counts(case: tuple[np.ndarray, ...]) -> None:
    labels, scores, flags = case
    longer = judge(
        np.concatenate([[1] * 5, labels]), np.concatenate([[np.nan] * 5, scores]), np.concatenate([[0] * 5, flags])
    )
    assert longer.values_by_name() == judge(labels, scores, flags).values_by_name()
    assert (longer.protocol["warmup"], longer.protocol["rows"]) == (5, 600)
    with pytest.raises(SeriesError, match="Row 0 is flagged but has no score. Do not flag the rows of the warm-up"):
        judge([0, 0, 1, 0], [np.nan, 0.1, 0.9, 0.2], [1, 0, 1, 0])


def test_times_give_delay_in_seconds_and_alarms_a_day(case: tuple[np.ndarray, ...]) -> None:
    labels, scores, flags = case
    times = np.datetime64("2024-03-01") + 300 * np.arange(600) * np.timedelta64(1, "s")
    by_times, by_step = judge(labels, scores, flags, times=times), judge(labels, scores, flags, step_s=300)
    assert by_times.values_by_name() == by_step.values_by_name()
    with pytest.raises(ParamError, match="Give either times or step_s, not both"):
        judge(labels, scores, times=times, step_s=300)


def test_an_undefined_figure_says_why() -> None:
    quiet = judge([0] * 8, np.arange(8.0), [0] * 8, step_s=60, window=2)
    assert quiet["vus_pr"].note == "No row is labelled anomalous, so there is nothing to find."
    assert quiet["false_alarms_per_day"].value == 0
    assert judge([1] * 8, np.arange(8.0), window=2)["auc_roc"].note.startswith("Every row is labelled anomalous")
    silent = judge([0, 0, 1, 0], flags=[0, 0, 0, 0])
    assert silent["precision"].note == "Nothing was flagged, so no share of it is right."
    assert silent["detection_delay"].note == "No event was found, so none was found late."
    missed = judge([0, 0, 1, 0], flags=[1, 0, 0, 0])
    assert missed["detection_delay"].note == "No event was found, so none was found late."


def test_a_report_is_plain_json_and_a_table(case: tuple[np.ndarray, ...]) -> None:
    report = judge(*case, confidence=0.9, draws=3)
    again = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert again["figures"]["best_pa_f1"]["inflated"] is True
    assert again["figures"]["precision"]["value"] == report["precision"].value
    assert again["protocol"]["window"] == 100
    lines = str(report).splitlines()
    assert len(lines) == 1 + len(report)
    assert any("Best point-adjusted F1" in line and line.endswith("oracle, inflated") for line in lines)


def test_a_nearly_endless_series_of_resamples_has_the_right_block_length() -> None:
    rng = np.random.default_rng(0)
    rows = stationary_rows(200_000, 50, rng)
    begins = np.count_nonzero(np.diff(rows) % 200_000 != 1)
    assert 200_000 / begins == pytest.approx(50, rel=0.05)
    assert np.bincount(rows, minlength=200_000).mean() == 1
    assert (rows >= 0).all()
    assert (rows < 200_000).all()


def test_the_block_is_longer_than_the_events() -> None:
    assert mean_block(np.array([3, 30]), 10_000) == 60
    assert mean_block(np.array([], dtype=int), 1000) == pytest.approx(10)
    assert mean_block(np.array([900]), 1000) == 250
    assert mean_block(np.array([1]), 1) == 1


def test_block_bootstrap_intervals_cover_where_row_by_row_ones_do_not() -> None:
    rng = np.random.default_rng(1)
    covered = {1.0: 0, 60.0: 0}
    for _ in range(60):
        x = np.convolve(rng.normal(size=1019), np.ones(20) / 20, "valid")  # rows hang together over 20 rows; mean 0
        for block in covered:
            low, high = metrics.block_bootstrap(lambda rows: {"mean": x[rows].mean()}, len(x), block, draws=100)["mean"]  # noqa: B023
            covered[block] += low <= 0 <= high
    assert covered[60.0] >= 48  # 80 % of 60 and more, for a promise of 95 % on 1,000 rows
    assert covered[1.0] <= 35


def test_bootstrap_over_series_covers_the_mean() -> None:
    rng = np.random.default_rng(2)
    held = [low <= 0.5 <= high for low, high in (metrics.bootstrap(rng.random(40), draws=400) for _ in range(200))]
    assert 0.90 <= np.mean(held) <= 0.99


def test_bootstrap_leaves_out_series_without_a_figure() -> None:
    assert metrics.bootstrap([0.3, np.nan]) == (0.3, 0.3)
    assert np.isnan(metrics.bootstrap([np.nan])).all()
    low, high = metrics.bootstrap([0.0, 0.0, 9.0], np.median, draws=500)
    assert (low, high) == (0.0, 9.0)
    with pytest.raises(ParamError, match="level must be between 0 and 1, got 95"):
        metrics.bootstrap([1.0, 2.0], level=95)
    with pytest.raises(ParamError, match="draws must be at least 1"):
        metrics.bootstrap([1.0, 2.0], draws=0)
    with pytest.raises(ParamError, match="block must be at least 1 row"):
        metrics.block_bootstrap(lambda rows: {}, 10, 0.5)


def test_a_paired_difference_is_surer_than_two_means() -> None:
    rng = np.random.default_rng(3)
    difficulty = rng.random(30)
    ours, theirs = difficulty + 0.05 + rng.normal(0, 0.02, 30), difficulty
    low, _ = metrics.bootstrap_difference(ours, theirs)
    assert low > 0
    assert metrics.bootstrap(ours).low < metrics.bootstrap(theirs).high
    with pytest.raises(SeriesError, match="Give both figures of the same series"):
        metrics.bootstrap_difference([1.0], [1.0, 2.0])
