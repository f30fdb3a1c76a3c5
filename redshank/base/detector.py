"""A detector: how strange each channel is at each time."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self, final

import numpy as np

from ..errors import SeriesError
from ..kernels.missing import fill_forward
from ..kernels.tail import Tail
from ..series import Series, Values
from .algorithm import Algorithm, Memory, Scores
from .missing import complete, typical


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
        matrices = [complete(part.values, self.fill_) for part in parts]
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
