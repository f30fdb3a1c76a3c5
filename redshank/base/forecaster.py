"""A forecaster: what comes next, and how sure that is."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self, final

import numpy as np
from numpy.typing import NDArray

from ..errors import SeriesError
from ..kernels.tail import Tail
from ..series import Series, Values, iso
from .algorithm import Algorithm, Memory, Scores
from .missing import complete, typical


@dataclass(frozen=True)
class Forecast:
    """What comes next. All arrays have shape (horizon, channel), in the unit of the source.

    Parameters
    ----------
    times : (horizon,) datetime64[ns], UTC
    mean : the expected values
    lower, upper : the band of each level: `lower[0.95]`
    channels : (channel,) names
    """

    times: NDArray[np.datetime64]
    mean: Values
    lower: dict[float, Values]
    upper: dict[float, Values]
    channels: tuple[str, ...]

    def to_frame(self, backend: Literal["pandas", "polars", "pyarrow"] | None = None) -> Any:
        """Long columns `time, channel, mean, lower_95, upper_95, ...`; pandas where installed, else Arrow."""
        from ..frames import frame

        count = len(self.channels)
        columns: dict[str, NDArray[Any]] = {
            "time": np.repeat(self.times, count),
            "channel": np.tile(np.array(self.channels), len(self.times)),
            "mean": self.mean.reshape(-1),
        }
        for level in self.lower:
            columns[f"lower_{100 * level:g}"] = self.lower[level].reshape(-1)
            columns[f"upper_{100 * level:g}"] = self.upper[level].reshape(-1)
        return frame(columns, backend)

    def to_json(self) -> dict[str, Any]:
        """The forecast as JSON values: `times`, and for each channel `mean, lower_95, upper_95, ...`, each of (horizon,)."""
        channels = {}
        for column, name in enumerate(self.channels):
            rows = {"mean": self.mean[:, column].tolist()}
            for level in self.lower:
                rows[f"lower_{100 * level:g}"] = self.lower[level][:, column].tolist()
                rows[f"upper_{100 * level:g}"] = self.upper[level][:, column].tolist()
            channels[name] = rows
        return {"times": [iso(time) for time in self.times], "channels": channels}


@dataclass(kw_only=True)
class Forecaster(Algorithm):
    """Says what comes next, and how sure it is: bands are conformal, from a rolling backtest.

    An author writes `_fit(x)`, `_expect(x)`, the value expected at each row from the rows before it, and `_ahead(x, horizon)`,
    the values expected after the last row. Both read at most the last `context` rows. A forecaster that carries a state
    instead overrides `begin`, `_advance` and `ahead`, and may leave its first rows to `_gather`, which calls its `_start`.
    Either way the next expectation is what `ahead` says of the first step.
    """

    multivariate: ClassVar[bool] = True

    @property
    def context(self) -> int:
        """How many earlier rows an expectation reads."""
        return 1

    @property
    def warm_up(self) -> int:
        """How many first rows of a series have no expectation; less than `context` where the far past hardly counts."""
        return self.context

    @property
    def min_length(self) -> int:
        """The shortest series it can learn from, in points."""
        return self.warm_up + 2

    @final
    def fit(self, series: Series, horizon: int = 24, backtests: int = 50) -> Self:
        """Learn from one series. Its first half is learned from alone first, and up to `backtests` forecasts of `horizon`
        points are made in the second, so that the errors are those of a forecaster that had not seen what it forecast.

        The backtest's errors (origin, horizon, channel) are kept in `errors_`: the bands are their quantiles. The one-step
        errors of the same half give `deviation_` (channel,), the unit of a surprise.
        """
        self._forget()
        if len(series) < self.min_length:
            raise SeriesError(
                f"{type(self).__name__} needs at least {self.min_length} points to learn from, got {len(series)}."
            )
        fill = self.fill_ = typical([series])
        x = complete(series.values, fill)
        half = min(max(len(x) // 2, self.min_length), len(x) - 1)
        self._fit(x[:half])
        errors = self._backtest(x, max(1, min(horizon, len(x) // 4)), backtests)
        surprises = (x - self.advance(self.begin(), x))[max(self.warm_up, half) :]
        deviation = np.sqrt(np.mean(surprises**2, axis=0))
        self._forget()
        self.fill_, self.errors_ = fill, errors
        self.deviation_ = np.where(deviation > 0, deviation, 1.0)
        self._fit(x)
        return self

    def _backtest(self, x: Values, horizon: int, backtests: int) -> Values:
        first = max(self.warm_up, len(x) // 2)
        origins = np.unique(np.linspace(min(first, len(x) - horizon), len(x) - horizon, backtests).astype(int))
        memory, errors, at = self.begin(), [], 0
        for origin in origins:
            self.advance(memory, x[at:origin])
            errors.append(x[origin : origin + horizon] - self.ahead(memory, horizon))
            at = origin
        return np.array(errors)

    def begin(self) -> Memory:
        """An empty memory, for `advance`."""
        self._must_be_fitted()
        return {"last": self.fill_, "tail": Tail(self.context)}

    def advance(self, memory: Memory, rows: Values) -> Values:
        """What was expected at each of the next rows before it was seen, shape (time, channel); NaN in the warm-up."""
        if not len(rows):
            return np.empty(rows.shape)
        filled = complete(rows, memory["last"])
        memory["last"] = filled[-1]
        return self._advance(memory, filled)

    def _advance(self, memory: Memory, rows: Values) -> Values:
        x = memory["tail"].extend(rows)
        if len(x) <= self.context:
            return np.full(rows.shape, np.nan)
        return self._expect(x)[-len(rows) :]

    def _gather(self, memory: Memory, rows: Values) -> Values:
        """What a state that needs the first `warm_up` rows expects while they come in: nothing, then `_start` and on from there."""
        head = np.concatenate([memory["head"], rows])
        memory["head"] = head[: self.warm_up]
        expected = np.full(rows.shape, np.nan)
        if len(head) >= self.warm_up:
            self._start(memory, head[: self.warm_up])
            memory["head"] = head[:0].copy()
            rest = head[self.warm_up :]
            if len(rest):
                expected[len(rows) - len(rest) :] = self._advance(memory, rest)
        return expected

    def surprise(self, memory: Memory, rows: Values) -> tuple[Scores, Values]:
        """How far the next rows are from what was expected, in standard deviations of the one-step error, and what was."""
        expected = self.advance(memory, rows)
        return np.abs(rows - expected) / self.deviation_, expected

    def ahead(self, memory: Memory, horizon: int) -> Values:
        """The values expected after what the memory has seen, shape (horizon, channel)."""
        past = memory["tail"].rows
        self._must_have(self.context, len(past))
        return self._ahead(past, horizon)

    def _must_have(self, points: int, have: int) -> None:
        if have < points:
            raise SeriesError(f"{type(self).__name__} needs {points} points of history to forecast, got {have}.")

    def bands(self, mean: Values, levels: Sequence[float]) -> tuple[dict[float, Values], dict[float, Values]]:
        """Lower and upper bands of `mean` (horizon, channel) for each level, by split conformal prediction.

        Quantiles of the absolute backtest errors at each step, with the finite-sample rank of Lei et al. (2018), sec. 2.2,
        and made to widen with the horizon. Beyond the backtested horizon they grow with the square root of time, as
        those of a random walk; beyond the highest rank there is, as a normal distribution's.
        """
        size = np.sort(np.abs(self.errors_), axis=0)
        origins, known = size.shape[:2]
        lower, upper = {}, {}
        for level in levels:
            rank = math.ceil((origins + 1) * level)
            width = np.maximum.accumulate(size[min(rank, origins) - 1], axis=0)
            if rank > origins:
                width = width * (_normal_half_width(level) / _normal_half_width(origins / (origins + 1)))
            steps = np.arange(len(mean))
            growth = np.sqrt(np.maximum(1.0, (steps + 1) / known))[:, None]
            half = width[np.minimum(steps, known - 1)] * growth
            lower[level], upper[level] = mean - half, mean + half
        return lower, upper

    @abstractmethod
    def _fit(self, x: Values) -> None: ...

    def _start(self, memory: Memory, head: Values) -> None:
        raise NotImplementedError(f"{type(self).__name__} calls _gather and does not write _start.")

    def _expect(self, x: Values) -> Values:
        raise NotImplementedError(f"{type(self).__name__} writes neither _expect nor _advance.")

    def _ahead(self, x: Values, horizon: int) -> Values:
        raise NotImplementedError(f"{type(self).__name__} writes neither _ahead nor ahead.")


def _normal_half_width(level: float) -> float:
    """Half the width of the central interval of a standard normal distribution that holds `level` of it."""
    from statistics import NormalDist

    return NormalDist().inv_cdf((1 + level) / 2)
