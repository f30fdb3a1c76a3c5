"""How good a model is on labelled data, beside random scores under the same rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from . import progress
from .base import Scores
from .errors import InputError

if TYPE_CHECKING:
    from .detection import Detection
    from .metrics import Report
    from .series import Series

MAIN = (
    "precision",
    "recall",
    "f1",
    "vus_pr",
    "auc_pr",
    "event_recall",
    "false_alarms_per_day",
    "detection_delay_s",
)
"""The figures of `redshank.metrics.METRICS` that are made unless all are asked for: none chooses its limit by the labels."""
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Evaluation:
    """Figures of a detection on labelled data. Nothing here is adjusted by the labels.

    Parameters
    ----------
    report : figures by name, each with that of random scores (flagged as often as the model flags) and an interval: of one
        series by the stationary block bootstrap, of several the mean over series with a bootstrap over them
    series : the report of each series, by name
    points, events : labelled data judged
    """

    report: Report
    series: dict[str, Report]
    points: int
    events: int

    def to_json(self) -> dict[str, Any]:
        """Everything as JSON values; what cannot be said is null."""
        said = {"points": self.points, "events": self.events, **self.report.to_dict()}
        if len(self.series) > 1:
            said["series"] = {name: report.to_dict()["figures"] for name, report in self.series.items()}
        return said


@dataclass
class Judge:
    """Gathers detections, whole or in pieces, of one or many series, and judges them.

    Remembers the labels, times, scores and flags: 18 bytes a row.

    Examples
    --------
    >>> import redshank
    >>> from redshank.testing import sine, sine_with_spike
    >>> series, _ = sine_with_spike()
    >>> model = redshank.fit("ewma", sine())
    >>> verdict = Judge().add(model.detect(series), series).verdict()
    >>> verdict.points == len(series), verdict.events, verdict.report["event_recall"].value
    (True, 1, 1.0)
    """

    _pieces: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    _whole: dict[str, tuple[Scores, Series]] = field(default_factory=dict)
    """Channel scores of the series whose labels name the channels to blame."""

    def add(self, detection: Detection, series: Series) -> Judge:
        """Hear the next piece; those of one series come in order and share its name."""
        if series.labels is None:
            raise InputError(
                "The series has no labels, so nothing can be judged. Name the label column: ?label=COLUMN in the source."
            )
        piece = (series.labels, series.times, detection.score, detection.flags)
        self._pieces.setdefault(series.name, []).append(piece)
        if series.intervals:
            self._whole[series.name] = detection.channel_scores, series
        return self

    def verdict(self, everything: bool = False, confidence: float | None = CONFIDENCE) -> Evaluation:
        """All figures where `everything`, those of `MAIN` where not.

        Cost: for one series, 100 times the figures where there is a `confidence`.
        """
        from .kernels.events import flags_to_intervals
        from .metrics import judge, judge_attribution

        reports: dict[str, Report] = {}
        points = events = 0
        for number, (name, pieces) in enumerate(self._pieces.items()):
            labels, times, scores, flags = map(np.concatenate, zip(*pieces, strict=True))
            progress.report("judging", number, len(self._pieces))
            sure = confidence if len(self._pieces) == 1 else None
            report = judge(
                labels,
                known(scores),
                flags,
                times=times if len(times) > 1 else None,
                only=None if everything else MAIN,
                confidence=sure,
            )
            if name in self._whole:
                blame, labelled = self._whole[name]
                report |= judge_attribution(blame, labelled.intervals, labelled.channels, confidence=sure)
            reports[name] = report
            points += len(labels)
            events += len(flags_to_intervals(labels))
        return Evaluation(_over_series(reports, confidence), reports, points, events)


def known(scores: Scores, warm_up: bool = False) -> Scores:
    """Scores that can be judged: a row without one is the least strange, for nobody was warned of it.

    The rows before the first score stay as they are, unless the `warm_up` is judged too.
    """
    unknown = np.isnan(scores)
    if unknown.all():
        raise InputError("There is no score at all: the window is longer than the series. Give a longer series.")
    if not warm_up:
        unknown[: int(unknown.argmin())] = False
    return np.where(unknown, np.nanmin(scores), scores)


def _over_series(reports: dict[str, Report], confidence: float | None) -> Report:
    """The mean of every figure over the series on which it is defined."""
    from .metrics import METRICS, Figure, Report, bootstrap
    from .metrics.report import UNKNOWN

    first = next(iter(reports.values()))
    if len(reports) == 1:
        return first
    figures: dict[str, Figure] = {}
    for name in METRICS:
        rows = [report[name] for report in reports.values() if name in report and not np.isnan(report[name].value)]
        if not rows:
            notes = [report[name].note for report in reports.values() if name in report]
            if notes:
                figures[name] = Figure(METRICS[name], np.nan, note=notes[0])
            continue
        values = [row.value for row in rows]
        chance = [row.baseline for row in rows if not np.isnan(row.baseline)]
        sure = UNKNOWN if confidence is None else bootstrap(values, level=confidence)
        baseline = float(np.mean(chance)) if chance else np.nan
        figures[name] = Figure(METRICS[name], float(np.mean(values)), baseline, sure)
    return Report(figures, {"series": len(reports), "confidence": confidence, "mean": "over series"})
