"""Agreement with public implementations, on the numbers they gave once (tests/golden/make_metrics.py)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from redshank import metrics
from redshank.metrics.nab import normalised

GOLDEN = json.loads((Path(__file__).parent / "golden" / "metrics.json").read_text())
EXACT = {"rel": 1e-12, "abs": 1e-12}


@pytest.fixture(params=range(len(GOLDEN["detection"])))
def case(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = GOLDEN["detection"][request.param]
    return found


def test_volumes_are_those_of_tsb_ad_and_vus(case: dict[str, Any]) -> None:
    labels, scores, window = case["labels"], case["scores"], case["window"]
    for board, pr, roc in (("tsb_ad", "VUS-PR", "VUS-ROC"), ("vus", "VUS_PR", "VUS_ROC")):
        assert metrics.vus_pr(labels, scores, window) == pytest.approx(case[board][pr], **EXACT)
        assert metrics.vus_roc(labels, scores, window) == pytest.approx(case[board][roc], **EXACT)


def test_range_areas_are_slices_of_the_surface_of_tsb_ad(case: dict[str, Any]) -> None:
    labels, scores, window = case["labels"], case["scores"], case["window"]
    assert metrics.range_auc_pr(labels, scores, window) == pytest.approx(case["tsb_ad_slice"]["pr"], **EXACT)
    assert metrics.range_auc_roc(labels, scores, window) == pytest.approx(case["tsb_ad_slice"]["roc"], **EXACT)
    assert metrics.range_auc_pr(labels, scores, 0) == pytest.approx(case["tsb_ad_range_auc_0"]["pr"], **EXACT)
    assert metrics.range_auc_roc(labels, scores, 0) == pytest.approx(case["tsb_ad_range_auc_0"]["roc"], **EXACT)


def test_point_figures_are_those_of_scikit_learn_and_tsb_ad(case: dict[str, Any]) -> None:
    labels, scores, flags = case["labels"], case["scores"], case["flags"]
    for name, found in (
        ("precision", metrics.precision(labels, flags)),
        ("recall", metrics.recall(labels, flags)),
        ("f1", metrics.f_beta(labels, flags)),
        ("f2", metrics.f_beta(labels, flags, beta=2)),
        ("auc_pr", metrics.auc_pr(labels, scores)),
        ("auc_roc", metrics.auc_roc(labels, scores)),
    ):
        assert found == pytest.approx(case["sklearn"][name], **EXACT), name
    assert metrics.auc_pr(labels, scores) == pytest.approx(case["tsb_ad"]["AUC-PR"], **EXACT)
    assert metrics.auc_roc(labels, scores) == pytest.approx(case["tsb_ad"]["AUC-ROC"], **EXACT)


def test_figures_of_flags_are_those_of_tsb_ad(case: dict[str, Any]) -> None:
    labels, flags, board = case["labels"], case["flags"], case["tsb_ad_flags"]
    assert metrics.f_beta(labels, flags) == pytest.approx(board["Standard-F1"], **EXACT)
    assert metrics.composite_f1(labels, flags) == pytest.approx(board["Event-based-F1"], **EXACT)
    assert metrics.range_f_beta(labels, flags) == pytest.approx(board["R-based-F1"], **EXACT)
    assert metrics.affiliation_scores(labels, flags).f1 == pytest.approx(board["Affiliation-F"], **EXACT)
    if not labels[0]:  # TSB-AD never adjusts the first row
        assert metrics.point_adjusted_f1(labels, flags) == pytest.approx(board["PA-F1"], **EXACT)


def test_affiliation_is_that_of_its_authors(case: dict[str, Any]) -> None:
    found = metrics.affiliation_scores(case["labels"], case["flags"])
    assert [found.precision, found.recall] == pytest.approx(case["affiliation"], **EXACT)


def test_range_figures_are_those_of_prts_and_aeon(case: dict[str, Any]) -> None:
    labels, flags = case["labels"], case["flags"]
    for row in case["ranges"]:
        how = {"bias": row["bias"], "cardinality": row["cardinality"]}
        found = [
            metrics.range_precision(labels, flags, **how),
            metrics.range_recall(labels, flags, alpha=row["alpha"], **how),
        ]
        assert found == pytest.approx(row["prts"], **EXACT), ("prts", row)
        assert found == pytest.approx(row["aeon"], **EXACT), ("aeon", row)
    assert metrics.range_f_beta(labels, flags) == pytest.approx(case["aeon_range_f"], **EXACT)


def test_no_oracle_is_beaten_by_the_hundred_thresholds_of_tsb_ad(case: dict[str, Any]) -> None:
    labels, scores, board = case["labels"], case["scores"], case["tsb_ad"]
    for found, name in (
        (metrics.best_f1, "Standard-F1"),
        (metrics.best_composite_f1, "Event-based-F1"),
        (metrics.best_range_f1, "R-based-F1"),
        (metrics.best_affiliation_f1, "Affiliation-F"),
        (metrics.best_point_adjusted_f1, "PA-F1"),
    ):
        value = found(labels, scores).value
        assert value >= board[name] - 1e-12, name
        assert value <= board[name] + 0.05, name  # a hundred thresholds come near on so few rows


def test_ndcg_is_that_of_scikit_learn() -> None:
    golden = GOLDEN["attribution"]
    for at in (100, 150):
        expected = np.mean(golden["sklearn_ndcg"][str(at)])
        assert metrics.ndcg(golden["blame"], golden["causes"], at) == pytest.approx(expected, **EXACT)


def test_forecast_errors_are_those_of_utilsforecast_and_scikit_learn() -> None:
    golden = GOLDEN["forecast"]
    actual, guess, history = golden["actual"], golden["forecast"], golden["history"]
    expected = golden["utilsforecast"]
    assert metrics.mae(actual, guess) == pytest.approx(expected["mae"], **EXACT)
    assert metrics.rmse(actual, guess) == pytest.approx(expected["rmse"], **EXACT)
    assert metrics.smape(actual, guess) == pytest.approx(200 * expected["smape"], **EXACT)
    assert metrics.mase(actual, guess, history, period=7) == pytest.approx(expected["mase_7"], **EXACT)
    assert metrics.rmsse(actual, guess, history, period=1) == pytest.approx(expected["rmsse_1"], **EXACT)
    losses = np.array(golden["sklearn_pinball"]) * len(actual)
    wql = np.mean(2 * losses / np.abs(actual).sum())
    assert metrics.wql(actual, golden["quantiles"], golden["levels"]) == pytest.approx(wql, **EXACT)
    low, high = np.array(golden["quantiles"])[:, [0, -1]].T
    winkler = metrics.interval_score(actual, low, high, level=0.8)
    assert winkler == pytest.approx(golden["utilsforecast_winkler"], **EXACT)


# Published results of the detector ARTime on two files of NAB 1.1 (numenta/NAB, results/ARTime), 4,032 rows each, windows by
# row; sums for the three profiles. In art_daily_jumpsup its score is 1.0 at row 2989 and no other row reaches its threshold.
# In art_daily_flatmiddle one row in the window and one after it do: which, follows from the published sums.
NAB_ARTIME = [
    ("art_daily_jumpsup", (2787, 3190), [2989], (0.8589086704377245, 0.8589086704377245, 0.8589086704377245)),
    ("art_daily_flatmiddle", (2679, 3082), [2884, 3159], (0.8039739326751801, 0.7544410985057226, 0.8039739326751801)),
]
# S(t) published for single rows of the first window: what a flag there would earn.
NAB_ROWS = {2951: 0.914196782572506, 2990: 0.8571268814503882, 3055: 0.6937525045736829, 3114: 0.4453426807013693}
# The board of NAB for ARTime: sums over its 58 files with 116 windows, and the scores printed.
NAB_BOARD = {
    "standard": (57.66075157860637, 74.85377223215792),
    "reward-low-fp": (35.157280417015606, 65.15400017974811),
    "reward-low-fn": (47.66075157860637, 80.36228493638114),
}


@pytest.mark.parametrize(("name", "window", "rows", "published"), NAB_ARTIME)
def test_published_nab_results_are_reproduced(
    name: str, window: tuple[int, int], rows: list[int], published: tuple[float, ...]
) -> None:
    labels, flags = np.zeros(4032, int), np.zeros(4032, int)
    labels[slice(*window)] = 1
    flags[rows] = 1
    for profile, raw in zip(("standard", "reward-low-fp", "reward-low-fn"), published):
        assert metrics.nab_score(labels, flags, profile).raw == pytest.approx(raw, **EXACT), (name, profile)


@pytest.mark.parametrize("row", NAB_ROWS)
def test_published_nab_worth_of_a_row_is_reproduced(row: int) -> None:
    labels, flags = np.zeros(4032, int), np.zeros(4032, int)
    labels[2787:3190] = flags[row] = 1
    assert metrics.nab_score(labels, flags).raw == pytest.approx(NAB_ROWS[row], **EXACT)


def test_the_sigmoid_has_the_value_printed_in_the_nab_paper() -> None:
    labels, flags = np.zeros(200, int), np.zeros(200, int)
    labels[100:121] = 1
    flags[129] = 1  # 9 rows after a window of 21 rows: at 0.45 of its span, where its example reads -0.8093
    assert metrics.nab_score(labels, flags).raw == pytest.approx(-1 - 0.11 * 0.8093, abs=1e-5)


@pytest.mark.parametrize("profile", NAB_BOARD)
def test_the_published_nab_board_is_reproduced_from_its_sums(profile: str) -> None:
    raw, score = NAB_BOARD[profile]
    assert normalised(raw, 116, profile) == pytest.approx(score, **EXACT)
