"""A text file of the Server Machine Dataset as a Series, beside pyarrow's csv reader alone: turn by turn in one run, best of each.

Target: at most 1.5 times as long. Reads the real machine under REDSHANK_DATA where that is set, else one of the same shape.

    python bench/read_smd.py
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.csv as arrow_csv

from redshank.datasets.layout import read_numbers
from redshank.series import Series

REPEATS = 15


def machine(folder: str) -> tuple[Path, str]:
    """A file of one machine, and where it comes from."""
    if root := os.environ.get("REDSHANK_DATA"):
        return Path(root) / "ServerMachineDataset" / "train" / "machine-1-6.txt", "real"
    path = Path(folder) / "machine.txt"
    np.savetxt(path, np.random.default_rng(0).random((23_688, 38)), fmt="%.6f", delimiter=",")
    return path, "made"


def ours(path: Path) -> int:
    """Rows of the finished series: parsed, row-major, checked."""
    return len(Series.from_numpy(read_numbers(path), step_s=60))


def theirs(path: Path) -> int:
    """Rows of pyarrow's table, columns as it makes them."""
    return len(arrow_csv.read_csv(path, read_options=arrow_csv.ReadOptions(autogenerate_column_names=True)))


def seconds(work: Callable[[Path], int], path: Path) -> float:
    """One run."""
    began = time.perf_counter()
    work(path)
    return time.perf_counter() - began


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        path, source = machine(folder)
        assert ours(path) == theirs(path)
        runs = [(seconds(ours, path), seconds(theirs, path)) for _ in range(REPEATS)]
    best_ours, best_theirs = (min(side) for side in zip(*runs))
    figures = {
        "bench": "read_smd",
        "file": source,
        "series_ms": round(1000 * best_ours, 2),
        "pyarrow_csv_ms": round(1000 * best_theirs, 2),
        "ratio": round(best_ours / best_theirs, 3),
        "target_ratio": 1.5,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
