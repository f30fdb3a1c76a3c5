"""Quantile: the limit that a share of the calibration scores exceeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Gt, Lt

from ..base import Scores, Threshold
from ..series import Flags


@dataclass(kw_only=True)
class Quantile(Threshold):
    """The k-th largest calibration score, k = floor(q (n + 1)): the next normal score exceeds it at most k times in n + 1.

    That holds for any distribution, as long as calibration scores and later normal ones could change places (Vovk et al.
    2005, chapter 2). With fewer than 1 / q - 1 calibration scores the rate cannot be kept: the limit is then the
    largest of them, and `note_` says so. Drift breaks the promise; so does a calibration part with anomalies, which
    makes the limit too high. O(n).

    Parameters
    ----------
    q : share of normal points that may be flagged

    Examples
    --------
    >>> threshold = Quantile(q=0.1).fit(np.arange(99.0))
    >>> threshold.value_, threshold.promised_rate
    (89.0, 0.1)
    """

    paper: ClassVar[str] = "Vovk, Gammerman and Shafer 2005, doi:10.1007/b106715"

    q: Annotated[float, Gt(0), Lt(1)] = 0.01

    @property
    def promised_rate(self) -> float:
        self._must_be_fitted()
        return self.rate_

    def _fit(self, scores: Scores, labels: Flags | None) -> None:
        n = len(scores)
        # 0.1 * 100 must count as 10 although it is a little less in floating point.
        rank = min(int(self.q * (n + 1) * (1 + 1e-12)), n)
        self.note_ = ""
        if rank < 1:
            self.note_ = (
                f"{n} calibration scores cannot show a share of {self.q:g}: the limit is the largest, which a normal "
                f"score exceeds once in {n + 1}. Calibrate on {int(np.ceil(1 / self.q)) - 1} or more."
            )
        rank = max(rank, 1)
        self.value_ = float(np.partition(scores, n - rank)[n - rank])
        self.rate_ = rank / (n + 1)
