"""What each threshold says it does, one by one. `test_contract_thresholds.py` has what all of them must do."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from redshank.errors import ParamError, SeriesError
from redshank.thresholds.bi_spot import BiSpot
from redshank.thresholds.conformal import Conformal
from redshank.thresholds.dspot import Dspot
from redshank.thresholds.epsilon import Epsilon
from redshank.thresholds.f_beta import FBeta
from redshank.thresholds.fixed import Fixed
from redshank.thresholds.pot import Pot
from redshank.thresholds.quantile import Quantile
from redshank.thresholds.robust_sigma import RobustSigma
from redshank.thresholds.sigma import Sigma
from redshank.thresholds.spot import Spot


def exponential(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).exponential(size=n)


# --- fixed, quantile, sigma -------------------------------------------------------------------------------------------


def test_fixed_is_what_was_given_and_must_be_given() -> None:
    assert Fixed(value=2.5).fit(exponential(10)).value_ == 2.5
    with pytest.raises(TypeError, match="value"):
        Fixed()  # type: ignore[call-arg]
    with pytest.raises(ParamError, match=r"Fixed\.value must be"):
        Fixed.from_params({"value": "high"})


def test_quantile_says_when_a_share_is_too_small_to_be_seen() -> None:
    threshold = Quantile(q=1e-3).fit(np.arange(100.0))
    assert threshold.value_ == 99.0
    assert threshold.promised_rate == pytest.approx(1 / 101)
    assert "Calibrate on 999 or more" in threshold.note_
    assert Quantile(q=1e-3).fit(np.arange(999.0)).note_ == ""


def test_quantile_flags_no_more_than_its_share_of_ties() -> None:
    scores = np.repeat([0.0, 1.0], [95, 5])
    assert Quantile(q=0.1).fit(scores).value_ == 0.0
    assert Quantile(q=0.04).fit(scores).value_ == 1.0


def test_sigma_is_numpys_mean_and_deviation() -> None:
    scores = exponential(1000)
    assert Sigma(k=2).fit(scores).value_ == pytest.approx(scores.mean() + 2 * scores.std(), rel=1e-12)
    assert Sigma().fit(scores * 1e300).value_ == pytest.approx(1e300 * (scores.mean() + 3 * scores.std()))


def test_robust_sigma_bears_the_anomalies_that_lift_sigma_beyond_them() -> None:
    """The feature view of the sequence reference: half of the distances are anomalous, and mean + 2 deviations misses them."""
    rng = np.random.default_rng(0)
    scores = np.r_[rng.normal(5.0, 0.5, 5100), rng.uniform(145, 317, 4900)]
    strange = scores > 100
    assert (scores > Sigma(k=2).fit(scores).value_)[strange].mean() < 0.1
    robust = scores > RobustSigma(k=5).fit(scores[: 5100 + 4000]).value_
    assert robust[strange].all()
    assert not robust[~strange].any()


def test_robust_sigma_has_a_deviation_where_most_scores_are_equal() -> None:
    scores = np.r_[np.zeros(80), np.ones(20)]
    assert RobustSigma(k=3).fit(scores).value_ == pytest.approx(3 * 1.2533 * 0.2)


# --- f-beta -----------------------------------------------------------------------------------------------------------


def naive_f(scores: np.ndarray, labels: np.ndarray, limit: float, beta: float) -> float:
    flags = scores > limit
    precision = (flags & labels).sum() / flags.sum() if flags.any() else 0.0
    recall = (flags & labels).sum() / labels.sum()
    return (1 + beta**2) * precision * recall / (beta**2 * precision + recall) if precision + recall else 0.0


@pytest.mark.parametrize("beta", [0.05, 0.5, 1.0, 2.0])
def test_no_limit_has_a_greater_f_than_the_one_taken(beta: float) -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        labels = rng.random(80) < 0.2
        scores = np.round(rng.normal(size=80) + labels, 1)
        threshold = FBeta(beta=beta).fit(scores, labels)
        tried = [naive_f(scores, labels, limit, beta) for limit in np.r_[scores, scores.min() - 1]]
        assert threshold.f_ == pytest.approx(max(tried))
        assert naive_f(scores, labels, threshold.value_, beta) == pytest.approx(threshold.f_)


def test_the_limit_lies_between_two_scores_even_when_nothing_does() -> None:
    labels = np.array([False, True])
    assert FBeta().fit(np.array([1.0, 3.0]), labels).value_ == 2.0
    nearest = np.array([1.0, np.nextafter(1.0, 2.0)])
    assert (nearest > FBeta().fit(nearest, labels).value_).tolist() == [False, True]


@pytest.mark.parametrize(
    ("normal", "anomalous", "published"),
    [((2.65, 4.09), (59.2, 137.2), 4.311036789297659), ((5.07, 7.55), (145.0, 316.7), 7.622073578595318)],
    ids=["time", "feature"],
)
def test_the_grid_gives_the_published_limits_of_the_sequence_reference(
    normal: tuple[float, float], anomalous: tuple[float, float], published: float
) -> None:
    """Normal and anomalous sequences have the published ranges of the largest distance; so has its grid."""
    scores = np.r_[np.linspace(*normal, 6400), np.linspace(*anomalous, 6400)]
    labels = np.arange(12_800) >= 6400
    threshold = FBeta(beta=0.05, grid=300, low=1, high=100).fit(scores, labels)
    assert threshold.value_ == pytest.approx(published, abs=1e-12)
    assert threshold.f_ == 1.0
    assert "hardly counts recall" in threshold.note_


def test_f_beta_on_a_grid_counts_as_it_does_one_by_one() -> None:
    rng = np.random.default_rng(2)
    labels = rng.random(200) < 0.2
    scores = rng.normal(size=200) + 2 * labels
    threshold = FBeta(grid=50).fit(scores, labels)
    grid = np.linspace(scores.min(), scores.max(), 50)
    tried = [naive_f(scores, labels, limit, 1.0) for limit in grid]
    assert threshold.value_ == grid[int(np.argmax(tried))]


def test_labels_of_one_kind_part_nothing() -> None:
    with pytest.raises(SeriesError, match="only normal points"):
        FBeta().fit(exponential(10), np.zeros(10, bool))
    with pytest.raises(SeriesError, match="only anomalous points"):
        FBeta().fit(exponential(10), np.ones(10, bool))
    with pytest.raises(SeriesError, match="learns from labels"):
        FBeta().fit(exponential(10))
    with pytest.raises(ParamError, match=r"FBeta\.low must not be greater"):
        FBeta(grid=5, low=2, high=1).fit(exponential(10), np.arange(10) > 5)


# --- pot --------------------------------------------------------------------------------------------------------------


def test_pot_finds_a_quantile_that_no_score_has_reached() -> None:
    threshold = Pot(q=1e-5).fit(exponential(20_000))
    assert threshold.value_ > exponential(20_000).max()
    assert abs(threshold.value_ - math.log(1e5)) < 3 * threshold.error_
    assert threshold.note_ == ""
    assert threshold.fit_p_ > 0.01
    assert 1e-5 < threshold.promised_rate < 2e-5


def test_pot_takes_the_level_it_is_told() -> None:
    threshold = Pot(level=0.9).fit(exponential(1000))
    assert threshold.peaks_ == 100
    assert Pot(level=0.999).fit(exponential(1000)).peaks_ == 10


@pytest.mark.parametrize(
    ("scores", "q", "says"),
    [
        (np.full(500, 3.0), 1e-3, "Only 0 calibration scores exceed"),
        (exponential(1000), 0.3, "no smaller than the share"),
        (np.r_[exponential(1000), 1e6 * exponential(60) ** 8], 1e-6, "times as far out"),
        (np.r_[np.linspace(0, 1, 991), np.linspace(50, 50.001, 9)], 1e-3, "9 of 1000 calibration scores exceed z_q"),
    ],
    ids=["constant", "large-q", "heavy", "heap"],
)
def test_pot_falls_back_with_a_note_where_z_q_cannot_be_trusted(scores: np.ndarray, q: float, says: str) -> None:
    threshold = Pot(q=q, level=0.5 if says.startswith("9") else None).fit(scores)
    assert says in threshold.note_
    rank = max(1, int(q * (len(scores) + 1)))
    assert threshold.value_ == np.sort(scores)[-rank]
    assert threshold.promised_rate == rank / (len(scores) + 1)
    assert f"promises {threshold.promised_rate:.2g}" in threshold.note_


def test_pot_chooses_a_level_with_more_peaks_than_q_asks_for() -> None:
    scores = np.r_[np.random.default_rng(0).normal(size=5000), 30 + exponential(5)]
    threshold = Pot(q=1e-2).fit(scores)
    assert threshold.peaks_ >= 2 * 0.01 * 5005 - 1
    assert threshold.note_ == ""


# --- spot, dspot, bi-spot ---------------------------------------------------------------------------------------------


def test_spot_reports_the_quality_of_its_calibration() -> None:
    threshold = Spot().fit(exponential(20_000))
    assert threshold.fit_p_ > 0.01
    assert 0 < threshold.error_ < 3
    assert threshold.shape_ == pytest.approx(0, abs=0.2)
    assert Spot().fit(np.full(100, 1.0)).note_.startswith("Only 0 calibration scores")


def test_spot_learns_a_tail_that_grows() -> None:
    scores = np.r_[exponential(5000), np.random.default_rng(1).normal(1.0, 1.3, 60_000).clip(0)]
    threshold = Spot(q=1e-3).fit(scores[:5000])
    limits = threshold.advance(threshold.begin(), scores[5000:])
    assert (scores[-20_000:] > limits[-20_000:]).mean() < 2e-3


def test_a_push_of_one_score_gives_the_numbers_of_a_batch_to_the_last_bit() -> None:
    scores = exponential(3000, seed=3)
    threshold = Spot(q=1e-3).fit(scores[:1000])
    memory = threshold.begin()
    pushed = [threshold.advance(memory, scores[i : i + 1])[0] for i in range(1000, 3000)]
    assert np.array_equal(pushed, threshold.advance(threshold.begin(), scores[1000:]))


def test_dspot_is_spot_on_the_distance_from_the_mean_of_the_last_normal_scores() -> None:
    rng = np.random.default_rng(4)
    scores = np.cumsum(rng.normal(size=3000)) * 0.05 + rng.exponential(size=3000)
    scores[2000:2004] += 30
    threshold = Dspot(q=1e-3, depth=20).fit(scores[:1000])
    limits = threshold.advance(threshold.begin(), scores[1000:])
    tail, normal, expected = threshold._start(), scores[980:1000].tolist(), []
    for score in scores[1000:].tolist():
        mean = np.mean(normal[-20:])
        expected.append(mean + tail.limit)
        alarm = score - mean > tail.limit
        tail.points += 1
        if score - mean > tail.level and not tail.learn(score - mean):
            tail.points -= 1
        if not alarm:
            normal.append(score)
    assert limits == pytest.approx(expected, rel=1e-9)
    assert (scores[1000:] > limits)[1000:1004].all()


def test_dspot_follows_a_drift_that_drowns_spot() -> None:
    rng = np.random.default_rng(5)
    scores = rng.normal(size=30_000) + np.arange(30_000) / 1000
    share = {}
    for kind in (Spot, Dspot):
        threshold = kind(q=1e-3).fit(scores[:5000])
        share[kind] = (scores[5000:] > threshold.advance(threshold.begin(), scores[5000:])).mean()
    assert share[Dspot] < 3e-3
    assert share[Spot] > 0.5


def test_dspot_takes_a_lasting_step_for_the_new_level() -> None:
    rng = np.random.default_rng(6)
    scores = rng.normal(size=6000)
    scores[3000:] += 50
    threshold = Dspot(q=1e-3, depth=30).fit(scores[:2000])
    flags = scores[2000:] > threshold.advance(threshold.begin(), scores[2000:])
    assert flags[1000:1030].all()
    assert flags[1030:].mean() < 0.01


def test_dspot_of_constant_scores_raises_no_alarm_over_rounding() -> None:
    scores = np.full(5000, 0.1)
    threshold = Dspot(depth=10).fit(scores[:1000])
    assert not (scores[1000:] > threshold.advance(threshold.begin(), scores[1000:])).any()
    assert threshold.note_
    with pytest.raises(SeriesError, match="Set a smaller depth"):
        Dspot(depth=100).fit(exponential(100))


def test_bi_spot_flags_what_is_strangely_low_with_a_mirrored_limit() -> None:
    scores = np.random.default_rng(7).normal(size=5000)
    threshold = BiSpot(q=1e-3).fit(scores)
    low = threshold.lower_value_
    assert low == pytest.approx(-3.3, abs=0.5)
    rows = np.array([0.0, low - 2.0, low + 0.1, 20.0])
    limits = threshold.advance(threshold.begin(), rows)
    assert (rows > limits).tolist() == [False, True, False, True]
    assert rows[1] - limits[1] == pytest.approx(2.0)


def test_bi_spot_is_spot_on_its_upper_side() -> None:
    scores = np.random.default_rng(8).normal(size=8000)
    both, one = BiSpot(q=2e-3).fit(scores[:2000]), Spot(q=1e-3).fit(scores[:2000])
    limits = both.advance(both.begin(), scores[2000:])
    low = scores[2000:] < -2.5
    assert limits[~low] == pytest.approx(one.advance(one.begin(), scores[2000:])[~low], rel=0.02)


# --- epsilon ----------------------------------------------------------------------------------------------------------


def naive_epsilon(errors: np.ndarray) -> float:
    """Hundman et al. (2018), eq. 4, for errors that start at 0; stretches are counted by walking."""
    best, found = 0.0, float(errors.max())
    mean, deviation = errors.mean(), errors.std()
    for z in np.arange(2.5, 12, 0.5):
        limit = mean + z * deviation
        above = [i for i, e in enumerate(errors) if e > limit]
        if not above or len(above) * 2 >= len(errors):
            continue
        stretches = 1 + sum(b != a + 1 for a, b in pairwise(above))
        rest = errors[errors <= limit]
        gain = ((mean - rest.mean()) / mean + (deviation - rest.std()) / deviation) / (len(above) + stretches**2)
        if gain >= best:
            best, found = gain, limit
    return float(found)


def test_epsilon_is_that_of_the_paper() -> None:
    for seed in range(10):
        errors = np.abs(np.random.default_rng(seed).normal(size=400))
        errors[100:103] += 10
        errors[300] += 8
        errors -= errors.min()
        assert Epsilon(span=1, window=400, prune=0).fit(errors).value_ == pytest.approx(naive_epsilon(errors))


def test_pruning_lifts_the_limit_over_stretches_that_do_not_stand_out() -> None:
    calm = np.abs(np.random.default_rng(0).normal(size=1000)).clip(0, 2.9)
    calm[[100, 300]] = [4.4, 4.2]
    assert Epsilon(span=1, prune=0).fit(calm).value_ < 4.2
    assert Epsilon(span=1, prune=0.4).fit(calm).value_ == 4.4
    calm[500] = 20.0
    assert 4.4 <= Epsilon(span=1, prune=0.4).fit(calm).value_ < 20


def test_smoothing_within_the_threshold_is_smoothing_before_it() -> None:
    """Raw score above its limit is the same as smoothed score above epsilon."""
    rng = np.random.default_rng(1)
    scores = rng.exponential(size=5000)
    scores[3000:3020] += 6
    threshold = Epsilon(span=9, window=800).fit(scores[:2000])
    limits = threshold.advance(threshold.begin(), scores[2000:])
    mean, flags = threshold.past_[-1], []
    past = threshold.past_.tolist()
    epsilon = threshold.value_
    for i, score in enumerate(scores[2000:].tolist()):
        if i and i % 70 == 0:
            epsilon = threshold._epsilon(np.array(past[-800:]))
        mean = 0.2 * score + 0.8 * mean
        flags.append(mean > epsilon)
        past.append(mean)
    assert ((scores[2000:] > limits) == np.array(flags)).all()
    assert np.array(flags)[1005:1020].all()


def test_epsilon_of_a_calm_window_is_its_largest_score() -> None:
    rows = exponential(60_000, seed=2)
    threshold = Epsilon(span=1).fit(rows[:5000])
    flagged = (rows[5000:] > threshold.advance(threshold.begin(), rows[5000:])).mean()
    assert flagged < 3e-3


# --- conformal --------------------------------------------------------------------------------------------------------


def test_a_conformal_limit_is_the_largest_p_value_not_above_alpha() -> None:
    scores = np.sort(exponential(99))
    threshold = Conformal(false_alarms=5, per_points=100).fit(scores)

    def p(score: float) -> float:
        return (1 + (scores >= score).sum()) / 100

    assert p(np.nextafter(threshold.value_, np.inf)) <= 0.05 < p(threshold.value_)


def test_conformal_takes_the_tail_where_calibration_is_too_short_and_says_so() -> None:
    scores = exponential(2000)
    threshold = Conformal(false_alarms=1, per_points=10_080).fit(scores)
    assert "taken from the tail" in threshold.note_
    assert threshold.value_ >= scores.max()
    assert threshold.value_ == pytest.approx(math.log(10_080), abs=3)
    assert Conformal().alpha < threshold.promised_rate < 1 / 2001
    constant = Conformal().fit(np.ones(100))
    assert "too few of them differ" in constant.note_
    assert constant.promised_rate == pytest.approx(1 / 101)


def test_one_false_alarm_a_week_and_host_holds() -> None:
    """Forty hosts of unlike scores, one-minute points, four weeks to calibrate on and four to judge."""
    week = 10_080
    rng = np.random.default_rng(3)
    alarms = []
    for host in range(40):
        scores = rng.gamma(0.5 + host / 10, size=8 * week) ** (1 + host % 3)
        threshold = Conformal(false_alarms=1, per_points=week).fit(scores[: 4 * week])
        alarms.append((scores[4 * week :] > threshold.advance(threshold.begin(), scores[4 * week :])).sum() / 4)
    assert 0.7 < np.mean(alarms) < 1.2


def test_the_share_of_false_alarms_keeps_to_the_budget_and_the_rest_of_an_anomaly_is_found() -> None:
    rng = np.random.default_rng(4)
    found = {}
    for fdr in (0.0, 0.2):
        false = true = 0
        for _ in range(10):
            scores = rng.exponential(size=60_000)
            strange = np.zeros(60_000, bool)
            for start in range(12_000, 60_000, 4000):
                strange[start : start + 30] = True
            scores[strange] += rng.normal(8, 2, strange.sum())
            threshold = Conformal(false_alarms=1, per_points=10_000, fdr=fdr).fit(scores[:10_000])
            flags = scores[10_000:] > threshold.advance(threshold.begin(), scores[10_000:])
            true += (flags & strange[10_000:]).sum()
            false += (flags & ~strange[10_000:]).sum()
        found[fdr] = true
        budget = 10 * 50_000 / 10_000
        assert false <= 1.3 * (budget + fdr * (true + false))
    assert found[0.2] > 1.3 * found[0.0]


def test_what_alarms_earn_is_spent_within_reach_and_never_more_than_the_rule_grants() -> None:
    threshold = Conformal(per_points=1000, fdr=0.3).fit(exponential(5000))
    assert threshold._grant().sum() < 0.3
    memory = threshold.begin()
    rows = np.zeros(3000)
    rows[10] = 1e3
    limits = threshold.advance(memory, rows)
    assert limits[11] < limits[10] == threshold.value_
    assert (np.diff(limits[11:1011]) >= 0).all()
    assert (limits[1011:] == threshold.value_).all()


def test_with_adaptation_the_budget_of_alarms_holds_whatever_the_scores_do() -> None:
    """Scores whose scale wanders over four orders of magnitude, 100 alarms allowed."""
    rng = np.random.default_rng(5)
    scale = np.exp(np.cumsum(rng.normal(size=200_000)) / 200)
    scores = rng.exponential(size=200_000) * scale
    alarms = {}
    for adapt in (0.0, 1.0):
        threshold = Conformal(per_points=1000, adapt=adapt).fit(scores[:100_000][:5000])
        flags = scores[100_000:] > threshold.advance(threshold.begin(), scores[100_000:])
        alarms[adapt] = int((flags & ~np.r_[False, flags[:-1]]).sum())
    assert alarms[0.0] > 1000
    assert alarms[1.0] < 100 + 2 + 60  # log(alpha / p) of what is e^60 times rarer than alpha


def test_adaptation_never_flags_more_than_the_fixed_limit_and_recovers() -> None:
    scores = exponential(5000)
    threshold = Conformal(per_points=500, adapt=1.0).fit(scores)
    rows = np.zeros(2000)
    rows[[100, 101, 102, 300]] = 1e3
    limits = threshold.advance(threshold.begin(), rows)
    assert (limits[:104] == threshold.value_).all()  # an alarm is not cut short
    assert limits[104] > threshold.value_
    assert (np.diff(limits[104:300]) <= 0).all()
    assert (limits[302:] >= threshold.value_).all()
    assert limits[-1] == threshold.value_
