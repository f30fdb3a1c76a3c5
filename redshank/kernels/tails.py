"""The upper tail of a sample: peaks over a level follow a generalised Pareto distribution.

For a level t high enough, the excesses y = x - t of the points above it have, whatever the distribution of x, nearly

    P(Y > y) = (1 + shape y / scale)^(-1 / shape)                                        (Pickands 1975)

so the value exceeded with a probability q, smaller than anything the sample shows, is (Siffer et al. 2017, eq. 1)

    z_q = t + scale / shape ((q n / N)^-shape - 1),    n points of which N lie above t.

The parameters are those of greatest likelihood. With theta = shape / scale the likelihood has one free variable
(Grimshaw 1993): shape = mean log(1 + theta y), and per peak -log L = log(shape / theta) + shape + 1. That profile
can have several maxima (peaks of unlike size), and has no greatest value at all below shape = -1, where it grows without
limit. So it is scanned over the whole range of theta, each valley is followed to its floor by Newton's method, and the
edge, shape = -1 with scale = the largest peak, the uniform distribution, competes with them.

In the code: `y` peaks, `n` their count, `theta` as above, `largest` = max y.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MIN_PEAKS = 10
"""Peaks below which no tail is fitted: with fewer the shape is noise (its standard error is over 0.3)."""
SMALLEST = 1e-100
"""Peaks below it, in units of their mean, count as it: their ratios would leave floating point."""
_STEP = 0.75  # of the scan, in log(1 + theta largest); misses no deepest valley in `tests/test_tails.py`
_AT_MOST = 128  # places of the scan


@dataclass(frozen=True, slots=True)
class Pareto:
    """A generalised Pareto distribution of excesses.

    Parameters
    ----------
    shape : 0 exponential, above 0 heavy (no moment of order 1 / shape), below 0 with an end at -scale / shape
    scale : in the unit of the excesses

    Examples
    --------
    >>> tail = Pareto(shape=0.0, scale=2.0)
    >>> round(float(tail.survival(2.0)), 4), round(tail.excess(0.5), 4)
    (0.3679, 1.3863)
    """

    shape: float
    scale: float

    def survival(self, y: Array | float) -> Array:
        """P(Y > y), same shape as `y`."""
        u = np.maximum(np.asarray(y, np.float64) / self.scale, 0.0)
        if self.shape == 0:
            return np.exp(-u)
        # Beyond the end of a bounded tail 1 + shape u is negative: nothing is that large.
        with np.errstate(divide="ignore"):
            return np.asarray(np.exp(-np.log1p(np.maximum(self.shape * u, -1.0)) / self.shape))

    def excess(self, probability: float) -> float:
        """The excess exceeded with this probability, inf where it has no limit in floating point."""
        depth = -math.log(probability)
        if self.shape == 0:
            return self.scale * depth
        try:
            return self.scale * (math.expm1(self.shape * depth) / self.shape)
        except OverflowError:
            return math.inf

    def log_likelihood(self, peaks: Array) -> float:
        """Sum of log densities of `peaks` (peak,); -inf where one lies beyond the end of the tail."""
        u = peaks / self.scale
        if self.shape == 0:
            return float(-len(u) * math.log(self.scale) - u.sum())
        inside = self.shape * u
        if inside.min() <= -1 and self.shape != -1:
            return -math.inf
        if self.shape == -1:
            return -math.inf if u.max() > 1 else -len(u) * math.log(self.scale)
        return float(-len(u) * math.log(self.scale) - (1 + 1 / self.shape) * np.log1p(inside).sum())


def fit_pareto(peaks: Array, beyond: float = 0.0, limit: float = 0.0) -> Pareto:
    """The generalised Pareto distribution of greatest likelihood, with shape at least -1.

    Peaks are brought to a unit by a power of two, so that tiny and huge values lose nothing and the fit of 1024 y is
    1024 times that of y to the last bit. Any number of peaks from one on, ties and equal peaks included; fewer than
    `MIN_PEAKS` say little, and equal ones give the uniform distribution up to them.

    Parameters
    ----------
    peaks : (peak,) excesses, all greater than 0 and finite
    beyond : how many more peaks there were (need not be whole) of which only is known that they exceed `limit`

    Notes
    -----
    Grimshaw (1993) looks for the zeros of u v - 1 between bounds of his own; one zero, theta = 0, is no extremum, and
    with several true ones the number to look for is unknown. Scanning the likelihood itself needs neither bound nor
    start. O(40 peaks) once and O(peaks) a Newton step, of which 4 are usual.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> tail = fit_pareto(3 * rng.exponential(size=20_000))
    >>> round(tail.shape, 2), round(tail.scale, 1)
    (0.0, 3.0)
    """
    unit = unit_of(peaks)
    y = np.maximum(peaks / unit, SMALLEST)
    sample = Sample(y, beyond, limit / unit, float(y.max()))
    places = places_of(float(y.min()), sample.largest, sample.n)
    _, shape, scale = sample.fit(places, log_sums_of(places, y), math.nan)
    return Pareto(shape, scale * unit)


def unit_of(peaks: Array) -> float:
    """A power of two near the mean excess: dividing by it is exact."""
    top = float(peaks.max())
    _, exponent = math.frexp(top)
    mean = float(np.mean(np.ldexp(peaks, -exponent)))
    return math.ldexp(1.0, max(min(exponent + math.frexp(mean)[1] - 1, 1023), -1022))


def places_of(least: float, largest: float, n: int) -> Array:
    """Values of theta at which the profile is scanned, ascending, none of them 0; shape (place,).

    Even in log(1 + theta largest). No valley with shape > -1 lies left of about (1 + shape) / n (there the largest peak
    alone decides), and the profile only rises right of about shape / least (there all logs grow alike).
    """
    ratio = largest / least
    low, high = -math.log(n) - 12.0, math.log1p(4 * ratio * (1 + math.log(ratio)))
    step = max(_STEP, (high - low) / (_AT_MOST - 2))
    steps = np.arange(math.floor(low / step), math.ceil(high / step) + 1) + 0.5
    return np.asarray(np.expm1(step * steps) / largest)


def log_sums_of(places: Array, y: Array, rows: int = 4096) -> Array:
    """Sum over peaks of log(1 + theta y), shape (place,), in blocks so that memory stays small."""
    total = np.zeros(len(places))
    for start in range(0, len(y), rows):
        total += np.log1p(places[:, None] * y[start : start + rows]).sum(axis=1)
    return total


class Sample:
    """Peaks `y` and `beyond` more of which only is known that they exceed `far`; everything in one unit.

    With a = mean log(1 + theta y) and c = beyond / n, the shape of greatest likelihood at theta is
    a + c log(1 + theta far), and -log L per peak is then log(shape / theta) + a + 1.
    """

    __slots__ = ("c", "far", "largest", "n", "y")

    def __init__(self, y: Array, beyond: float, far: float, largest: float) -> None:
        self.y, self.n = y, len(y)
        self.c, self.far = beyond / self.n, far if beyond else 0.0
        self.largest = max(largest, self.far)

    def fit(self, places: Array, log_sums: Array, near: float) -> tuple[float, float, float]:
        """theta, shape and scale of the deepest valley of -log L; `near` is a guess that saves steps, not a choice."""
        means = log_sums / self.n
        shapes = means + self.c * np.log1p(places * self.far) if self.c else means
        first = int(shapes.searchsorted(-1.0))  # the shape rises with theta
        places, means, shapes = places[first:], means[first:], shapes[first:]
        depth = np.log(shapes / places) + means
        falls = depth[1:] < depth[:-1]
        best = self._edge()
        for i in (falls[:-1] > falls[1:]).nonzero()[0].tolist():
            low, here, high = places[i : i + 3].tolist()
            best = min(best, self._descend(low, near if low < near < high else here, high))
        # Left of the first place with shape >= -1, -log L rises from the edge; if it rises there still, no valley lies between.
        start, high = places[:2].tolist()
        if not falls[0] and self._slope(start, *self._sums(start)[1:])[0] < 0:
            best = min(best, self._descend(start, near if start < near < high else start, high))
        return best[1:]

    def _edge(self) -> tuple[float, float, float, float]:
        """Depth, theta, shape and scale at shape -1, where the peaks are uniform up to the scale."""
        scale = max(self.largest, self.far * (1 + self.c))
        depth = math.log(scale) - (self.c * math.log1p(-self.far / scale) if self.c else 0.0)
        return depth, -1 / scale, -1.0, scale

    def _descend(self, low: float, theta: float, high: float) -> tuple[float, float, float, float]:
        """Depth, theta, shape and scale on the floor of the valley between `low` and `high`.

        Newton's method on phi = log(1 + theta largest), in which valleys are about one wide wherever they lie; a step
        that leaves the bracket is replaced by halving it.
        """
        phi, left, right = (math.log1p(value * self.largest) for value in (theta, low, high))
        mean = shape = 0.0
        for _ in range(100):
            mean, shape, a, a_all, b, b_all = self._sums(theta)
            slope, bend = self._slope(theta, shape, a, a_all, b, b_all)
            stretch = theta + 1 / self.largest  # d theta / d phi
            slope, bend = slope * stretch, (bend * stretch + slope) * stretch
            if slope > 0:
                right = phi
            else:
                left = phi
            newton = bend > 0 and left < phi - slope / bend < right
            after = phi - slope / bend if newton else (left + right) / 2
            moved, phi = abs(after - phi), after
            last, theta = theta, math.expm1(after) / self.largest
            if newton and moved < 1e-5:  # quadratic convergence: the next step would be about 1e-10
                step = theta - last
                mean += (a - b * step / 2) * step
                shape += (a_all - b_all * step / 2) * step
                break
            if moved < 1e-14:
                break
        scale = shape / theta if theta else float(self.y.mean()) + self.c * self.far
        return math.log(scale) + mean + 1, theta, shape, scale

    def _sums(self, theta: float) -> tuple[float, float, float, float, float, float]:
        """Mean log(1 + theta y) and shape, mean y / (1 + theta y) and of its square; these two with the peaks beyond, too."""
        y, n, c, far = self.y, self.n, self.c, self.far
        s = y * theta
        mean = shape = float(np.add.reduce(np.log1p(s))) / n
        s += 1
        w = np.divide(y, s, out=s)
        a = a_all = float(np.add.reduce(w)) / n
        b = b_all = float(w.dot(w)) / n
        if c:
            rest = far / (1 + theta * far)
            shape, a_all, b_all = mean + c * math.log1p(theta * far), a + c * rest, b + c * rest**2
        return mean, shape, a, a_all, b, b_all

    def _slope(self, theta: float, shape: float, a: float, a_all: float, b: float, b_all: float) -> tuple[float, float]:
        """First and second derivative of -log L per peak by theta."""
        if abs(theta) * self.largest > 1e-5:
            slope = a + (a_all * theta - shape) / (shape * theta)
            return slope, 1 / theta**2 - (a_all / shape) ** 2 - b - b_all / shape
        # Both are 0 / 0 at theta = 0: the first terms of the series of -log L, whose slope there is c1 and bend 2 c2.
        y, n, c, far = self.y, self.n, self.c, self.far
        m1, m2, m3 = float(y.mean()), float(y.dot(y)) / n, float((y * y).dot(y)) / n
        k1, k2, k3 = m1 + c * far, m2 + c * far**2, m3 + c * far**3
        c1, c2 = m1 - k2 / (2 * k1), k3 / (3 * k1) - k2**2 / (8 * k1**2) - m2 / 2
        return c1 + 2 * c2 * theta, 2 * c2


@dataclass(frozen=True, slots=True)
class Peaks:
    """The points of a sample above a level, and the distribution of their excesses.

    Parameters
    ----------
    level : the level, in the unit of the scores
    excesses : (peak,) how far each point above the level exceeds it
    points : how many points the sample has in all
    tail : the distribution of the excesses

    Examples
    --------
    >>> scores = np.random.default_rng(0).normal(size=20_000)
    >>> peaks = Peaks.above(scores, float(np.quantile(scores, 0.98)))
    >>> round(peaks.quantile(1e-4), 1), round(peaks.quantile_error(1e-4), 1)  # the true quantile is 3.72
    (3.6, 0.1)
    """

    level: float
    excesses: Array
    points: int
    tail: Pareto

    @classmethod
    def above(cls, scores: Array, level: float) -> Self:
        """The points of `scores` (time,) greater than `level`; at least one, all finite."""
        excesses = scores[scores > level] - level
        return cls(level, excesses, len(scores), fit_pareto(excesses))

    @property
    def share(self) -> float:
        """The share of points above the level."""
        return len(self.excesses) / self.points

    def quantile(self, q: float) -> float:
        """z_q: the score that a point exceeds with probability `q`; the level itself where `q` is not in the tail."""
        return self.level + (self.tail.excess(q / self.share) if q < self.share else 0.0)

    def survival(self, scores: Array) -> Array:
        """The probability that a point exceeds each of `scores`; `share` at and below the level."""
        return self.share * self.tail.survival(scores - self.level)

    def quantile_error(self, q: float) -> float:
        """Standard error of z_q, in the unit of the scores, from the observed information (Coles 2001, sec. 4.3.3).

        Takes in that the share above the level is itself estimated. NaN where the likelihood is not regular
        (shape <= -1/2; Smith 1985) or not curved at its top. Peaks that come in clusters carry less than they count,
        so on a smoothed score the true error is larger.
        """
        shape, scale = self.tail.shape, self.tail.scale
        if shape <= -0.5 or q >= self.share:
            return math.nan
        # The curvature of -log L by (log scale, shape), with -log L = log scale + (1 + shape) f, f = log(1 + shape u) / shape.
        u = self.excesses / scale
        v = 1 / (1 + shape * u)
        f_shape, f_shape_shape = _log_slope(shape, u)
        by_scale = float(((1 + shape) * u * v * v).sum())
        by_both = float((((1 + shape) * u * v - 1) * u * v).sum())
        by_shape = float((2 * f_shape + (1 + shape) * f_shape_shape).sum())
        determinant = by_scale * by_shape - by_both**2
        if not determinant > 0 or not by_scale > 0:
            return math.nan
        # z_q - level = scale h(shape, depth), h = (exp(shape depth) - 1) / shape, depth = log(share / q).
        depth = math.log(self.share / q)
        rise = self.tail.excess(q / self.share)
        growth = math.exp(shape * depth)
        if abs(shape) * depth > 1e-5:
            by_shape_rise = scale * (depth * growth - math.expm1(shape * depth) / shape) / shape
        else:
            by_shape_rise = scale * depth**2 / 2
        variance = (by_shape * rise**2 - 2 * by_both * rise * by_shape_rise + by_scale * by_shape_rise**2) / determinant
        variance += (scale * growth) ** 2 * (1 - self.share) / len(self.excesses)
        return math.sqrt(variance)


def rate_inflation(tail: Pareto, peaks: int, depth: float, samples: int = 200) -> float:
    """How many times q a normal point exceeds z_q on average, since the tail was fitted to no more than `peaks`.

    An estimated quantile is too low as often as too high, but too low costs more: the mean rate is above q. By the
    parametric bootstrap: refit to `samples` samples of `tail`, whose true rates are known. `depth` is log(share / q).
    Above 500 peaks the excess over 1 falls as 1 / peaks. The same numbers every time; about 0.2 ms a sample.

    Examples
    --------
    >>> round(rate_inflation(Pareto(0.0, 1.0), peaks=20, depth=4.9), 1), round(rate_inflation(Pareto(0.0, 1.0), 300, 5.0), 1)
    (4.8, 1.1)
    """
    rng = np.random.default_rng(0)
    simulated = min(peaks, 500)
    depths = rng.exponential(size=(samples, simulated))
    y = depths if tail.shape == 0 else np.expm1(tail.shape * depths) / tail.shape
    true = Pareto(tail.shape, 1.0)
    limits = np.array([fit_pareto(np.maximum(row, 1e-300)).excess(math.exp(-depth)) for row in y])
    mean = float(true.survival(limits).mean()) * math.exp(depth)
    return 1 + (mean - 1) * simulated / peaks


def _log_slope(shape: float, u: Array) -> tuple[Array, Array]:
    """First and second derivative by `shape` of log(1 + shape u) / shape; both are 0 / 0 at shape 0."""
    if abs(shape) * float(u.max()) < 1e-4:
        return (2 / 3 * shape * u - 0.5) * u**2, (2 / 3 - 1.5 * shape * u) * u**3
    v = u / (1 + shape * u)
    first = (v - np.log1p(shape * u) / shape) / shape
    return first, -(v * v + 2 * first) / shape
