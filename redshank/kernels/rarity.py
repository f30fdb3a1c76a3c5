"""How rare a score is among known ones, so that scores of unlike detectors can be compared and averaged."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .windows import spread

Array = NDArray[np.float64]

_TAIL = 0.1
"""Share of the known scores, the highest, that say how rarity grows with the score."""
_KNOTS = 512


class Known(NamedTuple):
    """A distribution of scores, as far as it takes to say how rare another one is.

    Parameters
    ----------
    knots : (knot,) scores, ascending, from the lowest to the start of the tail
    depths : (knot,) minus the logarithm of the share of known scores that are as high
    rate : what a unit more adds in the tail
    """

    knots: Array
    depths: Array
    rate: float

    @classmethod
    def of(cls, scores: Array) -> Known:
        """From scores (time,) of which at least one is not NaN. O(time log time)."""
        ordered = np.sort(scores[~np.isnan(scores)])
        n = len(ordered)
        start = float(ordered[int((1 - _TAIL) * (n - 1))])
        body, first = np.unique(ordered[ordered <= start], return_index=True)
        some = spread(len(body), _KNOTS)
        beyond = ordered[ordered > start] - start
        excess = float(beyond.mean()) if len(beyond) else float(ordered.std())
        # A tail no longer than rounding says nothing; then a unit is a nat.
        unit = excess if excess > 1e-12 * max(abs(start), 1e-100) else 1.0
        return cls(body[some], -np.log1p(-first[some] / n), 1 / unit)

    def rarity(self, scores: Array) -> Array:
        """Minus the logarithm of the probability of a score as high, shape (time,); NaN stays NaN. O(time).

        Up to the highest tenth of known scores by their share, between two of them in a straight line; above by an
        exponential tail with the mean excess of that tenth, so that scores higher than all known keep their order.

        Examples
        --------
        >>> known = Known.of(np.random.default_rng(0).exponential(size=100_000))
        >>> known.rarity(np.array([0.0, 1.0, 5.0, 50.0])).round(1).tolist()
        [0.0, 1.0, 5.0, 49.9]
        """
        beyond = np.maximum(scores - self.knots[-1], 0.0)
        return np.asarray(np.interp(scores, self.knots, self.depths) + self.rate * beyond)
