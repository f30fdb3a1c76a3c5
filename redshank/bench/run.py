"""The whole run: which cases are missing, progress, results on disk."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .. import datasets, progress, registry
from ..errors import InputError, RedshankError
from .backends import BACKENDS, Limits, Outcome
from .case import Case, data_fingerprint, load
from .protocol import Protocol

ALWAYS = ("random", "sensor-range", "pca-error")
"""On every board: the floor, the simplest rule, and the recipe that most deep detectors do not beat."""
RIVALS = ("pca", "ar", "stats-knn")
"""Beside every network: principal components, ridge autoregression and window statistics. It has to show what it adds."""


def run(
    series: Sequence[str],
    detectors: Sequence[str],
    protocol: Protocol,
    out: Path,
    *,
    root: str | None = None,
    backend: str = "local",
    limits: Limits | None = None,
    tell: Callable[[Case, Outcome], None] | None = None,
) -> list[Outcome]:
    """Run every detector on every series that has no result yet; returns all rows and writes `results.parquet`.

    Parameters
    ----------
    series : data sets, entries or patterns: `nab`, `smd:machine-1-6`, `telemanom:T-*`
    detectors : registered names with parameters: `pca`, `window-pca?window=50`; those in `ALWAYS` join them, and where one is a
        network those in `RIVALS`
    protocol : the rules
    out : folder of the results; a run that was stopped goes on where it was
    backend : `local` or `ray`
    tell : called with every case as it ends
    """
    chosen = [registry.get("detectors", name.partition("?")[0]) for name in detectors]
    rivals = RIVALS if any(getattr(each, "extra", "") == "neural" for each in chosen) else ()
    names = list(dict.fromkeys([*ALWAYS, *rivals, *detectors]))
    entries = [entry for pattern in series for entry in datasets.entries(pattern, root)]
    if not entries:
        raise InputError("There is no series to run on. Name a data set: `redshank datasets list` shows what is there.")
    scores = out / "scores"
    scores.mkdir(parents=True, exist_ok=True)
    cases, rows = _cases(entries, names, protocol, root)
    missing = []
    for case in cases:
        kept = _read(out / "results" / f"{case.key}.json")
        if kept is None:
            missing.append(case)
        else:
            rows.append(kept)
    began = time.monotonic()
    outcomes = BACKENDS[backend](missing, scores, limits or Limits()) if missing else iter(())
    for done, (case, outcome) in enumerate(outcomes, 1):
        row = {"key": case.key, **_who(case), **outcome}
        _write(out / "results" / f"{case.key}.json", row)
        rows.append(row)
        left = (time.monotonic() - began) / done * (len(missing) - done)
        progress.report("benchmark", done, len(missing), remaining_s=round(left))
        if tell:
            tell(case, row)
    rows.sort(key=lambda row: (row["series"], row["detector"]))
    write_parquet(rows, out / "results.parquet")
    return rows


def _cases(
    entries: Sequence[str], detectors: Sequence[str], protocol: Protocol, root: str | None
) -> tuple[list[Case], list[Outcome]]:
    """Every case; and a row for each series that cannot be read, for one incomplete folder does not end a run."""
    cases, unreadable = [], []
    for entry in entries:
        try:
            data = data_fingerprint(*load(entry, root))
        except RedshankError as error:
            who = _who(Case(entry, "*", protocol, "", root))
            unreadable.append({"key": "", **who, "status": "unreadable", "error": str(error), "peak_mb": None})
            continue
        cases += [Case(entry, detector, protocol, data, root) for detector in detectors]
    return cases, unreadable


def _who(case: Case) -> dict[str, Any]:
    return {
        "dataset": case.series.partition(":")[0],
        "series": case.series,
        "detector": case.detector,
        "protocol": case.protocol.name,
        "protocol_hash": case.protocol.hash,
    }


def _read(path: Path) -> Outcome | None:
    try:
        row: Outcome = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return row


def _write(path: Path, row: Outcome) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(row))
    os.replace(draft, path)


def write_parquet(rows: Sequence[Outcome], path: Path) -> None:
    """One tidy table: a row a case, a column a fact or figure."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = list(dict.fromkeys(name for row in rows for name in row))
    table = pa.table({name: _column([row.get(name) for row in rows]) for name in names})
    draft = path.with_suffix(".draft")
    pq.write_table(table, draft)
    os.replace(draft, path)


def _column(values: list[Any]) -> Any:
    import pyarrow as pa

    if any(isinstance(value, float) for value in values):
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    return pa.array(values)


def read_parquet(path: Path) -> list[Outcome]:
    """The rows of a results table."""
    import pyarrow.parquet as pq

    rows: list[Outcome] = pq.read_table(path).to_pylist()
    return rows


def read_scores(out: Path, key: str) -> np.ndarray[Any, Any]:
    """The scores a case was judged by."""
    return np.load(out / "scores" / f"{key}.npy", allow_pickle=False)
