"""Window kNN: how far a window is from the nearest training windows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge

from ..base import Detector, Scores
from ..kernels.distances import Bank, channel_squares
from ..kernels.moments import Spread
from ..kernels.spread import unit_of_still
from ..kernels.windows import blocks, place, sliding, spread, window_width, with_windows
from ..search import Space, Span
from ..series import Values


@dataclass(kw_only=True)
class WindowKnn(Detector):
    """Each channel's part of the distance from a window to its nearest training windows, in the unit of the data.

    The root mean square over the window's points and the `k` nearest training windows over all channels together (Ramaswamy et al. 2000).
    Finds any shape or level that training did not show; needs training data that show every normal one. At most `bank` training windows
    are kept, evenly spread, so a shape that came once may be missed. A channel that hardly moved in training is measured in a hundredth
    of the usual deviation, so that it is heard once it moves. Cost: O(time x bank x window x channel).

    Parameters
    ----------
    window : points in a window; none takes the series' period, found on fit
    k : neighbours
    bank : most training windows to compare with
    lookahead : place a window's score at its centre instead of its end

    Examples
    --------
    >>> from redshank.testing import sine, sine_with_spike
    >>> series, at = sine_with_spike()
    >>> detector = WindowKnn(window=16).fit(sine())
    >>> at <= int(np.nanargmax(detector.score(series)[:, 0])) < at + 16
    True
    """

    paper: ClassVar[str] = "Ramaswamy, Rastogi & Shim 2000, doi:10.1145/342009.335437"
    scorer: ClassVar[str] = "rms"
    search: ClassVar[Space] = {"window": Span(8, 128, log=True), "k": Span(1, 20, log=True)}

    window: Annotated[int, Ge(2)] | None = 32
    k: Annotated[int, Ge(1)] = 1
    bank: Annotated[int, Ge(1)] = 2000
    lookahead: bool = False

    @property
    def context(self) -> int:
        return int(getattr(self, "width_", self.window or 1)) - 1

    @property
    def min_length(self) -> int:
        return (self.window or 4) + 8

    def _fit(self, x: Values) -> None:
        self._fit_many([x])

    def _fit_many(self, parts: list[Values]) -> None:
        self.width_ = self.window or window_width(max(parts, key=len))
        long = with_windows(parts, self.width_, type(self).__name__)
        self.unit_ = unit_of_still(Spread.of(long).variance)
        share = max(1, self.bank // len(long))
        chosen = [sliding(part / self.unit_, self.width_)[spread(len(part) - self.width_ + 1, share)] for part in long]
        self.rows_ = np.concatenate([rows.reshape(len(rows), -1) for rows in chosen])

    def _score(self, x: Values) -> Scores:
        found = np.empty((len(x) - self.context, x.shape[1]))
        for first, rows in blocks(x / self.unit_, self.width_):
            places, _ = self._bank().nearest(rows, self.k)
            squares = channel_squares(rows, self.rows_, places, x.shape[1])
            found[first : first + len(rows)] = np.sqrt(squares / self.width_)
        return place(found, self.width_, self.lookahead)

    def _bank(self) -> Bank:
        if not hasattr(self, "_ready"):
            self._ready = Bank(self.rows_, np.float32)
        return self._ready
