"""A process that runs cases one after another and answers in JSON.

It reads one case a line from its input and writes one outcome a line: a result row and where its scores are, or what went wrong.
The parent limits its time and memory and starts another where one dies, so a detector that crashes costs its own case only.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import RedshankError
from .case import Case, run


def main() -> None:
    """Answer cases until the input ends."""
    warnings.simplefilter("ignore")
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not land between the answers
    for line in sys.stdin:
        task = json.loads(line)
        answers.write(json.dumps(answer(Case.from_json(task["case"]), Path(task["scores"]))) + "\n")
        answers.flush()


def answer(case: Case, scores: Path) -> dict[str, Any]:
    """The outcome of one case: `status` is `ok`, `refused` (a sentence of ours) or `crashed` (anything else)."""
    _forget_peak_memory()
    try:
        row, found = run(case)
    except RedshankError as error:
        return {"status": "refused", "error": str(error), "peak_mb": peak_memory_mb()}
    except MemoryError:
        return {"status": "memory", "error": "It ran out of memory.", "peak_mb": peak_memory_mb()}
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        said = f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
        return {"status": "crashed", "error": said, "peak_mb": peak_memory_mb()}
    draft = scores.with_suffix(f".{os.getpid()}.npy")
    np.save(draft, found.astype(np.float32), allow_pickle=False)
    os.replace(draft, scores)
    return {"status": "ok", "error": "", "peak_mb": peak_memory_mb(), **_plain(row)}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """JSON has no NaN: what cannot be said is null."""
    return {k: None if isinstance(v, float) and not np.isfinite(v) else v for k, v in row.items()}


def peak_memory_mb(process: int | str = "self") -> float:
    """The most resident memory of a process in MB since it started, or since `_forget_peak_memory`; NaN where unknown."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return float("nan")
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")), float("nan"))


def _forget_peak_memory() -> None:
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:  # another system: the peak is then that of all cases so far
        return


if __name__ == "__main__":
    main()
