"""Blame against causes, by every order of the channels that are blamed alike."""

from __future__ import annotations

import naive_metrics as naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redshank import metrics
from redshank.errors import ParamError, SeriesError

SOME = settings(max_examples=40, deadline=None)


@SOME
@given(
    st.lists(st.integers(0, 2), min_size=1, max_size=5).flatmap(
        lambda blame: st.tuples(st.just(blame), st.lists(st.integers(0, 1), min_size=len(blame), max_size=len(blame)))
    ),
    st.sampled_from([50, 100, 150, 300]),
)
def test_ties_are_the_mean_over_all_orders(case: tuple[list[int], list[int]], at: int) -> None:
    blame, causes = case
    causes[0] = 1
    assert metrics.hit_rate([blame], [causes], at) == pytest.approx(
        naive.hit_rate(blame, causes, min(at, 100 * len(causes)))
    )
    assert metrics.ndcg([blame], [causes], at) == pytest.approx(naive.ndcg(blame, causes, at))


def test_events_count_alike_and_those_without_a_cause_not_at_all() -> None:
    blame, causes = [[3, 2, 1], [1, 2, 3], [1, 2, 3]], [[1, 0, 0], [1, 0, 0], [0, 0, 0]]
    assert metrics.hit_rate(blame, causes) == 0.5
    assert np.isnan(metrics.hit_rate(blame[2:], causes[2:]))
    assert np.isnan(metrics.ndcg(blame[2:], causes[2:]))


def test_a_channel_without_a_score_is_blamed_last() -> None:
    assert metrics.hit_rate([[np.nan, 0.0]], [[0, 1]]) == 1
    assert metrics.hit_rate([[np.nan, 0.0]], [[1, 0]]) == 0


def test_a_warm_up_event_is_left_out_and_a_partly_scored_one_is_not() -> None:
    scores = np.array([[np.nan, np.nan], [np.nan, np.nan], [1.0, 3.0], [2.0, np.nan]])
    blame, causes = metrics.blame_per_event(scores, [(0, 2, [0]), (1, 4, [1])])
    assert blame.tolist() == [[1.5, 3.0]]
    assert causes.tolist() == [[False, True]]


def test_a_report_has_the_figure_of_a_random_order_exactly() -> None:
    rng = np.random.default_rng(0)
    intervals = [(10, 20, [0, 3, 4]), (40, 41, [1])]
    report = metrics.judge_attribution(rng.random((60, 8)), intervals)
    assert report["hit_rate_100"].baseline == pytest.approx((3 / 8 + 1 / 8) / 2)
    assert report["hit_rate_150"].baseline == pytest.approx((4 / 8 + 1 / 8) / 2)
    drawn = [metrics.judge_attribution(rng.random((60, 8)), intervals)["ndcg_100"].value for _ in range(400)]
    assert np.mean(drawn) == pytest.approx(report["ndcg_100"].baseline, abs=0.05)


def test_bad_input_is_refused() -> None:
    scores = np.zeros((5, 2))
    for call, error, message in (
        (lambda: metrics.hit_rate([[1.0]], [[1, 0]]), SeriesError, "must both have shape"),
        (lambda: metrics.hit_rate([[1.0]], [[2]]), SeriesError, "causes must be 0 or 1"),
        (lambda: metrics.hit_rate([[1.0]], [[1]], at=0), ParamError, "at must be more than 0 percent"),
        (lambda: metrics.blame_per_event(scores[:, 0], []), SeriesError, "channel_scores must have shape"),
        (
            lambda: metrics.blame_per_event(scores, [(3, 9, [0])]),
            SeriesError,
            "interval 3 to 9 is not within the 5 rows",
        ),
        (lambda: metrics.blame_per_event(scores, [(0, 1, [2])]), ParamError, "There is no channel 2 among 2"),
        (
            lambda: metrics.blame_per_event(scores, [(0, 1, ["x"])], ["a", "b"]),
            ParamError,
            "No channel is called 'x'. Known: a, b",
        ),
    ):
        with pytest.raises(error, match=message):
            call()
    empty = metrics.judge_attribution(scores, [])
    assert empty["ndcg_150"].note == "No event with a named channel was scored."


def test_intervals_come_from_resampling_the_events() -> None:
    rng = np.random.default_rng(1)
    intervals = [(i, i + 1, [int(rng.integers(6))]) for i in range(40)]
    scores = rng.random((40, 6))
    for start, _, (cause,) in intervals[:20]:
        scores[start, cause] = 2
    report = metrics.judge_attribution(scores, intervals, confidence=0.95, draws=300)
    low, high = report["hit_rate_100"].interval
    assert 0.5 <= report["hit_rate_100"].value <= 0.8
    assert report["hit_rate_100"].baseline < low < report["hit_rate_100"].value < high
    spread = 1.96 * np.sqrt(report["hit_rate_100"].value * (1 - report["hit_rate_100"].value) / 40)
    assert high - low == pytest.approx(2 * spread, rel=0.2)
