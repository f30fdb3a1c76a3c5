"""Distances between the simple statistics of windows."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from redshank.detectors.stats_knn import StatsKnn
from redshank.errors import ParamError
from redshank.kernels.rolling import rolling_extreme, rolling_statistics
from redshank.series import Series
from redshank.testing import DetectorContract, sine


class TestStatsKnn(DetectorContract):
    make = partial(StatsKnn, widths=(4, 16, 32))


class TestLookingAhead(DetectorContract):
    make = partial(StatsKnn, widths=(4, 16), lookahead=True)


@pytest.mark.parametrize("width", [2, 3, 16, 50])
def test_rolling_statistics_equal_the_slow_way(width: int) -> None:
    x = np.random.default_rng(0).standard_normal((300, 2)) * [1, 100] + [5, -1000]
    found = rolling_statistics(x, width)
    for i in (0, 7, 300 - width):
        window = x[i : i + width]
        want = [
            window.mean(0),
            window.std(0),
            window.min(0),
            window.max(0),
            np.ptp(window, 0),
            np.abs(np.diff(window, axis=0)).mean(0),
        ]
        assert np.allclose(found[i], np.stack(want, axis=1), rtol=1e-9)
    assert np.array_equal(rolling_extreme(x, width, np.maximum)[5], x[5 : 5 + width].max(axis=0))


def test_the_score_is_the_distance_to_the_nearest_training_windows() -> None:
    train, test = sine(500, channels=2), sine(200, channels=2, seed=4)
    detector = StatsKnn(widths=(8,), k=2).fit(train)
    bank = rolling_statistics(train.values, 8).reshape(-1, 12)
    deviation = bank.std(axis=0)
    queries = rolling_statistics(test.values, 8).reshape(-1, 12) / deviation
    apart = np.sort(((queries[:, None] - bank / deviation) ** 2).mean(axis=2), axis=1)[:, :2].mean(axis=1)
    scores = detector.score(test)[7:]
    assert np.allclose(np.sqrt((scores**2).mean(axis=1)), np.sqrt(apart), rtol=1e-5)


def test_widths_longer_than_a_quarter_of_the_training_part_are_left_out() -> None:
    assert StatsKnn(widths=(16, 64, 256)).fit(sine(300)).context == 63
    assert StatsKnn(widths=(16, 64, 256)).fit(sine(3000)).context == 255
    with pytest.raises(ParamError, match="at least one width"):
        StatsKnn(widths=())


def test_blocks_teach_and_score_what_the_whole_does(monkeypatch: pytest.MonkeyPatch) -> None:
    series = sine(3000, channels=2)
    whole = StatsKnn(widths=(8, 32), bank=100).fit(series)
    monkeypatch.setattr("redshank.detectors.stats_knn._BLOCK_VALUES", 1)
    blocks = StatsKnn(widths=(8, 32), bank=100).fit(series)
    assert np.allclose(blocks.rows_, whole.rows_, rtol=1e-9)
    assert np.allclose(blocks.score(series), whole.score(series), rtol=1e-6, atol=1e-7, equal_nan=True)


def test_a_channel_that_never_moved_speaks_up_when_it_does() -> None:
    train = np.concatenate([sine(1000).values, np.full((1000, 1), 4.0)], axis=1)
    test = train[:400].copy()
    test[300, 1] += 0.5
    scores = StatsKnn(widths=(4, 16)).fit(Series.from_numpy(train)).score(Series.from_numpy(test))
    assert np.isfinite(scores[15:]).all()
    assert scores[300].argmax() == 1
    assert scores[300, 1] > 3 * scores[15:300].max()
