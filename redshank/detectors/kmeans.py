"""K-means: how far a window is from the nearest typical one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
from annotated_types import Ge

from ..base import Detector, Scores
from ..kernels.clusters import kmeans
from ..kernels.distances import Bank, channel_squares
from ..kernels.moments import Spread
from ..kernels.spread import unit_of_still
from ..kernels.windows import blocks, place, sliding, spread, window_width, with_windows
from ..search import Choice, Space, Span
from ..series import Values


@dataclass(kw_only=True)
class Kmeans(Detector):
    """Each channel's part of the distance from a window to the nearest of `k` cluster centres of training windows.

    The root mean square over the window's points, in the unit of the data, or in standard deviations of each window with
    `normalise`. After Yairi et al. (2001), whose method TSB-AD calls KMeansAD. Raw windows see levels and shapes; normalised ones see
    shape alone, which helps where only shape is anomalous and hurts elsewhere. Learns from at most `bank` windows,
    evenly spread. A channel that hardly moved in training is measured in a hundredth of the usual deviation, so that it is heard once
    it moves. Learning costs O(iterations x bank x k x window x channel), scoring O(time x k x window x channel).

    Parameters
    ----------
    window : points in a window; none takes the series' period, found on fit
    k : clusters
    normalise : bring each channel of each window to mean 0 and deviation 1 first
    bank : most training windows to cluster
    seed : of the first centres
    lookahead : place a window's score at its centre instead of its end

    Examples
    --------
    >>> from redshank.testing import sine, sine_with_spike
    >>> series, at = sine_with_spike()
    >>> detector = Kmeans(window=16, k=8).fit(sine())
    >>> at <= int(np.nanargmax(detector.score(series)[:, 0])) < at + 16
    True
    """

    paper: ClassVar[str] = (
        "Yairi, Kato & Hori 2001, Fault detection by mining association rules from house-keeping data"
    )
    scorer: ClassVar[str] = "rms"
    search: ClassVar[Space] = {
        "window": Span(8, 128, log=True),
        "k": Span(4, 200, log=True),
        "normalise": Choice((False, True)),
    }

    window: Annotated[int, Ge(2)] | None = 32
    k: Annotated[int, Ge(1)] = 100
    normalise: bool = False
    bank: Annotated[int, Ge(1)] = 10_000
    seed: Annotated[int, Ge(0)] = 0
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
        views = [sliding(part / self.unit_, self.width_) for part in long]
        rows = [self._flat(view[spread(len(view), share)]) for view in views]
        self.centres_ = kmeans(np.concatenate(rows), self.k, self.seed)

    def _flat(self, windows: Any) -> Values:
        """Windows (window, channel, width) as rows, channel by channel."""
        rows = np.array(windows)
        if self.normalise:
            rows -= rows.mean(axis=2, keepdims=True)
            deviation = rows.std(axis=2, keepdims=True)
            rows /= np.where(deviation > 1e-9, deviation, 1.0)
        return rows.reshape(len(rows), -1)

    def _score(self, x: Values) -> Scores:
        channels = x.shape[1]
        found = np.empty((len(x) - self.context, channels))
        for first, rows in blocks(x / self.unit_, self.width_):
            queries = self._flat(rows.reshape(len(rows), channels, -1))
            places, _ = self._bank().nearest(queries)
            squares = channel_squares(queries, self.centres_, places, channels)
            found[first : first + len(rows)] = np.sqrt(squares / self.width_)
        return place(found, self.width_, self.lookahead)

    def _bank(self) -> Bank:
        if not hasattr(self, "_ready"):
            self._ready = Bank(self.centres_)
        return self._ready
