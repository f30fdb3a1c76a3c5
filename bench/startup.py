"""What it costs to start: `import redshank` and `redshank --help`, each as a fresh process, beside an empty Python.

python bench/startup.py
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time

HEAVY = ["torch", "pandas", "duckdb", "fastapi", "keras", "sklearn", "scipy"]
COMMANDS = {
    "python": "pass",
    "import_redshank": "import redshank",
    "import_series": "from redshank import Series",
    "help": "import sys; sys.argv = ['redshank', '--help']; from redshank.cli import main; main()",
}


def seconds(code: str, runs: int = 9) -> float:
    """Median wall time of a fresh interpreter running `code`, after one run that warms the disk."""
    times = []
    for _ in range(runs + 1):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
        times.append(time.perf_counter() - began)
    return statistics.median(times[1:])


def loaded(code: str) -> list[str]:
    """The heavy modules that `code` loads."""
    probe = f"import sys, atexit; atexit.register(lambda: print([m for m in {HEAVY} if m in sys.modules], file=sys.stderr)); {code}"
    said = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False).stderr
    return json.loads(said.strip().splitlines()[-1].replace("'", '"'))


if __name__ == "__main__":
    figures = {name: round(seconds(code), 4) for name, code in COMMANDS.items()}
    heavy = {name: loaded(code) for name, code in COMMANDS.items()}
    print(json.dumps({"bench": "startup", "seconds": figures, "heavy_modules": heavy}, indent=1))
