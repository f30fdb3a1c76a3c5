"""A series that comes in pieces has the events of the whole."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import redshank
from redshank.detection import EventLog
from redshank.errors import SeriesError
from redshank.rules import EventRules
from redshank.series import Series
from redshank.testing import sine, sine_with_spike


def noisy(rows: int = 400, seed: int = 0) -> Series:
    rng = np.random.default_rng(seed)
    return Series.from_numpy(rng.standard_normal((rows, 3)) ** 3, step_s=60)


def pieces(series: Series, cuts: list[int]) -> list[Series]:
    edges = [0, *sorted(set(cuts)), len(series)]
    return [series[a:b] for a, b in pairwise(edges) if b > a]


@settings(max_examples=40, deadline=None)
@given(
    cuts=st.lists(st.integers(1, 399), max_size=30),
    merge_gap=st.integers(0, 12),
    min_length=st.integers(1, 4),
    cool_down=st.integers(0, 20),
)
def test_events_do_not_depend_on_where_the_series_is_cut(
    cuts: list[int], merge_gap: int, min_length: int, cool_down: int
) -> None:
    rules = {"merge_gap": merge_gap, "min_length": min_length, "cool_down": cool_down}
    model = redshank.fit("robust-z", noisy(seed=1), threshold="quantile", rules=rules, params={"threshold.q": 0.1})
    whole = model.detect(noisy())
    found = list(model.detect_chunks(pieces(noisy(), cuts)))
    events = [event for piece in found for event in piece.events]
    assert [event.rows for event in events] == [event.rows for event in whole.events]
    for ours, theirs in zip(events, whole.events):
        assert (ours.start, ours.end, ours.peak) == (theirs.start, theirs.end, theirs.peak)
        assert (ours.severity, ours.score, ours.points) == (theirs.severity, theirs.score, theirs.points)
        assert dict(ours.channels) == pytest.approx(dict(theirs.channels), rel=1e-12)
    assert np.array_equal(np.concatenate([piece.score for piece in found]), whole.score, equal_nan=True)


def test_event_rules_of_the_log_are_those_of_the_rules() -> None:
    rng = np.random.default_rng(4)
    times = np.arange(300).astype("datetime64[ns]")
    for _ in range(50):
        rules = EventRules(min_length=rng.integers(1, 4), merge_gap=rng.integers(0, 5), cool_down=rng.integers(0, 9))
        flags = rng.random(300) < 0.2
        log = EventLog(("a",), rules)
        events = log.add(times, flags * 1.0, flags, flags * 0.5, np.ones((300, 1))) + log.close()
        edges = np.flatnonzero(np.diff(flags.astype(int), prepend=0, append=0)).reshape(-1, 2)
        assert [event.rows for event in events] == [tuple(pair) for pair in rules.apply(edges).tolist()]


def test_pieces_that_are_too_short_together_are_refused_as_the_whole_is() -> None:
    model = redshank.fit("ewma", sine(), span=24)
    series = sine_with_spike()[0]
    with pytest.raises(SeriesError, match="needs at least 25 points, got 20"):
        list(model.detect_chunks([series[:20]]))
    assert sum(map(len, model.detect_chunks([series[:20], series[20:60]]))) == 60
