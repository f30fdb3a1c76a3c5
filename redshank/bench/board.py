"""From results to a leaderboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..metrics import METRICS, bootstrap
from .backends import Outcome


@dataclass(frozen=True)
class Standing:
    """One detector on the board, for one metric.

    `mean`, `median` and `rank` are over the series that every ranked detector finished; `failed` says how many it did not.
    """

    detector: str
    causal: bool
    mean: float
    low: float
    high: float
    median: float
    rank: float
    series: int
    failed: int
    fit_s: float
    score_s: float
    peak_mb: float


@dataclass(frozen=True)
class Board:
    """Detectors in the order of their mean, causal and look-ahead ones apart, and when two ranks differ beyond chance."""

    metric: str
    standings: tuple[Standing, ...]
    series: int
    critical_difference: float
    """Nemenyi's, on mean ranks, at 5 %: detectors closer than this are not told apart (Demsar 2006, sec. 3.2.2)."""
    p_value: float
    """Of Friedman's test that all detectors are alike."""

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        from dataclasses import asdict

        return {**asdict(self), "standings": [asdict(row) for row in self.standings]}


def board(rows: Sequence[Outcome], metric: str = "vus_pr") -> Board:
    """The leaderboard of one metric of `METRICS` over result rows.

    A detector that finished fewer than half of the series is listed last with its failures and takes no part in the ranking.
    """
    if metric not in METRICS:
        raise InputError(f"No metric is called {metric!r}. Known: {', '.join(METRICS)}.")
    higher = METRICS[metric].direction == "higher"
    detectors = sorted({row["detector"] for row in rows if row["detector"] != "*"})
    figures = {(row["detector"], row["series"]): row.get(metric) for row in rows if row["status"] == "ok"}
    known = {key: value for key, value in figures.items() if value is not None}
    entries = sorted({row["series"] for row in rows if row["status"] != "unreadable"})
    ranked = [name for name in detectors if sum((name, entry) in known for entry in entries) * 2 >= len(entries) > 0]
    shared = [entry for entry in entries if all((name, entry) in known for name in ranked)]
    table = np.array([[known[name, entry] for name in ranked] for entry in shared]).reshape(len(shared), len(ranked))
    ranks = mean_ranks(table if higher else -table)
    standings = [_standing(name, rows, table[:, i], ranks[i], len(entries)) for i, name in enumerate(ranked)]
    standings.sort(key=lambda row: row.mean, reverse=higher)
    nothing = np.empty(0)
    standings += [_standing(name, rows, nothing, np.nan, len(entries)) for name in detectors if name not in ranked]
    return Board(metric, tuple(standings), len(shared), critical_difference(len(ranked), len(shared)), friedman(table))


def _standing(name: str, rows: Sequence[Outcome], values: NDArray[np.float64], rank: float, entries: int) -> Standing:
    own = [row for row in rows if row["detector"] == name and row["status"] == "ok"]
    low, high = bootstrap(values) if len(values) else (np.nan, np.nan)

    def total(column: str) -> float:
        return float(sum(row[column] for row in own))

    return Standing(
        detector=name,
        causal=all(row.get("causal", True) for row in own),
        mean=float(values.mean()) if len(values) else np.nan,
        low=low,
        high=high,
        median=float(np.median(values)) if len(values) else np.nan,
        rank=float(rank),
        series=len(own),
        failed=entries - len(own),
        fit_s=total("fit_s"),
        score_s=total("score_s"),
        peak_mb=max((row["peak_mb"] or np.nan for row in own), default=np.nan),
    )


def mean_ranks(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean rank of each column of (series, detector), 1 for the highest; ties share.

    Examples
    --------
    >>> mean_ranks(np.array([[0.9, 0.1, 0.1], [0.8, 0.9, 0.2]])).tolist()
    [1.5, 1.75, 2.75]
    """
    from scipy.stats import rankdata

    if not len(table):
        return np.full(table.shape[1], np.nan)
    return np.asarray(rankdata(-table, axis=1).mean(axis=0))


def critical_difference(detectors: int, series: int, alpha: float = 0.05) -> float:
    """Nemenyi's critical difference of two mean ranks (Demsar 2006, eq. of sec. 3.2.2).

    Examples
    --------
    >>> round(critical_difference(4, 14), 2)
    1.25
    """
    from scipy.stats import studentized_range

    if detectors < 2 or series < 2:
        return float("nan")
    q = studentized_range.ppf(1 - alpha, detectors, np.inf) / np.sqrt(2)
    return float(q * np.sqrt(detectors * (detectors + 1) / (6 * series)))


def friedman(table: NDArray[np.float64]) -> float:
    """P-value of Friedman's test on (series, detector); NaN below 3 detectors or 2 series."""
    from scipy.stats import friedmanchisquare

    if table.shape[1] < 3 or len(table) < 2 or (table == table[:, :1]).all():
        return float("nan")
    return float(friedmanchisquare(*table.T).pvalue)


def cliques(ranks: NDArray[np.float64], difference: float) -> list[tuple[int, int]]:
    """Runs of detectors, sorted by rank, that are not told apart: pairs (first, last), longest ones only.

    Examples
    --------
    >>> cliques(np.array([1.0, 1.5, 3.0, 3.2]), 1.0)
    [(0, 1), (2, 3)]
    """
    found: list[tuple[int, int]] = []
    for first in range(len(ranks)):
        last = int(np.flatnonzero(ranks - ranks[first] <= difference).max())
        if last > first and (not found or last > found[-1][1]):
            found.append((first, last))
    return found
