"""The generalised Pareto fit against brute force, scipy and theory."""

from __future__ import annotations

import math
import warnings

import naive_tails
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redshank.kernels.tail_level import anderson_darling, choose_level, goodness_of_fit, level_below
from redshank.kernels.tails import Pareto, Peaks, fit_pareto, rate_inflation


def awkward(rng: np.random.Generator, kind: int) -> np.ndarray:
    """Peaks of seven kinds: exponential, wildly scaled, mixed scales, ties, bounded, powers of uniforms, two heaps."""
    n = int(rng.choice([3, 5, 10, 20, 50, 200]))
    if kind == 0:
        return rng.exponential(size=n)
    if kind == 1:
        return np.exp(rng.normal(size=n) * rng.uniform(0.1, 8))
    if kind == 2:
        few = rng.random(n) < rng.uniform(0.05, 0.95)
        return np.where(few, rng.exponential(size=n), 10 ** rng.uniform(0, 6) * rng.exponential(size=n))
    if kind == 3:
        return rng.choice(10 ** rng.uniform(-4, 4, size=3), size=n)
    if kind == 4:
        return rng.beta(rng.uniform(0.1, 5), rng.uniform(0.1, 5), size=n) + 1e-12
    if kind == 5:
        return rng.random(n) ** rng.uniform(0.1, 10) + 1e-12
    return np.where(rng.random(n) < 0.5, rng.uniform(0, 1, n), rng.uniform(10, 10.5, n)) + 1e-12


@pytest.mark.parametrize("kind", range(7))
def test_no_likelihood_on_a_fine_grid_is_greater_than_that_of_the_fit(kind: int) -> None:
    rng = np.random.default_rng(kind)
    for _ in range(12):
        peaks = awkward(rng, kind)
        tail = fit_pareto(peaks)
        assert tail.shape >= -1
        reached = naive_tails.log_likelihood(peaks, tail.shape, tail.scale)
        best = naive_tails.greatest_log_likelihood(peaks)
        assert reached >= best - 1e-8 * max(1.0, abs(best))


def test_peaks_known_only_to_lie_beyond_a_limit_count_by_their_survival() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        y = rng.pareto(3, size=200)
        limit = float(np.quantile(y, 0.95))
        seen, beyond = y[y <= limit], float((y > limit).sum())
        tail = fit_pareto(seen, beyond, limit)
        reached = naive_tails.log_likelihood(seen, tail.shape, tail.scale, beyond, limit)
        assert reached >= naive_tails.greatest_log_likelihood(seen, beyond, limit) - 1e-6


def test_cut_off_peaks_give_the_same_tail_as_whole_ones_once_they_are_counted() -> None:
    y = np.random.default_rng(2).exponential(size=20_000)
    limit = 3.0
    blind = fit_pareto(y[y <= limit])
    counted = fit_pareto(y[y <= limit], float((y > limit).sum()), limit)
    assert blind.shape < -0.1
    assert abs(counted.shape) < 0.03


def test_the_fit_is_scipys_where_scipy_finds_the_maximum() -> None:
    from scipy.stats import genpareto

    rng = np.random.default_rng(3)
    for shape in (-0.3, 0.0, 0.4):
        y = genpareto.rvs(shape, size=500, random_state=rng)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs_shape, _, theirs_scale = genpareto.fit(y, floc=0)
        ours = fit_pareto(y)
        assert ours.log_likelihood(y) >= genpareto.logpdf(y, theirs_shape, 0, theirs_scale).sum() - 1e-9
        assert ours.shape == pytest.approx(theirs_shape, abs=2e-3)


def test_survival_likelihood_and_quantile_are_scipys() -> None:
    from scipy.stats import genpareto

    y = np.array([0.1, 0.5, 1.0, 1.9])
    for shape in (-0.5, -1e-9, 0.0, 1e-9, 0.7):
        tail = Pareto(shape, 1.5)
        assert tail.survival(y) == pytest.approx(genpareto.sf(y, shape, scale=1.5), rel=1e-7)
        assert tail.log_likelihood(y) == pytest.approx(genpareto.logpdf(y, shape, scale=1.5).sum(), rel=1e-7)
        assert tail.excess(1e-3) == pytest.approx(genpareto.isf(1e-3, shape, scale=1.5), rel=1e-7)


