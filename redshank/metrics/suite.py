"""The detection suite at once: every figure with the random one beside it, and an interval where asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ParamError, SeriesError
from ..kernels.events import flags_to_intervals
from . import adjusted, affiliation, delay, events, nab, points, ranges, vus
from .catalogue import METRICS
from .chance import at_random, random_flags, random_scores
from .confidence import Interval, block_bootstrap, mean_block
from .inputs import Flags, Rows, Values, binary, judged, same_length
from .ranking import Oracle, in_falling_order
from .report import UNKNOWN, Figure, Report, finite

WINDOW = 100


@dataclass(frozen=True, eq=False)
class _Case:
    """The rows that are judged, shape (time,) each, and how."""

    labels: Flags
    scores: Values | None
    flags: Flags | None
    step_s: float
    window: int
    alpha: float
    only: frozenset[str]

    def figures(self) -> dict[str, float | Oracle]:
        found: dict[str, float | Oracle] = {}
        if self.scores is not None:
            found |= self._of_scores(self.scores) | self._of_other_packages("scores", self.scores)
        if self.flags is not None:
            found |= self._of_flags(self.flags) | self._of_other_packages("flags", self.flags)
        return {name: found[name] for name in METRICS if name in found and name in self.only}

    def values(self) -> dict[str, float]:
        return {name: _value(figure) for name, figure in self.figures().items()}

    def _of_scores(self, scores: Values) -> dict[str, float | Oracle]:
        ranking = in_falling_order(self.labels, scores)
        found: dict[str, float | Oracle] = {}
        areas = ("vus_pr", "vus_roc", "range_auc_pr", "range_auc_roc")
        if self.only & set(areas):
            volume, last = vus.volumes_and_slice(ranking, self.window)
            found |= zip(areas, (*volume, *last))
        profiles = ("best_nab_standard", "best_nab_low_fp", "best_nab_low_fn")
        if self.only & set(profiles):
            found |= zip(profiles, nab.best_nab_of_profiles(ranking, *nab.PROFILES).values())
        single: dict[str, Callable[[], float | Oracle]] = {
            "auc_pr": lambda: points.area_under_precision_recall(ranking),
            "auc_roc": lambda: points.area_under_roc(ranking),
            "best_f1": lambda: points.best_point_f(ranking),
            "best_range_f1": lambda: ranges.best_range_f(ranking, self.alpha),
            "best_event_f1": lambda: events.best_event_f(ranking),
            "best_composite_f1": lambda: events.best_composite_f(ranking),
            "best_affiliation_f1": lambda: affiliation.best_affiliation_f(ranking),
            "best_pa_f1": lambda: adjusted.best_point_adjusted_f(ranking),
            "pa_k_area": lambda: adjusted.best_pa_k_curve(ranking).area,
        }
        return found | {name: figure() for name, figure in single.items() if name in self.only}

    def _of_flags(self, flags: Flags) -> dict[str, float | Oracle]:
        labels, timed = self.labels, not np.isnan(self.step_s)
        found: dict[str, float | Oracle] = {}
        affiliations = ("affiliation_precision", "affiliation_recall", "affiliation_f1")
        if self.only & set(affiliations):
            found |= zip(affiliations, affiliation.affiliation_scores(labels, flags))
        single: dict[str, Callable[[], float]] = {
            "precision": lambda: points.precision(labels, flags),
            "recall": lambda: points.recall(labels, flags),
            "f1": lambda: points.f_beta(labels, flags),
            "range_precision": lambda: ranges.range_precision(labels, flags),
            "range_recall": lambda: ranges.range_recall(labels, flags, alpha=self.alpha),
            "range_f1": lambda: ranges.range_f_beta(labels, flags, alpha=self.alpha),
            "event_precision": lambda: events.event_precision(labels, flags),
            "event_recall": lambda: events.event_recall(labels, flags),
            "event_f1": lambda: events.event_f1(labels, flags),
            "composite_f1": lambda: events.composite_f1(labels, flags),
            "pa_f1": lambda: adjusted.point_adjusted_f1(labels, flags),
            "nab_standard": lambda: nab.nab_score(labels, flags, "standard", probation=0).score,
            "nab_low_fp": lambda: nab.nab_score(labels, flags, "reward-low-fp", probation=0).score,
            "nab_low_fn": lambda: nab.nab_score(labels, flags, "reward-low-fn", probation=0).score,
            "detection_delay": lambda: delay.detection_delay(labels, flags),
            "false_alarms": lambda: float(events.false_alarms(labels, flags)),
        }
        if timed:
            single["detection_delay_s"] = lambda: delay.detection_delay(labels, flags) * self.step_s
            single["false_alarms_per_day"] = lambda: delay.false_alarms_per_day(labels, flags, step_s=self.step_s)
        return found | {name: figure() for name, figure in single.items() if name in self.only}

    def _of_other_packages(self, kind: str, judged: Values | Flags) -> dict[str, float]:
        return {
            name: float(metric.measure(self.labels, judged))
            for name, metric in METRICS.items()
            if metric.measure is not None and metric.kind == kind and name in self.only
        }

    def at(self, rows: Rows) -> _Case:
        """The same protocol on other rows."""
        return self._with(
            self.labels[rows],
            None if self.scores is None else self.scores[rows],
            None if self.flags is None else self.flags[rows],
        )

    def at_random(self, seed: int) -> _Case:
        """The same protocol on random scores, and on as many flags raised at random."""
        n = len(self.labels)
        return self._with(
            self.labels,
            None if self.scores is None else random_scores(n, seed),
            None if self.flags is None else random_flags(n, int(self.flags.sum()), seed),
        )

    def _with(self, labels: Flags, scores: Values | None, flags: Flags | None) -> _Case:
        return _Case(labels, scores, flags, self.step_s, self.window, self.alpha, self.only)

    def why_unknown(self, name: str) -> str:
        """One sentence on a figure that is NaN."""
        if not self.labels.any():
            return "No row is labelled anomalous, so there is nothing to find."
        if self.labels.all():
            return "Every row is labelled anomalous, so there is nothing to confuse it with."
        if name.startswith("detection_delay"):
            return "No event was found, so none was found late."
        return "Nothing was flagged, so no share of it is right."


def judge(
    labels: ArrayLike,
    scores: ArrayLike | None = None,
    flags: ArrayLike | None = None,
    *,
    times: ArrayLike | None = None,
    step_s: float | None = None,
    window: int | None = None,
    alpha: float = ranges.ALPHA,
    only: Sequence[str] | None = None,
    repeats: int | None = None,
    confidence: float | None = None,
    draws: int = 100,
    seed: int = 0,
) -> Report:
    """Every detection figure of one series, with the random figure under the same protocol beside it.

    Parameters
    ----------
    labels : (time,) 1 where the row is anomalous
    scores : (time,) higher is stranger; NaN at the start is warm-up and left out, of labels and flags as well
    flags : (time,) 1 where an alarm was raised; without them there are no figures of flags
    times : (time,) datetime64 or seconds; or `step_s`, the seconds from row to row: for delays in seconds and alarms a day
    window : widest soft edge of VUS, in rows; 100, or the length of a shorter series, where none is given. TSB-AD takes the
        period of the series: `redshank.kernels.spectrum.tsb_ad_period`
    alpha : worth of existence in the range recall
    only : names of the figures to make, of `METRICS`; all where none is given
    repeats : random scores to average; where none is given, as many as make 100,000 rows, 1 at least and 10 at most
    confidence : level of an interval by the stationary block bootstrap, such as 0.95; none where not given, as it costs `draws`
        times the suite
    draws : resamples for the interval
    seed : of the random scores and the resamples

    Returns
    -------
    A report by name. An undefined figure is NaN and has a sentence that says why.

    Raises
    ------
    SeriesError
        If lengths differ, labels or flags are not 0 or 1, scores are NaN or infinite after the warm-up, a warm-up row is
        flagged, or the window is longer than the series.
    ParamError
        If neither scores nor flags are given, or a figure has an unknown name.

    Notes
    -----
    Cost: 0.7 s for 1,000,000 rows with 300 events and scores only, as much again for each random repeat; memory linear.

    Examples
    --------
    >>> labels = np.repeat([0, 1, 0], [60, 10, 30])
    >>> report = judge(labels, labels + 0.1, labels, step_s=3600)
    >>> report["vus_pr"].value, report["f1"].value, report["false_alarms_per_day"].value
    (1.0, 1.0, 0.0)
    >>> report["f1"].baseline < 0.2 < 0.5 < report["best_pa_f1"].baseline
    True
    """
    case, warmup = _case(labels, scores, flags, times, step_s, window, alpha, only)
    n = len(case.labels)
    repeats = max(1, min(10, 100_000 // n)) if repeats is None else repeats
    baseline = at_random(lambda draw: case.at_random(draw).values(), repeats, seed)
    lengths = np.diff(flags_to_intervals(case.labels), axis=1).ravel()
    sure: dict[str, Interval] = {}
    if confidence is not None:
        resampled = block_bootstrap(
            lambda rows: case.at(rows).values(), n, mean_block(lengths, n), level=confidence, draws=draws, seed=seed
        )
        sure = dict(resampled)
    figures = {
        name: Figure(
            METRICS[name],
            value,
            baseline[name],
            sure.get(name, UNKNOWN),
            figure.threshold if isinstance(figure, Oracle) else np.nan,
            case.why_unknown(name) if np.isnan(value) else "",
        )
        for name, figure in case.figures().items()
        for value in [_value(figure)]
    }
    protocol = {
        "rows": n,
        "warmup": warmup,
        "anomalous_rows": int(case.labels.sum()),
        "events": len(lengths),
        "window": case.window,
        "thresholds": vus.THRESHOLDS,
        "alpha": alpha,
        "step_s": finite(case.step_s),
        "random_repeats": repeats,
        "confidence": confidence,
        "draws": draws if confidence is not None else 0,
        "seed": seed,
    }
    return Report(figures, protocol)


def _case(
    labels: ArrayLike,
    scores: ArrayLike | None,
    flags: ArrayLike | None,
    times: ArrayLike | None,
    step_s: float | None,
    window: int | None,
    alpha: float,
    only: Sequence[str] | None,
) -> tuple[_Case, int]:
    """Check everything once and leave out the warm-up."""
    if scores is None and flags is None:
        raise ParamError("There is nothing to judge: give scores, flags, or both.")
    truth, raised, warmup = binary(labels, "labels"), None, 0
    if flags is not None:
        raised = binary(flags, "flags")
        same_length(truth, raised, "flags")
    if times is not None:
        if step_s is not None:
            raise ParamError("Give either times or step_s, not both.")
        step_s = delay.usual_step_s(delay.seconds(times, truth))
    if step_s is not None and not step_s > 0:
        raise ParamError(
            f"step_s must be more than 0, got {step_s}. It is the time from one row to the next in seconds."
        )
    values = None
    if scores is not None:
        truth, values, warmup = judged(truth, scores)
        if raised is not None:
            if raised[:warmup].any():
                row = int(raised.argmax())
                raise SeriesError(f"Row {row} is flagged but has no score. Do not flag the rows of the warm-up.")
            raised = raised[warmup:]
    if window is None:
        window = min(WINDOW, len(truth))
    if not 0 <= window <= len(truth):
        raise SeriesError(
            f"The window of {window} rows does not fit the {len(truth)} judged rows. Take 0 to {len(truth)}."
        )
    unknown = sorted(set(only or ()) - set(METRICS))
    if unknown:
        raise ParamError(f"No figure is called {unknown[0]!r}. Known: {', '.join(METRICS)}.")
    step = np.nan if step_s is None else float(step_s)
    return _Case(truth, values, raised, step, window, alpha, frozenset(only or METRICS)), warmup


def _value(figure: float | Oracle) -> float:
    return figure.value if isinstance(figure, Oracle) else figure
