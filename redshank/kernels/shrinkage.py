"""A covariance that can be inverted however few the rows, learned by merging, and the distance it gives.

The sample covariance of few or nearly dependent rows has tiny eigenvalues that are only noise; its inverse makes a distance
of that noise. Pulling the correlations towards 0 by the right share cures it (Ledoit and Wolf 2004), and unlike a constant
added to the diagonal it asks for no unit and no guess: channels keep their variances, and distances do not change with units.

In the code: `y` rows less their mean, `z` the same over the deviation of each channel, R their correlation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .moments import Moments

Array = NDArray[np.float64]

_BLOCK_ROWS = 1 << 15
_LEAST = 1e-9  # share that keeps the Cholesky factor finite where two channels are copies of each other


@dataclass(frozen=True)
class ShrunkMoments:
    """What is known of some rows, with what Ledoit and Wolf's share needs. Merging is exact, down to single rows.

    Parameters
    ----------
    moments : count, mean and scatter
    cubes : (channel, channel) sum over rows of y_i² y_j
    fourths : (channel, channel) sum over rows of y_i² y_j²

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((50, 3))
    >>> whole = ShrunkMoments.empty(3).add(x)
    >>> again = ShrunkMoments.empty(3).add(x[:1]).add(x[1:])
    >>> bool(np.allclose(whole.covariance(), again.covariance(), rtol=1e-12))
    True
    """

    moments: Moments
    cubes: Array
    fourths: Array

    @classmethod
    def empty(cls, channels: int) -> ShrunkMoments:
        """Nothing seen yet."""
        return cls(Moments.empty(channels), np.zeros((channels, channels)), np.zeros((channels, channels)))

    def add(self, x: Array) -> ShrunkMoments:
        """These and the rows of `x` (row, channel), one or many. Three products of O(row x channel²)."""
        total = self
        for first in range(0, len(x), _BLOCK_ROWS):
            part = x[first : first + _BLOCK_ROWS]
            mean = part.mean(axis=0)
            y = part - mean
            squares = y * y
            total = total.merge(ShrunkMoments(Moments(len(part), mean, y.T @ y), squares.T @ y, squares.T @ squares))
        return total

    def merge(self, other: ShrunkMoments) -> ShrunkMoments:
        """What is known of both sets of rows."""
        moments = self.moments.merge(other.moments)
        ours, theirs = self._about(moments.mean), other._about(moments.mean)
        return ShrunkMoments(moments, ours[0] + theirs[0], ours[1] + theirs[1])

    def _about(self, mean: Array) -> tuple[Array, Array]:
        """Cubes and fourths about another mean: the binomials of (y - d)² (y - d) and (y - d)² (y - d)², where sum y = 0."""
        n, scatter = self.moments.count, self.moments.scatter
        if not n:
            return self.cubes, self.fourths
        d = mean - self.moments.mean
        own = np.diagonal(scatter)
        mixed = np.outer(d, d)
        cubes = self.cubes - np.outer(own, d) - 2 * d[:, None] * scatter - n * np.outer(d * d, d)
        half = np.outer(own, d * d) - 2 * self.cubes * d
        return cubes, self.fourths + half + half.T + 4 * mixed * scatter + n * mixed**2

    def share(self) -> float:
        """The share by which correlations are pulled towards 0, between 0 and 1: how much of them is noise.

        Ledoit and Wolf (2004), lemma 3.3 and eq. 14, for channels of variance 1, where their target is the identity.
        """
        n, scatter = self.moments.count, self.moments.scatter
        deviation = np.sqrt(np.diagonal(scatter) / n)
        scale = 1 / np.where(deviation > 0, deviation, np.inf)
        unit = np.outer(scale, scale)
        correlation = scatter * unit / n
        apart = float(np.square(correlation - np.diag(np.diagonal(correlation))).sum())
        noise = (float((self.fourths * unit**2).sum()) / n - float(np.square(correlation).sum())) / n
        return min(max(noise, 0.0) / apart, 1.0) if apart > 0 else 1.0

    def covariance(self) -> Array:
        """The sample covariance with its correlations shrunk, shape (channel, channel). Needs two rows.

        A constant channel is given variance 1, and so keeps its own unit.
        """
        sample = self.moments.covariance()
        variance = np.diagonal(sample)
        shrunk = sample * (1 - max(self.share(), _LEAST))
        np.fill_diagonal(shrunk, np.where(variance > 0, variance, 1.0))
        return shrunk


def whitener(covariance: Array) -> Array:
    """The matrix W for which |W y|² = yᵀ S⁻¹ y, shape (channel, channel): the inverse of the Cholesky factor of S.

    Examples
    --------
    >>> whitener(np.array([[4.0, 0.0], [0.0, 0.25]])).tolist()
    [[0.5, 0.0], [0.0, 2.0]]
    """
    deviation = np.sqrt(np.diagonal(covariance))
    # Through the correlation, whose factor is as exact for channels of 1e-9 as for those of 1e9.
    return np.asarray(np.linalg.inv(np.linalg.cholesky(covariance / np.outer(deviation, deviation))) / deviation)


def distances(y: Array, covariance: Array, whiten: Array | None = None) -> Array:
    """Mahalanobis distance sqrt(yᵀ S⁻¹ y) of each centred row (row, channel), shape (row,).

    A sum of squares, so never the root of a negative number, and no matrix of row by row. A missing channel is left out:
    the distance is that of the others by their own covariance; NaN where all are missing.
    O(row x channel²), and O(channel³) for each different set of missing channels.

    Parameters
    ----------
    whiten : `whitener(covariance)` where it is at hand
    """
    ready = whitener(covariance) if whiten is None else whiten
    found = _norms(y @ ready.T)
    if math.isfinite(found[0] if len(found) == 1 else found.sum()):
        return found
    lost = np.flatnonzero(np.isnan(found))
    sets, which = np.unique(~np.isnan(y[lost]), axis=0, return_inverse=True)
    for i, known in enumerate(sets):
        if known.any():
            rows = lost[which.reshape(-1) == i]
            found[rows] = _norms(y[np.ix_(rows, known)] @ whitener(covariance[np.ix_(known, known)]).T)
    return found


def contributions(y: Array, covariance: Array) -> Array:
    """What each channel adds to the squared distance of each centred row (row, channel), same shape; they sum to it.

    The corr-max transformation of Garthwaite and Koch (2016), sec. 3: squares of R^(-1/2) z, of all whitenings the one whose
    parts are most like the channels. Never negative. A missing channel adds 0.
    """
    deviation = np.sqrt(np.diagonal(covariance))
    weight, axes = np.linalg.eigh(covariance / np.outer(deviation, deviation))
    root = axes / np.sqrt(np.maximum(weight, _LEAST)) @ axes.T
    return np.square(np.nan_to_num(y / deviation) @ root)


def _norms(z: Array) -> Array:
    return np.sqrt((z * z).dot(np.ones(z.shape[1])))
