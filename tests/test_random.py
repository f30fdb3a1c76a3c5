"""Random scores."""

from __future__ import annotations

import numpy as np
import pytest

from redshank.detectors.random import Random
from redshank.kernels.hashing import trailing_hashes
from redshank.testing import DetectorContract, sine, sine_with_spike


class TestRandom(DetectorContract):
    make = Random
    localises = False

    def test_ranks_a_planted_anomaly_first(self) -> None:
        """It must not: among many seeds the spike is where chance puts it."""
        series, at = sine_with_spike(channels=3)
        ranks = [np.mean(scores[at] > scores) for scores in self._of_many_seeds(series)]
        assert 0.4 < np.mean(ranks) < 0.6

    def _of_many_seeds(self, series) -> list[np.ndarray]:  # type: ignore[no-untyped-def]
        return [Random(seed=seed).fit(series).score(series) for seed in range(200)]


def test_scores_are_uniform_and_independent_of_row_and_channel() -> None:
    scores = Random().fit(sine(channels=4)).score(sine(20_000, channels=4))
    counts = np.histogram(scores, bins=20, range=(0, 1))[0]
    assert ((counts - counts.mean()) ** 2 / counts.mean()).sum() < 43.8  # chi squared, 19 degrees of freedom, 0.001
    assert abs(np.corrcoef(scores[1:, 0], scores[:-1, 0])[0, 1]) < 0.03
    assert abs(np.corrcoef(scores.T) - np.eye(4)).max() < 0.03


def test_another_seed_gives_other_scores() -> None:
    series = sine(500)
    assert not np.isin(Random(seed=1).fit(series).score(series), Random(seed=2).fit(series).score(series)).any()


@pytest.mark.parametrize("width", [1, 3, 64])
def test_a_hash_is_a_function_of_its_own_rows_alone(width: int) -> None:
    x = np.random.default_rng(0).integers(0, 2, (300, 2)).astype(float)
    hashes = trailing_hashes(x, width)
    windows = [x[max(0, end - width) : end].tobytes() for end in range(1, len(x) + 1)]
    assert len(set(hashes.tolist())) == len(set(windows))
    assert len(set(zip(hashes.tolist(), windows))) == len(set(windows))
