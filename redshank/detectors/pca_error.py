"""PCA error: the reconstruction error of each channel against its own usual error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from annotated_types import Ge

from ..base import Detector, Scores
from ..kernels.moments import Moments
from ..kernels.moving import moving_mean
from ..kernels.subspace import principal_axes
from ..kernels.windows import place, sliding
from ..search import Choice, Space, Span
from ..series import Values

_LAGS = 5  # one channel has no relations; its last five values take the place of channels
_SPREAD = 0.01  # added to an interquartile range, so that a channel that hardly errs does not drown the others


@dataclass(kw_only=True)
class PcaError(Detector):
    """Error of each channel's reconstruction from few principal components, less its usual error, in usual deviations.

    The simple baseline that most neural detectors do not beat: Sarfraz et al. (ICML 2024), section 3.1. Channels are
    brought to 0..1, reconstructed from 10 principal components (30 above 50 channels; 2 of the last five values of a single
    channel), each channel's absolute error is normalised and averaged over `smooth` points; the largest channel's is the
    score. Works on sensors with linear relations; blind to the order of rows beyond those five.

    Departures from the authors' program, which are what makes it usable before the end of the series is known: the usual error
    is learned from the training part, not from the part that is judged, and the mean is trailing, where theirs is centred over
    2 x 5 - 1 points. Where there are no more channels than components they keep all of them for some counts, and every error is 0; we
    keep a fifth of the channels there, at least 2, and one less than there are. O(time x channel²).

    Parameters
    ----------
    normalise : `mean-std`, `median-iqr`, or `none` to compare channels by the error itself
    smooth : points over which each channel's error is averaged, trailing; 1 is no smoothing

    Examples
    --------
    >>> from redshank.testing import sine, sine_with_spike
    >>> series, at = sine_with_spike(channels=3, guilty=1)
    >>> scores = PcaError().fit(sine(channels=3)).score(series)
    >>> at <= scores.max(axis=1).argmax() < at + 5
    np.True_
    """

    paper: ClassVar[str] = (
        "Sarfraz et al. 2024, Position: Quo Vadis, Unsupervised Time Series Anomaly Detection?, arXiv:2405.02678"
    )
    scaler: ClassVar[str] = "minmax"
    search: ClassVar[Space] = {
        "normalise": Choice(("mean-std", "median-iqr", "none")),
        "smooth": Span(1, 50, log=True),
    }

    normalise: Literal["mean-std", "median-iqr", "none"] = "mean-std"
    smooth: Annotated[int, Ge(1)] = 5

    @property
    def context(self) -> int:
        return self._lags - 1 + self.smooth - 1

    @property
    def warm_up(self) -> int:
        return self._lags - 1

    @property
    def _lags(self) -> int:
        return _LAGS if len(getattr(self, "fill_", ())) == 1 else 1

    @property
    def min_length(self) -> int:
        return _LAGS + 2

    def _fit(self, x: Values) -> None:
        rows = self._embedded(x)
        moments = Moments.of(rows)
        _, axes = principal_axes(moments.covariance())
        kept = axes[:, : _components(rows.shape[1], univariate=x.shape[1] == 1)]
        self.mean_ = moments.mean
        self.residual_ = np.eye(len(kept)) - kept @ kept.T
        self.usual_, self.deviation_ = self._normal(self._errors(rows))

    def _score(self, x: Values) -> Scores:
        errors = (self._errors(self._embedded(x)) - self.usual_) / self.deviation_
        # Of a single channel's lags the worst speaks for the channel.
        errors = errors if self._lags == 1 else errors.max(axis=1, keepdims=True)
        if self.smooth > 1:
            errors = np.stack([moving_mean(column, self.smooth) for column in errors.T], axis=1)
        return place(errors, self._lags)

    def _embedded(self, x: Values) -> Values:
        """The rows themselves, or the last five values of a single channel, shape (row, feature)."""
        return x if self._lags == 1 else sliding(x, self._lags)[:, 0]

    def _errors(self, rows: Values) -> Values:
        errors = (rows - self.mean_) @ self.residual_
        return np.abs(errors, out=errors)

    def _normal(self, errors: Values) -> tuple[Values, Values]:
        if self.normalise == "none":
            return np.zeros(errors.shape[1]), np.ones(errors.shape[1])
        if self.normalise == "median-iqr":
            low, middle, high = np.percentile(errors, [25, 50, 75], axis=0)
            return middle, high - low + _SPREAD
        deviation = errors.std(axis=0)
        # Rounding errors are no scale: a channel that is reconstructed exactly keeps the unit of the data.
        return errors.mean(axis=0), np.where(deviation > 1e-9, deviation, 1.0)


def _components(features: int, univariate: bool) -> int:
    """How many components the recipe keeps."""
    count = 2 if univariate else 10 if features <= 50 else 30
    if count >= features:
        count = max(2, features // 5)
    return min(count, features - 1)
