"""Windows are seen, cut into blocks and placed on points."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive_windows import naive_place, naive_windows

from redshank import registry
from redshank.errors import SeriesError
from redshank.kernels.windows import blocks, place, sliding, spread
from redshank.testing import sine


@given(st.integers(1, 40), st.integers(1, 3), st.integers(1, 12), st.integers(1, 60))
def test_blocks_put_together_are_all_windows(time, channels, width, values):
    x = np.random.default_rng(time).standard_normal((time + width, channels))
    parts = list(blocks(x, width, values))
    assert [first for first, _ in parts] == np.cumsum([0, *[len(rows) for _, rows in parts]])[:-1].tolist()
    assert np.array_equal(np.concatenate([rows for _, rows in parts]), naive_windows(x, width))


def test_a_block_may_be_written_to_and_the_series_stays():
    x = np.zeros((5, 1))
    for _, rows in blocks(x, 5):
        rows += 1
    assert not x.any()


def test_a_view_of_all_windows_costs_no_memory():
    x = np.zeros((1000, 3))
    assert np.shares_memory(sliding(x, 100), x)
    assert not sliding(x, 100).flags.writeable


@given(st.integers(1, 30), st.integers(1, 9), st.booleans())
def test_window_scores_stand_where_the_twin_puts_them(count, width, lookahead):
    scores = np.random.default_rng(count).standard_normal((count, 2))
    assert np.array_equal(place(scores, width, lookahead), naive_place(scores, width, lookahead), equal_nan=True)


@pytest.mark.parametrize("width", [1, 2, 7])
def test_a_trailing_score_uses_nothing_after_its_point(width):
    x = np.arange(20.0)
    latest = place(sliding(x[:, None], width)[:, 0].max(axis=1), width)
    assert np.array_equal(latest[width - 1 :], x[width - 1 :])


def test_spread_is_even_and_keeps_both_ends():
    places = spread(1000, 37)
    assert len(places) == 37
    assert (places[0], places[-1]) == (0, 999)
    assert set(np.diff(places)) <= {27, 28}


@pytest.mark.parametrize("name", ["window-pca", "window-knn", "kmeans", "stats-knn"])
def test_series_that_are_all_shorter_than_a_window_are_refused_in_one_sentence(name):
    short = [sine(20, seed=seed) for seed in range(10)]
    given = {"widths": (32,)} if name == "stats-knn" else {"window": 32}
    with pytest.raises(SeriesError, match=r"needs a series of more than 32 points to learn from, the longest has 20"):
        registry.build("detectors", name, given).fit(short)
