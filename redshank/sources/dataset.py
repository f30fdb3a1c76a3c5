"""One part of an entry of a data set, wherever a source is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from .. import datasets
from ..errors import InputError
from ..series import Series
from .source import Source


@dataclass(kw_only=True)
class Dataset(Source):
    """The train or the test part of a published series: `smd:machine-1-6?part=test`, `telemanom:P-2?part=train&columns=telemetry`.

    The name of a data set is a kind of source; its own options are options of the string.

    Parameters
    ----------
    location : data set, entry and the data set's own options
    part : `train`, or `test` with its labels

    Examples
    --------
    >>> Dataset(location="elnino", part="test").read()
    Series(elnino: 132 points, 1 channel, every 2.6784e+06 s, from 2000-01-01T00:00:00Z)
    """

    part: Literal["train", "test"]

    def __post_init__(self) -> None:
        super().__post_init__()
        for option in ("time", "label", "id", "zone", "unit", "step_s"):
            if getattr(self, option) is not None:
                raise InputError(f"A data set knows its own columns, so {option}= says nothing. Leave it out.")

    @property
    def in_parts(self) -> bool:
        """Never: it is read whole, with its labelled intervals."""
        return False

    def table(self) -> pa.Table:
        """The part as a table; a set of sequences is none."""
        series = self.read()
        if not isinstance(series, Series):
            raise InputError(f"{self.location!r} is a set of sequences, which is no table. Read it whole.")
        return series.to_frame("pyarrow")

    def read(self) -> Series | list[Series]:
        """The part, with its labels and labelled intervals."""
        found: Series | list[Series] = getattr(datasets.load(self.location), self.part)
        return found.select(self.value) if self.value and isinstance(found, Series) else found
