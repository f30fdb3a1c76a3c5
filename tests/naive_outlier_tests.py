"""The slow, obvious twins of `redshank.kernels.outlier_tests`: everything is computed anew after each removal."""

from __future__ import annotations

import numpy as np
from scipy import stats


def critical_deviation(n: int, alpha: float, sides: int = 2) -> float:
    t = stats.t.ppf(1 - alpha / (sides * n), n - 2)
    return float((n - 1) * t / np.sqrt(n * (n - 2 + t**2)))


def without_outliers(values: np.ndarray, alpha: float, ddof: int) -> np.ndarray:
    left = np.sort(values)
    while len(left) > len(values) - (len(values) - 1) // 2:
        away = np.abs(left - left.mean())
        if away.max() <= critical_deviation(len(left), alpha) * left.std(ddof=ddof):
            break
        left = np.delete(left, -1 if left[-1] - left.mean() >= left.mean() - left[0] else 0)
    return left


def robust_outliers(values: np.ndarray, most: int, alpha: float, side: str) -> set[int]:
    """Generalised ESD with median and MAD, as published: the outliers' places."""
    left = {i: float(value) for i, value in enumerate(values)}
    taken, outliers = [], set()
    for _ in range(most):
        sample = np.array(list(left.values()))
        median, mad = np.median(sample), 1.4826 * np.median(np.abs(sample - np.median(sample)))
        sign = {"both": np.abs, "up": np.positive, "down": np.negative}[side]
        place = max(left, key=lambda i: sign(left[i] - median))
        taken.append(place)
        if sign(left[place] - median) / mad > critical_deviation(len(left), alpha, 2 if side == "both" else 1):
            outliers = set(taken)
        del left[place]
    return outliers
