"""What each figure is called, which way is better, and how far it can be trusted: what a table needs to be read right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any, Literal

from .inputs import Flags

Kind = Literal["scores", "flags", "attribution", "forecast"]
Direction = Literal["higher", "lower", "promised"]
INF = float("inf")


@dataclass(frozen=True)
class Metric:
    """One figure of the suite."""

    name: str
    title: str
    kind: Kind
    """What it judges: scores (over all thresholds), flags, blamed channels, or forecasts."""
    direction: Direction = "higher"
    """Which way is better; "promised" where it is right to equal the level that was promised."""
    low: float = 0.0
    high: float = 1.0
    oracle: bool = False
    """The threshold is the best one for the labels: an upper bound, never a result."""
    inflated: bool = False
    """A random score gets half of the range or more on SMD, SMAP and MSL."""
    unit: str = ""
    measure: Callable[[Flags, Any], float] | None = None
    """Another package's metric of labels (time,) and of scores or flags (time,); ours are made together by the suite."""

    @property
    def marks(self) -> str:
        """What a table must print beside the title."""
        return ", ".join(mark for mark, holds in (("oracle", self.oracle), ("inflated", self.inflated)) if holds)


_METRICS = (
    Metric("vus_pr", "VUS-PR", "scores"),
    Metric("vus_roc", "VUS-ROC", "scores"),
    Metric("auc_pr", "AUC-PR", "scores"),
    Metric("auc_roc", "AUC-ROC", "scores"),
    Metric("range_auc_pr", "Range-AUC-PR", "scores"),
    Metric("range_auc_roc", "Range-AUC-ROC", "scores"),
    Metric("best_f1", "Best F1", "scores", oracle=True),
    Metric("best_range_f1", "Best range F1", "scores", oracle=True),
    Metric("best_event_f1", "Best event F1", "scores", oracle=True),
    Metric("best_composite_f1", "Best composite F1", "scores", oracle=True),
    Metric("best_affiliation_f1", "Best affiliation F1", "scores", oracle=True, inflated=True),
    Metric("best_pa_f1", "Best point-adjusted F1", "scores", oracle=True, inflated=True),
    Metric("pa_k_area", "PA%K area", "scores", oracle=True),
    Metric("best_nab_standard", "Best NAB, standard", "scores", high=100, oracle=True),
    Metric("best_nab_low_fp", "Best NAB, reward low FP", "scores", high=100, oracle=True),
    Metric("best_nab_low_fn", "Best NAB, reward low FN", "scores", high=100, oracle=True),
    Metric("precision", "Precision", "flags"),
    Metric("recall", "Recall", "flags"),
    Metric("f1", "F1", "flags"),
    Metric("range_precision", "Range precision", "flags"),
    Metric("range_recall", "Range recall", "flags"),
    Metric("range_f1", "Range F1", "flags"),
    Metric("event_precision", "Event precision", "flags"),
    Metric("event_recall", "Event recall", "flags"),
    Metric("event_f1", "Event F1", "flags"),
    Metric("composite_f1", "Composite F1", "flags"),
    Metric("affiliation_precision", "Affiliation precision", "flags", inflated=True),
    Metric("affiliation_recall", "Affiliation recall", "flags", inflated=True),
    Metric("affiliation_f1", "Affiliation F1", "flags", inflated=True),
    Metric("pa_f1", "Point-adjusted F1", "flags", inflated=True),
    Metric("nab_standard", "NAB, standard", "flags", low=-INF, high=100),
    Metric("nab_low_fp", "NAB, reward low FP", "flags", low=-INF, high=100),
    Metric("nab_low_fn", "NAB, reward low FN", "flags", low=-INF, high=100),
    Metric("detection_delay", "Detection delay", "flags", "lower", high=INF, unit="rows"),
    Metric("detection_delay_s", "Detection delay", "flags", "lower", high=INF, unit="s"),
    Metric("false_alarms", "False alarms", "flags", "lower", high=INF),
    Metric("false_alarms_per_day", "False alarms a day", "flags", "lower", high=INF, unit="1/day"),
    Metric("hit_rate_100", "HitRate@100%", "attribution"),
    Metric("hit_rate_150", "HitRate@150%", "attribution"),
    Metric("ndcg_100", "NDCG@100%", "attribution"),
    Metric("ndcg_150", "NDCG@150%", "attribution"),
    Metric("mae", "MAE", "forecast", "lower", high=INF, unit="unit of the series"),
    Metric("rmse", "RMSE", "forecast", "lower", high=INF, unit="unit of the series"),
    Metric("smape", "sMAPE", "forecast", "lower", high=200, unit="%"),
    Metric("mase", "MASE", "forecast", "lower", high=INF),
    Metric("rmsse", "RMSSE", "forecast", "lower", high=INF),
    Metric("skill", "Skill against naive", "forecast", low=-INF),
    Metric("seasonal_skill", "Skill against seasonal naive", "forecast", low=-INF),
    Metric("wql", "WQL", "forecast", "lower", high=INF),
    Metric("crps", "CRPS", "forecast", "lower", high=INF, unit="unit of the series"),
    Metric("coverage", "Coverage", "forecast", "promised"),
    Metric("interval_score", "Interval score", "forecast", "lower", high=INF, unit="unit of the series"),
)

METRICS: dict[str, Metric] = {metric.name: metric for metric in _METRICS}
"""Every figure by name, in the order of a report; those of other packages join once this one is whole."""


def of_other_packages() -> Iterator[Metric]:
    """Those registered as entry points. One that cannot be imported is left out: `registry.broken` says why."""
    for entry in entry_points(group="redshank.metrics"):
        with suppress(Exception):
            metric = entry.load()
            if isinstance(metric, Metric) and metric.measure is not None:
                yield metric
