"""The outlier tests against their slow twins and the figures of their papers."""

from __future__ import annotations

import naive_outlier_tests as naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redshank.kernels.outlier_tests import critical_deviations, robust_deviates, without_outliers


def samples() -> st.SearchStrategy[np.ndarray]:
    values = st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=3, max_size=60)
    return values.map(lambda rows: np.array(rows).round(3))


def test_rosners_example_has_his_critical_values() -> None:
    """Rosner (1983), 54 values, up to 10 outliers; the first five limits as in the NIST handbook, sec. 1.3.5.17.3."""
    limits = critical_deviations(np.arange(54, 44, -1), 0.05)
    assert limits[:5] == pytest.approx([3.158794, 3.151430, 3.143890, 3.136165, 3.128247], abs=1e-6)


@settings(deadline=None)
@given(samples(), st.sampled_from([0.01, 0.05, 0.3]), st.sampled_from([0, 1]))
def test_grubbs_leaves_what_the_slow_twin_leaves(values: np.ndarray, alpha: float, ddof: int) -> None:
    ordered = np.sort(values)
    left, expected = ordered[without_outliers(ordered, alpha, ddof)], naive.without_outliers(values, alpha, ddof)
    # A sample exactly on the limit may fall either way by rounding; what is then left differs by that value alone.
    assert np.array_equal(left, expected) or abs(_excess(left, expected, alpha, ddof)) < 1e-6


def _excess(left: np.ndarray, expected: np.ndarray, alpha: float, ddof: int) -> float:
    longer = max(left, expected, key=len)
    deviation = longer.std(ddof=ddof)
    if deviation <= 1e-9 * np.abs(longer).max():
        return 0.0
    ratio = np.abs(longer - longer.mean()).max() / deviation / naive.critical_deviation(len(longer), alpha)
    return float(ratio - 1)


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(4, 80), st.sampled_from(["both", "up", "down"]), st.floats(0.05, 0.45))
def test_robust_deviates_above_one_are_the_outliers_of_the_slow_twin(
    seed: int, n: int, side: str, share: float
) -> None:
    rng = np.random.default_rng(seed)
    values = rng.standard_t(2, n)
    most = min(int(share * n), n - 3)
    found = set(np.flatnonzero(robust_deviates(values, most, 0.05, side) > 1).tolist())  # type: ignore[arg-type]
    expected = naive.robust_outliers(values, most, 0.05, side)
    assert found == expected or (len(expected) == most and expected <= found)


def test_one_value_taken_out_brings_those_before_it_along() -> None:
    values = np.concatenate([np.linspace(-1, 1, 40), [8.0, 8.1, 8.2]])
    scores = robust_deviates(values, most=4, alpha=0.05)
    assert set(np.argsort(scores)[-3:]) == {40, 41, 42}
    assert (scores[40:] > 1).all()


@pytest.mark.parametrize("values", [np.zeros(3), np.zeros(50), np.array([1.0]), np.array([1.0, 2.0])])
def test_a_sample_without_spread_or_size_has_finite_deviates(values: np.ndarray) -> None:
    assert np.isfinite(robust_deviates(values, most=2, alpha=0.05)).all()


def test_a_value_among_equal_ones_is_an_outlier() -> None:
    values = np.where(np.arange(100) == 40, 5.0, 0.0)
    assert np.flatnonzero(robust_deviates(values, most=3, alpha=0.05) > 1).tolist() == [40]


def test_a_huge_value_does_not_drown_the_rest() -> None:
    ordered = np.sort(np.concatenate([np.random.default_rng(0).standard_normal(200), [1e15, -1e12]]))
    assert without_outliers(ordered, 0.05) == slice(1, 201)
