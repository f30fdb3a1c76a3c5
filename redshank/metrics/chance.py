"""What a random score gets under the same protocol: the floor of every table.

A figure says nothing until this one stands beside it. A random score reaches a point-adjusted F1 of 0.97 on machine 1-1 of SMD.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ..errors import ParamError
from .inputs import Flags, Values


def random_scores(n: int, seed: int = 0) -> Values:
    """Independent uniform scores, shape (n,); the same seed gives the same scores.

    Examples
    --------
    >>> random_scores(3).round(3).tolist()
    [0.637, 0.27, 0.041]
    """
    return np.random.default_rng(seed).random(n)


def random_flags(n: int, raised: int, seed: int = 0) -> Flags:
    """`raised` flags among `n` rows at random, shape (n,): the highest of `random_scores`.

    Examples
    --------
    >>> random_flags(5, 2).astype(int).tolist()
    [1, 0, 0, 0, 1]
    """
    if not 0 <= raised <= n:
        raise ParamError(f"Cannot raise {raised} flags among {n} rows. Raise 0 to {n}.")
    flags = np.zeros(n, dtype=np.bool_)
    flags[np.argsort(random_scores(n, seed))[n - raised :]] = True
    return flags


def at_random(figures: Callable[[int], Mapping[str, float]], repeats: int = 10, seed: int = 0) -> dict[str, float]:
    """Mean of each figure over random scores; `figures` gets a seed and judges the random scores made from it.

    A figure that is NaN for a draw is left out of its mean.

    Examples
    --------
    >>> from redshank.metrics import best_point_adjusted_f1
    >>> labels = np.repeat([0, 1, 0], [500, 200, 500])
    >>> floor = at_random(lambda seed: {"pa": best_point_adjusted_f1(labels, random_scores(1200, seed)).value})
    >>> floor["pa"] > 0.95
    True
    """
    if repeats < 1:
        raise ParamError(f"repeats must be at least 1, got {repeats}.")
    draws = [figures(seed + i) for i in range(repeats)]
    return {name: mean_of_known([draw[name] for draw in draws]) for name in draws[0]}


def mean_of_known(values: list[float]) -> float:
    """Mean of the values that are not NaN; NaN where all are."""
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else np.nan
