"""UCR anomaly archive: single series with exactly one anomaly each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..errors import SourceError
from ..files import reading
from .dataset import Dataset, Split
from .layout import in_a_row, inside

_NAME = re.compile(r".*_(\d+)_(\d+)_(\d+)")


@dataclass(kw_only=True)
class Ucr(Dataset):
    """One file an entry: `ucr:001_UCR_Anomaly_DISTORTED1sddb40_35000_52000_52620`, or `ucr:001_*`.

    The file's name ends in the length of the train part and the first and last point of the only anomaly, counted from 1. The
    numbers stand one a line, in a few files all on one line. The archive says nothing of time; rows are a second apart.

    Wu and Keogh (2021), Current Time Series Anomaly Detection Benchmarks are Flawed and are Creating the Illusion of
    Progress, sec. 3.
    """

    usual_folder: ClassVar[str] = "UCR_Anomaly_FullData"
    about: ClassVar[str] = "250 single series with exactly one anomaly each"
    paper: ClassVar[str] = "Wu & Keogh 2021, IEEE TKDE, sec. 3"

    def entries(self) -> list[str]:
        """The files whose names follow the rule."""
        return [path.stem for path in self._found("*.txt") if _NAME.fullmatch(path.stem)]

    def load(self, entry: str) -> Split:
        """One file."""
        self._refuse_unknown(entry, self.entries())
        path = self.home / f"{entry}.txt"
        said = _NAME.fullmatch(entry)
        assert said is not None
        train, begin, end = map(int, said.groups())
        with reading(str(path), "numbers"):
            text = path.read_text()
        try:
            values = np.array(text.split(), dtype=np.float64)
        except ValueError as error:
            raise SourceError(
                f"{str(path)!r} holds something that is no number ({error}). Get the file again."
            ) from None
        if not train < begin <= end <= len(values):
            raise SourceError(
                f"{str(path)!r} has {len(values)} points, and its name says train {train}, anomaly {begin} to {end}. Get the file again."
            )
        labels = inside(len(values), [(begin - 1, end)])
        return Split(*in_a_row(values[:train], values[train:], 1, None, labels[train:], name=entry))
