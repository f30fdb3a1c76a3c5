"""Numenta Anomaly Benchmark: single metrics, real and artificial, with labelled windows."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np
import pyarrow.csv as arrow_csv
from annotated_types import Gt, Lt

from ..errors import SourceError
from ..files import reading
from ..frames import to_series
from .dataset import Dataset, Split


@dataclass(kw_only=True)
class Nab(Dataset):
    """One file an entry: `nab:realKnownCause/nyc_taxi`.

    Layout: `data/*/*.csv` with `timestamp,value`, and `labels/combined_windows.json` with windows of time, both ends
    inclusive. The train part is the benchmark's probationary period, the first 15 % of the rows (its own scorer takes
    at most 750 of them); the test part is the rest. Two files step back an hour or repeat a time where clocks changed: their
    rows are sorted, and rows of the same time averaged.

    Lavin and Ahmad (2015), Evaluating Real-time Anomaly Detection Algorithms, sec. II.

    Parameters
    ----------
    train : share of the rows before the test part
    """

    usual_folder: ClassVar[str] = "NAB"
    about: ClassVar[str] = "single metrics, real and artificial, with labelled windows of time"
    paper: ClassVar[str] = "Lavin & Ahmad 2015, ICMLA, sec. II"

    train: Annotated[float, Gt(0), Lt(1)] = 0.15

    def entries(self) -> list[str]:
        """The files that are labelled, also those without an anomaly."""
        windows = self._windows()
        found = (path.relative_to(self.home / "data").as_posix() for path in self._found("data/*/*.csv"))
        return [name.removesuffix(".csv") for name in found if name in windows]

    def load(self, entry: str) -> Split:
        """One file."""
        self._refuse_unknown(entry, self.entries())
        path = self.home / "data" / f"{entry}.csv"
        with reading(str(path), "csv"):
            table = arrow_csv.read_csv(path)
        series = to_series(table, "timestamp", "value", on_disorder="sort", on_duplicate="mean", name=entry)
        labels = np.zeros(len(series), np.bool_)
        for start, end in self._windows()[f"{entry}.csv"]:
            labels |= (series.times >= np.datetime64(start)) & (series.times <= np.datetime64(end))
        return Split(*replace(series, labels=labels).split(int(self.train * len(series))))

    def _windows(self) -> dict[str, list[list[str]]]:
        path: Path = self._found("labels/combined_windows.json")[0]
        try:
            with reading(str(path), "labels"):
                windows: dict[str, list[list[str]]] = json.loads(path.read_text())
            return windows
        except json.JSONDecodeError as error:
            raise SourceError(f"{str(path)!r} is not JSON ({error}). Get the file again.") from None
