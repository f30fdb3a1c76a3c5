"""Stats-kNN: how far the simple statistics of the last points are from any seen in training."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge

from ..base import Detector, Scores
from ..errors import ParamError
from ..kernels.distances import Bank, channel_squares
from ..kernels.moments import Spread
from ..kernels.rolling import STATISTICS, rolling_statistics
from ..kernels.spread import least_variance
from ..kernels.windows import place, spread, with_windows
from ..search import Choice, Space, Span
from ..series import Values

_BLOCK_VALUES = 1 << 20


@dataclass(kw_only=True)
class StatsKnn(Detector):
    """Each channel's part of the distance to the nearest training windows, in standard deviations of its statistics.

    A window is described, at several widths, by mean, standard deviation, minimum, maximum, range and mean absolute difference of
    each channel, standardised on the training part; the score is the root mean square distance to the `k` nearest training
    windows (Ramaswamy et al. 2000, the k-nearest-neighbour outlier, on features). Sees changes of level, spread and roughness at every
    width, without a model of the series; blind to the order of values inside the narrowest window. The best single default on
    the series this project measures itself by. At most `bank` training windows are kept, evenly spread.

    A channel that hardly moved in training is taken to have a hundredth of the usual deviation.

    Cost: O(time x channel x log width) for the statistics, O(time x bank x features) for the neighbours; memory for a block.

    Parameters
    ----------
    widths : window widths in points; those longer than a quarter of the training part are left out
    k : neighbours
    bank : most training windows to compare with
    lookahead : place the windows' centres, instead of their ends, on the point

    Notes
    -----
    Why these defaults: VUS-PR with the `rms` scorer, mean over 37 multivariate series (SMD, ASD, JumpStarter, SMAP, MSL) / 43 single
    channels (NAB, KPI, SMAP, MSL): as it stands .496 / .597, with widths 16, 64 and 256 .436 / .552. A trailing window remembers an
    anomaly for its whole width, so wide ones flag what comes after it. `k` from 1 to 10 and `bank` from 1000 to 4000 change the
    third digit.

    Examples
    --------
    >>> from redshank.testing import sine, sine_with_spike
    >>> series, at = sine_with_spike()
    >>> detector = StatsKnn(widths=(4, 16)).fit(sine())
    >>> at <= int(np.nanargmax(detector.score(series)[:, 0])) < at + 16
    True
    """

    paper: ClassVar[str] = "Ramaswamy, Rastogi & Shim 2000, doi:10.1145/342009.335437"
    scorer: ClassVar[str] = "rms"
    search: ClassVar[Space] = {
        "widths": Choice(((4, 16, 64), (16, 64), (8, 64), (32,), (64,), (8, 32, 128), (16, 64, 256))),
        "k": Span(1, 20, log=True),
    }

    widths: tuple[Annotated[int, Ge(2)], ...] = (4, 16, 64)
    k: Annotated[int, Ge(1)] = 3
    bank: Annotated[int, Ge(1)] = 2000
    lookahead: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.widths:
            raise ParamError("StatsKnn.widths must hold at least one width, got ().")

    @property
    def context(self) -> int:
        return max(self._widths()) - 1

    @property
    def min_length(self) -> int:
        return 4 * min(self.widths)

    def _widths(self) -> tuple[int, ...]:
        known = getattr(self, "widths_", None)
        return self.widths if known is None else tuple(known.tolist())

    def _fit(self, x: Values) -> None:
        self._fit_many([x])

    def _fit_many(self, parts: list[Values]) -> None:
        longest = max(map(len, parts))
        self.widths_ = np.array([w for w in sorted(self.widths) if 4 * w <= longest] or [min(self.widths)])
        long = with_windows(parts, self.context + 1, type(self).__name__)
        counts = [len(part) - self.context for part in long]
        chosen = np.zeros(sum(counts), np.bool_)
        chosen[spread(len(chosen), self.bank)] = True
        kept, moments = [], Spread()
        for part, keep in zip(long, np.split(chosen, np.cumsum(counts)[:-1])):
            for first, described in self._described(part):
                moments.add(described)
                kept.append(described[keep[first : first + len(described)]])
        variance = moments.variance
        # What hardly moved in training would drown the rest once it moves; what never moved would be divided by nothing.
        self.deviation_ = np.sqrt(np.maximum(variance, least_variance(variance)))
        self.rows_ = np.concatenate(kept) / self.deviation_

    def _described(self, x: Values) -> Iterator[tuple[int, Values]]:
        """The first row's number and the statistics of windows (window, channel * width * statistic), a block at a time."""
        features = x.shape[1] * len(self.widths_) * len(STATISTICS)
        size = max(4 * self.context, 256, _BLOCK_VALUES // features)
        for first in range(0, len(x) - self.context, size):
            yield first, self._statistics(x[first : first + size + self.context])

    def _statistics(self, x: Values) -> Values:
        """Statistics at all widths of the windows that share their newest row, or with `lookahead` their middle."""
        count, widths = len(x) - self.context, self.widths_.tolist()
        found = np.empty((count, x.shape[1], len(widths), len(STATISTICS)))
        for i, width in enumerate(widths):
            late = (self.context + 1) // 2 - width // 2 if self.lookahead else self.context + 1 - width
            found[:, :, i] = rolling_statistics(x, width)[late : late + count]
        return found.reshape(count, -1)

    def _score(self, x: Values) -> Scores:
        channels = x.shape[1]
        scores = np.empty((len(x) - self.context, channels))
        for first, described in self._described(x):
            described /= self.deviation_
            places, _ = self._bank().nearest(described, self.k)
            squares = channel_squares(described, self.rows_, places, channels)
            scores[first : first + len(squares)] = np.sqrt(squares * (channels / self.rows_.shape[1]))
        return place(scores, self.context + 1, self.lookahead)

    def _bank(self) -> Bank:
        if not hasattr(self, "_ready"):
            self._ready = Bank(self.rows_, np.float32)
        return self._ready
