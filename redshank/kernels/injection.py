"""Anomalies planted in normal data, so that a detector can be judged where nobody labelled anything."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Rng = np.random.Generator


def plant(x: Values, seed: int = 0, share: float = 0.05, longest: int = 100) -> tuple[Values, NDArray[np.bool_]]:
    """A copy of `x` (time, channel) with planted anomalies of all kinds of `KINDS`, and the truth (time,).

    After Goswami et al. (2023, "Unsupervised model selection for time-series anomaly detection", sec. 4.2). Stretches of random
    length up to `longest`, spread evenly, together about `share` of the rows, each in a random third of the channels and of the
    size of a few standard deviations of its channel. Works on data without anomalies of its own. O(time x channel).

    Examples
    --------
    >>> x = np.sin(np.arange(1000) / 8)[:, None]
    >>> planted, truth = plant(x, seed=1)
    >>> bool((planted[~truth] == x[~truth]).all()), bool(0.01 < truth.mean() < 0.1)
    (True, True)
    """
    rng = np.random.default_rng(seed)
    planted, truth = x.copy(), np.zeros(len(x), bool)
    deviation = np.where(x.std(axis=0) > 0, x.std(axis=0), 1.0)
    longest = max(1, min(longest, round(2 * share * len(x) / len(KINDS))))  # short enough for one of every kind
    count = max(len(KINDS), round(share * len(x) / (longest / 2 + 1)))
    room = len(x) // count
    for number in range(count):
        kind = list(KINDS.values())[number % len(KINDS)]
        length = min(int(rng.integers(1, longest + 1)), max(1, room - 1))
        start = number * room + int(rng.integers(0, max(1, room - length)))
        columns = rng.permutation(x.shape[1])[: max(1, x.shape[1] // 3)]
        for column in columns:
            stretch = planted[start : start + length, column]
            planted[start : start + length, column] = kind(stretch, float(deviation[column]), rng)
        truth[start : start + length] = True
    return planted, truth


def spike(stretch: Values, deviation: float, rng: Rng) -> Values:
    """One point of it far away."""
    far = stretch.copy()
    far[rng.integers(len(far))] += rng.choice([-1, 1]) * rng.uniform(3, 8) * deviation
    return far


def shift(stretch: Values, deviation: float, rng: Rng) -> Values:
    """Another level."""
    return stretch + rng.choice([-1, 1]) * rng.uniform(1, 4) * deviation


def flat(stretch: Values, deviation: float, rng: Rng) -> Values:
    """Stuck at its first value."""
    return np.full(len(stretch), stretch[0])


def noise(stretch: Values, deviation: float, rng: Rng) -> Values:
    """Much noisier."""
    return stretch + rng.uniform(0.5, 2) * deviation * rng.standard_normal(len(stretch))


def trend(stretch: Values, deviation: float, rng: Rng) -> Values:
    """Drifting away."""
    return stretch + np.linspace(0, rng.choice([-1, 1]) * rng.uniform(2, 6) * deviation, len(stretch))


def reverse(stretch: Values, deviation: float, rng: Rng) -> Values:
    """Backwards in time: the right values in the wrong order."""
    return stretch[::-1].copy()


def scale(stretch: Values, deviation: float, rng: Rng) -> Values:
    """Swinging more or less about its mean."""
    return stretch.mean() + (stretch - stretch.mean()) * rng.choice([0.1, 3.0])


KINDS: dict[str, Callable[[Values, float, Rng], Values]] = {
    "spike": spike,
    "shift": shift,
    "flat": flat,
    "noise": noise,
    "trend": trend,
    "reverse": reverse,
    "scale": scale,
}
