"""Max, sum, mean and rms, against the slow and obvious."""

from __future__ import annotations

import math

import numpy as np
import pytest

from redshank import registry
from redshank.base import Scorer
from redshank.errors import ParamError

SLOW = {
    "max": max,
    "sum": sum,
    "mean": lambda known: sum(known) / len(known),
    "rms": lambda known: math.sqrt(sum(v * v for v in known) / len(known)),
}


def made(name: str, channels: int = 3, **params: object) -> Scorer:
    return registry.build("scorers", name, params).fit(np.ones((5, channels)))


@pytest.mark.parametrize("name", SLOW)
@pytest.mark.parametrize("channels", [1, 2, 7])
def test_known_channels_are_combined_and_missing_ones_left_out(name: str, channels: int) -> None:
    rng = np.random.default_rng(channels)
    x = rng.standard_normal((60, channels))
    x[rng.random(x.shape) < 0.3] = np.nan
    x[0] = np.nan
    slow = [[v for v in row if not math.isnan(v)] for row in x.tolist()]
    expected = [SLOW[name](known) if known else math.nan for known in slow]
    if name == "max":
        assert np.array_equal(made(name, channels).score(x), expected, equal_nan=True)
    assert np.allclose(made(name, channels).score(x), expected, rtol=1e-13, atol=1e-15, equal_nan=True)


@pytest.mark.parametrize("name", SLOW)
def test_a_stream_gives_the_same_numbers_as_a_batch(name: str) -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((100, 4))
    x[:5] = x[50] = np.nan
    x[60, 1] = np.nan
    for smooth in (1, 9):
        scorer = made(name, 4, smooth=smooth)
        memory = scorer.begin()
        pushed = np.concatenate([scorer.advance(memory, x[t : t + 1]) for t in range(100)])
        assert np.allclose(pushed, scorer.score(x), rtol=1e-12, equal_nan=True)


@pytest.mark.parametrize("name", SLOW)
def test_the_input_is_left_alone(name: str) -> None:
    x = np.random.default_rng(0).standard_normal((50, 2))
    before = x.copy()
    made(name, 2).score(x)
    assert np.array_equal(x, before)


@pytest.mark.parametrize("name", SLOW)
def test_huge_scores_are_no_missing_ones(name: str) -> None:
    assert np.isfinite(made(name, 2).score(np.full((3, 2), 1e150))).all()


def test_the_guilty_channel_has_the_most_blame() -> None:
    x = np.array([[0.1, 9.0, 0.1], [np.nan, 1.0, 2.0]])
    for name in SLOW:
        assert made(name).blame(x).argmax(axis=1).tolist() == [1, 2]


def test_smoothing_is_given_or_the_period() -> None:
    scorer = registry.build("scorers", "max", {"smooth": "period"})
    rows = np.arange(10.0)[:, None]
    assert scorer.fit(rows, period=3).score(rows)[-1] == 8.0
    assert registry.build("scorers", "max", {"smooth": "4"}).fit(rows, period=3).score(rows)[-1] == 7.5


@pytest.mark.parametrize("wrong", [0, "often", 2.5])
def test_any_other_smoothing_is_refused(wrong: object) -> None:
    with pytest.raises(ParamError, match=r"Max\.smooth must be .*'period', got"):
        registry.build("scorers", "max", {"smooth": wrong})


def test_a_row_without_a_score_has_none_after_smoothing() -> None:
    scores = np.array([[1.0], [np.nan], [3.0], [5.0]])
    assert np.isnan(registry.build("scorers", "max", {"smooth": 2}).fit(np.ones((3, 1))).score(scores)).tolist() == [
        False,
        True,
        False,
        False,
    ]
