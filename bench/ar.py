"""`ar` on a million points with 100 lags: time and peak memory; beside ridge regression on the written-out lags of a tenth of them.

python bench/ar.py
"""

from __future__ import annotations

import json
import resource
import time

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from redshank.detectors.ar import Ar
from redshank.series import Series

LAGS = 100
REPEATS = 5


def ours(x: np.ndarray) -> float:
    series = Series.from_numpy(x)
    began = time.perf_counter()
    Ar(lags=LAGS).fit(series).score(series)
    return time.perf_counter() - began


def written_out(x: np.ndarray) -> float:
    began = time.perf_counter()
    standard = (x - x.mean()) / x.std()
    past, target = np.ascontiguousarray(sliding_window_view(standard, LAGS)[:-1]), standard[LAGS:]
    weights = np.linalg.solve(past.T @ past + 0.1 * len(past) * np.eye(LAGS), past.T @ target)
    errors = target - past @ weights
    np.abs(errors) / errors.std()
    return time.perf_counter() - began


def main() -> None:
    x = np.random.default_rng(0).standard_normal(1_000_000).cumsum()
    ours(x[:10_000])
    idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    million = ours(x)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    figures = {
        "bench": "ar",
        "lags": LAGS,
        "million_points_s": million,
        "million_points_peak_mb": peak / 1024,
        "of_which_before_mb": idle / 1024,
        "tenth_s": min(ours(x[:100_000]) for _ in range(REPEATS)),
        "tenth_written_out_s": min(written_out(x[:100_000]) for _ in range(REPEATS)),
    }
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
