"""Window PCA: how far the last points of each channel are from the shapes the channel usually takes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from annotated_types import Ge, Gt, Lt
from numpy.lib.stride_tricks import sliding_window_view

from ..base import Detector, Scores
from ..kernels.lagged import window_moments
from ..kernels.moments import Moments
from ..kernels.spread import least_variance
from ..kernels.subspace import count_axes, principal_axes
from ..kernels.windows import place, window_width, with_windows
from ..search import Choice, Space, Span
from ..series import Values

_MOST_FEATURES = 1024  # of a joint window: an eigendecomposition of 1024 features takes half a second
_BLOCK_VALUES = 1 << 15  # a block stays in the cache, and its products are too small to wake the threads of BLAS


@dataclass(kw_only=True)
class WindowPca(Detector):
    """Each channel's share of the distance of a window from the principal subspace of training windows.

    The root mean square over the window's points, in standard deviations: `residual` off the subspace, `mahalanobis` inside
    it, or `both`, the Mahalanobis distance under probabilistic PCA. The three are those of `Pca`, with the last `window` points of a
    channel in the place of the channels, and so is the exact split of a joint distance among channels. The idea of a subspace of
    trajectories is that of singular spectrum analysis: Moskvina and Zhigljavsky (2003), eq. 2.3, for the residual.

    Finds shapes, levels and rhythms that were not there in training; slow to forget, since an anomaly stays in the window until it has
    passed. Each channel has its own subspace unless `joint`: that sees relations between channels across time, and on the
    data below it does worse. No window is ever written out: the covariance comes from lagged products, scores from blocks.

    Learning costs O(window x time + window³) for each channel, scoring O(window x components) for each point and channel.

    Parameters
    ----------
    window : points in a window; none takes the series' period, found on fit
    part : `residual` off the subspace, `mahalanobis` inside it, or `both`
    components : axes kept: a number, a share of the variance below 1, or `parallel` for Horn's parallel analysis
    joint : one subspace for all channels together. Above 1,024 numbers a window, only every 2nd, 3rd, ... point is kept
    lookahead : place a window's score at its centre instead of its end

    Notes
    -----
    Why these defaults: VUS-PR with the `rms` scorer, mean over 37 multivariate series (SMD, ASD, JumpStarter, SMAP, MSL) / 43
    single channels (NAB, KPI, SMAP, MSL). As it stands .412 / .513. A window of 32 points .396 / .478, of 100 .385 / .500, the period
    .366 / .486. With 5 axes .405 / .499, with 20 .395 / .495, at a share of 0.99 .394 / .487. Residual alone .303 / .479, mahalanobis
    alone .350 / .451. Joint .306 (.351 at a share of 0.99). With `lookahead` .463 / .558.

    Examples
    --------
    >>> from redshank.series import Series
    >>> from redshank.testing import sine
    >>> values = sine(1000).values.copy()
    >>> values[700:724] = values[700]  # a flat half cycle: every value is usual, the shape is not
    >>> scores = WindowPca(window=24).fit(sine(500)).score(Series.from_numpy(values))
    >>> 700 <= int(np.nanargmax(scores)) < 748
    True
    """

    paper: ClassVar[str] = "Moskvina & Zhigljavsky 2003, doi:10.1081/SAC-120017494"
    scorer: ClassVar[str] = "rms"
    search: ClassVar[Space] = {
        "window": Span(8, 256, log=True),
        "part": Choice(("residual", "mahalanobis", "both")),
        "components": Choice((2, 5, 10, 20, 0.9, 0.95, 0.99, "parallel")),
        "joint": Choice((False, True)),
    }

    window: Annotated[int, Ge(2)] | None = 64
    part: Literal["residual", "mahalanobis", "both"] = "both"
    components: Annotated[int, Ge(1)] | Annotated[float, Gt(0), Lt(1)] | Literal["parallel"] = 10
    joint: bool = False
    lookahead: bool = False

    @property
    def context(self) -> int:
        return int(getattr(self, "width_", self.window or 1)) - 1

    def _fit(self, x: Values) -> None:
        self._fit_many([x])

    def _fit_many(self, parts: list[Values]) -> None:
        longest = max(parts, key=len)
        self._choose_lags(self.window or window_width(longest), longest.shape[1])
        long = with_windows(parts, self.width_, type(self).__name__)
        self.centre_ = longest.mean(axis=0)
        learned = [window_moments(self._grouped(part), self.lags_, self.step_) for part in long]
        total = learned[0]
        for moments in learned[1:]:
            total = total.merge(moments)
        self._learn(total)

    def _choose_lags(self, window: int, channels: int) -> None:
        """Every point of a window, or so few of them that a joint window stays solvable; the newest is always among them."""
        self.step_ = max(1, math.ceil(window * channels / _MOST_FEATURES)) if self.joint else 1
        self.lags_ = max(2, window // self.step_)
        self.width_ = (self.lags_ - 1) * self.step_ + 1

    def _grouped(self, x: Values) -> Values:
        """Centred values, shape (group, time, channel): one group for all channels, or one for each."""
        x = x - self.centre_
        return x[None] if self.joint else np.ascontiguousarray(x.T)[:, :, None]

    def _learn(self, moments: Moments) -> None:
        """Axes of each group, and what the parts of a window along them and off them weigh."""
        independent = max(2, moments.count // self.lags_)
        solved = [principal_axes(covariance) for covariance in moments.covariance()]
        kept = [count_axes(variances, self.components, independent) for variances, _ in solved]
        if self.part != "mahalanobis":
            kept = [min(count, moments.mean.shape[1] - 1) for count in kept]
        self.mean_ = moments.mean
        self.axes_ = np.zeros((len(kept), moments.mean.shape[1], max(kept)))
        self.along_ = np.zeros((len(kept), max(kept)))
        self.off_ = np.zeros(len(kept))
        # One floor for all groups: a channel that never moved is given next to no variance, not its own unit.
        least = least_variance(np.concatenate([variances for variances, _ in solved]))
        for group, ((variances, axes), count) in enumerate(zip(solved, kept)):
            whitened = np.maximum(variances[:count], least) ** -0.5
            rest = max(float(variances[count:].mean()), least) ** -0.5 if count < len(variances) else 0.0
            self.off_[group] = {"residual": 1.0, "mahalanobis": 0.0, "both": rest}[self.part]
            self.along_[group, :count] = (0.0 if self.part == "residual" else whitened) - self.off_[group]
            self.axes_[group, :, :count] = axes[:, :count]

    def _score(self, x: Values) -> Scores:
        windows = sliding_window_view(self._grouped(x), self.width_, axis=1)[..., :: self.step_]
        scores = np.empty((windows.shape[1], x.shape[1]))
        size = max(16, _BLOCK_VALUES // (x.shape[1] * self.lags_))
        for first in range(0, len(scores), size):
            scores[first : first + size] = self._distances(windows[:, first : first + size])
        return place(scores, self.width_, self.lookahead)

    def _distances(self, windows: Values) -> Scores:
        """Root mean square of each channel's part of the distances, from windows (group, window, channel, lag)."""
        groups, count, channels, lags = windows.shape
        mean = self.mean_.reshape(groups, 1, channels, lags)
        rows = np.subtract(windows, mean, order="C").reshape(groups, count, channels * lags)
        along = np.matmul(rows, self.axes_)
        along *= self.along_[:, None, :]
        rows *= self.off_[:, None, None]
        rows += np.matmul(along, self.axes_.swapaxes(1, 2))
        parts = rows.reshape(windows.shape)
        squares = np.einsum("gwcl,gwcl->wgc", parts, parts).reshape(count, groups * channels)
        return np.asarray(np.sqrt(squares / lags))
