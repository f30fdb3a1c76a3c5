"""Seconds until Python has `import redshank` and the shell has `redshank --help`; best of ten, with what both load."""

from __future__ import annotations

import json
import subprocess
import sys
import time

HEAVY = ("numpy", "scipy", "torch", "pandas", "polars", "duckdb", "fastapi", "pyarrow")
BARE = [sys.executable, "-c", "pass"]
IMPORT = [sys.executable, "-c", "import redshank"]
HELP = [sys.executable, "-m", "redshank", "--help"]
LOADED = (
    "import sys, redshank.cli\nredshank.cli.main(['--help'])\nprint(*{name.partition('.')[0] for name in sys.modules})"
)


def best(command: list[str], times: int = 10) -> float:
    """Shortest wall time of a process."""
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        spent.append(time.perf_counter() - began)
    return round(min(spent), 3)


if __name__ == "__main__":
    said = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True).stdout
    loaded = sorted(set(HEAVY) & set(said.splitlines()[-1].split()))
    print(
        json.dumps(
            {
                "python_s": best(BARE),
                "import_redshank_s": best(IMPORT),
                "help_s": best(HELP),
                "heavy_modules_loaded": loaded,
            }
        )
    )
