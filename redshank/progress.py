"""How far a long piece of work has come, told to whoever listens.

Work reports; it does not know whether a terminal, a web page or nobody is listening:

    for epoch in range(epochs):
        ...
        progress.report("training", epoch + 1, epochs, loss=loss)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[str, int, int, dict[str, float]], None]
"""Called with the stage, the steps done, the steps in all (0 where unknown) and figures worth showing."""

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def report(stage: str, done: int, total: int, **figures: float) -> None:
    """Say that `done` of `total` steps of `stage` are done. Costs nothing where nobody listens."""
    listener = _listener.get()
    if listener is not None:
        listener(stage, done, total, figures)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Send the reports of everything inside to `listener`.

    Examples
    --------
    >>> with listening(lambda stage, done, total, figures: print(stage, done, total)):
    ...     report("reading", 1, 2)
    reading 1 2
    """
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
