"""The subspace that holds most of a covariance: its axes, and how many of them are worth keeping."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_DRAWS = 20


def principal_axes(covariance: Array) -> tuple[Array, Array]:
    """Variances in descending order (axis,) and their axes as columns (feature, axis). O(feature³).

    Examples
    --------
    >>> variances, axes = principal_axes(np.diag([1.0, 4.0]))
    >>> variances.tolist(), np.abs(axes[:, 0]).tolist()
    ([4.0, 1.0], [0.0, 1.0])
    """
    variances, axes = np.linalg.eigh(covariance)
    return np.maximum(variances[::-1], 0.0), axes[:, ::-1]


def count_axes(variances: Array, components: int | float | str, rows: int) -> int:
    """How many axes to keep: the number given, those that explain a share of the variance, or parallel analysis.

    Parameters
    ----------
    variances : (axis,) in descending order
    components : a number of axes; a share below 1; or `parallel`
    rows : independent rows the covariance was learned from; parallel analysis alone asks

    Examples
    --------
    >>> variances = np.array([6.0, 3.0, 0.5, 0.5])
    >>> count_axes(variances, 3, 100), count_axes(variances, 0.9, 100), count_axes(variances, "parallel", 100)
    (3, 2, 2)
    """
    if components == "parallel":
        return _parallel(variances, rows)
    if isinstance(components, int):
        return min(components, len(variances))
    explained = np.cumsum(variances)
    # A tolerance, or rounding in the last digit would ask for every axis of data that lie in a plane.
    return int(np.searchsorted(explained, float(components) * explained[-1] * (1 - 1e-12))) + 1


def _parallel(variances: Array, rows: int) -> int:
    """Parallel analysis, Horn (1965): the axes that vary more than those of noise without any structure.

    The noise is normal with the same number of rows, and as many features as vary at all. Its covariance is drawn as a
    Wishart matrix by Bartlett's decomposition, so the cost does not grow with the rows.
    """
    total = float(variances.sum())
    live = int(np.count_nonzero(variances > 1e-12 * total))
    if live < 2:
        return live
    rng = np.random.default_rng(0)
    freedom = max(rows - 1, live)
    noise = np.zeros(live)
    for _ in range(_DRAWS):
        factor = np.tril(rng.standard_normal((live, live)), -1)
        factor[np.diag_indices(live)] = np.sqrt(rng.chisquare(freedom - np.arange(live)))
        noise += np.linalg.svd(factor, compute_uv=False) ** 2 / freedom / _DRAWS
    below = variances[:live] <= noise * (total / live)
    return max(1, int(below.argmax()) if below.any() else live)
