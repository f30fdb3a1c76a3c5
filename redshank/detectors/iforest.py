"""Isolation forest: how few random cuts set a row apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge

from ..base import Detector, Scores
from ..kernels import trees as forests
from ..kernels.spread import or_one
from ..search import Space, Span
from ..series import Values


@dataclass(kw_only=True)
class Iforest(Detector):
    """How many random cuts each channel saves in setting a row apart, against the average training row.

    Liu, Ting and Zhou (2008): trees over small samples cut a random channel at a random place until every row stands
    alone; a strange row stands alone early. Finds rows that are rare in few channels, at almost no cost; blind to the order in time
    (`window` gives it some), to values between the usual ones where channels are many, and to what only a combination of
    channels shows.

    Their score is 2 ** -((b - saved) / c), where saved is our sum over channels, b the mean depth of a training row and c
    the average depth of their eq. 1, so both rank rows alike inside the training range. Where we depart: the saved cuts
    are shared out to the channels cut (see `kernels.trees.credits`); and a value outside the training range, which would
    fall into the same leaves as the extreme itself, saves b d / (1 + d) cuts more at a distance of d training ranges,
    since a first cut of the range widened to take it in would set it apart with probability d / (1 + d). On 53 real
    series that raised the mean VUS-PR of the sum from .22 to .29, and from .31 to .37 smoothed over the period.

    O(trees x log(sample) x time); learning O(trees x sample x log(sample)), whatever the length of the series.

    Parameters
    ----------
    trees : how many; more are steadier, not sharper
    sample : rows each tree is grown from; small ones keep anomalies from hiding each other
    window : rows a tree sees at a time, the last one included; 1 looks at each row alone
    seed : of the random cuts

    Examples
    --------
    >>> from redshank.testing import sine, sine_with_spike
    >>> series, at = sine_with_spike(channels=3, guilty=2)
    >>> scores = Iforest().fit(sine(channels=3)).score(series)
    >>> int(scores.sum(axis=1).argmax()) == at, int(scores[at].argmax())
    (True, 2)
    """

    paper: ClassVar[str] = "Liu, Ting & Zhou 2008, Isolation Forest, ICDM"
    scorer: ClassVar[str] = "sum"
    scaler: ClassVar[str] = "none"
    search: ClassVar[Space] = {
        "sample": Span(64, 1024, log=True),
        "window": Span(1, 32, log=True),
    }

    trees: Annotated[int, Ge(1)] = 100
    sample: Annotated[int, Ge(2)] = 256
    window: Annotated[int, Ge(1)] = 1
    seed: Annotated[int, Ge(0)] = 0

    @property
    def context(self) -> int:
        return self.window - 1

    def _fit(self, x: Values) -> None:
        rng = np.random.default_rng(self.seed)
        forest = forests.grow(x, self.trees, self.sample, self.window, rng)
        self.features_, self.cuts_, self.depths_ = forest
        self.low_, self.high_ = x.min(axis=0), x.max(axis=0)
        self.range_ = or_one(self.high_ - self.low_, self.high_)

    def _score(self, x: Values) -> Scores:
        forest = forests.Forest(self.features_, self.cuts_, self.depths_)
        if not hasattr(self, "_credit"):
            self._credit = forests.credits(forest, self.trees, x.shape[1])
        outside = np.maximum(np.maximum(self.low_ - x, x - self.high_), 0.0) / self.range_
        scores = np.full(x.shape, np.nan)
        scores[self.context :] = forests.saved_splits(forest, self._credit, x, self.window) / self.trees
        scores += self.depths_[: self.trees].mean() * outside / (1 + outside)
        return scores
