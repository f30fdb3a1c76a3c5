"""Periods of a series, from its autocorrelation and its spectrum.

`find_period` is our own rule and the default everywhere; `tsb_ad_period` is the rule of the TSB-AD benchmark, so that
figures can be compared with its.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_MOST = 131_072  # latest points looked at: a period that does not show in them is of no use to a window
_CYCLES = 3  # fewer repetitions are no evidence of a period
_CANDIDATES = 20  # highest peaks of the spectrum that are held against the autocorrelation
_SHARP = 0.15  # fall of the autocorrelation a sixteenth of a period off its top; a sine's is at most 0.08
_LEAST = 0.1  # correlation one period apart below which a period is of no use, significant or not


def find_period(x: Array, longest: int | None = None, rule: Literal["robust", "tsb-ad"] = "robust") -> int:
    """Length of the dominant cycle of `x`, in points; 1 where there is none.

    A cycle must be seen twice (AUTOPERIOD: Vlachos, Yu and Castelli 2005, sec. 4): as a peak of the spectrum above what noise
    would give, and as a hill of the autocorrelation, which places it to the point. The autocorrelation tells a cycle from
    its harmonics, the spectrum tells it from its multiples. We depart from the paper: each channel is first rid of its
    straight trend and of values beyond 5 robust standard deviations, and channels vote by their mean spectrum and mean
    autocorrelation; noise is the level of the neighbouring frequencies, so a random walk has no cycle; and a hill much
    narrower than a sine's needs no spectral peak, for the power of heartbeats is spread over many harmonics.

    Works from three repetitions on. Fails on cycles whose length changes by more than about a tenth; one of about 50
    random walks of 200 points is still given a period.

    Parameters
    ----------
    x : (time,) or (time, channel); NaN counts as the channel's mean
    longest : longest period looked for, in points; a third of the series where None
    rule : `robust`, or `tsb-ad` for `tsb_ad_period`

    Notes
    -----
    O(time log time) for each channel; the last 131,072 points are read.

    Examples
    --------
    >>> t = np.arange(2000)
    >>> noise = np.random.default_rng(0).standard_normal(2000)
    >>> find_period(np.sin(2 * np.pi * t / 48) + 0.01 * t + noise)
    48
    >>> find_period(noise), find_period(noise.cumsum())
    (1, 1)
    """
    if rule == "tsb-ad":
        return tsb_ad_period(x)
    rows = np.asarray(x, np.float64)[-_MOST:]
    rows = _settled(rows[:, None] if rows.ndim == 1 else rows)
    n = len(rows)
    reach = min(n // _CYCLES, n if longest is None else longest)
    if reach < 2 or not rows.shape[1]:
        return 1
    correlation = np.mean([autocorrelation(column, n - 1) for column in rows.T], axis=0)
    hills = {_hill_about(correlation, n / k) for k in _peaks(rows, reach).tolist()}
    hills = {lag for lag in hills | {_sharp_hill(correlation, reach)} if 2 <= lag <= reach}
    heights = {lag: float(_comb(correlation, np.array([lag]))[0]) for lag in hills}
    best = max(heights.values(), default=0.0)
    if best < max(_LEAST, 3 / math.sqrt(n)):
        return 1
    # The shortest of those about as high as the highest: a multiple of a cycle is hardly lower than the cycle.
    return min(lag for lag, height in heights.items() if height >= 0.95 * best)


def tsb_ad_period(x: Array) -> int:
    """The period by the rule of the TSB-AD benchmark, in points: always between 6 and 303, or 125 where it finds none.

    The highest local maximum of the autocorrelation of the first channel's first 20,000 points, among lags 3 to
    400. The benchmark holds 3 to 300 against the place in the list of lags, which starts at 3, and so do we.

    Parameters
    ----------
    x : (time,) or (time, channel), without NaN

    Examples
    --------
    >>> tsb_ad_period(np.sin(np.arange(2000) * 2 * np.pi / 48)), tsb_ad_period(np.zeros(2000))
    (48, 125)
    """
    first = np.asarray(x, np.float64)
    first = first if first.ndim == 1 else first[:, 0]
    tail = autocorrelation(first[:20_000], 400)[3:]
    tops = np.flatnonzero((tail[1:-1] > tail[:-2]) & (tail[1:-1] > tail[2:])) + 1
    if not len(tops):
        return 125
    place = int(tops[tail[tops].argmax()])
    return place + 3 if 3 <= place <= 300 else 125


def autocorrelation(x: Array, lags: int) -> Array:
    """Correlation of `x` (time,) with itself 0 to `lags` points later, shape (at most lags + 1,).

    The biased estimate sum(x[t] x[t + lag]) / sum(x²) about the mean (Box and Jenkins 1976, eq. 2.1.12);
    zeros for a constant. By FFT, O(time log time).

    Examples
    --------
    >>> autocorrelation(np.array([1.0, -1.0, 1.0, -1.0]), 2).round(2).tolist()
    [1.0, -0.75, 0.5]
    """
    n = len(x)
    centred = x - x.mean() if n else x
    size = fast_length(2 * n)
    power = np.abs(np.fft.rfft(centred, size)) ** 2
    products = np.fft.irfft(power, size)[: min(lags + 1, n)]
    # Rounding leaves a constant with a variance of about 1e-32 of its square.
    still = not n or products[0] <= 1e-24 * float(np.square(x).sum())
    return np.zeros(len(products)) if still else products / products[0]


def fast_length(least: int) -> int:
    """The smallest 2^a 3^b 5^c that is at least `least`: a length at which the FFT is fast.

    Examples
    --------
    >>> fast_length(1000), fast_length(1025)
    (1000, 1080)
    """
    best = 1 << max(least - 1, 0).bit_length()
    five = 1
    while five < best:
        three = five
        while three < best:
            rest = -(-least // three)
            best = min(best, three << max(rest - 1, 0).bit_length())
            three *= 3
        five *= 5
    return best


def _settled(rows: Array) -> Array:
    """Channels without trend, spikes, gaps and unit, shape (time, channel); constant channels are dropped."""
    columns = []
    time = np.arange(len(rows)) - (len(rows) - 1) / 2
    for column in rows.T:
        known = ~np.isnan(column)
        if known.sum() < 4:
            continue
        t, y = time[known], column[known]
        y = y - y.mean()
        slope = float(t @ y) / float(np.square(t - t.mean()).sum())
        y = y - slope * (t - t.mean())
        middle = np.median(y)
        limit = 5 * 1.4826 * float(np.median(np.abs(y - middle)))
        if limit > 0:
            y = np.clip(y, middle - limit, middle + limit)
        deviation = float(y.std())
        if deviation > 1e-12 * float(np.abs(column[known]).max()):
            flat = np.zeros(len(column))
            flat[known] = (y - y.mean()) / deviation
            columns.append(flat)
    return np.stack(columns, axis=1) if columns else np.empty((len(rows), 0))


def _peaks(rows: Array, reach: int) -> NDArray[np.int64]:
    """The frequencies, in cycles over the series, whose power stands out of their neighbours'; highest first."""
    n = len(rows)
    power = np.mean([np.abs(np.fft.rfft(column)) ** 2 for column in rows.T], axis=0)
    before, after = np.roll(power, 1), np.append(power[1:], 0.0)
    # The power of noise is exponential, with a median of log 2 means: the chance that the highest of n / 2 frequencies
    # comes to this level is 1 in 100. The mean over channels is steadier, so for many channels it is on the safe side.
    level = math.log(100 * n / 2) / math.log(2)
    stands_out = (power >= before) & (power >= after) & (power > level * _background(power))
    places = np.flatnonzero(stands_out)
    places = places[places >= max(_CYCLES, math.ceil(n / reach))]
    return places[np.argsort(-power[places], kind="stable")[:_CANDIDATES]]


