"""Spectral residual: how much a point stands out once the spectrum has lost what is ordinary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge

from ..base import Detector, Scores
from ..kernels.moving import moving_mean
from ..kernels.saliency import continued, saliency
from ..kernels.spectrum import fast_length
from ..kernels.windows import blocks
from ..search import Space, Span
from ..series import Values

AROUND = 21
"""Points before the judged one whose mean saliency it is held against (z in the paper)."""
AHEAD = 5
"""Values the series is continued by, at least (kappa in the paper)."""


@dataclass(kw_only=True)
class SpectralResidual(Detector):
    """How many times as salient each point is as the 21 points before it, less 1.

    Ren et al. (2019): saliency as in a picture, for a series. Finds spikes and sudden changes of any shape without
    training; blind to whatever lasts, and on noise it sees spikes everywhere. Over 52 real series from six sources it ranks
    no better than random scores (VUS-PR .14 and .14), on server KPIs somewhat (.25 and .16). The point judged is the newest of its
    window, which is continued by 5 values (or a few more, up to a fast length of the FFT) extrapolated from its slope
    (eqs. 9 and 10), so that it does not lie at the edge. The score is that of eq. 8, divided by the local mean as in the
    authors' code. Where we depart: each window loses its mean, so that a level does not matter.

    Learns nothing. O(window log(window) x time x channel) in blocks of bounded memory; `lookahead` O(time log(time) x
    channel).

    Parameters
    ----------
    window : points seen at a time, the judged one last
    lookahead : see the whole series at once, each point amid what came before and after

    Examples
    --------
    >>> from redshank.testing import sine, sine_with_spike
    >>> series, at = sine_with_spike()
    >>> int(np.nanargmax(SpectralResidual().fit(sine()).score(series)[:, 0])) == at
    True
    """

    paper: ClassVar[str] = "Ren et al. 2019, Time-Series Anomaly Detection Service at Microsoft, KDD"
    scaler: ClassVar[str] = "none"
    search: ClassVar[Space] = {"window": Span(32, 1024, log=True)}

    window: Annotated[int, Ge(AROUND + 3)] = 256
    lookahead: bool = False

    @property
    def context(self) -> int:
        return 0 if self.lookahead else self.window - 1

    @property
    def min_length(self) -> int:
        return 1 if self.lookahead else self.window

    def _fit(self, x: Values) -> None:
        """There is nothing to learn."""

    def _score(self, x: Values) -> Scores:
        score = _over_the_whole if self.lookahead else self._of_the_newest
        return np.stack([score(column) for column in np.ascontiguousarray(x.T)], axis=1)

    def _of_the_newest(self, column: Values) -> Scores:
        scores = np.full(len(column), np.nan)
        longer = fast_length(self.window + AHEAD)
        for first, rows in blocks(column[:, None], self.window, values=1 << 20):
            salient = saliency(continued(rows, longer - self.window))
            newest = salient[:, self.window - 1]
            around = salient[:, self.window - 1 - AROUND : self.window - 1].mean(axis=1)
            start = first + self.window - 1
            scores[start : start + len(rows)] = _excess(newest, around)
        return scores


def _over_the_whole(column: Values) -> Scores:
    n = len(column)
    if n <= AHEAD:
        return np.zeros(n)
    salient = saliency(continued(column[None], fast_length(n + AHEAD) - n))[0, :n]
    around = moving_mean(salient, AROUND)
    return _excess(salient, np.concatenate([salient[:1], around[:-1]]))


def _excess(salient: Values, around: Values) -> Scores:
    return np.divide(salient, around, out=np.ones(len(salient)), where=around > 0) - 1
