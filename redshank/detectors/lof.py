"""Local outlier factor: how much thinner a window's neighbourhood is than its neighbours' own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge

from ..base import Detector, Scores
from ..kernels.distances import Bank, channel_squares
from ..kernels.windows import blocks, place, sliding, spread
from ..search import Space, Span
from ..series import Values

TINY = 1e-10
"""What scikit-learn adds to a mean distance, so that equal windows have a finite density."""


@dataclass(kw_only=True)
class Lof(Detector):
    """How many times denser the nearest training windows lie than the window itself, by channel; about 1 in all is normal.

    Breunig et al. (2000), def. 7, for new data: neighbours are training windows only, as with scikit-learn's
    `LocalOutlierFactor(novelty=True)`, whose figures these are to rounding where all training windows are kept. Finds what
    is odd for its surroundings where some normal states are tight and others loose. Where training windows are equal to the
    last digit their density is almost infinite, and so is the score of anything near them: `window-knn` does not mind. A
    channel's share is its part of the mean squared distance to the neighbours; shares add up to the factor.

    O(time x bank x window x channel); learning O(bank² x window x channel).

    Parameters
    ----------
    neighbours : how many
    window : rows of a window, the last one included; 1 looks at each row alone
    bank : most training windows kept, evenly spread

    Examples
    --------
    >>> from redshank.testing import sine, sine_with_spike
    >>> series, at = sine_with_spike(channels=3, guilty=2)
    >>> scores = Lof(window=1).fit(sine(channels=3)).score(series)
    >>> int(scores.sum(axis=1).argmax()) == at, int(scores[at].argmax())
    (True, 2)
    """

    paper: ClassVar[str] = "Breunig, Kriegel, Ng & Sander 2000, doi:10.1145/342009.335388"
    scorer: ClassVar[str] = "sum"
    search: ClassVar[Space] = {"neighbours": Span(5, 100, log=True), "window": Span(1, 64, log=True)}

    neighbours: Annotated[int, Ge(1)] = 20
    window: Annotated[int, Ge(1)] = 8
    bank: Annotated[int, Ge(2)] = 2000

    @property
    def context(self) -> int:
        return self.window - 1

    @property
    def min_length(self) -> int:
        return self.window + 2

    def _fit(self, x: Values) -> None:
        windows = sliding(x, self.window)
        self.rows_ = windows[spread(len(windows), self.bank)].reshape(-1, x.shape[1] * self.window)
        count = min(self.neighbours, len(self.rows_) - 1)
        places, squared = self._bank().nearest(self.rows_, count + 1)
        # A window is no neighbour of its own; where equal ones stand before it, the last neighbour makes room.
        own = places == np.arange(len(places))[:, None]
        own[~own.any(axis=1), -1] = True
        places, distances = places[~own].reshape(-1, count), np.sqrt(squared[~own].reshape(-1, count))
        self.reach_ = distances[:, -1]
        self.density_ = self._density(places, distances)

    def _score(self, x: Values) -> Scores:
        shares = np.empty((len(x) - self.context, x.shape[1]))
        count = min(self.neighbours, len(self.rows_) - 1)
        for first, rows in blocks(x, self.window):
            places, squared = self._bank().nearest(rows, count)
            factor = self.density_[places].mean(axis=1) / self._density(places, np.sqrt(squared))
            apart = channel_squares(rows, self.rows_, places, x.shape[1])
            total = apart.sum(axis=1, keepdims=True)
            share = np.divide(apart, total, out=np.full(apart.shape, 1 / x.shape[1]), where=total > 0)
            shares[first : first + len(rows)] = factor[:, None] * share
        return place(shares, self.window)

    def _density(self, places: np.ndarray, distances: Values) -> Values:
        """Local reachability density (def. 6): a neighbour is never nearer than its own last neighbour is to it."""
        return np.asarray(1 / (np.maximum(distances, self.reach_[places]).mean(axis=1) + TINY))

    def _bank(self) -> Bank:
        if not hasattr(self, "_ready"):
            self._ready = Bank(self.rows_)
        return self._ready
