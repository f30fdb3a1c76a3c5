"""F-beta: the limit that separates labelled anomalies best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, NamedTuple

import numpy as np
from annotated_types import Ge, Gt
from numpy.typing import NDArray

from ..base import Scores, Threshold
from ..errors import ParamError, SeriesError
from ..series import Flags


class _Cuts(NamedTuple):
    limits: Scores
    f: Scores


@dataclass(kw_only=True)
class FBeta(Threshold):
    """The limit of greatest F-beta on labelled scores, F = (1 + beta^2) P R / (beta^2 P + R) and 0 where that is 0 / 0.

    Exact: every limit that changes a flag is tried, in one sort. The limit lies halfway between the two scores it parts;
    of equally good ones the highest is taken, which raises the fewest alarms. It promises no rate, and its F-beta on
    other data is lower than `f_`: judge it on data it has not seen. O(n log n).

    With `grid` points it tries that many evenly spaced limits from `low` to `high` instead and takes the first of the
    best, as Google's tf-anomaly-detection does (300 from 1 to 100 gives its published limits to the last digit).

    Parameters
    ----------
    beta : how many times recall counts as much as precision; below 0.1 recall hardly counts, and `note_` says so
    grid : evenly spaced limits to try; 0 tries every limit there is
    low : lower end of the grid; the smallest score unless given
    high : upper end of the grid; the largest score unless given

    Examples
    --------
    >>> scores, labels = np.array([1.0, 2.0, 6.0, 8.0]), np.array([False, False, True, True])
    >>> FBeta().fit(scores, labels).value_
    4.0
    """

    supervised: ClassVar[bool] = True

    beta: Annotated[float, Gt(0)] = 1.0
    grid: Annotated[int, Ge(0)] = 0
    low: float | None = None
    high: float | None = None

    def _fit(self, scores: Scores, labels: Flags | None) -> None:
        assert labels is not None
        if labels.all() or not labels.any():
            kind = "anomalous" if labels.all() else "normal"
            raise SeriesError(f"FBeta got only {kind} points, which part nothing. Label some of both kinds.")
        cuts = self._on_grid(scores, labels) if self.grid else self._exact(scores, labels)
        best = int(cuts.f.argmax())
        self.value_, self.f_ = float(cuts.limits[best]), float(cuts.f[best])
        self.note_ = ""
        if self.beta < 0.1:
            self.note_ = (
                f"beta = {self.beta:g} hardly counts recall: a limit that finds few anomalies may have been taken."
            )

    def _exact(self, scores: Scores, labels: Flags) -> _Cuts:
        """Limits between neighbouring scores, highest first, and the one below all."""
        order = np.argsort(-scores, kind="stable")
        ordered, hits = scores[order], np.cumsum(labels[order])
        last = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))  # of equal scores
        above = ordered[last]
        below = np.append(above[1:], np.nextafter(above[-1], -np.inf))
        limits = below + (above - below) / 2
        limits = np.where(limits < above, limits, below)  # neighbouring floats have nothing between
        return _Cuts(limits, self._f(hits[last], last + 1, int(hits[-1])))

    def _on_grid(self, scores: Scores, labels: Flags) -> _Cuts:
        low = float(scores.min()) if self.low is None else self.low
        high = float(scores.max()) if self.high is None else self.high
        if low > high:
            raise ParamError(f"FBeta.low must not be greater than FBeta.high, got {low:g} and {high:g}.")
        limits = np.linspace(low, high, self.grid)
        flagged = len(scores) - np.searchsorted(np.sort(scores), limits, side="right")
        hits = labels.sum() - np.searchsorted(np.sort(scores[labels]), limits, side="right")
        return _Cuts(limits, self._f(hits, flagged, int(labels.sum())))

    def _f(self, hits: NDArray[Any], flagged: NDArray[Any], anomalies: int) -> Scores:
        """(1 + b) hits / (flagged + b anomalies): F-beta without a division that could be 0 / 0, b = beta^2."""
        weight = self.beta**2
        return np.asarray((1 + weight) * hits / (flagged + weight * anomalies))
