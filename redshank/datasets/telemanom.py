"""Telemetry of two NASA spacecraft, SMAP and MSL."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np

from ..errors import SourceError
from ..files import reading
from ..series import Series, Values
from .dataset import Dataset, Split
from .layout import inside


@dataclass(kw_only=True)
class Telemanom(Dataset):
    """One telemetry channel an entry: `telemanom:P-2`, or `telemanom:A-*?columns=telemetry`.

    Layout: `{train,test}/CHAN.npy` (time, column), where column 0 is telemetry and the others say which commands were sent,
    and `labeled_anomalies.csv` with row intervals whose end is inclusive. A channel listed twice (P-2) has the labels of
    both lines. What is labelled is the telemetry, so it is to blame in every interval. The publisher scaled all columns to
    [-1, 1] and removed the times; rows are a minute apart.

    Hundman et al. (2018), Detecting Spacecraft Anomalies Using LSTMs and Nonparametric Dynamic Thresholding, sec. 3.

    Parameters
    ----------
    columns : `all`, or `telemetry` for column 0 alone
    spacecraft : `SMAP` or `MSL`, where only one of them is wanted
    """

    usual_folder: ClassVar[str] = "telemanom"
    about: ClassVar[str] = "SMAP and MSL spacecraft: telemetry, and the commands sent"
    paper: ClassVar[str] = "Hundman et al. 2018, KDD, sec. 3"

    columns: Literal["all", "telemetry"] = "all"
    spacecraft: Literal["SMAP", "MSL"] | None = None

    def entries(self) -> list[str]:
        """The channels that are labelled and present."""
        present = {path.stem for path in self._found("train/*.npy")}
        names = dict.fromkeys(row["chan_id"] for row in self._labelled())
        return [name for name in names if name in present]

    def load(self, entry: str) -> Split:
        """One channel."""
        self._refuse_unknown(entry, self.entries())
        train, test = self._read("train", entry), self._read("test", entry)
        spans = [
            (start, end + 1)
            for row in self._labelled()
            if row["chan_id"] == entry
            for start, end in json.loads(row["anomaly_sequences"])
        ]
        channels = ["telemetry", *(f"command_{i}" for i in range(1, train.shape[1]))]
        labelled = Series.from_numpy(test, 60, channels=channels, labels=inside(len(test), spans), name=entry)
        blamed = tuple((start, end, ("telemetry",)) for start, end in sorted(set(spans)))
        return Split(Series.from_numpy(train, 60, channels=channels, name=entry), replace(labelled, intervals=blamed))

    def _read(self, part: str, entry: str) -> Values:
        path = self.home / part / f"{entry}.npy"
        with reading(str(path), "a NumPy file"):
            values = np.load(path, allow_pickle=False)
        return np.asarray(values[:, :1] if self.columns == "telemetry" else values, dtype=np.float64)

    def _labelled(self) -> list[dict[str, str]]:
        path = self.home / "labeled_anomalies.csv"
        with reading(str(path), "labels"), path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        if not rows or not {"chan_id", "spacecraft", "anomaly_sequences"} <= rows[0].keys():
            raise SourceError(
                f"{str(path)!r} has not the columns chan_id, spacecraft, anomaly_sequences. Get the file again."
            )
        return [row for row in rows if self.spacecraft in (None, row["spacecraft"])]
