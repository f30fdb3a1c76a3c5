"""A threshold: the limit a score is held against."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar, Self, final

import numpy as np

from ..errors import SeriesError
from ..series import Flags
from .algorithm import Algorithm, Memory, Scores


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
