"""Time and memory of the detection figures beside the public implementations on the same arrays, and whether they agree.

python bench/metrics.py [--reference-python PATH]

PATH is an interpreter that has any of tsb-ad, vus, prts, aeon and scikit-learn; old pins keep them out of the project's
own environment. Without it only redshank is measured. What was absent is listed. With tsb-ad this takes about three minutes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

EVENTS, WINDOW = 300, 100
COMPARATORS = ("TSB_AD", "vus", "prts", "aeon", "sklearn")
FLAG_AT = 2.0


def series(points: int, events: int = EVENTS) -> tuple[np.ndarray, np.ndarray]:
    """Labels with `events` events of 25 to 75 rows, and scores that find them by half."""
    rng = np.random.default_rng(0)
    labels = np.zeros(points, dtype=int)
    for start in np.linspace(100, points - 200, events).astype(int):
        labels[start : start + rng.integers(25, 76)] = 1
    return labels, rng.normal(size=points) + labels


def seconds(call: Callable[[], object], best_of: int = 5) -> dict[str, float]:
    """Least seconds on the clock, and of the processor: the two differ where the machine has other work."""
    clock, processor = [], []
    for _ in range(best_of):
        began, busy = time.perf_counter(), time.process_time()
        call()
        clock.append(time.perf_counter() - began)
        processor.append(time.process_time() - busy)
    return {"clock_s": round(min(clock), 4), "processor_s": round(min(processor), 4)}


def peak_mb(call: Callable[[], object]) -> float:
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def ours(points: int) -> dict[str, Any]:
    from redshank import metrics

    labels, scores = series(points)
    flags = scores > FLAG_AT

    def suite(**how: Any) -> object:
        return metrics.judge(labels, scores, window=WINDOW, repeats=1, **how)

    return {
        "points": points,
        "events": EVENTS,
        "vus": seconds(lambda: metrics.vus_pr(labels, scores, WINDOW)),
        "suite_of_scores_with_random_figures": seconds(suite),
        "suite_of_scores_and_flags_with_random_figures": seconds(lambda: suite(flags=flags, step_s=60)),
        "peak_mb": round(peak_mb(suite)),
        "peak_bytes_a_point": round(peak_mb(suite) * 2**20 / points),
    }


def our_figures(labels: np.ndarray, scores: np.ndarray) -> dict[str, float]:
    """The figures that the comparators have too, by the names they are reported under."""
    from redshank import metrics

    flags = scores > FLAG_AT
    affiliation = metrics.affiliation_scores(labels, flags)
    return {
        "VUS-PR": metrics.vus_pr(labels, scores, WINDOW),
        "VUS-ROC": metrics.vus_roc(labels, scores, WINDOW),
        "AUC-PR": metrics.auc_pr(labels, scores),
        "AUC-ROC": metrics.auc_roc(labels, scores),
        "F1": metrics.f_beta(labels, flags),
        "PA-F1": metrics.point_adjusted_f1(labels, flags),
        "Event-F1": metrics.composite_f1(labels, flags),
        "R-F1": metrics.range_f_beta(labels, flags),
        "Affiliation-F1": affiliation.f1,
        "range precision": metrics.range_precision(labels, flags, bias="front"),
        "range recall": metrics.range_recall(labels, flags, alpha=0.3, bias="front"),
    }


def reference(folder: Path) -> dict[str, Any]:
    """Runs under the other interpreter: figures and seconds of each comparator that is there."""
    labels, scores = np.load(folder / "labels.npy"), np.load(folder / "scores.npy")
    small = slice(0, 10_000)
    flags = (scores > FLAG_AT).astype(int)
    found: dict[str, Any] = {}

    def timed(name: str, call: Callable[[], dict[str, float]]) -> None:
        began = time.perf_counter()
        figures = {key: float(value) for key, value in call().items()}
        found[name] = {"seconds": round(time.perf_counter() - began, 3), "figures": figures}

    try:
        from TSB_AD.evaluation.basic_metrics import generate_curve
        from TSB_AD.evaluation.metrics import get_metrics, get_metrics_pred

        timed("TSB_AD VUS", lambda: dict(zip(("VUS-ROC", "VUS-PR"), generate_curve(labels, scores, WINDOW)[-2:])))

        def tsb_flags() -> dict[str, float]:
            board = get_metrics_pred(scores[small], labels[small], flags[small], slidingWindow=WINDOW)
            names = ("F1", "PA-F1", "Event-F1", "R-F1", "Affiliation-F1")
            keys = ("Standard-F1", "PA-F1", "Event-based-F1", "R-based-F1", "Affiliation-F")
            return {name: board[key] for name, key in zip(names, keys)}

        timed("TSB_AD figures of flags, first 10,000 points", tsb_flags)
        timed(
            "TSB_AD get_metrics, first 10,000 points",
            lambda: {"VUS-PR": get_metrics(scores[small], labels[small], slidingWindow=WINDOW)["VUS-PR"]},
        )
    except ImportError:
        found["TSB_AD"] = None
    try:
        from vus.metrics import get_metrics as vus_metrics

        def vus_volumes() -> dict[str, float]:
            board = vus_metrics(scores[small], labels[small], "vus", slidingWindow=WINDOW)
            return {"VUS-PR": board["VUS_PR"], "VUS-ROC": board["VUS_ROC"]}

        timed("vus VUS, first 10,000 points", vus_volumes)
    except ImportError:
        found["vus"] = None
    try:
        from prts import ts_precision, ts_recall

        how = {"cardinality": "reciprocal", "bias": "front"}
        timed(
            "prts range precision and recall",
            lambda: {
                "range precision": ts_precision(labels, flags, **how),
                "range recall": ts_recall(labels, flags, alpha=0.3, **how),
            },
        )
    except ImportError:
        found["prts"] = None
    try:
        from aeon.benchmarking.metrics.anomaly_detection import range_precision, range_recall

        how = {"cardinality": "reciprocal", "bias": "front"}
        timed(
            "aeon range precision and recall",
            lambda: {
                "range precision": range_precision(labels, flags, **how),
                "range recall": range_recall(labels, flags, alpha=0.3, **how),
            },
        )
    except ImportError:
        found["aeon"] = None
    try:
        from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

        timed(
            "sklearn AUC-PR, AUC-ROC, F1",
            lambda: {
                "AUC-PR": average_precision_score(labels, scores),
                "AUC-ROC": roc_auc_score(labels, scores),
                "F1": f1_score(labels, flags),
            },
        )
    except ImportError:
        found["sklearn"] = None
    return found


def compared(interpreter: str, points: int) -> dict[str, Any]:
    """Times and largest differences of the comparators on one series of `points`."""
    labels, scores = series(points)
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "labels.npy", labels)
        np.save(Path(folder) / "scores.npy", scores)
        done = subprocess.run(
            [interpreter, "-W", "ignore", __file__, "--worker", folder], capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise SystemExit(f"{interpreter} failed:\n{done.stderr}")
    theirs = json.loads(done.stdout.splitlines()[-1])
    whole, first = our_figures(labels, scores), our_figures(labels[:10_000], scores[:10_000])
    rows = {}
    for name, run in theirs.items():
        if run:
            mine = first if "first 10,000" in name else whole
            difference = max(abs(value - mine[key]) for key, value in run["figures"].items())
            rows[name] = {"seconds": run["seconds"], "largest_difference": difference}
    return {
        "points": points,
        "runs": rows,
        "absent": [name for name in COMPARATORS if theirs.get(name, "") is None],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--reference-python", help="interpreter with tsb-ad, vus, prts, aeon or scikit-learn")
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        print(json.dumps(reference(given.worker)))
        return
    result: dict[str, Any] = {"bench": "metrics", "redshank": [ours(points) for points in given.points]}
    if given.reference_python:
        result["reference"] = compared(given.reference_python, given.points[0])
        run = result["reference"]["runs"].get("TSB_AD VUS")
        if run:
            result["vus_times_faster"] = round(run["seconds"] / result["redshank"][0]["vus"]["clock_s"])
    else:
        result["absent"] = list(COMPARATORS)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    sys.exit(main())
