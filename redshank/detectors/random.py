"""Random scores: the floor of every benchmark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge

from ..base import Detector, Scores
from ..kernels.hashing import mixed, trailing_hashes
from ..series import Values


@dataclass(kw_only=True)
class Random(Detector):
    """A number that says nothing, uniform between 0 and 1: what any other score must beat.

    Kim et al. (2022), sec. 4.1: under point adjustment it beats most published detectors, so figures mean nothing without it.
    A score is a hash of the last 64 rows and the seed, so that it is the same in a batch, a stream and a suffix. The price: a
    stretch that repeats itself for more than 64 rows repeats its scores, a constant one has one score. O(time x channel).

    Parameters
    ----------
    seed : another seed, other scores

    Examples
    --------
    >>> from redshank.testing import sine
    >>> scores = Random(seed=7).fit(sine(channels=2)).score(sine(10_000, channels=2))
    >>> abs(float(scores.mean()) - 0.5) < 0.01, scores.shape
    (True, (10000, 2))
    """

    paper: ClassVar[str] = "Kim et al. 2022, Towards a Rigorous Evaluation of Time-Series Anomaly Detection, AAAI"
    scaler: ClassVar[str] = "none"

    seed: Annotated[int, Ge(0)] = 0

    @property
    def context(self) -> int:
        return 63

    @property
    def warm_up(self) -> int:
        return 0

    def _fit(self, x: Values) -> None:
        """There is nothing to learn."""

    def _score(self, x: Values) -> Scores:
        rows = trailing_hashes(x, self.context + 1, self.seed)
        channels = np.arange(1, x.shape[1] + 1, dtype=np.uint64)
        bits = mixed(rows[:, None] + mixed(channels))
        return np.asarray((bits >> np.uint64(11)) * 2.0**-53)
