"""What every data set is: named entries, each with a part to learn from and a labelled part to be judged on."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple

from ..base import Algorithm
from ..errors import SourceError, UnknownNameError
from ..series import Series


class Split(NamedTuple):
    """One series of a data set, or one set of sequences, in its publisher's two parts."""

    train: Series | list[Series]
    test: Series | list[Series]


@dataclass(kw_only=True)
class Dataset(Algorithm):
    """A data set in its publisher's own layout, under one folder.

    An author writes `entries` and `load`, and says what the publisher calls the folder.

    Parameters
    ----------
    root : the folder that holds the data sets' folders
    folder : the data set's own folder under `root`, where it is not called as its publisher calls it
    """

    usual_folder: ClassVar[str]
    """What the publisher calls the folder."""
    about: ClassVar[str]
    """What the series are, in one line."""
    fetched: ClassVar[bool] = True
    """Whether it is downloaded; false where it is made, or ships with a package."""

    root: str
    folder: str | None = None

    @property
    def home(self) -> Path:
        """The data set's folder."""
        return Path(self.root).expanduser() / (self.folder or self.usual_folder)

    @property
    def present(self) -> bool:
        """Whether its folder is there."""
        return self.home.is_dir()

    @abstractmethod
    def entries(self) -> list[str]:
        """The names of its series, in order."""

    @abstractmethod
    def load(self, entry: str) -> Split:
        """One of its series."""

    def make(self) -> None:
        """Write its files, for a data set that is made; one that is not has nothing to do."""

    def _found(self, pattern: str) -> list[Path]:
        """The files of its folder that match, in the order people count; refuses where there are none."""
        found = sorted(self.home.glob(pattern), key=lambda path: natural(str(path)))
        if not found:
            what = "is not there" if not self.present else f"holds no {pattern}"
            raise SourceError(
                f"{self.home} {what}. Set REDSHANK_DATA to the folder above it, or run: redshank datasets fetch."
            )
        return found

    def _refuse_unknown(self, entry: str, known: Iterable[str]) -> None:
        if entry not in (known := list(known)):
            raise no_entry(entry, known)


def no_entry(entry: str, known: Sequence[str]) -> UnknownNameError:
    """The sentence for an entry that is not among `known`: the nearest ones, or the first and the last."""
    near = UnknownNameError.among("entry", entry, known)
    if len(known) <= 10 or "Did you mean" in str(near):
        return near
    return UnknownNameError(
        f"No entry is called {entry!r}. There are {len(known)}, from {known[0]!r} to {known[-1]!r}."
    )


def natural(name: str) -> list[tuple[bool, int | str]]:
    """A key that sorts `machine-1-10` after `machine-1-9`.

    Examples
    --------
    >>> sorted(["m-10", "m-9", "m-9b"], key=natural)
    ['m-9', 'm-9b', 'm-10']
    """
    return [(part.isdigit(), int(part) if part.isdigit() else part) for part in re.split(r"(\d+)", name)]