def _background(power: Array) -> Array:
    """What noise alone would have at each frequency, shape as `power`: the median from a third of it to thrice it.

    The geometric mean of the medians below and above, so that noise whose power falls with frequency is not taken for less
    than it is. One for each eighth of an octave: neighbours share nearly the same frequencies.
    """
    last = len(power) - 1
    edges = np.unique(np.geomspace(1, last, 8 * last.bit_length()).astype(int))
    noise = np.zeros(len(power))
    for low, high in zip(edges, [*edges[1:], last + 1]):
        below, above = power[max(1, low // 3) : high], power[low : 3 * high]
        falling = math.sqrt(float(np.median(below)) * float(np.median(above)))
        noise[low:high] = max(falling, float(np.median(power[max(1, low // 3) : 3 * high])))
    return noise


def _hill_about(correlation: Array, period: float) -> int:
    """The top of the autocorrelation's hill about a spectral peak, in points; 0 where there is no hill."""
    cycles = len(correlation) / period
    low = max(1, math.floor(len(correlation) / (cycles + 1)) - 1)
    high = min(len(correlation) - 1, math.ceil(len(correlation) / (cycles - 1)) + 1)
    lags = np.arange(low, high + 1)
    top = int(lags[_comb(correlation, lags).argmax()])
    return top if low < top < high and correlation[top] > correlation[top // 2] else 0


def _sharp_hill(correlation: Array, reach: int) -> int:
    """The shortest high top of the autocorrelation that is narrower than a sine's or a random walk's; 0 where none is."""
    lags = np.arange(16, reach + 1)
    here, near = correlation[lags], lags // 16
    falls = here - np.maximum(correlation[lags - near], correlation[lags + near]) > _SHARP
    tops = lags[falls & (here > correlation[lags - 1]) & (here > correlation[lags + 1])]
    if not len(tops):
        return 0
    top = int(tops[correlation[tops] >= 0.8 * correlation[tops].max()][0])
    # Narrow for its lag, but one of a row of hills, is a multiple of a shorter cycle.
    return top if correlation[top // 4 : 3 * top // 4].max() < correlation[top] / 2 else 0


def _comb(correlation: Array, lags: NDArray[np.int64]) -> Array:
    """Mean autocorrelation at up to four multiples of each lag, unbiased; shape as `lags`.

    A cycle comes again at its multiples, where an error of one point counts two, three and four times.
    """
    n = len(correlation)
    multiples = lags[:, None] * np.arange(1, 5)
    inside = (multiples <= 2 * n // 3) | (multiples == lags[:, None])
    multiples = np.minimum(multiples, n - 1)
    values = np.where(inside, correlation[multiples] * n / (n - multiples), 0.0)
    return np.asarray(values.sum(axis=1) / inside.sum(axis=1))
