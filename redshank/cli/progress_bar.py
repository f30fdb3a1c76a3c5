"""A progress bar on stderr, for work that takes longer than a breath."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Timer
from typing import TYPE_CHECKING

from .. import progress

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE_S = 2.0
"""Work that is done by then shows nothing."""


@contextmanager
def shown(what: str) -> Iterator[None]:
    """Show what is reported inside, on stderr, if that is a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    bar = _Bar(what)
    try:
        with progress.listening(bar):
            yield
    finally:
        bar.close()


class _Bar:
    """Hears reports at once, and begins to draw after `PATIENCE_S`."""

    def __init__(self, what: str) -> None:
        self._lock = Lock()
        self._last: tuple[str, int, int, dict[str, float]] = (what, 0, 0, {})
        self._drawn: Progress | None = None
        self._task: TaskID | None = None
        self._timer = Timer(PATIENCE_S, self._begin)
        self._timer.daemon = True
        self._timer.start()

    def __call__(self, stage: str, done: int, total: int, figures: dict[str, float]) -> None:
        with self._lock:
            self._last = (stage, done, total, figures)
            self._draw()

    def close(self) -> None:
        self._timer.cancel()
        with self._lock:
            if self._drawn is not None:
                self._drawn.stop()

    def _begin(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        with self._lock:
            self._drawn = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.fields[figures]}"),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
                console=Console(file=sys.stderr),
                transient=True,
            )
            self._task = self._drawn.add_task("", total=None, figures="")
            self._draw()
            self._drawn.start()

    def _draw(self) -> None:
        if self._drawn is None or self._task is None:
            return
        stage, done, total, figures = self._last
        said = "  ".join(f"{name} {value:.4g}" for name, value in figures.items())
        self._drawn.update(self._task, description=stage, completed=done, total=total or None, figures=said)
