"""Server Machine Dataset: 38 metrics of server machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .dataset import Dataset, Split
from .layout import in_a_row, read_intervals, read_numbers, same_length


@dataclass(kw_only=True)
class Smd(Dataset):
    """One machine an entry: `smd:machine-1-6`. 38 metrics a minute, brought to [0, 1] by the publisher.

    Layout: `{train,test,test_label}/machine-x-y.txt`, and `interpretation_label/machine-x-y.txt` with lines
    `start-end:dim,dim`, rows half open and dimensions counted from 1; these become the test part's intervals. In some files
    the interpretation differs from the labels by a few rows; both are kept as published.

    Su et al. (2019), Robust Anomaly Detection for Multivariate Time Series through Stochastic Recurrent Neural Network.
    """

    usual_folder: ClassVar[str] = "ServerMachineDataset"
    about: ClassVar[str] = "server machines, 38 metrics, every minute"
    paper: ClassVar[str] = "Su et al. 2019, KDD, sec. 4.1"

    def entries(self) -> list[str]:
        """The machines."""
        return [path.stem for path in self._found("train/machine-*.txt")]

    def load(self, entry: str) -> Split:
        """One machine."""
        self._refuse_unknown(entry, self.entries())
        parts = {
            part: self.home / part / f"{entry}.txt" for part in ("train", "test", "test_label", "interpretation_label")
        }
        train, test = read_numbers(parts["train"]), read_numbers(parts["test"])
        labels = read_numbers(parts["test_label"])[:, 0]
        same_length(parts["test_label"], test, labels)
        channels = [f"c{i}" for i in range(train.shape[1])]
        intervals = read_intervals(parts["interpretation_label"], channels, end_inclusive=False)
        return Split(*in_a_row(train, test, 60, channels, labels, intervals, entry))
