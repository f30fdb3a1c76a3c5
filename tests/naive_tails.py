"""Slow, obvious twins of the tail kernels."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def log_likelihood(peaks: Array, shape: float, scale: float, beyond: float = 0.0, limit: float = 0.0) -> float:
    """Density by density; peaks known only to exceed `limit` count by their survival."""
    total = 0.0
    for y in peaks.tolist():
        inside = 1 + shape * y / scale
        if shape == 0:
            total += -math.log(scale) - y / scale
        elif shape == -1:
            total += -math.log(scale) if y <= scale else -math.inf
        elif inside <= 0:
            return -math.inf
        else:
            total += -math.log(scale) - (1 + 1 / shape) * math.log(inside)
    if beyond:
        inside = 1 + shape * limit / scale
        total += beyond * (-limit / scale if shape == 0 else -math.log(inside) / shape)
    return total


def greatest_log_likelihood(peaks: Array, beyond: float = 0.0, limit: float = 0.0) -> float:
    """The profile likelihood on 6,000 values of theta, and the uniform edge; no search, no derivative."""
    n, largest = len(peaks), max(float(peaks.max()), limit if beyond else 0.0)
    theta = np.concatenate(
        [
            -(1 - np.logspace(-13, -1e-4, 2500)) / largest,
            -np.logspace(-7, 0, 500) / (2 * largest),
            np.logspace(-7, math.log10(1000 * largest / peaks.min()), 3000) / largest,
        ]
    )
    means = np.array([np.log1p(t * peaks).sum() for t in theta]) / n
    shapes = means + beyond / n * np.log1p(theta * limit)
    usable = shapes >= -1
    inner = -n * (np.log(shapes[usable] / theta[usable]) + means[usable] + 1)
    scale = max(largest, limit * (1 + beyond / n))
    edge = -n * math.log(scale) + (beyond * math.log1p(-limit / scale) if beyond else 0.0)
    return max(float(inner.max()), edge)


def spot(calibration: Array, scores: Array, level: float, q: float) -> tuple[list[bool], list[float]]:
    """Siffer et al. (2017), algorithm 2, word by word, with a new fit from nothing at every peak. All peaks are kept."""
    from redshank.kernels.tails import fit_pareto

    peaks = (calibration[calibration > level] - level).tolist()
    points = len(calibration)

    def z_q() -> float:
        tail = fit_pareto(np.array(peaks))
        ratio = q * points / len(peaks)
        return level + tail.scale / tail.shape * (ratio**-tail.shape - 1)

    limit = z_q()
    flags, limits = [], []
    for score in scores.tolist():
        limits.append(limit)
        flags.append(score > limit)
        if score > limit:
            continue
        points += 1
        if score > level:
            peaks.append(score - level)
            limit = z_q()
    return flags, limits
