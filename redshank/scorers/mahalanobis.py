"""Mahalanobis: how unusual the channels' errors are together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from ..base import Scorer, Scores
from ..errors import SeriesError
from ..kernels.moments import Moments
from ..kernels.shrinkage import ShrunkMoments, contributions, distances, whitener
from ..kernels.windows import place, sliding, spread

_MOST_WINDOWS = 200_000  # learned from, evenly spread: overlapping windows say nearly the same
_BLOCK_VALUES = 1 << 21


@dataclass(kw_only=True)
class Mahalanobis(Scorer):
    """Distance of the channel scores from those of held-out normal data, in standard deviations of them all together.

    sqrt((e - mean)ᵀ S⁻¹ (e - mean)), with mean and covariance S of normal errors e (Malhotra et al. 2016, sec. 2.2). The
    view says what e is: `time`, the channels at one time; `feature`, the last `window` times of one channel, pooled over
    channels, whose score is the highest of the channels' distances. Right where errors are correlated: it weighs them by how
    usual they are together. Fails where the held-out data are few and strange.

    S is the sample covariance with correlations shrunk by the share of Ledoit and Wolf (2004), so nearly dependent channels
    do no harm; the paper inverts S as it is. A missing channel or time is left out. O(time x channel²), or
    O(time x channel x window²) for `feature`, without a copy of all windows.

    Parameters
    ----------
    view : `time`, channels at one time, or `feature`, times of one channel
    window : times in a row of the `feature` view; at least 2
    one_sided : whether only errors larger than usual count; an unusually small one is strange too where false
    smooth : points over which the score is averaged, trailing; 1 is no smoothing, `period` the period of the series

    Examples
    --------
    Two channels that always move together, a row in which they do, and one in which they do not:

    >>> together = np.random.default_rng(0).standard_normal((5000, 1)) + np.zeros(2)
    >>> Mahalanobis().fit(together).score(np.array([[2.0, 2.0], [2.0, -2.0]])).round().tolist()
    [2.0, 103.0]
    """

    paper: ClassVar[str] = "Malhotra et al. 2016, arXiv:1607.00148, sec. 2.2"

    view: Literal["time", "feature"] = "time"
    window: Annotated[int, Ge(2)] = 30
    one_sided: bool = False

    @property
    def context(self) -> int:
        return self.window - 1 if self.view == "feature" else 0

    def update(self, channel_scores: Scores) -> Self:
        """Learn from further normal rows (time, channel), one or many, as if they had been there at the fit.

        Each call brings a stretch of its own: windows of the `feature` view do not run over the seam.
        """
        self._must_be_fitted()
        known = ShrunkMoments(Moments(self.count_, self.mean_, self.scatter_), self.cubes_, self.fourths_)
        self._learn(known.merge(self._seen(channel_scores[~np.isnan(channel_scores).any(axis=1)])))
        return self

    def blame(self, channel_scores: Scores) -> Scores:
        """What each channel adds to the squared distance, shape (time, channel); in the `feature` view, its own distance squared."""
        if self.view == "feature":
            return np.square(np.nan_to_num(self._window_distances(channel_scores)))
        return contributions(self._centred(channel_scores), self.covariance_)

    def _fit(self, channel_scores: Scores) -> None:
        seen = self._seen(channel_scores)
        if seen.moments.count < 2:
            raise SeriesError(
                f"Mahalanobis needs at least {self.context + 2} complete rows of held-out scores, got {len(channel_scores)}. "
                "Hold out a larger part with calibrate=0.3, or choose another scorer."
            )
        self._learn(seen)

    def _seen(self, rows: Scores) -> ShrunkMoments:
        """Moments of times, or of windows of each channel."""
        if self.view == "time":
            return ShrunkMoments.empty(rows.shape[1]).add(rows)
        total = ShrunkMoments.empty(self.window)
        if len(rows) < self.window:
            return total
        windows = sliding(rows, self.window)
        chosen = spread(len(windows), max(2, _MOST_WINDOWS // rows.shape[1]))
        size = self._rows_a_block(rows.shape[1] * self.window)
        for first in range(0, len(chosen), size):
            total = total.add(windows[chosen[first : first + size]].reshape(-1, self.window))
        return total

    def _learn(self, seen: ShrunkMoments) -> None:
        self.count_, self.mean_, self.scatter_ = seen.moments.count, seen.moments.mean, seen.moments.scatter
        self.cubes_, self.fourths_ = seen.cubes, seen.fourths
        self.covariance_ = seen.covariance()
        vars(self).pop("_whitener", None)

    @cached_property
    def _whitener(self) -> NDArray[np.float64]:
        return whitener(self.covariance_)

    def _combine(self, channel_scores: Scores) -> Scores:
        if self.view == "feature":
            return np.fmax.reduce(self._window_distances(channel_scores), 1)
        size = self._rows_a_block(channel_scores.shape[1])
        if len(channel_scores) <= size:
            return self._distances(channel_scores)
        blocks = range(0, len(channel_scores), size)
        return np.concatenate([self._distances(channel_scores[first : first + size]) for first in blocks])

    def _window_distances(self, rows: Scores) -> Scores:
        """Distance of the window that ends at each cell, shape (time, channel); NaN in the warm-up and for a missing cell."""
        if len(rows) < self.window:
            return np.full(rows.shape, np.nan)
        windows = sliding(rows, self.window)
        size = self._rows_a_block(rows.shape[1] * self.window)
        found = np.empty(windows.shape[:2])
        for first in range(0, len(windows), size):
            part = windows[first : first + size]
            found[first : first + size] = self._distances(part.reshape(-1, self.window)).reshape(part.shape[:2])
        found[np.isnan(rows[self.window - 1 :])] = np.nan
        return place(found, self.window)

    def _distances(self, rows: Scores) -> Scores:
        return distances(self._centred(rows), self.covariance_, self._whitener)

    def _centred(self, rows: Scores) -> Scores:
        y = rows - self.mean_
        return np.maximum(y, 0.0, out=y) if self.one_sided else y

    def _rows_a_block(self, values_a_row: int) -> int:
        return max(1, _BLOCK_VALUES // values_a_row)
