"""Search spaces: which values of a parameter are worth trying. They live on the classes, as `search`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Span:
    """Numbers from `low` to `high`, both included; whole numbers where both are. `log` tries each factor equally often."""

    low: float
    high: float
    log: bool = False


@dataclass(frozen=True)
class Choice:
    """One of a few values; lists such as layer sizes are choices too."""

    options: tuple[Any, ...]


Space = dict[str, Span | Choice]
"""By parameter name, dotted for nested ones: `{"training.lr": Span(1e-4, 1e-1, log=True)}`."""
