"""The window clustering of `kmeans` beside scikit-learn's KMeans on the same windows, from the same start, in one run.

    python bench/kmeans.py [--points 100000] [--window 32] [--clusters 100]

Prints one JSON object: seconds for each, and the inertia (sum of squared distances to the nearest centre) either ends with.
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np

from redshank.kernels.clusters import assign, kmeans
from redshank.kernels.windows import sliding, spread


def windows(points: int, width: int, most: int = 10_000) -> np.ndarray:
    """Evenly spread windows of three noisy waves, as the detector takes them: (window, channel * width)."""
    rng = np.random.default_rng(0)
    waves = np.sin(np.arange(points)[:, None] / np.array([7.0, 15.0, 40.0]))
    x = waves + 0.3 * rng.standard_normal((points, 3))
    view = sliding(x, width)
    chosen = view[spread(len(view), most)]
    return chosen.reshape(len(chosen), -1)


def inertia(rows: np.ndarray, centres: np.ndarray) -> float:
    return float(assign(rows.astype(np.float32), centres)[1].sum(dtype=np.float64))


def theirs(rows: np.ndarray, clusters: int) -> np.ndarray:
    from sklearn.cluster import KMeans

    return KMeans(clusters, n_init=1, max_iter=100, tol=1e-4, random_state=0).fit(rows).cluster_centers_


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--window", type=int, default=32)
    parser.add_argument("--clusters", type=int, default=100)
    given = parser.parse_args()
    rows = windows(given.points, given.window)
    theirs(rows[:1000], 10)
    seconds, ends = {}, {}
    for name, run in {"redshank": kmeans, "sklearn": theirs}.items():
        runs = []
        for _ in range(3):
            began = time.perf_counter()
            centres = run(rows, given.clusters)
            runs.append(time.perf_counter() - began)
        seconds[name], ends[name] = min(runs), inertia(rows, centres)
    figures = {
        "rows": len(rows),
        "features": rows.shape[1],
        "clusters": given.clusters,
        "redshank_s": round(seconds["redshank"], 3),
        "sklearn_s": round(seconds["sklearn"], 3),
        "times_sklearn": round(seconds["redshank"] / seconds["sklearn"], 3),
        "inertia_of_sklearn": round(ends["redshank"] / ends["sklearn"], 4),
    }
    print(json.dumps(figures))
