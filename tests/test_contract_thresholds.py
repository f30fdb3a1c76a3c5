"""What every threshold must do, measured on every one that is registered."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import redshank
from redshank import registry
from redshank.base import Threshold
from redshank.errors import NotFittedError, SeriesError
from redshank.testing import sine, sine_with_spike

PARAMS: dict[str, dict[str, Any]] = {
    "fixed": {"value": 3.0},
    "spot": {"q": 1e-3},
    "dspot": {"q": 1e-3, "depth": 50},
    "bi-spot": {"q": 1e-3},
    "epsilon": {"span": 3, "window": 500},
    "conformal": {"per_points": 1000, "fdr": 0.1, "adapt": 0.5},
}
NAMES = registry.names("thresholds")
INVARIANT = [name for name in NAMES if name != "fixed"]


def scores(n: int = 4000, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).exponential(size=n)


def labels(n: int = 4000) -> np.ndarray:
    return scores(n) > 6


def fitted(name: str, calibration: np.ndarray | None = None) -> Threshold:
    threshold: Threshold = registry.build("thresholds", name, PARAMS.get(name, {}))
    calibration = scores() if calibration is None else calibration
    return threshold.fit(calibration, np.arange(len(calibration)) % 100 == 0 if threshold.supervised else None)


def limits(threshold: Threshold, rows: np.ndarray) -> np.ndarray:
    return threshold.advance(threshold.begin(), rows)


@pytest.mark.parametrize("name", NAMES)
def test_gives_one_finite_limit_a_point_and_leaves_its_input_alone(name: str) -> None:
    rows = scores(seed=1)
    before = rows.copy()
    found = limits(fitted(name), rows)
    assert found.shape == rows.shape
    assert np.isfinite(found).all()
    assert np.array_equal(rows, before)


@pytest.mark.parametrize("name", NAMES)
def test_flags_a_score_far_above_all_others(name: str) -> None:
    rows = scores(seed=1)
    rows[2000] = 1e6
    threshold = fitted(name)
    if name == "f-beta":
        threshold.fit(rows, np.arange(len(rows)) == 2000)
    assert limits(threshold, rows)[2000] < 1e6


@pytest.mark.parametrize("name", NAMES)
def test_may_be_fed_in_any_pieces(name: str) -> None:
    rows = scores(seed=1)
    rows[::53] = np.nan
    rows[1000:1010] += 20
    threshold = fitted(name)
    memory = threshold.begin()
    cuts = [1, 2, 3, 500, 990, 1001, 1002, 1003, 1010, 1500, 3000]
    pieces = [threshold.advance(memory, part) for part in np.split(rows, cuts)]
    pieces.append(threshold.advance(memory, rows[:0]))
    known = ~np.isnan(rows)
    assert np.concatenate(pieces)[known] == pytest.approx(limits(threshold, rows)[known], rel=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_a_limit_comes_from_earlier_rows_only(name: str) -> None:
    if name == "bi-spot":
        return  # reports a mirrored limit where a score is too low, which its own test looks at
    rows, other = scores(seed=1), scores(seed=1)
    other[1500:] = scores(seed=2)[1500:] + 3
    threshold = fitted(name)
    assert np.array_equal(limits(threshold, rows)[:1501], limits(threshold, other)[:1501])


@pytest.mark.parametrize("name", NAMES)
def test_missing_scores_are_passed_over(name: str) -> None:
    rows = scores(seed=1)
    holes = np.insert(rows, [0, 10, 10, 2000], np.nan)
    threshold = fitted(name)
    found = limits(threshold, holes)
    assert np.isfinite(found).all()
    assert found[~np.isnan(holes)] == pytest.approx(limits(threshold, rows), rel=1e-12)


@pytest.mark.parametrize("name", INVARIANT)
@pytest.mark.parametrize(("unit", "shift"), [(1e-9, 0.0), (1e9, 0.0), (1.0, 100.0), (2.0, -50.0)])
def test_units_and_offsets_change_no_flag(name: str, unit: float, shift: float) -> None:
    rows = scores(seed=1)
    rows[1000:1003] += 20
    plain, moved = fitted(name), fitted(name, scores() * unit + shift)
    assert limits(moved, rows * unit + shift) == pytest.approx(limits(plain, rows) * unit + shift, rel=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_parameters_and_what_was_learned_round_trip(name: str) -> None:
    threshold = fitted(name)
    rows = scores(seed=1)
    again = type(threshold).from_params(json.loads(json.dumps(threshold.params))).load_state(threshold.state)
    assert np.array_equal(limits(again, rows), limits(threshold, rows))
    assert all(isinstance(value, (np.ndarray, float, int, str, bool)) for value in threshold.state.values())


@pytest.mark.parametrize("name", NAMES)
def test_a_second_fit_forgets_the_first(name: str) -> None:
    threshold = fitted(name, scores(seed=7) * 9)
    calibration = scores()
    threshold.fit(calibration, np.arange(len(calibration)) % 100 == 0 if threshold.supervised else None)
    assert np.array_equal(limits(threshold, scores(seed=1)), limits(fitted(name), scores(seed=1)))


@pytest.mark.parametrize("name", NAMES)
def test_a_stream_that_is_stored_goes_on_with_the_same_numbers(name: str) -> None:
    if name == "f-beta":
        return  # needs a labelled series; its limit is fixed
    model = redshank.fit(
        "robust-z", sine(3000), threshold=name, params={f"threshold.{k}": v for k, v in PARAMS.get(name, {}).items()}
    )
    series, _ = sine_with_spike(1200)
    stream = model.stream()
    stream.update(series.times[:600], series.values[:600])
    kept = stream.state
    frozen = {key: np.copy(value) for key, value in kept.items()}
    went_on = stream.update(series.times[600:], series.values[600:])
    assert all(np.array_equal(frozen[key], kept[key], equal_nan=True) for key in kept if key != "clock")
    again = model.stream().load_state(kept).update(series.times[600:], series.values[600:])
    assert np.array_equal(again.limit, went_on.limit)
    assert went_on.limit == pytest.approx(model.detect(series).limit[600:], rel=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_model_gives_the_same_flags(name: str) -> None:
    labelled, _ = sine_with_spike(1200)
    params = {f"threshold.{k}": v for k, v in PARAMS.get(name, {}).items()}
    tuned = {"labelled": labelled} if name == "f-beta" else {}
    model = redshank.fit("robust-z", sine(3000), threshold=name, params=params, **tuned)
    redshank.save(model, "kept")
    again = redshank.load("kept")
    assert np.array_equal(again.detect(labelled).limit, model.detect(labelled).limit)
    assert again.threshold.promised_rate == model.threshold.promised_rate


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "calibration",
    [np.full(300, 2.0), np.zeros(300), np.r_[np.zeros(299), 1.0], np.arange(200.0), np.repeat([1.0, 2.0], 100)],
    ids=["constant", "zero", "one-departure", "ramp", "two-values"],
)
def test_awkward_scores_give_a_finite_limit(name: str, calibration: np.ndarray) -> None:
    threshold = fitted(name, calibration)
    found = limits(threshold, np.r_[calibration, calibration.max() + 1, 0.0, calibration])
    assert np.isfinite(found).all()
    if name not in ("fixed", "f-beta"):
        assert not (calibration > limits(threshold, calibration)).mean() > 0.11


@pytest.mark.parametrize("name", NAMES)
def test_one_score_is_enough_or_refused_in_a_sentence(name: str) -> None:
    if name in ("dspot", "f-beta"):
        with pytest.raises(SeriesError, match="Set a smaller depth|Label some of both"):
            fitted(name, np.array([1.0]))
    else:
        assert np.isfinite(limits(fitted(name, np.array([1.0])), np.array([1.0, 2.0]))).all()


@pytest.mark.parametrize("name", NAMES)
def test_says_so_when_not_fitted_and_when_it_got_nothing(name: str) -> None:
    threshold: Threshold = registry.build("thresholds", name, PARAMS.get(name, {}))
    with pytest.raises(NotFittedError, match="Call fit"):
        threshold.begin()
    with pytest.raises(SeriesError, match="no score to learn from"):
        threshold.fit(np.full(5, np.nan), np.zeros(5, bool))


def test_best_f1_is_refused() -> None:
    with pytest.raises(redshank.RedshankError, match="oracle"):
        registry.build("thresholds", "best-f1", {})


PROMISES = [
    ("quantile", {"q": 0.01}, 500, 1.3),
    ("quantile", {"q": 1e-3}, 500, 1.3),
    ("pot", {"q": 1e-3}, 500, 1.6),
    ("pot", {"q": 1e-3}, 150, 1.6),
    ("conformal", {"false_alarms": 1, "per_points": 100}, 500, 1.3),
    ("conformal", {"false_alarms": 1, "per_points": 1000}, 2000, 1.3),
]


@pytest.mark.parametrize(("name", "params", "n", "off"), PROMISES)
@pytest.mark.parametrize("kind", ["expon", "halfnorm", "lognorm", "t"])
def test_the_rate_delivered_on_normal_data_is_the_rate_promised(
    name: str, params: dict[str, Any], n: int, off: float, kind: str
) -> None:
    """Means over calibrations of the true rate of the limit, which the distribution tells exactly."""
    from scipy import stats

    law = {"lognorm": stats.lognorm(1), "t": stats.t(4)}.get(kind) or getattr(stats, kind)()
    rng = np.random.default_rng(11)
    delivered, promised = [], []
    for _ in range(25 if name == "pot" else 400):
        threshold = registry.build("thresholds", name, params).fit(law.rvs(n, random_state=rng))
        delivered.append(law.sf(threshold.value_))
        promised.append(threshold.promised_rate)
    assert 1 / off < np.mean(delivered) / np.mean(promised) < off


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("spot", {"q": 1e-3}),
        ("dspot", {"q": 1e-3}),
        ("bi-spot", {"q": 1e-3}),
        ("conformal", {"per_points": 1000, "fdr": 0.1}),
    ],
)
def test_the_rate_delivered_by_a_stream_is_the_rate_promised(name: str, params: dict[str, Any]) -> None:
    rates = []
    for seed, draw in enumerate(("exponential", "standard_normal")):
        rows = getattr(np.random.default_rng(seed), draw)(size=110_000)
        threshold = registry.build("thresholds", name, params).fit(rows[:10_000])
        rates.append((rows[10_000:] > limits(threshold, rows[10_000:])).mean() / threshold.promised_rate)
    assert 0.7 < np.mean(rates) < 1.5


@pytest.mark.parametrize("name", ["fixed", "sigma", "robust-sigma", "f-beta", "epsilon"])
def test_what_knows_no_rate_promises_none(name: str) -> None:
    assert fitted(name).promised_rate is None
