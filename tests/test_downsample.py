"""Envelopes keep every extreme, whatever pieces the series comes in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redshank.kernels.downsample import Envelope, blocks


@settings(max_examples=100, deadline=None)
@given(
    rows=st.integers(1, 700),
    cuts=st.lists(st.integers(1, 699), max_size=12),
    columns=st.integers(1, 40),
    seed=st.integers(0, 99),
)
def test_pieces_give_the_envelope_of_the_whole(rows: int, cuts: list[int], columns: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = np.where(rng.random((rows, 2)) < 0.1, np.nan, rng.standard_normal((rows, 2)))
    times = np.arange(rows).astype("datetime64[ns]")
    envelope = Envelope(columns)
    edges = [0, *sorted({cut for cut in cuts if cut < rows}), rows]
    for i in range(len(edges) - 1):
        envelope.add(times[edges[i] : edges[i + 1]], values[edges[i] : edges[i + 1]])
    assert len(envelope.low) <= 2 * columns
    assert envelope.block == 1 or len(envelope.low) >= columns
    for number, start in enumerate(range(0, rows, envelope.block)):
        inside = slice(start, start + envelope.block)
        low = np.fmin.reduce(values[inside])
        high = np.fmax.reduce(values[inside])
        assert np.array_equal(envelope.low[number], low, equal_nan=True)
        assert np.array_equal(envelope.high[number], high, equal_nan=True)
        assert envelope.first[number] == times[inside][0]
        assert envelope.last[number] == times[inside][-1]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_a_short_last_block_is_a_block(size: int) -> None:
    values = np.random.default_rng(0).standard_normal((20, 3))
    low, high = blocks(values, size)
    for number, start in enumerate(range(0, 20, size)):
        assert np.array_equal(low[number], values[start : start + size].min(axis=0))
        assert np.array_equal(high[number], values[start : start + size].max(axis=0))


def test_one_spike_in_a_million_points_is_seen() -> None:
    values = np.zeros((1_000_000, 1))
    values[654_321] = 1.0
    envelope = Envelope(1000)
    envelope.add(np.arange(1_000_000).astype("datetime64[ns]"), values)
    assert envelope.high.max() == 1.0
    assert np.count_nonzero(envelope.high) == 1
