"""How sure a figure is: bootstrap over the series of a table, stationary block bootstrap within one series.

Both give percentile intervals (Efron & Tibshirani 1993, section 13.3). Rows of one series hang together, so they are drawn in
blocks of random length (Politis & Romano 1994): drawing row by row would promise far too much.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .. import progress
from ..errors import ParamError, SeriesError
from .inputs import Rows, Values

LEVEL = 0.95


class Interval(NamedTuple):
    """Bounds that hold the figure in `level` of repeated samples; NaN where it cannot be told."""

    low: float
    high: float


Statistic = Callable[..., ArrayLike]
"""A function of an array along an axis, such as np.mean or np.median."""


def bootstrap(
    values: ArrayLike, statistic: Statistic = np.mean, *, level: float = LEVEL, draws: int = 10_000, seed: int = 0
) -> Interval:
    """Interval of the mean (or another statistic) over series, by drawing series with replacement.

    NaN is left out: a series on which the figure is undefined is no series. With one series left, both bounds are it; with
    none, NaN. Cost: draws x series, in blocks of memory of at most a million numbers.

    Examples
    --------
    >>> low, high = bootstrap([0.2, 0.4, 0.6, 0.8])
    >>> round(low, 2), round(high, 2)
    (0.3, 0.7)
    """
    known = _known(values)
    return _percentiles(_drawn(known, statistic, draws, seed), level)


def bootstrap_difference(
    ours: ArrayLike, theirs: ArrayLike, *, level: float = LEVEL, draws: int = 10_000, seed: int = 0
) -> Interval:
    """Interval of the mean difference of two detectors on the same series, ours minus theirs.

    The question a table is read for: 0 outside the interval means that one is better beyond the luck of the series. Series on
    which either is NaN are left out.

    Examples
    --------
    >>> low, high = bootstrap_difference([0.5, 0.6, 0.7, 0.9], [0.4, 0.5, 0.6, 0.8])
    >>> round(low, 2), round(high, 2)
    (0.1, 0.1)
    """
    a, b = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    if a.shape != b.shape:
        raise SeriesError(f"ours has shape {a.shape} but theirs has {b.shape}. Give both figures of the same series.")
    return bootstrap(a - b, level=level, draws=draws, seed=seed)


def block_bootstrap(
    figures: Callable[[Rows], Mapping[str, float]],
    n: int,
    block: float,
    *,
    level: float = LEVEL,
    draws: int = 200,
    seed: int = 0,
) -> dict[str, Interval]:
    """Interval of each figure of one series of `n` rows, by the stationary bootstrap.

    Parameters
    ----------
    figures : gets the rows of a resampled series, shape (n,), and gives its figures
    n : rows of the series
    block : mean length of a block in rows; well above the length of an event, see `mean_block`
    level : share of the draws within the interval
    draws : how often the series is resampled
    seed : of the draws

    Notes
    -----
    A draw on which a figure is NaN (a series resampled without an event) is left out of its interval. Few events make wide
    intervals, and fewer than about ten make them unreliable, whatever the rows.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=400)
    >>> low, high = block_bootstrap(lambda rows: {"mean": x[rows].mean()}, 400, block=5)["mean"]
    >>> bool(low < x.mean() < high)
    True
    """
    if draws < 1:
        raise ParamError(f"draws must be at least 1, got {draws}.")
    rng = np.random.default_rng(seed)
    drawn = []
    for draw in range(draws):
        drawn.append(figures(stationary_rows(n, block, rng)))
        progress.report("resampling", draw + 1, draws)
    return {name: _percentiles(_known([draw[name] for draw in drawn]), level) for name in drawn[0]}


def stationary_rows(n: int, block: float, rng: np.random.Generator) -> Rows:
    """Rows of one resampled series, shape (n,): blocks of geometric length from random starts, going round at the end.

    Politis & Romano 1994, section 2: at each row a new block begins with chance 1 / block.

    Examples
    --------
    >>> stationary_rows(8, 4, np.random.default_rng(2)).tolist()
    [4, 5, 6, 2, 3, 4, 1, 5]
    """
    if not block >= 1:
        raise ParamError(f"block must be at least 1 row, got {block}.")
    begins = rng.random(n) < 1 / block
    begins[0] = True
    start = np.flatnonzero(begins)
    origin = rng.integers(0, n, len(start)) - start
    return np.asarray((origin[np.cumsum(begins) - 1] + np.arange(n)) % n)


def mean_block(lengths: Rows, n: int) -> float:
    """Mean block for a series with events of these lengths: twice the longest event, the cube root of n at least, n / 4 at most.

    A block much shorter than an event would cut it into several; the cube root is the rate at which the best block grows
    (Politis & White 2004).

    Examples
    --------
    >>> mean_block(np.array([10, 40]), 1000)
    80.0
    """
    longest = int(lengths.max()) if len(lengths) else 0
    return float(max(1.0, min(max(2 * longest, n ** (1 / 3)), n / 4)))


def _known(values: ArrayLike) -> Values:
    given = np.asarray(values, dtype=np.float64).ravel()
    return given[~np.isnan(given)]


def _drawn(values: Values, statistic: Statistic, draws: int, seed: int) -> Values:
    if draws < 1:
        raise ParamError(f"draws must be at least 1, got {draws}.")
    if len(values) == 0:
        return values
    rng = np.random.default_rng(seed)
    at_once = max(1, 1_000_000 // len(values))
    sizes = [min(at_once, draws - done) for done in range(0, draws, at_once)]
    parts = [statistic(values[rng.integers(0, len(values), (size, len(values)))], axis=1) for size in sizes]
    return np.concatenate([np.asarray(part, dtype=np.float64) for part in parts])


def _percentiles(drawn: Values, level: float) -> Interval:
    if not 0 < level < 1:
        raise ParamError(f"level must be between 0 and 1, got {level}.")
    if len(drawn) == 0:
        return Interval(np.nan, np.nan)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))
