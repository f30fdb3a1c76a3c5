"""A parquet file of 10,000,000 rows and 8 channels streamed by `Source.chunks`, beside pyarrow's batches alone.

Each side is a process of its own, so that its peak memory is its own, and runs on one thread. The file is made in a
temporary folder. Targets: peak under 1 GB; at least 3,000,000 rows a second of one core for the finished series.

    python bench/parquet_scan.py [--rows 10000000]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

CHANNELS = 8


def write(path: str, rows: int) -> None:
    """Row groups of half a million rows, so that the file is never in memory."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(0)
    writer = None
    for begin in range(0, rows, 500_000):
        count = min(500_000, rows - begin)
        seconds = np.arange(begin, begin + count) * np.timedelta64(1, "s")
        columns = {"time": np.datetime64("2024-01-01", "ns") + seconds}
        columns |= {f"c{i}": rng.standard_normal(count) for i in range(CHANNELS)}
        table = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()


def scan(path: str, side: str) -> dict[str, float]:
    """Read everything once; rows a second of processor time, which other work on the machine hardly moves."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from redshank.sources.address import open_source
    from redshank.sources.source import CHUNK_ROWS

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    source = open_source(path)
    batches = source.chunks() if side == "series" else pq.ParquetFile(path).iter_batches(CHUNK_ROWS, use_threads=False)
    wall, processor = time.perf_counter(), time.process_time()
    rows = sum(map(len, batches))
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    return {
        "rows": rows,
        "rows_per_core_s": round(rows / processor),
        "rows_per_s": round(rows / wall),
        "peak_mb": peak_mb(),
    }


def peak_mb() -> float:
    """Peak memory of this process alone; getrusage would also count what its parent had when it started it."""
    with open("/proc/self/status") as status:
        return next(round(int(line.split()[1]) / 1024, 1) for line in status if line.startswith("VmHWM"))


def main() -> None:
    """Print the figures of both sides."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--scan", nargs=2, metavar=("FILE", "SIDE"))
    given = parser.parse_args()
    if given.scan:
        print(json.dumps(scan(*given.scan)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "scan.parquet")
        write(path, given.rows)
        size = os.path.getsize(path) / 2**20
        sides = {}
        for side in ("series", "pyarrow"):
            command = [sys.executable, __file__, "--scan", path, side]
            sides[side] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    print(json.dumps({"bench": "parquet_scan", "channels": CHANNELS, "file_mb": round(size), **sides}))


if __name__ == "__main__":
    main()
