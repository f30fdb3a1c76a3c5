"""Matrix profile: how far the shape of a window is from any shape of the training part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge

from ..base import Detector, Scores
from ..kernels.profile import Profile
from ..kernels.windows import place, window_width
from ..search import Space, Span
from ..series import Values


@dataclass(kw_only=True)
class MatrixProfile(Detector):
    """Distance between each channel's z-normalised window and the nearest one of the training part; 0 to 2 √window.

    The AB-join of Yeh et al. (2016, sec. IV), of the new series against the training one, each channel by itself. Sees shape alone: excellent
    where a heartbeat is malformed, blind to levels and spreads, which normalisation takes away, and troubled by windows that are
    nearly constant, whose noise it magnifies. Nothing is forgotten: every training window counts, so a shape that came once is known.
    Cost: O(time x training x window), as products of matrices.

    Parameters
    ----------
    window : points in a window; none takes the series' period, found on fit
    lookahead : place a window's score at its centre instead of its end

    Examples
    --------
    >>> from redshank.testing import sine, sine_with_spike
    >>> series, at = sine_with_spike()
    >>> detector = MatrixProfile(window=16).fit(sine())
    >>> at <= int(np.nanargmax(detector.score(series)[:, 0])) < at + 16
    True
    """

    paper: ClassVar[str] = "Yeh et al. 2016, doi:10.1109/ICDM.2016.0179"
    search: ClassVar[Space] = {"window": Span(8, 256, log=True)}

    window: Annotated[int, Ge(4)] | None = None
    lookahead: bool = False

    @property
    def context(self) -> int:
        return int(getattr(self, "width_", self.window or 1)) - 1

    @property
    def min_length(self) -> int:
        return (self.window or 4) + 8

    def _fit(self, x: Values) -> None:
        self.width_ = self.window or max(4, window_width(x))
        self.train_ = x.copy()

    def _score(self, x: Values) -> Scores:
        found = [profile.nearest(x[:, channel])[0] for channel, profile in enumerate(self._profiles())]
        return place(np.stack(found, axis=1), self.width_, self.lookahead)

    def _profiles(self) -> list[Profile]:
        if not hasattr(self, "_ready"):
            self._ready = [Profile(column, self.width_) for column in np.ascontiguousarray(self.train_.T)]
        return self._ready
