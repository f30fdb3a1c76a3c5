"""Scoring a parquet file of 10,000,000 rows and 8 channels in bounded memory, by `robust-z` and by `pca`.

Each run is a process of its own, so that its peak memory is its own; reading alone is measured beside it.

    python bench/detect_parquet.py [--rows 10000000]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHANNELS = 8


def write(path: Path, rows: int) -> None:
    """A file of many row groups, made without holding it in memory."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(0)
    start = np.datetime64("2024-01-01", "ns")
    mixing = rng.standard_normal((2, CHANNELS))
    writer = None
    for begin in range(0, rows, 500_000):
        count = min(500_000, rows - begin)
        level = rng.standard_normal((count, 2)) @ mixing
        columns = {"time": start + np.arange(begin, begin + count) * np.timedelta64(1, "s")}
        columns |= {f"c{i}": level[:, i] + 0.2 * rng.standard_normal(count) for i in range(CHANNELS)}
        table = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()


def score(path: str, algorithm: str) -> dict[str, float]:
    """Fit on the first chunk, then score every chunk; `read` only reads."""
    import redshank
    from redshank.bench.worker import peak_memory_mb
    from redshank.sources.address import open_source

    source = open_source(path)
    if algorithm == "read":
        began, rows = time.perf_counter(), 0
        for chunk in source.chunks():
            rows += len(chunk)
    else:
        model = redshank.fit(algorithm, next(iter(source.chunks()))[:100_000])
        began, rows, flagged = time.perf_counter(), 0, 0
        for found in model.detect_chunks(source.chunks()):
            rows += len(found)
            flagged += int(found.flags.sum())
    spent = time.perf_counter() - began
    peak = peak_memory_mb()  # of this process alone: ru_maxrss may be its parent's
    return {"rows": rows, "seconds": round(spent, 2), "rows_per_s": round(rows / spent), "peak_mb": round(peak)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(score(*given.one)))
    else:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "big.parquet"
            write(file, given.rows)
            found = {}
            for algorithm in ("read", "robust-z", "pca"):
                command = ["taskset", "-c", "0", sys.executable, __file__, "--one", str(file), algorithm]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                found[algorithm] = json.loads(done.stdout)
            size = file.stat().st_size / 2**20
        print(json.dumps({"bench": "detect_parquet", "file_mb": round(size), "cores": 1, **found}, indent=1))
