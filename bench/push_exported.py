"""Milliseconds a row of 38 channels takes from `push` to score, MTAD-GAT through its exported ONNX graph, one thread.

    python bench/push_exported.py [--rows 2000]

Window 100, hidden 150; the machine of ServerMachineDataset under REDSHANK_DATA, or random values without it. What the network has
learned does not change its pace, so it is trained for one short epoch.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

import numpy as np

import redshank
from redshank.adopt import adopt
from redshank.export import export


def machine() -> np.ndarray:
    folder = Path(os.environ.get("REDSHANK_DATA", "")) / "ServerMachineDataset" / "test"
    files = sorted(folder.glob("*.txt")) if "REDSHANK_DATA" in os.environ else []
    return np.loadtxt(files[0], delimiter=",") if files else np.random.default_rng(0).random((20_000, 38))


def measured(mode: str, x: np.ndarray, rows: int) -> dict[str, float]:
    settings = {"mode": mode, "training.epochs": 1, "training.stride": 64}
    series = redshank.Series.from_numpy(x[:6000], step_s=60)
    model = redshank.fit("mtad-gat", series, threshold="quantile", params=settings)
    with tempfile.TemporaryDirectory() as folder:
        written = export(model, Path(folder) / "graph.onnx")
        taken = adopt(written["model"], written["spec"])
    stream = taken.stream()
    first = model.core.context + 1
    times = series.times[-1] + np.arange(1, first + rows + 1) * np.timedelta64(60, "s")
    for i in range(first):
        stream.push(times[i], x[6000 + i])
    spent = np.empty(rows)
    for i in range(rows):
        began = time.perf_counter()
        stream.push(times[first + i], x[6000 + first + i])
        spent[i] = time.perf_counter() - began
    return {
        "median_ms": round(1e3 * float(np.median(spent)), 3),
        "p99_ms": round(1e3 * float(np.quantile(spent, 0.99)), 3),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2000)
    given = parser.parse_args()
    data = machine()
    figures = {mode: measured(mode, data, given.rows) for mode in ("forecasting", "reconstruction", "both")}
    print(json.dumps({"bench": "push_exported", "channels": data.shape[1], "target_ms": 3.0, **figures}, indent=1))
