"""Stats-kNN: how far the simple statistics of the last points are from any seen in training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
from annotated_types import Ge

from ..base import Detector, Scores
from ..errors import ParamError
from ..kernels.distances import Bank, channel_squares
from ..kernels.rolling import STATISTICS, rolling_statistics
from ..kernels.windows import place, spread
from ..search import Choice, Space, Span
from ..series import Values

_BLOCK_VALUES = 1 << 22


@dataclass(kw_only=True)
class StatsKnn(Detector):
    """Each channel's part of the distance to the nearest training windows, in standard deviations of its statistics.

    A window is described, at several widths, by mean, standard deviation, minimum, maximum, range and mean absolute difference of
    each channel, standardised on the training part; the score is the root mean square distance to the `k` nearest training
    windows (Ramaswamy et al. 2000, the k-nearest-neighbour outlier, on features). Sees changes of level, spread and roughness over minutes to
    hours alike, without a model of the series; blind to the order of values inside the narrowest window. The best single default on
    the series this project measures itself by. At most `bank` training windows are kept, evenly spread.

    Cost: O(time x channel x log width) for the statistics, O(time x bank x features) for the neighbours.

    Parameters
    ----------
    widths : window widths in points; those longer than a quarter of the training part are left out
    k : neighbours
    bank : most training windows to compare with
    lookahead : place the windows' centres, instead of their ends, on the point

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
        "widths": Choice(((16, 64, 256), (8, 32, 128), (32, 128), (16, 64), (64, 256))),
        "k": Span(1, 20, log=True),
    }

    widths: tuple[Annotated[int, Ge(2)], ...] = (16, 64, 256)
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
        described = [self._described(part) for part in parts if len(part) > self.context]
        found = np.concatenate(described) if len(described) > 1 else described[0]
        deviation = found.std(axis=0)
        # A statistic that never moved in training keeps its unit: the series itself is standardised.
        self.deviation_ = np.where(deviation > 1e-9, deviation, 1.0)
        self.rows_ = found[spread(len(found), self.bank)] / self.deviation_

    def _described(self, x: Values) -> Any:
        """Statistics at all widths of the rows that end each of the widest windows: (window, channel * width * statistic)."""
        count = len(x) - self.context
        found = np.empty((count, x.shape[1], len(self._widths()), len(STATISTICS)))
        for i, width in enumerate(self._widths()):
            # Trailing, every width ends at the same row; centred, every width has the same middle.
            late = (self.context + 1) // 2 - width // 2 if self.lookahead else self.context + 1 - width
            found[:, :, i] = rolling_statistics(x, width)[late : late + count]
        return found.reshape(count, -1)

    def _score(self, x: Values) -> Scores:
        channels = x.shape[1]
        scores = np.empty((len(x) - self.context, channels))
        size = max(256, _BLOCK_VALUES // self.rows_.shape[1])
        for first in range(0, len(scores), size):
            rows = x[first : first + size + self.context]
            queries = self._described(rows) / self.deviation_
            places, _ = self._bank().nearest(queries, self.k)
            squares = channel_squares(queries, self.rows_, places, channels)
            scores[first : first + len(squares)] = np.sqrt(squares * (channels / self.rows_.shape[1]))
        return place(scores, self.context + 1, self.lookahead)

    def _bank(self) -> Bank:
        if not hasattr(self, "_ready"):
            self._ready = Bank(self.rows_, np.float32)
        return self._ready
