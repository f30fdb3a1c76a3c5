"""The attribution suite: was the right channel blamed, against a random order of the channels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from .attribution import Interval as Labelled
from .attribution import blame_per_event, hit_rate, ndcg
from .catalogue import METRICS
from .confidence import block_bootstrap
from .inputs import Flags, Values
from .report import UNKNOWN, Figure, Report, in_order


def judge_attribution(
    channel_scores: ArrayLike,
    intervals: Sequence[Labelled],
    channels: Sequence[str] | None = None,
    *,
    confidence: float | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> Report:
    """HitRate and NDCG at 100 and 150 percent of channel scores (time, channel), with the figure of a random order.

    Parameters
    ----------
    channel_scores : (time, channel) higher is stranger; NaN is not scored
    intervals : start row, end row and the channels to blame, as in the interpretation labels of SMD
    channels : names of the channels, where intervals name them
    confidence : level of an interval by resampling the events, such as 0.95
    draws, seed : of the resampling

    Examples
    --------
    >>> report = judge_attribution([[0.1, 0.2], [0.9, 0.3]], [(1, 2, [0])])
    >>> report["hit_rate_100"].value, report["hit_rate_100"].baseline
    (1.0, 0.5)
    """
    blame, causes = blame_per_event(channel_scores, intervals, channels)
    baseline = _figures(np.zeros(blame.shape), causes)  # equal blame gives the mean over all orders: the random figure
    sure = {}
    if confidence is not None and len(blame):
        sure = block_bootstrap(
            lambda rows: _figures(blame[rows], causes[rows]), len(blame), 1, level=confidence, draws=draws, seed=seed
        )
    figures = {
        name: Figure(
            METRICS[name],
            value,
            baseline[name],
            sure.get(name, UNKNOWN),
            note="No event with a named channel was scored." if np.isnan(value) else "",
        )
        for name, value in _figures(blame, causes).items()
    }
    return in_order(figures, {"events": len(blame), "confidence": confidence})


def _figures(blame: Values, causes: Flags) -> dict[str, float]:
    return {
        f"{name}_{at}": measure(blame, causes, at)
        for name, measure in (("hit_rate", hit_rate), ("ndcg", ndcg))
        for at in (100, 150)
    }
