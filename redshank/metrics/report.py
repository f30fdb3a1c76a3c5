"""A report: figures by name, each with its baseline and interval, and the protocol they hold under."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .catalogue import METRICS, Metric
from .confidence import Interval

UNKNOWN = Interval(np.nan, np.nan)


@dataclass(frozen=True)
class Figure:
    """One figure of a report."""

    metric: Metric
    value: float
    baseline: float = np.nan
    """The same figure of random scores, or of the naive forecast, under the same protocol."""
    interval: Interval = UNKNOWN
    threshold: float = np.nan
    """The threshold an oracle found best."""
    note: str = ""
    """Why the value is NaN."""

    def to_dict(self) -> dict[str, Any]:
        """For JSON: NaN and infinity become None."""
        return {
            "value": finite(self.value),
            "baseline": finite(self.baseline),
            "low": finite(self.interval.low),
            "high": finite(self.interval.high),
            "threshold": finite(self.threshold),
            "title": self.metric.title,
            "direction": self.metric.direction,
            "oracle": self.metric.oracle,
            "inflated": self.metric.inflated,
            "unit": self.metric.unit,
            "note": self.note,
        }


@dataclass(frozen=True)
class Report(Mapping[str, Figure]):
    """Figures by name, in the order of the catalogue, and the protocol they hold under.

    Examples
    --------
    >>> from redshank.metrics import judge
    >>> report = judge([0, 0, 1, 1, 0, 0], [0.1, 0.2, 0.9, 0.8, 0.3, 0.1], window=2)
    >>> report["auc_pr"].value
    1.0
    >>> print(report.table("auc_pr", "best_pa_f1"))
    figure                   value   baseline  marks
    AUC-PR                   1.000      0.474
    Best point-adjusted F1   1.000      0.754  oracle, inflated
    """

    figures: dict[str, Figure]
    protocol: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Figure:
        return self.figures[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.figures)

    def __len__(self) -> int:
        return len(self.figures)

    def __or__(self, other: Report) -> Report:
        """The figures of both, under the protocol of this one."""
        return Report({**self.figures, **other.figures}, self.protocol)

    def values_by_name(self) -> dict[str, float]:
        """The bare values."""
        return {name: figure.value for name, figure in self.figures.items()}

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"protocol": self.protocol, "figures": {name: figure.to_dict() for name, figure in self.items()}}

    def table(self, *names: str) -> str:
        """Figures as text, all or those named, one a line."""
        shown = [self[name] for name in names or self]
        width = max([len("figure"), *(len(figure.metric.title) for figure in shown)])
        sure = any(not np.isnan(figure.interval.low) for figure in shown)
        lines = [
            f"{'figure':{width}} {'value':>7} {'baseline':>10}" + ("  interval         " if sure else "") + "  marks"
        ]
        for figure in shown:
            line = f"{figure.metric.title:{width}} {figure.value:7.3f} {figure.baseline:10.3f}"
            line += f"  {figure.interval.low:7.3f} ..{figure.interval.high:7.3f}" if sure else ""
            lines.append(f"{line}  {figure.metric.marks or figure.metric.unit}".rstrip())
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.table()


def in_order(figures: Mapping[str, Figure], protocol: dict[str, Any]) -> Report:
    """A report with the figures in the order of the catalogue."""
    return Report({name: figures[name] for name in METRICS if name in figures}, protocol)


def finite(value: float) -> float | None:
    """For JSON: None where a number is NaN or infinite."""
    return float(value) if np.isfinite(value) else None
