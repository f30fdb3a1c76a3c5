"""Seconds and bytes of a report: a million points of one channel, and as many rows of 38 channels as a server machine has."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

import numpy as np

import redshank
from redshank.report import Report


def measure(rows: int, channels: int) -> dict[str, float]:
    rng = np.random.default_rng(0)
    values = rng.standard_normal((rows, channels))
    values[rng.integers(0, rows, 40), rng.integers(0, channels, 40)] += 12
    series = redshank.Series.from_numpy(values, step_s=60)
    model = redshank.fit("robust-z", series[: rows // 2])
    detection = model.detect(series)
    path = Path(tempfile.mkdtemp()) / "report.html"
    best = np.inf
    for _ in range(3):
        began = time.perf_counter()
        Report.about(model).add(series, detection).write(path)
        best = min(best, time.perf_counter() - began)
    return {
        "rows": rows,
        "channels": channels,
        "seconds": round(best, 3),
        "megabytes": round(path.stat().st_size / 1e6, 3),
    }


if __name__ == "__main__":
    print(json.dumps({"reports": [measure(1_000_000, 1), measure(23_689, 38)]}))
