"""The season of a series: what each place of a period adds to, or multiplies, the level."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .moving import moving_sum

Array = NDArray[np.float64]
Part = Literal["none", "add", "mul"]


def seasonal_profile(x: Array, period: int, seasonal: Part) -> Array:
    """Mean departure of each place of a period from the level, shape (period, channel); the first row of `x` is place 0.

    Classical decomposition: departures from a centred moving mean over one period, averaged over periods, and made to sum to
    0, or to average 1 where multiplicative (Hyndman and Athanasopoulos 2021, sec. 3.4). O(time x channel).

    Parameters
    ----------
    x : (time, channel), at least two periods long; above 0 where multiplicative

    Examples
    --------
    >>> seasonal_profile(np.array([[1.0], [3.0]] * 4), 2, "add").tolist()
    [[-1.0], [1.0]]
    """
    before = period // 2
    ends = moving_sum(x, period)[period - 1 :]
    level = ends / period if period % 2 else (ends[:-1] + ends[1:]) / (2 * period)
    departure = _off(x[before : before + len(level)], level, seasonal)
    rows = -len(departure) % period
    padded = np.concatenate([departure, np.full((rows, x.shape[1]), np.nan)])
    profile = np.roll(np.nanmean(padded.reshape(-1, period, x.shape[1]), axis=0), before, axis=0)
    return _off(profile, profile.mean(axis=0), seasonal)


def place_in_season(head: Array, profile: Array, seasonal: Part) -> int:
    """Which place of the season the first row of `head` is: where the least is left of the rows without their season.

    It is place 0, where the training part began, unless another leaves a fifth less: a season that wanders a little, such as
    52 weeks of a year of 52.18, must not lose its place.

    Parameters
    ----------
    head : (time, channel), whole periods
    profile : (period, channel)

    Examples
    --------
    >>> wave = np.sin(np.arange(48) * 2 * np.pi / 12)[:, None]
    >>> place_in_season(wave[5:29], wave[:12], "add")
    5
    """
    period, channels = profile.shape
    departure = _off(head, head.mean(axis=0), seasonal)
    time = np.arange(len(head))[:, None] - (len(head) - 1) / 2
    departure = departure - departure.mean(axis=0)
    departure -= time * ((time * departure).sum(axis=0) / (time**2).sum())
    size = np.square(departure).sum(axis=0)
    size = np.where(size > 0, size, np.inf)
    season = profile - profile.mean(axis=0)
    folded = departure.reshape(-1, period, channels).sum(axis=0) / size
    alike = np.fft.irfft((np.fft.rfft(folded, axis=0).conj() * np.fft.rfft(season, axis=0)).sum(axis=1), period)
    # |departure - season|² = |departure|² + |season|² - 2 departure season, each channel in its own unit.
    left = channels + (len(head) // period) * (np.square(season).sum(axis=0) / size).sum() - 2 * alike
    best = int(left.argmin())
    return best if left[best] < 0.8 * left[0] else 0


def has_season(x: Array, period: int) -> bool:
    """Whether the correlation of `x` (time,) one period apart is more than that of a series without a season, at 90 %.

    The test of the theta method's authors: |r[p]| > 1.645 sqrt((1 + 2 sum of r[i]², i < p) / n).
    """
    from .spectrum import autocorrelation

    if len(x) <= period:
        return False
    r = autocorrelation(x, period)
    limit = 1.645 * np.sqrt((1 + 2 * np.square(r[1:period]).sum()) / len(x))
    return bool(abs(r[period]) > limit)


def _off(rows: Array, level: Array, seasonal: Part) -> Array:
    return rows / level if seasonal == "mul" else rows - level
