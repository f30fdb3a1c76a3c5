"""Fits and scores the window detectors on one channel of 1,000,000 points, window 100: seconds and peak memory of each.

    python bench/window_pca.py

Prints one JSON object. Each detector runs in a process of its own, so that a peak is its own.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time

import numpy as np

POINTS, WINDOW = 1_000_000, 100
ALGORITHMS = {"window-pca": {"window": WINDOW}, "ar": {"lags": WINDOW}}


def series():
    from redshank.series import Series

    rng = np.random.default_rng(0)
    wave = np.sin(np.arange(POINTS) / 15) + 0.3 * np.sin(np.arange(POINTS) / 227)
    return Series.from_numpy(wave + 0.1 * rng.standard_normal(POINTS))


def measure(name: str) -> dict[str, float]:
    from redshank import registry

    x = series()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    detector = registry.build("detectors", name, ALGORITHMS[name])
    runs = []
    for _ in range(3):
        began = time.perf_counter()
        detector.fit(x)
        fitted = time.perf_counter()
        detector.score(x)
        runs.append((time.perf_counter() - began, fitted - began))
    total, fit = min(runs)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "fit_s": round(fit, 3),
        "fit_and_score_s": round(total, 3),
        "peak_mb": round(peak / 1024),
        "before_mb": round(before / 1024),
    }


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(sys.argv[1])))
    else:
        found = {}
        for algorithm in ALGORITHMS:
            done = subprocess.run([sys.executable, __file__, algorithm], capture_output=True, text=True, check=True)
            found[algorithm] = json.loads(done.stdout)
        print(json.dumps({"points": POINTS, "window": WINDOW, **found}))
