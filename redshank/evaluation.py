"""How good a model is on labelled data, beside random scores under the same rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .detection import Detection
from .errors import InputError
from .kernels.events import flags_to_intervals
from .series import Flags, Series

DAY_S = 86_400.0


@dataclass(frozen=True)
class Evaluation:
    """Figures of a detection on labelled data. Nothing here is adjusted by the labels.

    Parameters
    ----------
    figures : precision, recall and f1 of the model's own flags, point by point; auc_pr of its scores; event_recall, the share
        of labelled events with a flag inside; false_alarms_per_day, flagged events that touch no label; delay_s, mean time
        from the start of a found event to its first flag (NaN where none was found)
    random : the same figures for uniform random scores, flagged as often as the model flags
    points, events : labelled data judged
    """

    figures: dict[str, float]
    random: dict[str, float]
    points: int
    events: int

    def to_json(self) -> dict[str, Any]:
        """Figures as JSON values; what cannot be said is null."""

        def plain(row: dict[str, float]) -> dict[str, float | None]:
            return {name: value if np.isfinite(value) else None for name, value in row.items()}

        return {
            "points": self.points,
            "events": self.events,
            "figures": plain(self.figures),
            "random": plain(self.random),
        }


def judge_detection(judged: Sequence[tuple[Detection, Series]], seed: int = 0) -> Evaluation:
    """Figures over one or many series, pooled: counts are summed, then divided."""
    rng = np.random.default_rng(seed)
    rows, chances = [], []
    for detection, series in judged:
        if series.labels is None:
            raise InputError(
                "The series has no labels, so nothing can be judged. Name the label column: ?label=COLUMN in the source."
            )
        known = ~np.isnan(detection.score)
        rate = float(detection.flags.sum()) / max(1, int(known.sum()))
        score = rng.random(len(series))
        rows.append((series, known, detection.score, detection.flags))
        chances.append((series, known, score, known & (score > 1 - rate)))
    points = sum(len(series) for _, series in judged)
    events = sum(len(flags_to_intervals(series.labels)) for _, series in judged if series.labels is not None)
    return Evaluation(_figures(rows), _figures(chances), points, events)


def _figures(rows: Sequence[tuple[Series, Flags, Any, Flags]]) -> dict[str, float]:
    from .metrics.points import auc_pr

    truths, scores = [], []
    tp = fp = fn = found = events = false_alarms = 0
    delays: list[float] = []
    days = 0.0
    for series, known, score, flags in rows:
        truth = np.asarray(series.labels)
        truths.append(truth[known])
        scores.append(score[known])
        tp, fp, fn = tp + int((truth & flags).sum()), fp + int((flags & ~truth).sum()), fn + int((truth & ~flags).sum())
        days += max(len(series), 1) * (series.step_s if len(series) > 1 else 1.0) / DAY_S
        labelled = flags_to_intervals(truth)
        events += len(labelled)
        for start, end in labelled.tolist():
            hits = np.flatnonzero(flags[start:end])
            if len(hits):
                found += 1
                delays.append(float((series.times[start + hits[0]] - series.times[start]).astype(np.int64)) / 1e9)
        false_alarms += sum(not truth[start:end].any() for start, end in flags_to_intervals(flags).tolist())
    truth = np.concatenate(truths)
    precision, recall = _ratio(tp, tp + fp), _ratio(tp, tp + fn)
    return {
        "precision": precision,
        "recall": recall,
        "f1": _ratio(2 * precision * recall, precision + recall),
        "auc_pr": float(auc_pr(truth, np.concatenate(scores))) if truth.any() else float("nan"),
        "event_recall": _ratio(found, events),
        "false_alarms_per_day": false_alarms / days,
        "delay_s": float(np.mean(delays)) if delays else float("nan"),
    }


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
