"""A scorer: one score of the channels' scores."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, Literal, Self, final

import numpy as np
from annotated_types import Ge

from ..kernels.tail import Tail
from .algorithm import Algorithm, Memory, Scores


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
        from ..kernels.moving import moving_mean

        recent = memory["smooth"].extend(scores[:, None])[:, 0]
        smoothed = moving_mean(recent, self.width_)[len(recent) - len(scores) :]
        return np.where(np.isnan(scores), np.nan, smoothed)  # of a row that nobody saw its neighbours say nothing

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
