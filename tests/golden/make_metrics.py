"""Numbers of public implementations on small series, for tests/test_metrics_golden.py.

Run once with an interpreter that has tsb-ad 1.5, vus 0.0.6, prts 1.0.0.3, aeon 1.3.0, scikit-learn 1.7.2 and utilsforecast
0.2.17 (numpy 1.26.4), not the project's:

    PYTHON tests/golden/make_metrics.py > tests/golden/metrics.json
"""

from __future__ import annotations

import json
import warnings

import numpy as np
import pandas as pd
from aeon.benchmarking.metrics.anomaly_detection import range_f_score, range_precision, range_recall
from prts import ts_precision, ts_recall
from sklearn import metrics as sklearn_metrics
from TSB_AD.evaluation.affiliation.generics import convert_vector_to_events
from TSB_AD.evaluation.affiliation.metrics import pr_from_events
from TSB_AD.evaluation.basic_metrics import basic_metricor
from TSB_AD.evaluation.metrics import get_metrics, get_metrics_pred
from utilsforecast import losses
from vus.metrics import get_metrics as vus_get_metrics

warnings.simplefilter("ignore")
CASES = [  # rows, events, longest event, decimals of the scores, window
    (120, 2, 15, 3, 10),
    (200, 9, 6, 1, 25),
    (260, 1, 60, 3, 100),
    (150, 14, 1, 3, 7),
    (180, 4, 40, 0, 40),
]


def series(seed: int, rows: int, events: int, longest: int, decimals: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = np.zeros(rows, dtype=int)
    for start in rng.choice(rows - longest, events, replace=False):
        labels[start : start + rng.integers(1, longest + 1)] = 1
    if seed == 1:
        labels[:4] = labels[-3:] = 1  # events at both ends
    scores = np.round(rng.normal(size=rows) + 1.5 * labels + 0.5 * np.roll(labels, 3), decimals)
    return labels, scores


def detection(seed: int, rows: int, events: int, longest: int, decimals: int, window: int) -> dict:
    labels, scores = series(seed, rows, events, longest, decimals)
    flags = (scores > 1.3).astype(int)
    *surfaces, _, _ = basic_metricor().RangeAUC_volume_opt(labels, scores, window)
    tpr, fpr, precision = (np.array(surface)[window] for surface in surfaces[:3])
    affiliation = pr_from_events(convert_vector_to_events(flags), convert_vector_to_events(labels), (0, rows))
    ranges = []
    for alpha in (0.0, 0.3):
        for bias in ("flat", "front", "middle", "back"):
            for cardinality in ("one", "reciprocal"):
                how = {"cardinality": cardinality, "bias": bias}
                ranges.append(
                    {
                        "alpha": alpha,
                        **how,
                        "prts": [ts_precision(labels, flags, **how), ts_recall(labels, flags, alpha=alpha, **how)],
                        "aeon": [
                            range_precision(labels, flags, **how),
                            range_recall(labels, flags, alpha=alpha, **how),
                        ],
                    }
                )
    return {
        "labels": labels.tolist(),
        "scores": scores.tolist(),
        "flags": flags.tolist(),
        "window": window,
        "tsb_ad": get_metrics(scores, labels, slidingWindow=window),
        "tsb_ad_flags": get_metrics_pred(scores, labels, flags, slidingWindow=window),
        "tsb_ad_slice": {
            "pr": float(np.diff(tpr[:-1]) @ precision[1:]),
            "roc": float(np.diff(fpr) @ (tpr[1:] + tpr[:-1]) / 2),
        },
        "tsb_ad_range_auc_0": dict(zip(("roc", "pr"), basic_metricor().RangeAUC(labels, scores, 0, plot_ROC=True)[:2])),
        "vus": vus_get_metrics(scores, labels, "vus", slidingWindow=window),
        "affiliation": [affiliation["Affiliation_Precision"], affiliation["Affiliation_Recall"]],
        "ranges": ranges,
        "aeon_range_f": range_f_score(labels, flags, r_alpha=0.2),
        "sklearn": {
            "precision": sklearn_metrics.precision_score(labels, flags),
            "recall": sklearn_metrics.recall_score(labels, flags),
            "f1": sklearn_metrics.f1_score(labels, flags),
            "f2": sklearn_metrics.fbeta_score(labels, flags, beta=2),
            "auc_pr": sklearn_metrics.average_precision_score(labels, scores),
            "auc_roc": sklearn_metrics.roc_auc_score(labels, scores),
        },
    }


def attribution() -> dict:
    rng = np.random.default_rng(7)
    blame = rng.integers(0, 6, (12, 8)).astype(float)  # many channels are blamed alike
    causes = rng.random((12, 8)) < 0.3
    causes[:, 0] |= ~causes.any(axis=1)
    ndcg = {
        str(at): [
            sklearn_metrics.ndcg_score([truth], [scores], k=int(truth.sum() * at // 100))
            for scores, truth in zip(blame, causes.astype(int))
        ]
        for at in (100, 150)
    }
    return {"blame": blame.tolist(), "causes": causes.astype(int).tolist(), "sklearn_ndcg": ndcg}


def forecast() -> dict:
    rng = np.random.default_rng(8)
    history, actual = rng.normal(10, 2, 60).round(2), rng.normal(10, 2, 24).round(2)
    guess = (actual + rng.normal(0, 1, 24)).round(2)
    levels = [0.1, 0.25, 0.5, 0.75, 0.9]
    quantiles = np.sort(guess[:, None] + rng.normal(0, 1.5, (24, 5)), axis=1).round(2)
    names = [f"q{level}" for level in levels]
    frame = pd.DataFrame({"unique_id": 0, "y": actual, "f": guess, **dict(zip(names, quantiles.T))})
    train = pd.DataFrame({"unique_id": 0, "y": history})

    def one(loss: str, **options: object) -> float:
        return float(getattr(losses, loss)(frame, models=["f"], **options)["f"].iloc[0])

    return {
        "history": history.tolist(),
        "actual": actual.tolist(),
        "forecast": guess.tolist(),
        "levels": levels,
        "quantiles": quantiles.tolist(),
        "utilsforecast": {
            "mae": one("mae"),
            "rmse": one("rmse"),
            "smape": one("smape"),
            "mase_7": one("mase", seasonality=7, train_df=train),
            "rmsse_1": one("rmsse", seasonality=1, train_df=train),
        },
        "sklearn_pinball": [
            sklearn_metrics.mean_pinball_loss(actual, quantiles[:, i], alpha=level) for i, level in enumerate(levels)
        ],
        "utilsforecast_winkler": float(
            losses.winkler_score(frame.rename(columns={"q0.1": "f-lo-80", "q0.9": "f-hi-80"}), models=["f"], level=80)[
                "f"
            ].iloc[0]
        ),
    }


def plain(value: object) -> float:
    return float(value)  # type: ignore[arg-type]


if __name__ == "__main__":
    golden = {
        "detection": [detection(seed, *case) for seed, case in enumerate(CASES)],
        "attribution": attribution(),
        "forecast": forecast(),
    }
    print(json.dumps(golden, default=plain, separators=(",", ":")))
