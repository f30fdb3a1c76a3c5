"""Short labelled sequences, one a line: features and timesteps told apart by two delimiters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from ..errors import InputError, SeriesError
from ..files import expand, open_binary, reading, shown
from ..series import Series, Values
from .source import Source


@dataclass(kw_only=True)
class Sequences(Source):
    """One series a line, `1;2;3,4;5;6` with three timesteps of two features: `sequences:seq.csv?label=last`.

    A line holds its features, separated by `outer`, and a feature its timesteps, separated by `inner`; the opposite order of
    delimiters is `inner=,&outer=;`. With `label=last` the last field says whether the whole sequence is anomalous, and
    every point of it carries that label. All lines have the same numbers of features and timesteps. Channels are called
    `tag_0, tag_1, ...`; rows are `step_s` seconds apart, one second where nobody says. An empty field is a missing value.

    Parameters
    ----------
    inner : what separates the timesteps of a feature
    outer : what separates the features
    label : `last` where a line ends in its label, else none

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "seq.csv"
    >>> _ = file.write_text("1;2;3,4;5;6,0\\n1;2;3,4;5;-60,1\\n")
    >>> calm, strange = Sequences(location=str(file), label="last").read()
    >>> strange.values.tolist(), strange.labels.tolist()
    ([[1.0, 4.0], [2.0, 5.0], [3.0, -60.0]], [True, True, True])
    """

    inner: str = ";"
    outer: str = ","
    label: Literal["last"] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.inner) != 1 or len(self.outer) != 1 or self.inner == self.outer:
            raise InputError(f"inner and outer must be two different signs, got {self.inner!r} and {self.outer!r}.")
        for option in ("time", "value", "id", "zone", "unit"):
            if getattr(self, option) is not None:
                raise InputError(f"Sequences have no columns, so {option}= says nothing. Leave it out.")

    @property
    def in_parts(self) -> bool:
        """Never: it holds many series."""
        return False

    def table(self) -> pa.Table:
        """One row a sequence, one column a number: all timesteps of the first feature, then of the next."""
        return pa.concat_tables([self._read_file(location)[0] for location in expand(self.location)])

    def read(self) -> list[Series]:
        """One series a line."""
        many: list[Series] = []
        for location in expand(self.location):
            table, features = self._read_file(location)
            many += self._cut(table, features, location, len(many))
        return many

    def _read_file(self, location: str) -> tuple[pa.Table, int]:
        with reading(location, "sequences"), open_binary(location) as file:
            text = bytes(file.read())
        features, steps = self._shape(text, location)
        columns = features * steps + (self.label is not None)
        # Where each line has the same pattern of delimiters, the two kinds of them are one to the parser.
        flat = text.translate(bytes.maketrans(self.inner.encode(), self.outer.encode()))
        names = [str(i) for i in range(columns)]
        with reading(location, "sequences"):
            table = arrow_csv.read_csv(
                pa.BufferReader(flat),
                read_options=arrow_csv.ReadOptions(column_names=names),
                parse_options=arrow_csv.ParseOptions(delimiter=self.outer),
                convert_options=arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.float64())),
            )
        return table, features

    def _shape(self, text: bytes, location: str) -> tuple[int, int]:
        """Features and timesteps of every line; refuses a file in which they differ."""
        signs = (self.inner + self.outer).encode()
        rest = bytes(set(range(256)) - set(signs) - {10})
        patterns = text.translate(None, rest).rstrip(b"\n")
        first, _, _ = patterns.partition(b"\n")
        lines = patterns.count(b"\n") + 1
        if not text.strip():
            raise SeriesError(f"{shown(location)!r} is empty. Give at least one sequence.")
        if patterns != b"\n".join([first] * lines):
            self._refuse_ragged(patterns.split(b"\n"), location)
        fields = first.split(self.outer.encode())
        if self.label is not None:
            fields = self._without_label(fields, location)
        if len(set(fields)) > 1:
            raise SeriesError(
                f"The features of line 1 of {shown(location)!r} have {sorted({len(field) + 1 for field in fields})} timesteps. "
                "Give all of them as many; if the line ends in a label, read with label=last."
            )
        return len(fields), len(fields[0]) + 1

    def _without_label(self, fields: list[bytes], location: str) -> list[bytes]:
        if len(fields) < 2 or fields[-1]:
            raise SeriesError(
                f"Line 1 of {shown(location)!r} does not end in one label after a {self.outer!r}. Leave label= out, or swap inner and outer."
            )
        return fields[:-1]

    def _refuse_ragged(self, patterns: list[bytes], location: str) -> None:
        row = next(i for i, pattern in enumerate(patterns) if pattern != patterns[0])
        here, usual = (self._words(patterns[i]) for i in (row, 0))
        raise SeriesError(
            f"Line {row + 1} of {shown(location)!r} has {here} where line 1 has {usual}. Give all sequences the same shape."
        )

    def _words(self, pattern: bytes) -> str:
        fields = pattern.split(self.outer.encode())
        steps = sorted({len(field) + 1 for field in fields[: len(fields) - (self.label is not None)]})
        return f"{len(fields)} fields of {' or '.join(map(str, steps))} timesteps"

    def _cut(self, table: pa.Table, features: int, location: str, before: int) -> list[Series]:
        numbers = np.stack([column.to_numpy() for column in table.columns], axis=1)
        anomalous = None
        if self.label is not None:
            anomalous = self._truth(numbers[:, -1], location)
            numbers = numbers[:, :-1]
        steps = numbers.shape[1] // features
        values: Values = np.ascontiguousarray(numbers.reshape(len(numbers), features, steps).transpose(0, 2, 1))
        times = np.datetime64(0, "ns") + np.arange(steps) * np.timedelta64(round((self.step_s or 1.0) * 1e9), "ns")
        channels = tuple(f"tag_{i}" for i in range(features))
        truths = {label: np.full(steps, label) for label in (False, True)}
        return [
            Series(
                times,
                one,
                channels,
                None if anomalous is None else truths[bool(anomalous[i])],
                f"{self.name}{before + i}",
            )
            for i, one in enumerate(values)
        ]

    def _truth(self, labels: Values, location: str) -> Values:
        wrong = ~np.isin(labels, (0.0, 1.0))
        if wrong.any():
            row = int(wrong.argmax())
            raise SeriesError(
                f"Line {row + 1} of {shown(location)!r} ends in {labels[row]:g}, which is neither 0 nor 1. Read it without label=last."
            )
        return labels
