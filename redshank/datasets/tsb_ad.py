"""TSB-AD and TSB-UAD: curated series of forty data sets, one a file."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
from annotated_types import Gt, Lt

from ..errors import SourceError
from ..files import reading
from ..series import Series
from .dataset import Dataset, Split, natural
from .layout import read_numbers, to_matrix

_CURATED = re.compile(r".*_tr_(\d+)_1st_(\d+)")
_UCR = re.compile(r".*UCR_Anomaly.*_(\d+)_(\d+)_(\d+)")


@dataclass(kw_only=True)
class TsbAd(Dataset):
    """One file an entry: `tsb-ad:TSB-AD-U/001_NAB_id_1_Facility_tr_1007_1st_2014`, or `tsb-ad:TSB-AD-M/*`.

    Layout of TSB-AD: `TSB-AD-U/*.csv` and `TSB-AD-M/*.csv`, channels and a column `Label`; the name carries the length of
    the train part and the row of the first anomaly. Layout of TSB-UAD: `TSB-UAD-Public/*/*.out`, value and label without a
    header; only the names of its UCR files carry the length of the train part, the others take the share `train`. The
    files say nothing of time; rows are a second apart. A label in a train part is kept.

    Liu and Paparrizos (2024), The Elephant in the Room: Towards A Reliable Time-Series Anomaly Detection Benchmark.
    Paparrizos et al. (2022), TSB-UAD: An End-to-End Benchmark Suite for Univariate Time-Series Anomaly Detection.

    Parameters
    ----------
    train : share of the rows before the test part, where the file's name says nothing
    """

    usual_folder: ClassVar[str] = "."
    about: ClassVar[str] = "curated series of forty data sets, one or many channels"
    paper: ClassVar[str] = "Liu & Paparrizos 2024, NeurIPS, sec. 3"
    patterns: ClassVar[tuple[str, ...]] = ("TSB-AD-*/*.csv", "TSB-UAD*/**/*.out")

    train: Annotated[float, Gt(0), Lt(1)] = 0.1

    @property
    def present(self) -> bool:
        """Whether there is any of its files."""
        return any(self._files())

    def entries(self) -> list[str]:
        """The files, as paths without their ending."""
        return list(self._files() or self._named(self._found(self.patterns[0])))

    def load(self, entry: str) -> Split:
        """One file."""
        files = self._files()
        self._refuse_unknown(entry, files)
        path = files[entry]
        series = _read_out(path) if path.suffix == ".out" else _read_csv(path)
        said = _CURATED.fullmatch(path.stem) or _UCR.fullmatch(path.stem)
        row = int(said[1]) if said else int(self.train * len(series))
        if not 0 < row < len(series):
            raise SourceError(
                f"{str(path)!r} has {len(series)} rows, and its name says train {row}. Get the file again."
            )
        return Split(*replace(series, name=path.stem).split(row))

    def _files(self) -> dict[str, Path]:
        return self._named([path for pattern in self.patterns for path in self.home.glob(pattern)])

    def _named(self, paths: list[Path]) -> dict[str, Path]:
        names = {path.relative_to(self.home).with_suffix("").as_posix(): path for path in paths}
        return dict(sorted(names.items(), key=lambda item: natural(item[0])))


def _read_csv(path: Path) -> Series:
    with reading(str(path), "csv"):
        table: pa.Table = arrow_csv.read_csv(path)
    if "Label" not in table.column_names:
        raise SourceError(f"{str(path)!r} has no column Label. Is it a file of TSB-AD?")
    channels = [name for name in table.column_names if name != "Label"]
    return Series.from_numpy(to_matrix(table.select(channels)), 1, channels=channels, labels=table["Label"].to_numpy())


def _read_out(path: Path) -> Series:
    values = read_numbers(path)
    if values.shape[1] != 2:
        raise SourceError(
            f"{str(path)!r} has {values.shape[1]} columns, not a value and a label. Is it a file of TSB-UAD?"
        )
    return Series.from_numpy(np.ascontiguousarray(values[:, 0]), 1, labels=values[:, 1])
