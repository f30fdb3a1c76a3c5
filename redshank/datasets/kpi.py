"""Server KPIs, one labelled metric a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import pyarrow.csv as arrow_csv
from annotated_types import Gt, Lt

from ..files import reading
from ..frames import to_series
from .dataset import Dataset, Split


@dataclass(kw_only=True)
class Kpi(Dataset):
    """One metric an entry: `kpi:cpu4`.

    Layout: `*.csv` with `timestamp,value,label`, the timestamp in seconds since 1970. The publisher names no train part: it is
    the first half. Its labels are kept, so that a model learns from the normal rows only.

    Parameters
    ----------
    train : share of the rows before the test part
    """

    usual_folder: ClassVar[str] = "kpi"
    about: ClassVar[str] = "server metrics, one a file, every 5 minutes"

    train: Annotated[float, Gt(0), Lt(1)] = 0.5

    def entries(self) -> list[str]:
        """The metrics."""
        return [path.stem for path in self._found("*.csv")]

    def load(self, entry: str) -> Split:
        """One metric."""
        self._refuse_unknown(entry, self.entries())
        path = self.home / f"{entry}.csv"
        with reading(str(path), "csv"):
            table = arrow_csv.read_csv(path)
        series = to_series(table, "timestamp", "value", "label", unit="s", name=entry)
        return Split(*series.split(int(self.train * len(series))))