def test_nothing_survives_the_end_of_a_bounded_tail() -> None:
    tail = Pareto(-0.5, 1.0)
    assert tail.survival(np.array([-1.0, 0.0, 2.0, 5.0])).tolist() == [1.0, 1.0, 0.0, 0.0]
    assert tail.log_likelihood(np.array([2.5])) == -math.inf
    assert Pareto(5.0, 1.0).excess(1e-300) == math.inf


@given(st.integers(-900, 900), st.integers(0, 2**31))
@settings(max_examples=30, deadline=None)
def test_a_unit_of_a_power_of_two_changes_no_bit(exponent: int, seed: int) -> None:
    y = np.random.default_rng(seed).exponential(size=30) + 1e-6
    plain, scaled = fit_pareto(y), fit_pareto(np.ldexp(y, exponent))
    assert scaled.shape == plain.shape
    assert scaled.scale == math.ldexp(plain.scale, exponent)


@pytest.mark.parametrize(
    "peaks", [[1.0], [2.0, 2.0], [3.0] * 50, [1e-320] * 12, [1e300, 2e300, 1e299], [1e-300, 1.0, 1e300]]
)
def test_few_equal_tiny_and_huge_peaks_have_a_fit(peaks: list[float]) -> None:
    tail = fit_pareto(np.array(peaks))
    assert math.isfinite(tail.shape)
    assert 0 < tail.scale < math.inf


def test_equal_peaks_are_uniform_up_to_themselves() -> None:
    tail = fit_pareto(np.full(20, 2.0))
    assert (tail.shape, tail.scale) == (-1.0, 2.0)


def test_z_q_is_found_again_in_a_large_sample() -> None:
    from scipy.stats import norm

    peaks = Peaks.above(s := np.random.default_rng(4).normal(size=200_000), float(np.quantile(s, 0.99)))
    for q in (1e-3, 1e-4, 1e-5):
        assert abs(peaks.quantile(q) - norm.isf(q)) < 4 * peaks.quantile_error(q)
    assert peaks.survival(np.array([0.0, norm.isf(1e-4)])) == pytest.approx([0.01, 1e-4], rel=0.3)
    assert peaks.quantile(0.5) == peaks.level


def test_the_standard_error_of_z_q_is_the_spread_of_z_q() -> None:
    rng = np.random.default_rng(5)
    for shape in (-0.2, 0.0, 0.3):
        found, told = [], []
        for _ in range(200):
            scores = rng.exponential(size=4000) if shape == 0 else np.expm1(shape * rng.exponential(size=4000)) / shape
            peaks = Peaks.above(scores, float(np.quantile(scores, 0.9)))
            found.append(peaks.quantile(1e-3))
            told.append(peaks.quantile_error(1e-3))
        assert np.median(told) == pytest.approx(np.std(found), rel=0.2)


def test_the_standard_error_is_the_numerical_one() -> None:
    """Against second differences of the likelihood, shape near 0 included."""
    rng = np.random.default_rng(6)
    for scale in (1.0, 1e-5):
        scores = scale * rng.exponential(size=5000)
        peaks = Peaks.above(scores, float(np.quantile(scores, 0.95)))
        for tail in (peaks.tail, Pareto(1e-9, peaks.tail.scale), Pareto(-1e-3, peaks.tail.scale)):
            here = Peaks(peaks.level, peaks.excesses, peaks.points, tail)
            assert here.quantile_error(1e-4) == pytest.approx(_error_by_differences(here, 1e-4), rel=1e-3)


