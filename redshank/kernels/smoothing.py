"""Exponential smoothing: level, trend and season that follow a series, for many columns and weights at once.

With base[t] = level[t-1] + phi trend[t-1], or level[t-1] trend[t-1]^phi where the trend is multiplicative, z the value
without its season, and season the value of the same place one period ago (Hyndman et al. 2008, table 2.1, in error form):

    level[t]  = base[t] + alpha (z[t] - base[t])
    trend[t]  = beta (level[t] - level[t-1]) + (1 - beta) phi trend[t-1]       or  beta level[t] / level[t-1] + (1 - beta) trend[t-1]^phi
    season[t] = gamma (x[t] - base[t]) + (1 - gamma) season[t-p]               or  gamma x[t] / base[t] + (1 - gamma) season[t-p]

For one period all seasons are known beforehand, so a period is smoothed in one go; and an additive trend is linear, so there
the loop over time is a few doublings (see `_linear`). A multiplicative trend has no such form and costs a loop over time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .seasons import Part, place_in_season

Array = NDArray[np.float64]

_BLOCK_ROWS = 1 << 14
_RESPONSE_VALUES = 1 << 18
_MOST_CHANGE = 100.0  # factor by which a multiplicative season or level changes at most from one time to the next


class Weights(NamedTuple):
    """How fast each part follows, shape (column,) each, between 0 and 1; `phi` below 1 damps the trend."""

    alpha: Array
    beta: Array
    gamma: Array
    phi: Array


@dataclass
class State:
    """Where the smoothing stands; `smooth` changes it.

    Parameters
    ----------
    level, trend : (column,)
    season : (period, column) the last season's values by place; one row of 0 or 1 where there is no season
    at : place of the next row in the season
    """

    level: Array
    trend: Array
    season: Array
    at: int = 0


def smooth(x: Array, state: State, weights: Weights, trend: Part, seasonal: Part) -> Array:
    """What was expected of each row of `x` (time, column) before it was seen, same shape. Moves `state` on to its end.

    O(time x column x log period), and about 20 µs a period at least; with a multiplicative trend about 10 µs a row.
    """
    expected = np.empty(x.shape)
    period = len(state.season)
    follow = _multiplied if trend == "mul" else _Linear(weights, period if len(x) > 4 * period else 0)
    first = 0
    while first < len(x):
        room = _BLOCK_ROWS if seasonal == "none" else period - state.at
        rows = x[first : first + room]
        places = slice(state.at, state.at + len(rows)) if seasonal != "none" else slice(0, 1)
        season = state.season[places]
        base, state.level, state.trend = follow(_without(rows, season, seasonal), state.level, state.trend, weights)
        expected[first : first + len(rows)] = _with(base, season, seasonal)
        if seasonal != "none":
            state.season[places] = _next_season(rows, base, season, weights.gamma, seasonal)
            state.at = (state.at + len(rows)) % period
        first += len(rows)
    return expected


def extend(state: State, phi: Array, horizon: int, trend: Part, seasonal: Part) -> Array:
    """What is expected 1 to `horizon` rows after the state, shape (horizon, column)."""
    steps = np.cumsum(phi ** np.arange(1, horizon + 1)[:, None], axis=0)
    base = state.level * state.trend**steps if trend == "mul" else state.level + steps * state.trend
    places = (state.at + np.arange(horizon)) % len(state.season)
    return _with(base, state.season[places], seasonal)


def start(head: Array, profile: Array, trend: Part, seasonal: Part) -> State:
    """The state after the first rows (row, column), from a straight line through them without their season.

    Parameters
    ----------
    head : whole periods where there is a season; at least two rows where there is a trend, one will do otherwise
    profile : (period, column) the season, from whichever place; which of them the first row is, is seen from the rows
    """
    rows, columns = head.shape
    period = len(profile)
    at = 0 if seasonal == "none" else place_in_season(head, profile, seasonal)
    level = _without(head, profile[(at + np.arange(rows)) % period], seasonal)
    time = (np.arange(rows) - (rows - 1) / 2)[:, None]
    shape = np.log(level) if trend == "mul" else level
    if rows == 1 or (trend == "none" and seasonal == "none"):
        slope = np.zeros(columns)
    else:
        slope = (time * (shape - shape.mean(axis=0))).sum(axis=0) / (time**2).sum()
    line = shape.mean(axis=0) + slope * time[-1]
    first = {"none": np.zeros(columns), "add": slope, "mul": np.exp(slope)}[trend]
    return State(np.exp(line) if trend == "mul" else line, first, profile.copy(), (at + rows) % period)


def _without(rows: Array, season: Array, seasonal: Part) -> Array:
    if seasonal == "none":
        return rows
    return rows / season if seasonal == "mul" else rows - season


def _with(base: Array, season: Array, seasonal: Part) -> Array:
    if seasonal == "none":
        return base
    return base * season if seasonal == "mul" else base + season


def _next_season(rows: Array, base: Array, season: Array, gamma: Array, seasonal: Part) -> Array:
    if seasonal == "add":
        return season + gamma * (rows - base - season)
    # Where the level is not above 0 a ratio says nothing: the season stays.
    ratio = np.divide(rows, base, out=season.copy(), where=base > 0)
    return season + gamma * (np.clip(ratio, season / _MOST_CHANGE, season * _MOST_CHANGE) - season)


class _Linear:
    """Base of each row, and level and trend after the last, of an additive or absent trend.

    All three are linear in the rows and the state before. Where many blocks of `length` rows will come, their matrix is
    made once, from the response to each unit impulse, and a block is one product.
    """

    def __init__(self, weights: Weights, length: int) -> None:
        columns = len(weights.alpha)
        self.length = length if length > 1 and (length + 2) ** 2 * columns <= _RESPONSE_VALUES else 0
        if self.length:
            impulses = np.tile(np.eye(length + 2), columns)  # (row, column x impulse)
            each = Weights(*(np.repeat(weight, length + 2) for weight in weights))
            base, level, trend = _linear(impulses[:length], impulses[length], impulses[length + 1], each)
            responses = np.concatenate([base, level[None], trend[None]])
            self.matrix = responses.reshape(length + 2, columns, length + 2).swapaxes(0, 1)  # (column, out, in)

    def __call__(self, z: Array, level: Array, trend: Array, weights: Weights) -> tuple[Array, Array, Array]:
        if len(z) != self.length:
            return _linear(z, level, trend, weights)
        given = np.concatenate([z, level[None], trend[None]]).T[:, :, None]
        out = (self.matrix @ given)[:, :, 0].T
        return out[:-2], out[-2], out[-1]


def _linear(z: Array, level: Array, trend: Array, weights: Weights) -> tuple[Array, Array, Array]:
    """The same without a matrix.

    The state s = (level, trend) follows s[t] = M s[t-1] + k z[t]. Adding M s[t-1], then M² s[t-2], then M⁴ s[t-4], ... puts
    together all that came before in log2(rows) steps, or fewer where M^n comes to nothing sooner.
    """
    alpha, beta, _, phi = weights
    if len(z) == 1:
        base = level + phi * trend
        move = alpha * (z[0] - base)
        return base[None], base + move, phi * trend + beta * move
    step = np.array([[1 - alpha, (1 - alpha) * phi], [-alpha * beta, phi * (1 - alpha * beta)]])  # (2, 2, column)
    states = np.stack([alpha * z, alpha * beta * z], axis=1)  # (time, 2, column)
    states[0] += _apply(step, np.stack([level, trend])[None])[0]
    reach = 1
    while reach < len(z) and float(np.abs(step).max()) > 1e-18:
        states[reach:] += _apply(step, states[:-reach])
        step = np.einsum("ijc,jkc->ikc", step, step)
        reach *= 2
    before = np.concatenate([level[None] + phi * trend, states[:-1, 0] + phi * states[:-1, 1]])
    return before, states[-1, 0].copy(), states[-1, 1].copy()


def _apply(step: Array, states: Array) -> Array:
    """M s for every row: (2, 2, column) times (time, 2, column)."""
    return step[:, 0] * states[:, :1] + step[:, 1] * states[:, 1:]


def _multiplied(z: Array, level: Array, trend: Array, weights: Weights) -> tuple[Array, Array, Array]:
    """The same for a multiplicative trend; `level` and `trend` stay above 0."""
    alpha, beta, _, phi = weights
    bases = np.empty(z.shape)
    for t in range(len(z)):
        growth = trend**phi
        bases[t] = base = level * growth
        after = np.clip(base + alpha * (z[t] - base), level / _MOST_CHANGE, level * _MOST_CHANGE)
        trend = beta * (after / level) + (1 - beta) * growth
        level = after
    return bases, level, trend


def follow_level(z: Array, level: Array, count: int, alpha: Array) -> tuple[Array, Array]:
    """The level before each row of `z` (time, column), and the level after the last, when `count` rows came before.

    Simple exponential smoothing that begins as the plain mean of what was seen, until a row of it weighs less than `alpha`:
    the gain is max(alpha, 1 / rows). So no first level is to be guessed, and a tiny `alpha` means the mean.
    """
    if len(z) == 1:
        return level[None], level + np.maximum(alpha, 1 / (count + 1)) * (z[0] - level)
    before = np.empty(z.shape)
    after = np.empty_like(level)
    for c, short in enumerate(np.clip(_mean_rows(alpha) - count, 0, len(z)).tolist()):
        own, first = z[:, c : c + 1], level[c : c + 1]
        sums = count * first + np.cumsum(own[:short, 0])
        means = np.concatenate([first, sums / (count + np.arange(1, short + 1))])
        before[:short, c], after[c] = means[:-1], means[-1]
        if short < len(z):
            still = np.zeros(1)
            weights = Weights(alpha[c : c + 1], still, still, still)
            base, last, _ = _linear(own[short:], means[-1:], still, weights)
            before[short:, c], after[c] = base[:, 0], last[0]
    return before, after


def level_lag(count: int, alpha: Array) -> Array:
    """How many rows behind a straight line the level of `follow_level` is after `count` rows, shape (column,)."""
    meaned = _mean_rows(alpha)
    full = (1 - alpha) / alpha
    grown = full + (1 - alpha) ** np.maximum(count - meaned, 0) * ((meaned - 1) / 2 - full)
    return np.where(count <= meaned, (count - 1) / 2, grown)


def _mean_rows(alpha: Array) -> NDArray[np.int64]:
    """Rows over which the level is a plain mean."""
    return np.floor(1 / alpha).astype(np.int64)
