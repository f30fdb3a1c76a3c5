"""PCA: how far a row is from the linear relations between the channels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from annotated_types import Ge, Gt, Lt

from ..base import Detector, Scores, typical
from ..errors import SeriesError
from ..kernels.missing import fill_forward
from ..kernels.moments import Moments
from ..kernels.spread import least_variance
from ..kernels.subspace import count_axes, principal_axes
from ..search import Choice, Space
from ..series import Series, Values


@dataclass(kw_only=True)
class Pca(Detector):
    """Each channel's share of the distance of a row from the principal subspace, in standard deviations of that part.

    Finds rows that break the relations between channels, even where every channel is in its range. Sees one row at a time: blind to
    the order of rows, and for one channel it is the plain z-score. Relations that are not linear look like noise.

    With x a row less the training mean, V the axes kept, L their variances and s² the mean variance of the rest:

    * `residual`: |x - VVᵀx|, the square root of the Q statistic (Jackson and Mudholkar 1979, eq. 2.3);
    * `mahalanobis`: |V L^(-1/2) Vᵀ x|, the square root of Hotelling's T² inside the subspace (ibid. eq. 2.2);
    * `both`: sqrt(T² + Q / s²), the Mahalanobis distance under probabilistic PCA (Tipping and Bishop 1999, eq. 7).

    Each is the norm of x times a symmetric matrix, and the entries of that product are the channels' parts: never
    negative once their sign is dropped, and their squares add up to the square of the distance. For T² this is the partition of
    Garthwaite and Koch (2016, eq. 3), where the textbook contributions x_i (Cx)_i can be negative. The `rms` scorer is thus the
    distance divided by the square root of the number of channels.

    Fits in one pass in the memory of one chunk: O(time x channel² + channel³); a row costs O(channel²).

    Parameters
    ----------
    part : `residual` off the subspace, `mahalanobis` inside it, or `both`
    components : axes kept: a number, a share of the variance below 1, or `parallel` for Horn's parallel analysis

    Notes
    -----
    The default is what does best on average and hardly hangs on the number of axes. VUS-PR, mean over 37 series of SMD, ASD,
    JumpStarter, SMAP and MSL, `rms` scorer: both .301 at a share of 0.95 (.302 at 0.99, .291 at 0.9, .306 with 10 axes, .275 by
    parallel analysis, which keeps 1 to 8 axes); residual .272 (.294 at 0.8, .297 with 10 axes, .277 parallel); mahalanobis .239
    (.250 at 0.99, .222 parallel).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> load = rng.standard_normal(2000)
    >>> twins = np.stack([load, load], axis=1) + 0.1 * rng.standard_normal((2000, 2))
    >>> twins[1500] = [1.0, -1.0]  # usual for either channel, not for both
    >>> detector = Pca().fit(Series.from_numpy(twins[:1000]))
    >>> int(detector.score(Series.from_numpy(twins[1000:])).max(axis=1).argmax())
    500
    """

    paper: ClassVar[str] = "Jackson & Mudholkar 1979, doi:10.1080/00401706.1979.10489779"
    scorer: ClassVar[str] = "rms"
    search: ClassVar[Space] = {
        "part": Choice(("residual", "mahalanobis", "both")),
        "components": Choice((*range(2, 11), 0.9, 0.95, 0.99, "parallel")),
    }

    part: Literal["residual", "mahalanobis", "both"] = "both"
    components: Annotated[int, Ge(1)] | Annotated[float, Gt(0), Lt(1)] | Literal["parallel"] = 0.95

    def fit_chunks(self, chunks: Iterable[Series]) -> Self:
        """Learn from a series that comes in pieces, in the memory of one of them.

        The same as `fit` of the whole, to rounding; a value missing at the start is filled with the first piece's median.
        """
        pieces = iter(chunks)
        first = next(pieces, None)
        if first is None:
            raise SeriesError(f"{type(self).__name__} got no series to learn from. Give at least one.")
        self._forget()
        self.fill_ = last = typical([first])
        moments = Moments.empty(len(first.channels))
        for piece in chain([first], pieces):
            if piece.channels != first.channels:
                raise SeriesError(f"The series do not share their channels: {first.channels} and {piece.channels}.")
            if len(piece):
                rows = fill_forward(piece.values, last)
                last = rows[-1]
                moments = moments.add(rows)
        if moments.count < self.min_length:
            raise SeriesError(
                f"{type(self).__name__} needs at least {self.min_length} points to learn from, got {moments.count}."
            )
        self._learn(moments)
        return self

    def _fit(self, x: Values) -> None:
        self._learn(Moments.of(x))

    def _fit_many(self, parts: list[Values]) -> None:
        moments = Moments.empty(parts[0].shape[1])
        for part in parts:
            moments = moments.add(part)
        self._learn(moments)

    def _learn(self, moments: Moments) -> None:
        variances, axes = principal_axes(moments.covariance())
        kept = count_axes(variances, self.components, moments.count)
        if self.part != "mahalanobis":
            kept = min(kept, len(variances) - 1)  # something must be left over for a residual
        self.mean_ = moments.mean
        self.variances_ = variances
        self.kept_ = kept
        self.map_ = self._map(variances, axes, kept)

    def _map(self, variances: Values, axes: Values, kept: int) -> Values:
        """The symmetric matrix whose product with a centred row is the channels' parts of its distance."""
        least = least_variance(variances)
        weights = np.zeros(len(variances))
        if self.part != "residual":
            weights[:kept] = np.maximum(variances[:kept], least) ** -0.5
        if self.part == "residual":
            weights[kept:] = 1.0
        elif self.part == "both" and kept < len(variances):
            weights[kept:] = max(float(variances[kept:].mean()), least) ** -0.5
        return (axes * weights) @ axes.T

    def _score(self, x: Values) -> Scores:
        scores = (x - self.mean_) @ self.map_
        return np.abs(scores, out=scores)