def _error_by_differences(peaks: Peaks, q: float) -> float:
    step = 1e-4
    at = np.array([math.log(peaks.tail.scale), peaks.tail.shape])

    def minus_log(v: np.ndarray) -> float:
        return -Pareto(float(v[1]), math.exp(v[0])).log_likelihood(peaks.excesses)

    def z(v: np.ndarray, share: float) -> float:
        return Pareto(float(v[1]), math.exp(v[0])).excess(q / share)

    e = np.eye(2) * step
    hessian = np.array(
        [
            [
                (minus_log(at + a + b) - minus_log(at + a - b) - minus_log(at - a + b) + minus_log(at - a - b))
                / (4 * step**2)
                for a in e
            ]
            for b in e
        ]
    )
    slope = np.array([(z(at + a, peaks.share) - z(at - a, peaks.share)) / (2 * step) for a in e])
    by_share = (z(at, peaks.share * (1 + step)) - z(at, peaks.share * (1 - step))) / (2 * step * peaks.share)
    return math.sqrt(
        slope @ np.linalg.solve(hessian, slope) + by_share**2 * peaks.share * (1 - peaks.share) / peaks.points
    )


def test_no_standard_error_is_told_where_theory_has_none() -> None:
    flat = Peaks.above(np.r_[np.zeros(100), np.full(20, 2.0)], 1.0)
    assert math.isnan(flat.quantile_error(1e-3))


def test_the_statistic_is_that_of_the_textbook() -> None:
    y, tail = np.array([0.2, 0.5, 1.4]), Pareto(0.0, 1.0)
    z = 1 - np.exp(-y)
    by_hand = -3 - sum((2 * i + 1) * (math.log(z[i]) + math.log(1 - z[2 - i])) for i in range(3)) / 3
    assert anderson_darling(y, tail) == pytest.approx(by_hand)


@pytest.mark.parametrize("shape", [-0.4, 0.1, 0.8])
def test_p_values_of_pareto_peaks_are_uniform(shape: float) -> None:
    rng = np.random.default_rng(7)
    p = []
    for _ in range(400):
        y = np.expm1(shape * rng.exponential(size=80)) / shape
        p.append(goodness_of_fit(y, fit_pareto(y)))
    for level in (0.05, 0.25, 0.5, 0.75):
        assert np.mean(np.array(p) < level) == pytest.approx(level, abs=4 * math.sqrt(level * (1 - level) / 400))


def test_what_is_not_pareto_is_rejected() -> None:
    rng = np.random.default_rng(8)
    heaps = np.r_[rng.normal(1, 0.01, 100), rng.normal(5, 0.01, 100)]
    assert goodness_of_fit(heaps, fit_pareto(heaps)) < 1e-3
    assert goodness_of_fit(np.full(50, 1.0), fit_pareto(np.full(50, 1.0))) < 1e-3


def test_the_level_is_low_where_all_is_tail_and_high_where_it_is_not() -> None:
    rng = np.random.default_rng(9)
    shares = [np.mean((x := rng.exponential(size=2000)) > choose_level(x)) for _ in range(20)]
    assert np.median(shares) == pytest.approx(0.15, abs=0.01)
    # A gap in the upper 10 %: only what lies above it is one Pareto tail.
    split = np.r_[rng.random(4500), 5 + rng.exponential(size=500)]
    assert choose_level(split) >= 1.0 - 1e-3


def test_the_level_leaves_peaks_enough_or_says_that_there_are_none() -> None:
    assert choose_level(np.full(100, 2.0)) == 2.0
    few = np.arange(30.0)
    assert (few > choose_level(few)).sum() >= 10
    assert level_below(np.array([1.0, 1.0, 2.0, 3.0]), 2) == 1.0
    assert level_below(np.array([1.0, 1.0, 1.0]), 2) == 1.0


def test_the_mean_rate_of_estimated_limits_is_foretold() -> None:
    rng = np.random.default_rng(10)
    rates = []
    for _ in range(400):
        scores = rng.exponential(size=200)
        peaks = Peaks.above(scores, float(np.sort(scores)[-31]))
        rates.append(math.exp(-peaks.quantile(1e-3)))
    assert rate_inflation(Pareto(0.0, 1.0), 30, math.log(0.15 / 1e-3)) == pytest.approx(np.mean(rates) / 1e-3, rel=0.3)
