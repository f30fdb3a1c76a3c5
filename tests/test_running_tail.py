"""The tail of a stream: the same as from nothing, the same in any pieces, and as many alarms as promised."""

from __future__ import annotations

import naive_tails
import numpy as np
import pytest

from redshank.kernels.running_tail import RunningTail
from redshank.kernels.tails import fit_pareto


def started(
    scores: np.ndarray, q: float = 1e-3, level: float = 0.98, max_peaks: int = 500, censor: bool = True
) -> RunningTail:
    t = float(np.quantile(scores, level))
    excesses = scores[scores > t] - t
    return RunningTail.started(excesses, t, len(scores), q, max_peaks, peaks=len(excesses), censor=censor)


@pytest.mark.parametrize("kind", ["exponential", "standard_normal", "random"])
def test_every_fit_is_the_one_from_nothing(kind: str) -> None:
    scores = getattr(np.random.default_rng(0), kind)(size=12_000)
    tail = started(scores[:1000], max_peaks=60)
    for score in scores[1000:].tolist():
        tail.points += 1
        if score > tail.level and tail.learn(score):
            fresh = fit_pareto(tail.excesses, tail.beyond, tail.far * tail.unit)
            found = naive_tails.log_likelihood(
                tail.excesses, tail.pareto.shape, tail.pareto.scale, tail.beyond, tail.far * tail.unit
            )
            best = naive_tails.log_likelihood(
                tail.excesses, fresh.shape, fresh.scale, tail.beyond, tail.far * tail.unit
            )
            assert found == pytest.approx(best, abs=1e-8)


def test_without_counted_alarms_it_is_the_algorithm_of_the_paper() -> None:
    scores = np.random.default_rng(1).standard_t(5, size=6000)
    tail = started(scores[:1000], censor=False, max_peaks=1000)
    flags, limits = naive_tails.spot(scores[:1000], scores[1000:], tail.level, 1e-3)
    assert sum(flags) > 5
    assert tail.advance(scores[1000:]) == pytest.approx(limits, rel=1e-6)


def test_it_may_be_fed_in_any_pieces() -> None:
    scores = np.random.default_rng(2).exponential(size=8000)
    scores[::97] = np.nan
    whole, pieces = started(scores[1:97]), started(scores[1:97])
    limits = whole.advance(scores[97:])
    cuts = np.sort(np.random.default_rng(3).integers(97, 8000, 300))
    pushed = [pieces.advance(part) for part in np.split(scores, cuts)[1:] if len(part)]
    start = 8000 - sum(map(len, pushed))
    pieces_again = started(scores[1:97])
    first = pieces_again.advance(scores[97:start])
    rest = [pieces_again.advance(part) for part in np.split(scores, cuts)[1:]]
    assert np.array_equal(np.concatenate([first, *rest]), limits)
    assert pieces_again.points == whole.points


def test_a_kept_state_goes_on_as_if_nothing_had_happened() -> None:
    scores = np.random.default_rng(4).exponential(size=20_000)
    tail = started(scores[:1000], max_peaks=100)
    tail.advance(scores[1000:10_000])
    kept = tail.state()
    before = {name: np.copy(value) for name, value in kept.items()}
    limits = tail.advance(scores[10_000:])
    assert all(np.array_equal(before[name], kept[name], equal_nan=True) for name in kept)
    assert np.array_equal(RunningTail.restored(kept).advance(scores[10_000:]), limits)


def test_memory_stays_the_same_size() -> None:
    scores = np.random.default_rng(5).normal(size=100_000)
    tail = started(scores[:2000], max_peaks=50)
    tail.advance(scores[2000:])
    assert tail.held == len(tail.ring) == 50
    assert tail.peaks > 1500
    assert len(tail.places) <= 130


@pytest.mark.parametrize("kind", ["exponential", "standard_normal", "random"])
def test_it_raises_the_alarms_it_promises_where_the_papers_rule_raises_several_times_as_many(kind: str) -> None:
    scores = getattr(np.random.default_rng(6), kind)(size=205_000)
    expected = 200_000 * 1e-3
    alarms = {}
    for censor in (True, False):
        limits = started(scores[:5000], censor=censor).advance(scores[5000:])
        alarms[censor] = (scores[5000:] > limits).sum() / expected
    assert 0.8 < alarms[True] < 1.5
    assert alarms[False] > 2


def test_anomalies_do_not_lift_the_limit_out_of_reach() -> None:
    rng = np.random.default_rng(7)
    scores = rng.exponential(size=100_000)
    strange = rng.random(100_000) < 0.01
    scores[strange] += 30
    clean = started(scores[:5000][~strange[:5000]], q=1e-3)
    limits = clean.advance(scores[5000:])
    assert limits.max() < 25
    assert (scores[5000:] > limits)[strange[5000:]].all()


def test_until_enough_peaks_are_known_the_limit_is_the_largest_score_and_what_exceeds_it_is_learned() -> None:
    tail = started(np.full(100, 5.0))
    assert tail.limit == 5.0
    assert tail.advance(np.array([5.0, 4.0, 6.0, 5.5, np.inf])).tolist() == [5.0, 5.0, 5.0, 6.0, 6.0]
    tail.advance(6 + np.random.default_rng(8).random(20))
    assert tail.knows


@pytest.mark.parametrize("unit", [1e-300, 1e-12, 1e12, 1e300])
def test_units_and_offsets_change_nothing(unit: float) -> None:
    scores = np.random.default_rng(9).exponential(size=5000)
    limits = started(scores[:1000]).advance(scores[1000:])
    assert started(unit * scores[:1000]).advance(unit * scores[1000:]) == pytest.approx(unit * limits, rel=1e-6)
    moved = started(scores[:1000] + 1000).advance(scores[1000:] + 1000)
    assert moved - 1000 == pytest.approx(limits, rel=1e-6)


def test_ties_are_borne() -> None:
    scores = np.random.default_rng(10).integers(0, 8, size=5000).astype(float)
    limits = started(scores[:1000], level=0.8).advance(scores[1000:])
    assert np.isfinite(limits).all()
    assert (scores[1000:] > limits).mean() < 0.01
