"""Fixed: a limit the user knows."""

from __future__ import annotations

from dataclasses import dataclass

from ..base import Scores, Threshold
from ..series import Flags


@dataclass(kw_only=True)
class Fixed(Threshold):
    """The limit as given, in the unit of the score. Learns nothing and promises no rate.

    Right where the score has a meaning of its own; useless where another detector or scaler may stand before it.

    Parameters
    ----------
    value : the limit; a score above it is flagged

    Examples
    --------
    >>> import numpy as np
    >>> threshold = Fixed(value=3).fit(np.array([0.0, 9.0]))
    >>> threshold.advance(threshold.begin(), np.array([2.0, 4.0])).tolist()
    [3.0, 3.0]
    """

    value: float

    def _fit(self, scores: Scores, labels: Flags | None) -> None:
        self.value_ = self.value
