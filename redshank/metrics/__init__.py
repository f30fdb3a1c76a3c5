"""Judging detectors and forecasters honestly: pure functions of numpy arrays, usable without the rest of redshank.

>>> from redshank.metrics import judge, vus_pr
>>> round(vus_pr([0, 0, 1, 1, 0, 0], [0.1, 0.2, 0.9, 0.8, 0.3, 0.1], window=2), 3)
1.0

`labels` and `flags` are 0 or 1, `scores` are higher where stranger, and NaN at the start of `scores` is the warm-up, which no
figure counts. A figure that is 0 / 0 is NaN; input that cannot be judged is a `SeriesError`. `judge` makes all figures at
once, each with that of a random score beside it, and `METRICS` says which way is better and which are oracles or inflated.
"""

from __future__ import annotations

from .adjusted import (
    PaKCurve,
    best_point_adjusted_f1,
    pa_k_area,
    pa_k_curve,
    point_adjust,
    point_adjusted_f1,
)
from .affiliation import Affiliation, affiliation_scores, best_affiliation_f1
from .attribution import blame_per_event, hit_rate, ndcg
from .attribution_suite import judge_attribution
from .catalogue import METRICS, Metric, of_other_packages
from .chance import at_random, random_flags, random_scores
from .confidence import Interval, block_bootstrap, bootstrap, bootstrap_difference
from .delay import detection_delay, detection_delays, false_alarms_per_day
from .events import (
    best_composite_f1,
    best_event_f1,
    composite_f1,
    event_f1,
    event_precision,
    event_recall,
    false_alarms,
)
from .forecast import (
    coverage,
    crps,
    interval_score,
    mae,
    mase,
    naive,
    rmse,
    rmsse,
    seasonal_naive,
    skill,
    smape,
    wql,
)
from .forecast_suite import judge_forecast
from .nab import NabScore, best_nab_score, nab_score
from .points import auc_pr, auc_roc, best_f1, best_f_beta, f_beta, precision, recall
from .ranges import best_range_f1, range_f_beta, range_precision, range_recall
from .ranking import Oracle
from .report import Figure, Report
from .suite import judge
from .vus import range_auc_pr, range_auc_roc, vus_pr, vus_roc

__all__ = [
    "METRICS",
    "Affiliation",
    "Figure",
    "Interval",
    "Metric",
    "NabScore",
    "Oracle",
    "PaKCurve",
    "Report",
    "affiliation_scores",
    "at_random",
    "auc_pr",
    "auc_roc",
    "best_affiliation_f1",
    "best_composite_f1",
    "best_event_f1",
    "best_f1",
    "best_f_beta",
    "best_nab_score",
    "best_point_adjusted_f1",
    "best_range_f1",
    "blame_per_event",
    "block_bootstrap",
    "bootstrap",
    "bootstrap_difference",
    "composite_f1",
    "coverage",
    "crps",
    "detection_delay",
    "detection_delays",
    "event_f1",
    "event_precision",
    "event_recall",
    "f_beta",
    "false_alarms",
    "false_alarms_per_day",
    "hit_rate",
    "interval_score",
    "judge",
    "judge_attribution",
    "judge_forecast",
    "mae",
    "mase",
    "nab_score",
    "naive",
    "ndcg",
    "pa_k_area",
    "pa_k_curve",
    "point_adjust",
    "point_adjusted_f1",
    "precision",
    "random_flags",
    "random_scores",
    "range_auc_pr",
    "range_auc_roc",
    "range_f_beta",
    "range_precision",
    "range_recall",
    "recall",
    "rmse",
    "rmsse",
    "seasonal_naive",
    "skill",
    "smape",
    "vus_pr",
    "vus_roc",
    "wql",
]

METRICS.update((metric.name, metric) for metric in of_other_packages() if metric.name not in METRICS)
