"""What an algorithm can be, and the rules all of them share.

* Algorithm      parameters are dataclass fields; learned state is what `_fit` leaves in names ending `_`
  + Detector     how strange each channel is at each time
  + Forecaster   what comes next
  + Scorer       one score from the channels' scores
  + Threshold    the limit a score is held against
  + Scaler       brings the channels to one scale

Time flows one way. Everything that runs over a series has `begin()`, which gives an empty memory, and
`advance(memory, rows)`, which takes the next rows and changes the memory. A batch is one long advance, a stream is many
short ones, and both give the same numbers. An author writes `_fit` and `_score` and says in `context` how many earlier
rows a score reads; the rest follows.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from typing import Annotated, Any, ClassVar, Literal, Self, final

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from . import params
from .errors import NotFittedError, SeriesError
from .kernels.missing import fill_forward
from .kernels.tail import Tail
from .series import Flags, Series, Values, iso

Memory = dict[str, Any]
"""What a stream remembers: `Tail`, arrays and numbers by name."""


def frozen(memory: Memory) -> dict[str, Any]:
    """A memory as arrays and numbers by name, which can be stored."""
    return {name: value.rows if isinstance(value, Tail) else _own(value) for name, value in memory.items()}


def thawed(memory: Memory, kept: dict[str, Any]) -> Memory:
    """An empty memory filled with what `frozen` returned."""
    for name, value in memory.items():
        if isinstance(value, Tail):
            memory[name] = Tail(value.length, kept[name] if kept[name].size else None)
        else:
            memory[name] = _own(kept[name])
    return memory


def _own(value: Any) -> Any:
    """A copy where a stream could write into the original."""
    return value.copy() if isinstance(value, np.ndarray) else value


Scores = NDArray[np.float64]


@dataclass(kw_only=True)
class Algorithm(ABC):
    """Parameters are dataclass fields; learned state is what `_fit` leaves in names ending `_`."""

    paper: ClassVar[str] = ""
    extra: ClassVar[str] = ""
    """The pip extra its imports need, for the sentence of a `MissingExtraError`."""

    def __post_init__(self) -> None:
        for name, value in params.check(type(self), self.params).items():
            setattr(self, name, value)

    @classmethod
    def from_params(cls, given: dict[str, Any]) -> Self:
        """Build from text or JSON values, as they come from a shell, a request or a SQL string."""
        return cls(**params.check(cls, given))

    @property
    def params(self) -> dict[str, Any]:
        """What was passed to the constructor, ready for JSON."""
        given = {field.name: getattr(self, field.name) for field in fields(self) if field.init}
        return {
            name: asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
            for name, value in given.items()
        }

    @property
    def state(self) -> dict[str, Any]:
        """What was learned: every attribute whose name ends in one underscore.

        Arrays, dicts of arrays (a network's weights), numbers, strings and lists of strings; nothing else is stored.
        """
        return {name: value for name, value in vars(self).items() if name.endswith("_") and not name.startswith("_")}

    def load_state(self, state: dict[str, Any]) -> Self:
        """Put back what `state` returned."""
        self._forget()
        vars(self).update(state)
        return self

    def _forget(self) -> None:
        """Drop what was learned, and what was derived from it (names starting with an underscore)."""
        for name in [name for name in vars(self) if name.endswith("_") or name.startswith("_")]:
            delattr(self, name)

    def _must_be_fitted(self) -> None:
        if not self.state:
            raise NotFittedError(f"{type(self).__name__} is not fitted. Call fit first.")


@dataclass(kw_only=True)
class Detector(Algorithm):
    """Gives every channel of every point a score. Higher is stranger; NaN is no opinion.

    An author writes `_fit(x)` and `_score(x)`. Both get a clean matrix (time, channel): no NaN, no Inf, not to be written
    to. `_score` gives one row a point, and NaN in the first `warm_up` rows. Missing values were filled forward; the score
    of a missing cell is NaN whatever `_score` says.
    """

    multivariate: ClassVar[bool] = True
    scorer: ClassVar[str] = "max"
    """The scorer that suits its channel scores where the user names none."""
    scaler: ClassVar[str] = "standard"
    """The scaler that suits it where the user names none; "none" for detectors that bring their own."""

    @property
    def context(self) -> int:
        """How many earlier rows the score of a row reads: window - 1 for windows, 0 for a point detector."""
        return 0

    @property
    def warm_up(self) -> int:
        """How many first rows of a series have no score; less than `context` where the far past hardly counts."""
        return self.context

    @property
    def looks_ahead(self) -> bool:
        """Whether a score uses later rows; then it cannot be streamed (law 5)."""
        return bool(getattr(self, "lookahead", False))

    @property
    def min_length(self) -> int:
        """The shortest series it can learn from, in points."""
        return self.warm_up + 2

    @final
    def fit(self, series: Series | Sequence[Series]) -> Self:
        """Learn what is normal, from one series or from many that share their channels. Forgets what it learned before."""
        parts = [series] if isinstance(series, Series) else list(series)
        if not parts:
            raise SeriesError(f"{type(self).__name__} got no series to learn from. Give at least one.")
        self._forget()
        self._refuse(parts)
        self.fill_ = typical(parts)
        matrices = [_clean(part.values, self.fill_) for part in parts]
        if len(matrices) == 1:
            self._fit(matrices[0])
        else:
            self._fit_many(matrices)
        return self

    def _refuse(self, parts: Sequence[Series]) -> None:
        name = type(self).__name__
        channels = parts[0].channels
        if not self.multivariate and len(channels) > 1:
            raise SeriesError(
                f"{name} takes one channel, got {len(channels)}. Choose one with series.select(['{channels[0]}'])."
            )
        for part in parts:
            if part.channels != channels:
                raise SeriesError(f"The series do not share their channels: {channels} and {part.channels}.")
        if sum(map(len, parts)) < self.min_length:
            have = sum(map(len, parts))
            raise SeriesError(f"{name} needs at least {self.min_length} points to learn from, got {have}.")

    @final
    def score(self, series: Series) -> Scores:
        """Channel scores, shape (time, channel), one row for each point of `series`."""
        if len(series) <= self.warm_up:
            raise SeriesError(
                f"{type(self).__name__} needs at least {self.warm_up + 1} points to score, got {len(series)}. "
                "Give a longer series or a shorter window."
            )
        return self.advance(self.begin(), series.values)

    def begin(self) -> Memory:
        """An empty memory, for `advance`."""
        self._must_be_fitted()
        return {"last": self.fill_, "tail": Tail(self.context)}

    def advance(self, memory: Memory, rows: Values) -> Scores:
        """Channel scores of the next rows, shape (time, channel); NaN where too few rows came before."""
        if rows.shape[1] != len(self.fill_):
            raise SeriesError(
                f"{type(self).__name__} learned {len(self.fill_)} channels, got {rows.shape[1]}. Give the same channels."
            )
        if not len(rows):
            return np.empty(rows.shape)
        whole = math.isfinite(rows.sum())
        filled = rows if whole else fill_forward(rows, memory["last"])
        memory["last"] = filled[-1]
        scores = self._advance(memory, filled)
        if not whole:
            scores = np.where(np.isnan(rows), np.nan, scores)
        return scores

    def _advance(self, memory: Memory, rows: Values) -> Scores:
        """Scores of clean rows. Overridden only by detectors whose past has no fixed length."""
        tail: Tail = memory["tail"]
        if tail.length == 0:
            return self._score(rows)
        x = tail.extend(rows)
        if len(x) <= self.warm_up:
            return np.full(rows.shape, np.nan)
        return self._score(x)[-len(rows) :]

    @abstractmethod
    def _fit(self, x: Values) -> None: ...

    @abstractmethod
    def _score(self, x: Values) -> Scores: ...

    def _fit_many(self, parts: list[Values]) -> None:
        """Learn from several series. Point detectors pool the rows; windows must not run over a seam."""
        if self.context:
            raise SeriesError(
                f"{type(self).__name__} learns from one series at a time, got {len(parts)}. Fit one model for each."
            )
        self._fit(np.concatenate(parts))


def typical(parts: Sequence[Series]) -> Values:
    """The median of each channel over all parts, shape (channel,); what a missing first value is filled with."""
    values = parts[0].values if len(parts) == 1 else np.concatenate([part.values for part in parts])
    empty = np.isnan(values).all(axis=0)
    if empty.any():
        name = parts[0].channels[int(empty.argmax())]
        raise SeriesError(
            f"Channel {name!r} has no value at all in the training part. Leave it out: name the others in value= of the source, or series.select(...)."
        )
    if math.isfinite(values.sum()):
        # The median of a thinned column is as good a filler as the whole one's, and does not sort ten million rows.
        return np.median(values[:: 1 + len(values) // 100_000], axis=0)
    return np.asarray(np.nanmedian(values, axis=0))


def _clean(values: Values, fill: Values) -> Values:
    return values if math.isfinite(values.sum()) else fill_forward(values, fill)


@dataclass(kw_only=True)
class Scaler(Algorithm):
    """Brings channels to one scale, learned from the training part only: (x - centre) / scale.

    A constant channel has scale 1: it keeps its own unit, so a departure from it stays visible and finite.

    Parameters
    ----------
    how : `standard` mean and standard deviation, `robust` median and interquartile range, `minmax` to 0..1, or `none`
    """

    how: Literal["standard", "robust", "minmax", "none"] = "standard"

    def fit(self, x: Values) -> Self:
        """Learn centre and scale of each channel of `x` (time, channel), ignoring NaN. O(time x channel)."""
        self._forget()
        if self.how == "robust":
            low, centre, high = np.nanpercentile(x, [25, 50, 75], axis=0)
            scale = (high - low) / 1.349
        elif self.how == "minmax":
            centre, scale = np.nanmin(x, axis=0), np.nanmax(x, axis=0) - np.nanmin(x, axis=0)
        elif self.how == "standard":
            centre, scale = _mean_and_deviation(x)
        else:
            centre, scale = np.zeros(x.shape[1]), np.ones(x.shape[1])
        # Rounding leaves a constant channel with a deviation of about 1e-16 of its level.
        still = scale <= 1e-12 * np.maximum(np.abs(centre), 1e-300)
        self.centre_, self.scale_ = np.asarray(centre, np.float64), np.where(still, 1.0, scale)
        return self

    def apply(self, x: Values) -> Values:
        """`x` on the learned scale."""
        return x if self.how == "none" else (x - self.centre_) / self.scale_

    def undo(self, x: Values) -> Values:
        """`x` back in the unit of the source."""
        return x if self.how == "none" else x * self.scale_ + self.centre_


def _mean_and_deviation(x: Values) -> tuple[Values, Values]:
    if math.isfinite(x.sum()):
        return x.mean(axis=0), x.std(axis=0)
    return np.nanmean(x, axis=0), np.nanstd(x, axis=0)


@dataclass(kw_only=True)
class Scorer(Algorithm):
    """Makes one score of the channels' scores. Learned on the calibration part; NaN channels are left out.

    An author writes `_combine(channel_scores) -> (time,)` and, where something is learned, `_fit`. Where the combination
    is not a plain maximum or sum, `blame` says how much each channel had to do with it.

    Parameters
    ----------
    smooth : points over which the score is averaged, trailing; 1 is no smoothing, `period` the period of the series
    """

    smooth: Annotated[int, Ge(1)] | Literal["period"] = 1

    @property
    def context(self) -> int:
        """How many earlier rows a score reads, without the smoothing."""
        return 0

    def width(self, period: int) -> int:
        """Points over which the score of a series of this period is averaged."""
        return period if self.smooth == "period" else self.smooth

    @final
    def fit(self, channel_scores: Scores, period: int = 1) -> Self:
        """Learn from channel scores (time, channel) of normal data the detector was not trained on."""
        self._forget()
        self.channels_ = channel_scores.shape[1]
        self.width_ = self.width(period)
        self._fit(channel_scores[~np.isnan(channel_scores).any(axis=1)])
        return self

    def begin(self) -> Memory:
        """An empty memory, for `advance`."""
        self._must_be_fitted()
        return {"tail": Tail(self.context), "smooth": Tail(self.width_ - 1)}

    def advance(self, memory: Memory, channel_scores: Scores) -> Scores:
        """Scores of the next rows, shape (time,); NaN where no channel has an opinion."""
        tail: Tail = memory["tail"]
        rows = tail.extend(channel_scores)
        scores = self._combine(rows)[len(rows) - len(channel_scores) :]
        if self.width_ == 1:
            return scores
        from .kernels.moving import moving_mean

        recent = memory["smooth"].extend(scores[:, None])[:, 0]
        return moving_mean(recent, self.width_)[len(recent) - len(scores) :]

    def score(self, channel_scores: Scores) -> Scores:
        """Scores of a whole series at once, shape (time,)."""
        return self.advance(self.begin(), channel_scores)

    def blame(self, channel_scores: Scores) -> Scores:
        """How much each channel had to do with each score, shape (time, channel), not negative, any unit."""
        return np.maximum(np.nan_to_num(channel_scores), 0.0)

    def _fit(self, channel_scores: Scores) -> None:
        """Learn from complete rows; most scorers have nothing to learn."""

    @abstractmethod
    def _combine(self, channel_scores: Scores) -> Scores: ...


@dataclass(kw_only=True)
class Threshold(Algorithm):
    """The limit a score is held against: a row is flagged where its score is greater than its limit.

    An author writes `_fit(scores, labels)`, which leaves `value_`. A threshold that keeps learning overrides `begin` and
    `advance`; its limit at a row comes from earlier rows only. NaN scores are never flagged and never learned from.
    """

    supervised: ClassVar[bool] = False
    """Whether `fit` needs labels. Such a threshold never sees the data that judge it."""

    @property
    def promised_rate(self) -> float | None:
        """The share of normal rows it promises to flag, where it promises one."""
        return None

    @final
    def fit(self, scores: Scores, labels: Flags | None = None) -> Self:
        """Learn the limit from scores (time,) of held-out normal data, or of labelled data where `supervised`."""
        self._forget()
        known = ~np.isnan(scores)
        if not known.any():
            raise SeriesError(f"{type(self).__name__} got no score to learn from. Give a longer calibration part.")
        if self.supervised and labels is None:
            raise SeriesError(
                f"{type(self).__name__} learns from labels. Give labelled data: labelled=series, or --labelled."
            )
        self._fit(scores[known], None if labels is None else labels[known])
        return self

    def begin(self) -> Memory:
        """An empty memory, for `advance`."""
        self._must_be_fitted()
        return {}

    def advance(self, memory: Memory, scores: Scores) -> Scores:
        """The limit of each of the next rows, shape (time,). A fixed limit is the same for all."""
        return np.full(len(scores), self.value_)

    value_: float = field(init=False, repr=False, compare=False)

    @abstractmethod
    def _fit(self, scores: Scores, labels: Flags | None) -> None: ...


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
        from .frames import frame

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
        x = _clean(series.values, fill)
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
        filled = rows if math.isfinite(rows.sum()) else fill_forward(rows, memory["last"])
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
