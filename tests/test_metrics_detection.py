"""Detection metrics against their slow twins, on series full of ties, touching edges and odd gaps."""

from __future__ import annotations

import naive_metrics as naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redshank import metrics
from redshank.metrics.nab import PROFILES
from redshank.metrics.nearest import nearest_greater
from redshank.metrics.ranking import rank
from redshank.metrics.vus import volumes

SOME = settings(max_examples=40, deadline=None)

CLOSE = {"rel": 1e-9, "abs": 1e-9}


@st.composite
def labelled(draw: st.DrawFn, longest: int = 40) -> tuple[list[int], list[float]]:
    """Labels with at least one 1, and scores of few distinct values."""
    n = draw(st.integers(1, longest))
    labels = draw(st.lists(st.sampled_from([0, 0, 0, 1]), min_size=n, max_size=n))
    labels[draw(st.integers(0, n - 1))] = 1
    levels = draw(st.sampled_from([2, 5, 1000]))
    scores = draw(st.lists(st.integers(0, levels).map(float), min_size=n, max_size=n))
    return labels, scores


@st.composite
def flagged(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    labels, scores = draw(labelled())
    return labels, [int(score > draw(st.sampled_from([0, 1]))) for score in scores]


@SOME
@given(st.lists(st.integers(-5, 5), min_size=1, max_size=70))
def test_the_nearest_greater_element_is_found_on_both_sides(values: list[int]) -> None:
    left, right = nearest_greater(np.array(values))
    for i, value in enumerate(values):
        assert left[i] == max((j for j in range(i) if values[j] > value), default=-1)
        assert right[i] == min((j for j in range(i + 1, len(values)) if values[j] > value), default=len(values))


@SOME
@given(labelled())
def test_areas_and_oracles_agree_with_trying_every_threshold(case: tuple[list[int], list[float]]) -> None:
    labels, scores = case
    assert metrics.auc_pr(labels, scores) == pytest.approx(naive.auc_pr(labels, scores))
    if not all(labels):
        assert metrics.auc_roc(labels, scores) == pytest.approx(naive.auc_roc(labels, scores))
    for fast, slow in (
        (metrics.best_f1, naive.f1),
        (metrics.best_range_f1, naive.range_f1),
        (metrics.best_event_f1, naive.event_f1_not_endless),
        (metrics.best_composite_f1, naive.composite_f1),
        (metrics.best_affiliation_f1, naive.affiliation_f1),
        (metrics.best_point_adjusted_f1, naive.adjusted_f1),
    ):
        assert fast(labels, scores).value == pytest.approx(naive.best(labels, scores, slow), **CLOSE), fast.__name__


@SOME
@given(labelled())
def test_an_oracle_threshold_gives_the_oracle_figure_back(case: tuple[list[int], list[float]]) -> None:
    labels, scores = case
    for oracle, figure in (
        (metrics.best_f1, metrics.f_beta),
        (metrics.best_range_f1, metrics.range_f_beta),
        (metrics.best_event_f1, metrics.event_f1),
        (metrics.best_composite_f1, metrics.composite_f1),
        (metrics.best_affiliation_f1, lambda truth, flags: metrics.affiliation_scores(truth, flags).f1),
        (metrics.best_point_adjusted_f1, metrics.point_adjusted_f1),
    ):
        value, threshold = oracle(labels, scores)
        if value > 0:
            assert figure(labels, np.array(scores) >= threshold) == pytest.approx(value), oracle.__name__


@SOME
@given(flagged())
def test_figures_of_flags_agree_with_their_twins(case: tuple[list[int], list[int]]) -> None:
    labels, flags = case
    tp, fp, fn = naive.counts(labels, flags)
    assert metrics.precision(labels, flags) == pytest.approx(tp / (tp + fp) if tp + fp else np.nan, nan_ok=True)
    assert metrics.recall(labels, flags) == pytest.approx(tp / (tp + fn))
    assert metrics.f_beta(labels, flags) == pytest.approx(naive.f1(labels, flags))
    assert metrics.f_beta(labels, flags, beta=2) == pytest.approx(5 * tp / (5 * tp + 4 * fn + fp))
    assert metrics.event_recall(labels, flags) == naive.events_found(labels, flags) / len(naive.runs(labels))
    assert metrics.false_alarms(labels, flags) == naive.false_alarms(labels, flags)
    assert metrics.event_f1(labels, flags) == pytest.approx(naive.event_f1(labels, flags))
    assert metrics.composite_f1(labels, flags) == pytest.approx(naive.composite_f1(labels, flags))
    assert metrics.point_adjusted_f1(labels, flags) == pytest.approx(naive.adjusted_f1(labels, flags))
    for k in (0, 20, 50, 99, 100):
        assert metrics.point_adjust(labels, flags, k).tolist() == [bool(x) for x in naive.adjust(labels, flags, k)]
    expected = [np.nan if delay is None else delay for delay in naive.delays(labels, flags)]
    assert metrics.detection_delays(labels, flags).tolist() == pytest.approx(expected, nan_ok=True)


@SOME
@given(flagged(), st.sampled_from(["flat", "front", "middle", "back"]), st.sampled_from(["reciprocal", "one"]))
def test_range_rewards_agree_for_every_bias_and_cardinality(
    case: tuple[list[int], list[int]], bias: str, cardinality: str
) -> None:
    labels, flags = case
    reciprocal = cardinality == "reciprocal"
    for alpha in (0.0, 0.2, 1.0):
        assert metrics.range_recall(labels, flags, alpha=alpha, bias=bias, cardinality=cardinality) == pytest.approx(
            naive.range_reward(labels, flags, alpha, bias, reciprocal)
        )
    assert metrics.range_precision(labels, flags, bias=bias, cardinality=cardinality) == pytest.approx(
        naive.range_reward(flags, labels, 0.0, bias, reciprocal), nan_ok=True
    )


@SOME
@given(flagged())
def test_a_bias_or_cardinality_may_be_a_function(case: tuple[list[int], list[int]]) -> None:
    labels, flags = case
    own = metrics.range_recall(
        labels, flags, bias=lambda position, length: length - position + 1, cardinality=lambda many: 1 / many
    )
    assert own == metrics.range_recall(labels, flags, bias="front")


@SOME
@given(flagged())
def test_affiliation_integrals_agree_with_a_fine_grid(case: tuple[list[int], list[int]]) -> None:
    labels, flags = case
    precision, recall = naive.affiliation(labels, flags)
    found = metrics.affiliation_scores(labels, flags)
    assert found.precision == pytest.approx(precision, nan_ok=True, **CLOSE)
    assert found.recall == pytest.approx(recall, **CLOSE)


@SOME
@given(labelled(), st.data())
def test_volumes_agree_with_the_definition(case: tuple[list[int], list[float]], data: st.DataObject) -> None:
    labels, scores = case
    window = data.draw(st.integers(0, min(len(labels), 12)))
    thresholds = data.draw(st.sampled_from([2, 7, 250]))
    pr, roc = naive.volumes(labels, scores, window, thresholds)
    fast = volumes(rank(labels, scores), window, thresholds)
    assert fast.pr == pytest.approx(pr, rel=1e-12, abs=1e-12)
    assert fast.roc == pytest.approx(roc, rel=1e-12, abs=1e-12, nan_ok=True)
    pr, roc = naive.range_areas(labels, scores, window, thresholds)
    assert metrics.range_auc_pr(labels, scores, window, thresholds) == pytest.approx(pr, rel=1e-12, abs=1e-12)
    assert metrics.range_auc_roc(labels, scores, window, thresholds) == pytest.approx(roc, rel=1e-12, nan_ok=True)


@SOME
@given(labelled())
def test_the_pa_k_curve_agrees_with_trying_every_threshold(case: tuple[list[int], list[float]]) -> None:
    labels, scores = case
    levels = (0, 1, 20, 33, 50, 75, 99, 100)
    curve = metrics.pa_k_curve(labels, scores, levels)
    assert curve.f1.tolist() == pytest.approx([naive.pa_k_f1(labels, scores, k) for k in levels])
    assert curve.f1[0] == pytest.approx(metrics.best_point_adjusted_f1(labels, scores).value)
    assert curve.f1[-1] == pytest.approx(metrics.best_f1(labels, scores).value)


@SOME
@given(labelled(), st.sampled_from(sorted(PROFILES)))
def test_nab_scores_agree_with_the_definition(case: tuple[list[int], list[float]], profile: str) -> None:
    labels, scores = case
    weights = PROFILES[profile]
    best = metrics.best_nab_score(labels, scores, profile)
    assert best.value == pytest.approx(naive.nab_best(labels, scores, *weights), **CLOSE)
    flags = [int(score > 1) for score in scores]
    for share in (0.0, 0.15, 0.5):
        rows = int(np.ceil(np.floor(share * len(labels))))
        raw = naive.nab_raw(labels, flags, *weights, probation=rows)
        assert metrics.nab_score(labels, flags, profile, probation=share).raw == pytest.approx(raw, **CLOSE)
    if np.isfinite(best.threshold):
        again = metrics.nab_score(labels, np.array(scores) >= best.threshold, profile, probation=0)
        assert again.score == pytest.approx(best.value)
