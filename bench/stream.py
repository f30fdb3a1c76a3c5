"""Pushes a second through `model.stream()`, and whether memory stays flat over a million of them.

python bench/stream.py [--pushes 1000000]
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np
import psutil

import redshank

CASES = {"robust-z": 1, "pca": 38}


def measure(algorithm: str, channels: int, pushes: int) -> dict[str, float]:
    """Pushes a second, and the growth of resident memory in MB from the first tenth of the pushes to the end."""
    rng = np.random.default_rng(0)
    mixing = rng.standard_normal((4, channels))
    values = rng.standard_normal((20_000, 4)) @ mixing + 0.1 * rng.standard_normal((20_000, channels))
    model = redshank.fit(algorithm, redshank.Series.from_numpy(values))
    stream = model.stream()
    rows = list(values[:10_000])
    process = psutil.Process()
    for time_ in range(1, 2_001):
        stream.push(time_, rows[time_])
    began, clock, early = time.perf_counter(), 2_000, 0
    while clock < pushes:
        for row in rows:
            clock += 1
            stream.push(clock, row)
        if not early and clock >= pushes // 10:
            early = process.memory_info().rss
    spent = time.perf_counter() - began
    return {
        "channels": channels,
        "pushes": clock,
        "pushes_per_s": round((clock - 2_000) / spent),
        "memory_growth_mb": round((process.memory_info().rss - early) / 2**20, 2),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pushes", type=int, default=1_000_000)
    given = parser.parse_args()
    print(
        json.dumps({"bench": "stream", **{name: measure(name, c, given.pushes) for name, c in CASES.items()}}, indent=1)
    )
