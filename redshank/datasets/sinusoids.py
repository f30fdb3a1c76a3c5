"""Noisy sinusoids, some of them broken: the generator of a well-known family of sequence models."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from annotated_types import Ge, Gt, Le
from numpy.typing import NDArray

from ..series import Flags, Series, Values
from .dataset import Dataset, Split


class Sequences(NamedTuple):
    """`values` (sequence, time, channel), and `labels` (sequence,) or None where a file has no labels."""

    values: Values
    labels: Flags | None


@dataclass(kw_only=True)
class Sinusoids(Dataset):
    """Sequences of noisy sinusoids; an anomalous one has its end multiplied by a large factor of random sign.

    For each tag (channel), once for the whole data set: frequency f = 1 + U[0, 1), amplitude a = 1 + U[0, 1). A normal sequence is
    x(t) = a sin(f t) + noise u(t), t = 0..T-1, u ~ U[0, 1) independent, so the noise has mean one half. In an anomalous sequence
    every x(t) with floor(T before / 100) <= t < T - floor(T after / 100) is multiplied by m s, m ~ U[low, high) and s = -1 or +1
    with equal probability, independent for each element. The source of the generator sets no seed; `seed` makes ours repeatable.

    The entry's train part is `train_norm_seq.csv`, its test part `labeled_test_mixed_seq.csv`; `files` gives all six.
    One sequence is one short `Series`, labelled as a whole.

    Parameters
    ----------
    seed : of the random numbers
    tags : channels
    length : timesteps of a sequence
    simple : frequency and amplitude 1, and no noise
    noise : amplitude of the noise
    before, after : per cent of an anomalous sequence that stay normal before and after the anomaly
    low, high : the range of the anomaly's factor
    train : normal sequences to learn from
    held_out : sequences in each of the other parts; the mixed parts have twice as many

    Examples
    --------
    >>> small = Sinusoids(root="", train=8, held_out=4)
    >>> entry = small.load("sinusoids")
    >>> len(entry.train), len(entry.test), entry.train[0].values.shape
    (8, 8, (30, 5))
    """

    usual_folder: ClassVar[str] = "sinusoids"
    about: ClassVar[str] = "made: sequences of noisy sinusoids, half of the mixed ones broken"
    fetched: ClassVar[bool] = False

    seed: Annotated[int, Ge(0)] = 0
    tags: Annotated[int, Ge(1)] = 5
    length: Annotated[int, Ge(1)] = 30
    simple: bool = False
    noise: Annotated[float, Ge(0)] = 1.0
    before: Annotated[float, Ge(0), Le(100)] = 70.0
    after: Annotated[float, Ge(0), Le(100)] = 0.0
    low: Annotated[float, Gt(0)] = 8.0
    high: Annotated[float, Gt(0)] = 20.0
    train: Annotated[int, Ge(1)] = 64_000
    held_out: Annotated[int, Ge(1)] = 6_400

    @property
    def present(self) -> bool:
        """Always: it is made when it is asked for."""
        return True

    def entries(self) -> list[str]:
        """The only one."""
        return ["sinusoids"]

    def load(self, entry: str) -> Split:
        """The normal sequences to learn from, and the mixed ones to be judged on, both made anew."""
        self._refuse_unknown(entry, self.entries())
        files = self.files()
        return Split(_series(files["train_norm_seq.csv"]), _series(files["labeled_test_mixed_seq.csv"]))

    def files(self) -> dict[str, Sequences]:
        """The six files by name. O(sequences x length x tags)."""
        random = np.random.default_rng(self.seed)
        frequency, amplitude = (1.0 + random.random(self.tags) for _ in range(2))
        if self.simple:
            frequency = amplitude = np.ones(self.tags)
        wave = amplitude * np.sin(frequency * np.arange(self.length)[:, None])

        def normal(count: int) -> Values:
            spread = 0.0 if self.simple else self.noise
            return np.asarray(wave + spread * random.random((count, self.length, self.tags)))

        def mixed(count: int) -> Sequences:
            values = np.concatenate([normal(count), self._broken(normal(count), random)])
            order = random.permutation(2 * count)
            return Sequences(values[order], (np.arange(2 * count) >= count)[order])

        train, first = normal(self.train), normal(self.held_out)
        validation, test = mixed(self.held_out), mixed(self.held_out)
        return {
            "train_norm_seq.csv": Sequences(train, None),
            "val_norm_1_seq.csv": Sequences(first, None),
            "labeled_val_mixed_seq.csv": validation,
            "unlabeled_val_mixed_seq.csv": Sequences(validation.values, None),
            "labeled_test_mixed_seq.csv": test,
            "unlabeled_test_mixed_seq.csv": Sequences(test.values, None),
        }

    def _broken(self, values: Values, random: np.random.Generator) -> Values:
        start = int(self.length * self.before / 100)
        end = self.length - int(self.length * self.after / 100)
        part = values[:, start:end]
        factor = self.low + (self.high - self.low) * random.random(part.shape)
        part *= factor * random.choice([-1.0, 1.0], part.shape)
        return values

    def make(self) -> None:
        """Write the six files to the data set's folder, nine significant digits each."""
        self.write(self.home)

    def write(self, folder: str | Path, inner: str = ";", outer: str = ",") -> None:
        """Write the six files to a folder: `inner` separates timesteps, `outer` the tags, and the label stands last."""
        Path(folder).mkdir(parents=True, exist_ok=True)
        for name, sequences in self.files().items():
            with open(Path(folder) / name, "wb") as file:
                for lines in _lines(sequences, inner, outer):
                    file.write(lines)


def _series(sequences: Sequences) -> list[Series]:
    length, tags = sequences.values.shape[1:]
    times = np.datetime64(0, "ns") + np.arange(length) * np.timedelta64(1, "s")
    channels = tuple(f"tag_{i}" for i in range(tags))
    truths = {label: np.full(length, label) for label in (False, True)}
    return [
        Series(times, one, channels, None if sequences.labels is None else truths[bool(sequences.labels[i])], str(i))
        for i, one in enumerate(sequences.values)
    ]


def _lines(sequences: Sequences, inner: str, outer: str) -> Iterator[bytes]:
    """The file in pieces of some thousand lines."""
    for start in range(0, len(sequences.values), 4096):
        values = sequences.values[start : start + 4096].transpose(0, 2, 1)
        count, tags, length = values.shape
        numbers = pa.array(_nine_digits(values).reshape(-1)).cast(pa.string())
        lines = _joined(_joined(numbers, length, inner), tags, outer)
        if sequences.labels is not None:
            labels = pa.array(sequences.labels[start : start + count].astype(np.int8)).cast(pa.string())
            lines = pc.binary_join_element_wise(lines, labels, outer)
        yield ("\n".join(lines.to_pylist()) + "\n").encode()


def _joined(texts: pa.Array, group: int, sign: str) -> pa.Array:
    offsets = pa.array(np.arange(0, len(texts) + 1, group, dtype=np.int32))
    return pc.binary_join(pa.ListArray.from_arrays(offsets, texts), sign)


def _nine_digits(values: Values) -> NDArray[np.float64]:
    """Each value rounded to nine significant digits, as `%.8e` writes it; its shortest text then has no more."""
    size = np.floor(np.log10(np.maximum(np.abs(values), 1e-300)))
    scale = 10.0 ** (8 - size)
    return np.asarray(np.rint(values * scale) / scale)
