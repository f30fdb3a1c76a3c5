"""Nearest rows by matrix products equal those of a full sort."""

import numpy as np
import pytest
from naive_windows import naive_nearest

from redshank.kernels.distances import Bank, channel_squares, k_smallest


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("k", [1, 3, 20])
def test_nearest_rows_are_those_of_a_full_sort(dtype, k):
    rng = np.random.default_rng(k)
    queries, rows = rng.standard_normal((50, 6)), rng.standard_normal((300, 6))
    places, squared = Bank(rows, dtype).nearest(queries, k)
    expected_places, expected = naive_nearest(queries, rows, k)
    assert np.array_equal(places, expected_places)
    assert np.allclose(squared, expected, rtol=1e-13)


def test_a_far_off_level_costs_no_digits():
    rng = np.random.default_rng(0)
    queries, rows = 1e8 + rng.standard_normal((20, 4)), 1e8 + rng.standard_normal((100, 4))
    assert np.allclose(Bank(rows).nearest(queries, 2)[1], naive_nearest(queries, rows, 2)[1], rtol=1e-12)


def test_a_row_of_the_bank_is_at_distance_zero_exactly():
    rows = np.random.default_rng(1).standard_normal((100, 30))
    assert (Bank(rows).nearest(rows)[1] == 0).all()


def test_one_query_gives_what_it_gives_among_many():
    rng = np.random.default_rng(2)
    queries, bank = rng.standard_normal((64, 40)), Bank(rng.standard_normal((500, 40)))
    many = bank.nearest(queries, 3)[1]
    assert np.array_equal(many, np.concatenate([bank.nearest(query[None], 3)[1] for query in queries]))


def test_more_neighbours_than_rows_are_all_rows():
    places, squared = Bank(np.arange(3.0)[:, None]).nearest(np.array([[0.0]]), 10)
    assert places.tolist() == [[0, 1, 2]]
    assert squared.tolist() == [[0, 1, 4]]


def test_of_equal_rows_the_first_is_nearest():
    assert Bank(np.zeros((6, 2))).nearest(np.ones((1, 2)), 2)[0].tolist() == [[0, 1]]


def test_channel_parts_add_up_to_the_mean_distance():
    rng = np.random.default_rng(3)
    queries, rows = rng.standard_normal((20, 12)), rng.standard_normal((90, 12))
    places, squared = Bank(rows).nearest(queries, 4)
    parts = channel_squares(queries, rows, places, 3)
    assert parts.shape == (20, 3)
    assert np.allclose(parts.sum(axis=1), squared.mean(axis=1), rtol=1e-12)


@pytest.mark.parametrize("k", [1, 5, 13, 50])
def test_smallest_entries_come_in_order(k):
    matrix = np.random.default_rng(4).permutation(200 * 50).reshape(200, 50).astype(float)
    assert np.array_equal(k_smallest(matrix.copy(), k), np.argsort(matrix, axis=1)[:, :k])
