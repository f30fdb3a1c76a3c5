"""How far forecasts are from what happened, and how honest their intervals are.

`actual` and `forecast` have shape (time,) or (time, channel); channels count alike. A row whose actual value is NaN is
missing and left out; a forecast must be finite wherever the actual value is known. Formulas as in Hyndman & Athanasopoulos,
Forecasting: Principles and Practice, 3rd edition, sections 5.8 and 5.9, unless another is named.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ParamError, SeriesError
from .inputs import Values


class _Pair(NamedTuple):
    actual: Values
    forecast: Values


def mae(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Mean absolute error in the unit of the series, 0 and up, lower is better. The median forecast is best under it.

    Examples
    --------
    >>> mae([1.0, 2.0, float("nan")], [2.0, 4.0, 9.0])
    1.5
    """
    truth, guess = _pair(actual, forecast)
    return _mean(np.abs(truth - guess))


def rmse(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Root mean squared error in the unit of the series, 0 and up, lower is better. The mean forecast is best under it.

    Examples
    --------
    >>> rmse([1.0, 2.0], [2.0, 2.0])
    0.7071067811865476
    """
    truth, guess = _pair(actual, forecast)
    return float(np.sqrt(_mean((truth - guess) ** 2)))


def smape(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Symmetric mean absolute percentage error, 0 to 200 percent, lower is better.

    200 |y - f| / (|y| + |f|), and 0 where both are 0 (Makridakis 1993). Not symmetric in spite of its name, and useless near
    zero: a comparison with older results, no more.

    Examples
    --------
    >>> smape([1.0, 0.0], [3.0, 0.0])
    50.0
    """
    truth, guess = _pair(actual, forecast)
    size = np.abs(truth) + np.abs(guess)
    return _mean(200 * np.divide(np.abs(truth - guess), size, out=np.zeros_like(size), where=size > 0))


def mase(actual: ArrayLike, forecast: ArrayLike, history: ArrayLike, period: int = 1) -> float:
    """Mean absolute error over that of the seasonal naive forecast within the history, 0 and up, lower is better.

    Below 1 is better than repeating the value one period ago did on the training part (Hyndman & Koehler 2006, "scaled errors").
    Channels are scaled one by one. A channel whose history repeats itself exactly has no scale and is left out; NaN where
    none is left.

    Parameters
    ----------
    actual, forecast : (time,) or (time, channel)
    history : (time,) or (time, channel), what was known before, longer than `period`
    period : rows to the value that is repeated, 1 for the last one

    Examples
    --------
    >>> mase([5.0], [6.0], history=[1.0, 2.0, 3.0, 4.0])
    1.0
    """
    return _scaled(actual, forecast, history, period, power=1)


def rmsse(actual: ArrayLike, forecast: ArrayLike, history: ArrayLike, period: int = 1) -> float:
    """Root mean squared error over that of the seasonal naive forecast within the history, 0 and up, lower is better.

    As `mase`, with squares (Makridakis et al. 2022, the M5 competition).

    Examples
    --------
    >>> rmsse([5.0, 5.0], [6.0, 4.0], history=[1.0, 3.0, 1.0])
    0.5
    """
    return _scaled(actual, forecast, history, period, power=2)


def wql(actual: ArrayLike, quantiles: ArrayLike, levels: ArrayLike) -> float:
    """Weighted quantile loss, 0 and up, lower is better: twice the pinball loss over the size of the series.

    Mean over the levels of 2 sum pinball / sum |y|, as in the tables of Chronos and GluonTS. `quantiles` has shape (time,
    quantile) or (time, channel, quantile). NaN where all actual values are 0.

    Examples
    --------
    >>> round(wql([10.0, 10.0], [[9.0, 11.0], [8.0, 10.0]], levels=[0.1, 0.9]), 3)
    0.02
    """
    truth, guess, q = _quantiles(actual, quantiles, levels)
    size = np.abs(truth).sum()
    return float((2 * _pinball(truth, guess, q).sum(axis=0) / size).mean()) if size else np.nan


def crps(actual: ArrayLike, quantiles: ArrayLike, levels: ArrayLike) -> float:
    """Continuous ranked probability score in the unit of the series, 0 and up, lower is better, from quantile forecasts.

    Twice the integral of the pinball loss over the level (Gneiting & Ranjan 2011, the quantile form). Each level stands for the levels
    nearer to it than to any other, so uneven levels are weighed right; nothing is known beyond the outermost. It is a mean
    absolute error for whole distributions: of a single level 0.5 it is the MAE. `quantiles` as in `wql`.

    Examples
    --------
    >>> crps([1.0, 3.0], [[2.0], [3.0]], levels=[0.5])
    0.5
    """
    truth, guess, q = _quantiles(actual, quantiles, levels)
    borders = np.concatenate([[0.0], (q[1:] + q[:-1]) / 2, [1.0]])
    return _mean(2 * _pinball(truth, guess, q) @ np.diff(borders))


def coverage(actual: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> float:
    """Share of the actual values within [lower, upper], 0 to 1; right where it equals the level of the interval.

    Examples
    --------
    >>> coverage([1.0, 2.0, 9.0, 4.0], [0.0] * 4, [5.0] * 4)
    0.75
    """
    truth, low = _pair(actual, lower)
    _, high = _pair(actual, upper)
    return _mean(((low <= truth) & (truth <= high)).astype(np.float64))


def interval_score(actual: ArrayLike, lower: ArrayLike, upper: ArrayLike, level: float) -> float:
    """Winkler score in the unit of the series, 0 and up, lower is better: width, and a fine for each value outside.

    width + 2 / (1 - level) times the distance outside (Gneiting & Raftery 2007, eq. 43). The one figure by which neither a
    wide nor a narrow interval wins for free. `level` is the promised coverage, such as 0.9.

    Examples
    --------
    >>> interval_score([1.0, 6.0], [0.0, 0.0], [5.0, 5.0], level=0.8)
    10.0
    """
    if not 0 < level < 1:
        raise ParamError(f"level must be between 0 and 1, got {level}.")
    truth, low = _pair(actual, lower)
    _, high = _pair(actual, upper)
    outside = np.maximum(low - truth, 0) + np.maximum(truth - high, 0)
    return _mean(high - low + 2 / (1 - level) * outside)


def skill(error: float, reference: float) -> float:
    """Share of a reference's error that is saved, up to 1, higher is better; 0 is no better, below 0 is worse.

    1 - error / reference. NaN where the reference makes no error.

    Examples
    --------
    >>> skill(3.0, 4.0)
    0.25
    """
    return 1 - error / reference if reference else np.nan


def naive(history: ArrayLike, horizon: int) -> Values:
    """The last value of the history, repeated: the forecast to beat. Shape (horizon,) or (horizon, channel).

    Examples
    --------
    >>> naive([1.0, 2.0], 3).tolist()
    [2.0, 2.0, 2.0]
    """
    return seasonal_naive(history, horizon, 1)


def seasonal_naive(history: ArrayLike, horizon: int, period: int) -> Values:
    """The last period of the history, repeated. Shape (horizon,) or (horizon, channel).

    A missing value is taken from the period before, as far back as needed; what was never known is refused.

    Examples
    --------
    >>> seasonal_naive([1.0, 2.0, 3.0, float("nan"), 5.0, 6.0], 4, period=3).tolist()
    [1.0, 5.0, 6.0, 1.0]
    """
    past = _history(history, period)
    if horizon < 1:
        raise ParamError(f"horizon must be at least 1, got {horizon}.")
    whole = len(past) // period
    seasons = past[len(past) - whole * period :].reshape(whole, period, -1)[::-1]
    known = ~np.isnan(seasons)
    if not known.any(axis=0).all():
        raise SeriesError(
            f"A place in the period of {period} rows is NaN in all of the history. Give a longer history."
        )
    last = np.take_along_axis(seasons, known.argmax(axis=0)[None], axis=0)[0]
    return np.asarray(last[np.arange(horizon) % period].reshape(horizon, *past.shape[1:]))


def _pair(actual: ArrayLike, forecast: ArrayLike) -> _Pair:
    truth = np.asarray(actual, dtype=np.float64)
    guess = np.asarray(forecast, dtype=np.float64)
    if truth.shape != guess.shape:
        raise SeriesError(
            f"actual has shape {truth.shape} but forecast has {guess.shape}. Give one forecast for each value."
        )
    known = ~np.isnan(truth)
    if not np.isfinite(guess[known]).all():
        raise SeriesError(
            "The forecast is NaN or infinite where the actual value is known. Give a finite forecast there."
        )
    return _Pair(truth[known], guess[known])


def _quantiles(actual: ArrayLike, quantiles: ArrayLike, levels: ArrayLike) -> tuple[Values, Values, Values]:
    """Known actual values (value,), their quantile forecasts (value, quantile) and the levels (quantile,)."""
    truth, guess = np.asarray(actual, dtype=np.float64), np.asarray(quantiles, dtype=np.float64)
    q = np.asarray(levels, dtype=np.float64)
    if q.ndim != 1 or len(q) == 0 or not ((q > 0) & (q < 1)).all() or not (np.diff(q) > 0).all():
        raise ParamError(f"levels must ascend strictly between 0 and 1, got {q.tolist()}.")
    if guess.shape != (*truth.shape, len(q)):
        raise SeriesError(
            f"quantiles must have shape {(*truth.shape, len(q))}, got {guess.shape}. Levels are the last axis."
        )
    known = ~np.isnan(truth)
    if not np.isfinite(guess[known]).all():
        raise SeriesError("A quantile is NaN or infinite where the actual value is known. Give finite quantiles there.")
    return truth[known], guess[known], q


def _pinball(truth: Values, guess: Values, levels: Values) -> Values:
    """Pinball loss of each value at each level; shape (value, quantile)."""
    above = truth[:, None] - guess
    return np.maximum(levels * above, (levels - 1) * above)


def _scaled(actual: ArrayLike, forecast: ArrayLike, history: ArrayLike, period: int, power: int) -> float:
    truth, guess = np.asarray(actual, dtype=np.float64), np.asarray(forecast, dtype=np.float64)
    past = _history(history, period)
    _pair(truth, guess)
    if truth.shape[1:] != past.shape[1:]:
        raise SeriesError(
            f"actual has shape {truth.shape} but history has {past.shape}. Give the same channels in both."
        )
    truth, guess, past = (_columns(x) for x in (truth, guess, past))
    ratios = []
    for channel in range(truth.shape[1]):
        steps = past[period:, channel] - past[:-period, channel]
        scale = _mean(np.abs(steps[~np.isnan(steps)]) ** power)
        error = np.abs(truth[:, channel] - guess[:, channel]) ** power
        if scale > 0 and not np.isnan(error).all():
            ratios.append((_mean(error[~np.isnan(error)]) / scale) ** (1 / power))
    return float(np.mean(ratios)) if ratios else np.nan


def _history(history: ArrayLike, period: int) -> Values:
    past = np.asarray(history, dtype=np.float64)
    if period < 1:
        raise ParamError(f"period must be at least 1, got {period}.")
    if past.ndim not in (1, 2):
        raise SeriesError(f"history must have shape (time,) or (time, channel), got {past.shape}.")
    if len(past) < period:
        raise SeriesError(f"The history has {len(past)} rows, less than a period of {period}. Give a longer history.")
    return past


def _columns(values: Values) -> Values:
    return values[:, None] if values.ndim == 1 else values


def _mean(values: Values) -> float:
    return float(values.mean()) if values.size else np.nan
