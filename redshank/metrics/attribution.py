"""Was the right channel blamed? Ranked channels of each event against the channels an expert named.

`blame` and `causes` have shape (event, channel): how much each channel is blamed for each event (higher is more, NaN is not
at all), and 1 where the expert named it. `blame_per_event` makes both from channel scores and labelled intervals, the
layout of the interpretation labels of SMD. Equal blame is not decided by the order of the channels: a figure is the mean
over all orders of the equal ones (McSherry & Najork 2008), so blaming all channels alike gives exactly the random figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ParamError, SeriesError
from .inputs import Flags, Values

Interval = tuple[int, int, Sequence[str] | Sequence[int]]
"""Start and end row, half open, and the channels to blame, by name or by number from 0."""


def hit_rate(blame: ArrayLike, causes: ArrayLike, at: float = 100) -> float:
    """Share of the named channels among the most blamed, mean over events, 0 to 1, higher is better.

    With g named channels, the floor(g at / 100) most blamed are looked at: HitRate@100 % and @150 % of Su et al. (KDD 2019,
    evaluation of interpretation). A random order gets floor(g at / 100) / channels. Events without a named channel are left out; NaN
    where none is left.

    Examples
    --------
    >>> hit_rate([[0.9, 0.1, 0.5]], [[1, 0, 1]])
    1.0
    >>> hit_rate([[0.9, 0.6, 0.5]], [[1, 0, 1]])
    0.5
    >>> hit_rate([[0.9, 0.6, 0.5]], [[1, 0, 1]], at=150)
    1.0
    """
    relevance, named, depth = _ranked(blame, causes, at)
    within = np.arange(relevance.shape[1]) < depth[:, None]
    return _mean((relevance * within).sum(axis=1) / named)


def ndcg(blame: ArrayLike, causes: ArrayLike, at: float = 100) -> float:
    """Discounted gain of the named channels among the most blamed, mean over events, 0 to 1, higher is better.

    A named channel in place r earns 1 / log2(r + 1); the sum over the floor(g at / 100) most blamed is divided by the best
    possible one (Jaervelin & Kekaelaeinen 2002, section 2.2). Unlike the hit rate it matters which comes first. NaN as `hit_rate`.

    Examples
    --------
    >>> round(ndcg([[0.9, 0.6, 0.5]], [[0, 1, 1]]), 4)
    0.3869
    """
    relevance, named, depth = _ranked(blame, causes, at)
    place = np.arange(relevance.shape[1])
    discount = 1 / np.log2(place + 2)
    gain = (relevance * discount * (place < depth[:, None])).sum(axis=1)
    best = (discount * (place < np.minimum(named, depth)[:, None])).sum(axis=1)
    return _mean(np.divide(gain, best, out=np.zeros(len(gain)), where=best > 0))


def blame_per_event(
    channel_scores: ArrayLike, intervals: Iterable[Interval], channels: Sequence[str] | None = None
) -> tuple[Values, Flags]:
    """Blame and causes, shape (event, channel) each, of channel scores (time, channel) and labelled intervals.

    The blame of a channel for an event is its mean score over the rows of the interval, without NaN. An interval that lies
    wholly in the warm-up was not scored and is left out.

    Examples
    --------
    >>> scores = [[0.0, 0.1], [0.9, 0.3], [0.7, 0.1]]
    >>> blame, causes = blame_per_event(scores, [(1, 3, ["web"])], channels=["web", "disk"])
    >>> blame.tolist(), causes.tolist()
    ([[0.8, 0.2]], [[True, False]])
    """
    scores = np.asarray(channel_scores, dtype=np.float64)
    if scores.ndim != 2:
        raise SeriesError(f"channel_scores must have shape (time, channel), got {scores.shape}.")
    rows, width = scores.shape
    blame, causes = [], []
    for start, end, named in intervals:
        if not 0 <= start < end <= rows:
            raise SeriesError(
                f"The interval {start} to {end} is not within the {rows} rows. Ends are exclusive, rows from 0."
            )
        part = scores[start:end]
        known = ~np.isnan(part)
        if not known.any():
            continue
        total = np.where(known, part, 0).sum(axis=0)
        count = known.sum(axis=0)
        blame.append(np.divide(total, count, out=np.full(width, np.nan), where=count > 0))
        causes.append(np.isin(np.arange(width), [_number(name, channels, width) for name in named]))
    return np.array(blame).reshape(-1, width), np.array(causes, dtype=np.bool_).reshape(-1, width)


def _number(name: str | int, channels: Sequence[str] | None, width: int) -> int:
    if isinstance(name, str):
        if channels is None or name not in channels:
            raise ParamError(f"No channel is called {name!r}. Known: {', '.join(channels or ()) or 'none'}.")
        return list(channels).index(name)
    if not 0 <= name < width:
        raise ParamError(f"There is no channel {name} among {width}. Channels count from 0.")
    return int(name)


def _ranked(blame: ArrayLike, causes: ArrayLike, at: float) -> tuple[Values, Values, Values]:
    """Expected relevance place by place, shape (event, channel), with how many channels are named and looked at."""
    given, named = np.asarray(blame, dtype=np.float64), np.asarray(causes)
    if given.ndim != 2 or given.shape != named.shape:
        raise SeriesError(
            f"blame and causes must both have shape (event, channel), got {given.shape} and {named.shape}."
        )
    if not np.isin(named, (0, 1)).all():
        raise SeriesError("causes must be 0 or 1. Write 1 for a channel that is to blame.")
    if not at > 0:
        raise ParamError(f"at must be more than 0 percent, got {at}.")
    judged = named.any(axis=1)
    given, named = given[judged], named[judged].astype(np.float64)
    counts = named.sum(axis=1)
    depth = np.minimum(np.floor(counts * at / 100), given.shape[1])
    rows = [_expected_relevance(scores, truth) for scores, truth in zip(given, named)]
    return np.array(rows).reshape(given.shape), counts, depth


def _expected_relevance(scores: Values, truth: Values) -> Values:
    """Relevance from the most blamed channel down; channels blamed alike share theirs. Shape (channel,)."""
    order = np.argsort(-np.where(np.isnan(scores), -np.inf, scores), kind="stable")
    falling: NDArray[np.float64] = np.where(np.isnan(scores), -np.inf, scores)[order]
    group = np.cumsum(np.append(False, falling[1:] != falling[:-1]))
    share = np.bincount(group, truth[order]) / np.bincount(group)
    return np.asarray(share[group])


def _mean(values: Values) -> float:
    return float(values.mean()) if len(values) else np.nan
