"""What every algorithm has: parameters that are dataclass fields, and learned state in names that end in `_`."""

from __future__ import annotations

from abc import ABC
from dataclasses import asdict, dataclass, fields, is_dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from .. import params
from ..errors import NotFittedError
from ..kernels.tail import Tail

Memory = dict[str, Any]
"""What a stream remembers: `Tail`, arrays and numbers by name."""


def frozen(memory: Memory) -> dict[str, Any]:
    """A memory as arrays and numbers by name, which can be stored."""
    return {name: value.rows if isinstance(value, Tail) else _own(value) for name, value in memory.items()}


def thawed(memory: Memory, kept: dict[str, Any]) -> Memory:
    """An empty memory filled with what `frozen` returned."""
    for name, value in memory.items():
        if isinstance(value, Tail):
            memory[name] = Tail(value.length, kept[name] if kept[name].size else None)
        else:
            memory[name] = _own(kept[name])
    return memory


def _own(value: Any) -> Any:
    """A copy where a stream could write into the original."""
    return value.copy() if isinstance(value, np.ndarray) else value


Scores = NDArray[np.float64]


@dataclass(kw_only=True)
class Algorithm(ABC):
    """Parameters are dataclass fields; learned state is what `_fit` leaves in names ending `_`."""

    paper: ClassVar[str] = ""
    extra: ClassVar[str] = ""
    """The pip extra its imports need, for the sentence of a `MissingExtraError`."""

    def __post_init__(self) -> None:
        for name, value in params.check(type(self), self.params).items():
            setattr(self, name, value)

    @classmethod
    def from_params(cls, given: dict[str, Any]) -> Self:
        """Build from text or JSON values, as they come from a shell, a request or a SQL string."""
        return cls(**params.check(cls, given))

    @property
    def params(self) -> dict[str, Any]:
        """What was passed to the constructor, ready for JSON."""
        given = {field.name: getattr(self, field.name) for field in fields(self) if field.init}
        return {
            name: asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
            for name, value in given.items()
        }

    @property
    def state(self) -> dict[str, Any]:
        """What was learned: every attribute whose name ends in one underscore.

        Arrays, dicts of arrays (a network's weights), numbers, strings and lists of strings; nothing else is stored.
        """
        return {name: value for name, value in vars(self).items() if name.endswith("_") and not name.startswith("_")}

    def load_state(self, state: dict[str, Any]) -> Self:
        """Put back what `state` returned."""
        self._forget()
        vars(self).update(state)
        return self

    def _forget(self) -> None:
        """Drop what was learned, and what was derived from it (names starting with an underscore)."""
        for name in [name for name in vars(self) if name.endswith("_") or name.startswith("_")]:
            delattr(self, name)

    def _must_be_fitted(self) -> None:
        if not self.state:
            raise NotFittedError(f"{type(self).__name__} is not fitted. Call fit first.")
