"""Application Server Dataset: 19 metrics of application servers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .dataset import Dataset, Split
from .layout import in_a_row, read_intervals, read_parquet, to_matrix


@dataclass(kw_only=True)
class Asd(Dataset):
    """One server an entry: `asd:omi-1`. 19 metrics every five minutes.

    Layout: `omi-x/{train,test}.parquet`, the test part with a column `label`, and `omi-x/interpretation_label.txt` with lines
    `start-end:dim,dim`, ends inclusive and dimensions counted from 1; these become the test part's intervals.

    Li et al. (2021), Multivariate Time Series Anomaly Detection and Interpretation using Hierarchical Inter-Metric and
    Temporal Embedding.
    """

    usual_folder: ClassVar[str] = "ASD"
    about: ClassVar[str] = "application servers, 19 metrics, every 5 minutes"
    paper: ClassVar[str] = "Li et al. 2021, KDD, sec. 4.1"

    def entries(self) -> list[str]:
        """The servers."""
        return [path.parent.name for path in self._found("*/train.parquet")]

    def load(self, entry: str) -> Split:
        """One server."""
        self._refuse_unknown(entry, self.entries())
        folder = self.home / entry
        train, test = read_parquet(folder / "train.parquet"), read_parquet(folder / "test.parquet")
        channels = train.column_names
        blamed = folder / "interpretation_label.txt"
        intervals = read_intervals(blamed, channels, end_inclusive=True) if blamed.exists() else ()
        labels = test["label"].to_numpy()
        return Split(
            *in_a_row(to_matrix(train), to_matrix(test.select(channels)), 300, channels, labels, intervals, entry),
        )
