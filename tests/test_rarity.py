"""How rare a score is among known ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redshank.kernels.rarity import Known


def test_in_the_body_it_is_minus_the_log_of_the_share_that_is_as_high() -> None:
    known = np.random.default_rng(0).standard_normal(400)
    asked = np.sort(known)[:350]
    expected = [-np.log(np.mean(known >= score)) for score in asked]
    assert np.allclose(Known.of(known).rarity(asked), expected)


def test_an_exponential_tail_is_continued_as_it_is() -> None:
    known = Known.of(np.random.default_rng(0).exponential(2.0, size=50_000))
    assert known.rarity(np.array([10.0, 100.0])) == pytest.approx([5.0, 50.0], rel=0.02)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50), st.lists(st.floats(-1e7, 1e7), min_size=2, max_size=20))
def test_a_higher_score_is_never_less_rare_and_none_is_infinite(known: list[float], asked: list[float]) -> None:
    rarity = Known.of(np.array(known)).rarity(np.sort(asked))
    assert np.isfinite(rarity).all()
    assert (np.diff(rarity) >= -1e-12).all()
    assert (rarity >= 0).all()


@pytest.mark.parametrize("known", [np.zeros(100), np.array([3.0]), np.array([np.nan, 1.0, 1.0])])
def test_scores_that_are_all_alike_leave_higher_ones_in_order(known: np.ndarray) -> None:
    rarity = Known.of(known).rarity(np.array([-5.0, 4.0, 7.0]))
    assert rarity[0] == 0
    assert 0 < rarity[1] < rarity[2]


def test_the_unit_does_not_matter_and_nan_stays() -> None:
    known = np.random.default_rng(0).gamma(2, size=1000)
    asked = np.array([0.1, 2.0, 30.0, np.nan])
    assert np.allclose(Known.of(1e6 * known).rarity(1e6 * asked), Known.of(known).rarity(asked), equal_nan=True)
