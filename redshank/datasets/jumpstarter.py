"""JumpStarter's online services: 19 metrics in their own units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .dataset import Dataset, Split
from .layout import in_a_row, read_parquet, to_matrix


@dataclass(kw_only=True)
class Jumpstarter(Dataset):
    """One service an entry: `jumpstarter:service0`. 19 metrics every five minutes.

    Layout: `service-x/{train,test}.parquet`, the test part with a column `label`.

    Ma et al. (2021), Jump-Starting Multivariate Time Series Anomaly Detection for Online Service Systems.
    """

    usual_folder: ClassVar[str] = "JumpStarter"
    about: ClassVar[str] = "online services, 19 metrics in raw units, every 5 minutes"
    paper: ClassVar[str] = "Ma et al. 2021, USENIX ATC, sec. 5.1"

    def entries(self) -> list[str]:
        """The services."""
        return [path.parent.name for path in self._found("*/train.parquet")]

    def load(self, entry: str) -> Split:
        """One service."""
        self._refuse_unknown(entry, self.entries())
        train, test = (read_parquet(self.home / entry / f"{part}.parquet") for part in ("train", "test"))
        channels = train.column_names
        labels = test["label"].to_numpy()
        return Split(*in_a_row(to_matrix(train), to_matrix(test.select(channels)), 300, channels, labels, name=entry))
