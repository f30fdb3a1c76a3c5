"""Evaluation: the metrics of a detection, beside chance, over pieces and over series."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import redshank
from redshank import metrics
from redshank.errors import InputError
from redshank.evaluation import MAIN, Judge, known
from redshank.testing import sine


def labelled(seed: int = 0, name: str = "") -> redshank.Series:
    calm = sine(900, channels=2, seed=seed)
    values = calm.values.copy()
    values[600:620, 1] += 4
    labels = np.zeros(900, bool)
    labels[600:620] = True
    return replace(calm, values=values, labels=labels, name=name, intervals=((600, 620, ("c1",)),))


@pytest.fixture(scope="module")
def model() -> redshank.Model:
    return redshank.fit("robust-z", sine(900, channels=2))


def test_figures_are_those_of_the_metrics_with_chance_and_an_interval(model: redshank.Model) -> None:
    series = labelled()
    found = model.detect(series)
    judged = redshank.evaluate(model, series)
    assert (judged.points, judged.events) == (900, 1)
    assert set(MAIN) < set(judged.report)
    assert judged.report["recall"].value == metrics.recall(series.labels, found.flags)
    assert judged.report["vus_pr"].value == metrics.vus_pr(series.labels, found.score, 100)
    for name in ("precision", "vus_pr", "auc_pr", "f1"):
        figure = judged.report[name]
        assert figure.baseline < 0.3 < figure.value, name
        assert figure.interval.low <= figure.value <= figure.interval.high, name
    assert judged.report["hit_rate_100"].value == 1.0


def test_no_figure_chooses_its_limit_by_the_labels_unless_asked(model: redshank.Model) -> None:
    series = labelled()
    assert not any(
        figure.metric.oracle or figure.metric.inflated for figure in redshank.evaluate(model, series).report.values()
    )
    everything = redshank.evaluate(model, series, everything=True, confidence=None).report
    assert everything["best_pa_f1"].metric.marks == "oracle, inflated"
    assert everything["best_pa_f1"].baseline > everything["best_f1"].baseline
    assert np.isnan(everything["f1"].interval.low)


def test_pieces_are_judged_as_a_whole(model: redshank.Model) -> None:
    series = replace(labelled(), intervals=())
    found = model.detect(series)
    pieces = Judge()
    for part in (slice(0, 400), slice(400, 610), slice(610, 900)):
        rows = replace(
            found, times=found.times[part], score=found.score[part], flags=found.flags[part], limit=found.limit[part]
        )
        pieces.add(rows, series[part])
    assert pieces.verdict().to_json() == Judge().add(found, series).verdict().to_json()


def test_several_series_are_judged_by_their_mean(model: redshank.Model) -> None:
    parts = [labelled(seed, name) for seed, name in enumerate(("a", "b", ""))]
    judged = redshank.evaluate(model, parts)
    assert list(judged.series) == ["a", "b", "2"]
    for name in ("f1", "auc_pr", "ndcg_100"):
        one_by_one = [report[name].value for report in judged.series.values()]
        assert judged.report[name].value == pytest.approx(np.mean(one_by_one))
        low, high = judged.report[name].interval
        assert min(one_by_one) - 1e-9 <= low <= high <= max(one_by_one) + 1e-9
    said = judged.to_json()
    assert set(said["series"]) == {"a", "b", "2"}
    assert said["protocol"]["series"] == 3


def test_series_of_one_name_are_not_taken_for_one(model: redshank.Model) -> None:
    judged = redshank.evaluate(model, [labelled(0, "a"), labelled(1, "a")])
    assert list(judged.series) == ["a#0", "a#1"]


def test_a_series_without_an_event_says_so_and_counts_its_false_alarms(model: redshank.Model) -> None:
    calm = replace(sine(900, channels=2), labels=np.zeros(900, bool))
    report = redshank.evaluate(model, calm).report
    assert np.isnan(report["auc_pr"].value)
    assert "No row is labelled" in report["auc_pr"].note
    assert np.isfinite(report["false_alarms_per_day"].value)
    both = redshank.evaluate(model, [replace(calm, name="calm"), labelled(0, "loud")])
    assert both.report["auc_pr"].value == both.series["loud"]["auc_pr"].value


def test_a_row_without_a_score_is_the_least_strange() -> None:
    nan = np.nan
    assert known(np.array([nan, 2.0, nan, 1.0])).tolist()[1:] == [2.0, 1.0, 1.0]
    assert np.isnan(known(np.array([nan, 2.0]))[0])
    assert known(np.array([nan, 2.0]), warm_up=True).tolist() == [2.0, 2.0]
    with pytest.raises(InputError, match="no score at all"):
        known(np.full(3, nan))


def test_labels_are_asked_for(model: redshank.Model) -> None:
    with pytest.raises(InputError, match=r"\?label=COLUMN"):
        redshank.evaluate(model, sine(900, channels=2))


def test_selecting_channels_keeps_the_blame_of_those(model: redshank.Model) -> None:
    series = replace(labelled(), intervals=((600, 620, ("c0", "c1")), (700, 710, ("c0",))))
    assert series.select(["c1"]).intervals == ((600, 620, ("c1",)),)
