"""Histogram: how rare a value was in training."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge, Le

from ..base import Detector, Scores
from ..kernels.spread import or_one
from ..search import Choice, Space, Span
from ..series import Values

MOST_BINS = 1000


@dataclass(kw_only=True)
class Histogram(Detector):
    """How many nats (units of log probability) less likely each value is than the channel's most likely one, by the training histogram.

    Goldstein and Dengel (2012), HBOS, eq. 1, whose score is the sum over channels. Finds values between two usual levels,
    to which `k-sigma` is blind; blind to the order in time, and to channels that are strange only together. Where we
    depart: a bin counts half a point more than it holds, so that an empty one has a finite score, and outside the
    training range the density falls on as 1 / distance², so that further out is stranger still. O(log(bins) x time x
    channel).

    Parameters
    ----------
    bins : bins of a channel; by the rule of Freedman and Diaconis (1981), 5 to 1000, where none
    equal_count : bins that hold equally many training points (the paper's dynamic mode) and not equally wide ones

    Examples
    --------
    >>> from redshank import Series
    >>> training = Series.from_numpy(np.tile([0.0, 0.5, 9.5, 10.0], 50))
    >>> Histogram(bins=10).fit(training).score(Series.from_numpy([0.2, 5.2, 10.1, 20.0]))[:, 0].round(1).tolist()
    [0.0, 5.3, 5.3, 6.7]
    """

    paper: ClassVar[str] = "Goldstein & Dengel 2012, Histogram-based Outlier Score, KI"
    scorer: ClassVar[str] = "sum"
    scaler: ClassVar[str] = "none"
    search: ClassVar[Space] = {"bins": Span(5, 200, log=True), "equal_count": Choice((False, True))}

    bins: Annotated[int, Ge(2), Le(MOST_BINS)] | None = None
    equal_count: bool = False

    def _fit(self, x: Values) -> None:
        channels = [_histogram(column, self._edges(column)) for column in np.sort(x, axis=0).T]
        longest = max(len(edges) for edges, _ in channels)
        # Channels with fewer bins are filled up with edges that no value reaches.
        self.edges_ = np.stack([np.pad(e, (0, longest - len(e)), constant_values=np.inf) for e, _ in channels])
        self.rarity_ = np.stack([np.pad(r, (0, longest - 1 - len(r)), mode="edge") for _, r in channels])
        self.low_, self.high_ = x.min(axis=0), x.max(axis=0)
        self.range_ = or_one(self.high_ - self.low_, self.high_)

    def _edges(self, column: Values) -> Values:
        """Bin edges of a sorted channel, ascending, the last one just above the largest value."""
        low, high = float(column[0]), float(column[-1])
        if not high > low:
            return np.array([low, np.nextafter(low, np.inf)])
        count = self.bins or _freedman_diaconis(column)
        if self.equal_count:
            edges = np.unique(column[np.linspace(0, len(column) - 1, count + 1).round().astype(int)])
        else:
            edges = np.unique(np.linspace(low, high, count + 1))
        edges[-1] = np.nextafter(high, np.inf)
        return edges

    def _score(self, x: Values) -> Scores:
        scores = np.empty(x.shape)
        outside = np.maximum(np.maximum(self.low_ - x, x - self.high_), 0.0) / self.range_
        for channel, (edges, rarity) in enumerate(zip(self.edges_, self.rarity_)):
            place = np.searchsorted(edges[1:-1], x[:, channel], side="right")
            scores[:, channel] = rarity[place]
            beyond = outside[:, channel] > 0
            scores[beyond, channel] = rarity.max() + 2 * np.log1p(outside[beyond, channel])
        return scores


def _freedman_diaconis(column: Values) -> int:
    """Bins of width 2 IQR / n^(1/3); 5 at least, and the most where half of the values are equal."""
    quarter, three = np.quantile(column, [0.25, 0.75])
    width = 2 * (three - quarter) * len(column) ** (-1 / 3)
    wanted = (column[-1] - column[0]) / width if width > 0 else math.sqrt(len(column))
    return int(min(max(wanted, 5), MOST_BINS))


def _histogram(column: Values, edges: Values) -> tuple[Values, Values]:
    """Edges, and log(greatest density / density) of each bin between them."""
    counts = np.histogram(column, edges)[0] + 0.5
    # The logarithm of the quotient would overflow where a bin is as narrow as floats allow.
    density = np.log(counts) - np.log(np.diff(edges))
    return edges, density.max() - density
