"""The three phases over the sinusoid sequences at their published sizes: seconds, limits, and what each kind of limit finds.

    python bench/sequences.py [SEED ...]

Prints one JSON object; `recall` and `false` (alarms among 6,400 normal test sequences) are given by view.
"""

from __future__ import annotations

import json
import resource
import sys
import time

from redshank import sequences
from redshank.datasets.sinusoids import Sinusoids

GRID = {"threshold.grid": 300, "threshold.low": 1.0, "threshold.high": 100.0, "threshold.beta": 0.05}
LIMITS = {
    "f-beta, published grid": ("f-beta", GRID, "labelled"),
    "f-beta, exact": ("f-beta", {}, "labelled"),
    "mean + 2 deviations of the mixed set": ("sigma", {"threshold.k": 2.0}, "unlabelled"),
    "robust-sigma of the mixed set, k = 6": ("robust-sigma", {"threshold.k": 6.0}, "unlabelled"),
    "robust-sigma of the held-out set, k = 6": ("robust-sigma", {"threshold.k": 6.0}, None),
    "quantile of the held-out set, q = 0.01": ("quantile", {}, None),
    "pot of the held-out set, q = 0.001": ("pot", {}, None),
}


def measure(seed: int) -> dict[str, object]:
    files = Sinusoids(root="", seed=seed).files()
    train, normal = files["train_norm_seq.csv"].values, files["val_norm_1_seq.csv"].values
    mixed, test = files["labeled_val_mixed_seq.csv"], files["labeled_test_mixed_seq.csv"]
    given = {"labelled": {"labelled": mixed}, "unlabelled": {"unlabelled": mixed.values}, None: {}}
    found = {}
    for name, (threshold, params, data) in LIMITS.items():
        began = time.perf_counter()
        model = sequences.fit("pca", train, normal, threshold=threshold, params=params, **given[data])
        seconds = time.perf_counter() - began
        figures = sequences.evaluate(model, test.values, test.labels)
        found[name] = {
            "fit_s": round(seconds, 2),
            "limits": {view: round(model.thresholds[view].value_, 3) for view in sequences.VIEWS},
            "recall": {view: round(figures[view]["recall"], 4) for view in sequences.VIEWS},
            "false": {view: figures[view]["fp"] for view in sequences.VIEWS},
        }
    return found


if __name__ == "__main__":
    seeds = [int(seed) for seed in sys.argv[1:]] or [22]
    runs = {seed: measure(seed) for seed in seeds}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"train": 64_000, "held_out": 6_400, "peak_mb": round(peak / 1024), "seeds": runs}))
