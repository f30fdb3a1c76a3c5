"""Where the tail of a sample begins: a level above which its excesses are generalised Pareto, by goodness of fit."""

from __future__ import annotations

import math

import numpy as np

from .tails import MIN_PEAKS, Array, Pareto, fit_pareto

BELOW = (0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99, 0.999)
SHAPES = (-0.9, -0.7, -0.5, -0.3, -0.15, 0.0, 0.15, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0)
# What A2 stays below with each probability of BELOW, where the distribution was fitted to 200 peaks of each shape:
# `python bench/pareto_fit_table.py`, 20,000 samples a row. Choulakian and Stephens (2001), table 2, has endless samples.
_A2 = np.array(
    [
        [0.229, 0.367, 0.532, 0.790, 1.150, 1.440, 1.737, 2.150, 3.247],  # -0.9
        [0.212, 0.341, 0.493, 0.722, 1.028, 1.271, 1.536, 1.872, 2.896],  # -0.7
        [0.201, 0.321, 0.461, 0.679, 0.964, 1.203, 1.440, 1.790, 2.634],  # -0.5
        [0.195, 0.304, 0.429, 0.624, 0.895, 1.108, 1.351, 1.624, 2.452],  # -0.3
        [0.187, 0.292, 0.409, 0.594, 0.842, 1.035, 1.229, 1.527, 2.231],  # -0.15
        [0.184, 0.281, 0.394, 0.564, 0.789, 0.969, 1.161, 1.423, 2.078],  # 0.0
        [0.179, 0.273, 0.380, 0.541, 0.752, 0.931, 1.113, 1.331, 1.996],  # 0.15
        [0.177, 0.268, 0.369, 0.523, 0.717, 0.880, 1.031, 1.242, 1.804],  # 0.3
        [0.172, 0.260, 0.353, 0.499, 0.684, 0.828, 0.978, 1.202, 1.773],  # 0.5
        [0.168, 0.251, 0.344, 0.479, 0.655, 0.791, 0.935, 1.134, 1.638],  # 0.75
        [0.165, 0.248, 0.339, 0.469, 0.631, 0.755, 0.886, 1.066, 1.481],  # 1.0
        [0.164, 0.243, 0.328, 0.455, 0.609, 0.737, 0.858, 1.018, 1.524],  # 1.5
        [0.163, 0.241, 0.326, 0.450, 0.602, 0.720, 0.831, 0.991, 1.402],  # 2.0
    ]
)


def anderson_darling(peaks: Array, tail: Pareto) -> float:
    """Anderson and Darling's A2 of `peaks` (peak,) against `tail`: 0 is a perfect fit, over 1 a bad one. O(n log n)."""
    n = len(peaks)
    u = np.sort(peaks) / tail.scale
    with np.errstate(divide="ignore"):
        log_above = -u if tail.shape == 0 else -np.log1p(np.maximum(tail.shape * u, -1.0)) / tail.shape
    # At shape -1 the end of the tail is the largest peak itself, which would make A2 infinite.
    log_above = np.maximum(log_above, -math.log(n + 1) if tail.shape <= -1 else -700.0)
    log_below = np.log(-np.expm1(log_above))
    weights = 2 * np.arange(1, n + 1) - 1
    return float(-n - (weights * (log_below + log_above[::-1])).sum() / n)


def goodness_of_fit(peaks: Array, tail: Pareto) -> float:
    """p-value of the hypothesis that `peaks` (peak,) are of a generalised Pareto distribution, `tail` its fit to them.

    The Anderson-Darling test with estimated parameters; p is read off a simulated table, linear in the shape and, in
    log p, in A2, and is good to about 0.01 from 20 peaks on. Peaks are taken as independent and without ties: clustered
    or rounded ones are rejected more often than they should be.

    Examples
    --------
    >>> peaks = np.random.default_rng(0).exponential(size=500)
    >>> goodness_of_fit(peaks, fit_pareto(peaks)) > 0.05
    True
    >>> goodness_of_fit(peaks + 1, fit_pareto(peaks + 1)) < 0.001
    True
    """
    statistic = anderson_darling(peaks, tail)
    at = min(max(tail.shape, SHAPES[0]), SHAPES[-1])
    limits = np.array([np.interp(at, SHAPES, column) for column in _A2.T])
    log_p = np.log1p(-np.array(BELOW))
    if statistic > limits[-1]:
        slope = (log_p[-1] - log_p[-2]) / (limits[-1] - limits[-2])
        return float(np.exp(log_p[-1] + slope * (statistic - limits[-1])))
    return float(np.exp(np.interp(statistic, [0.0, *limits], [0.0, *log_p])))


def choose_level(
    scores: Array, fewest: int = 0, most: float = 0.15, significance: float = 0.1, candidates: int = 12
) -> float:
    """The lowest level above which the excesses of `scores` (time,) may well be generalised Pareto.

    Levels with from a share `most` of the points above them down to the `fewest`, or what a fit needs, are tested in
    turn, lowest first, and the first that ForwardStop does not reject is taken: the expected share of levels rejected wrongly is
    at most `significance` (G'Sell et al. 2016; Bader, Yan and Zhang 2018). A low level has many peaks and a
    small error, a high one has peaks that are nearer to Pareto; this takes as many as the data do not speak against.

    Returns the largest score where fewer than `MIN_PEAKS` points can lie above any level, as in a constant.
    """
    ordered = np.sort(scores)
    n = len(ordered)
    fewest = max(min(fewest, int(most * n)), 2 * MIN_PEAKS, n // 200)
    counts = np.unique(np.geomspace(max(fewest, most * n), fewest, candidates).astype(int))[::-1]
    levels = [level_below(ordered, int(count)) for count in counts]
    doubt = 0.0
    chosen = 0
    for i, level in enumerate(levels):
        excesses = ordered[np.searchsorted(ordered, level, side="right") :] - level
        p = goodness_of_fit(excesses, fit_pareto(excesses)) if len(excesses) >= MIN_PEAKS else 0.0
        doubt -= math.log1p(-min(p, 1 - 1e-12))
        if doubt / (i + 1) <= significance:
            chosen = i + 1
    return levels[min(chosen, len(levels) - 1)]


def level_below(ordered: Array, count: int) -> float:
    """The highest level that at least `count` of the ascending scores exceed; the largest score where none is."""
    count = min(count, len(ordered) - 1)
    if count < 1:
        return float(ordered[-1])
    lower = np.searchsorted(ordered, ordered[-count], side="left")
    return float(ordered[lower - 1]) if lower else float(ordered[-1])
