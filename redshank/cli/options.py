"""Options that several commands share, so that a word means the same everywhere."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from ..errors import InputError


def model_names(incomplete: str) -> list[str]:
    """Completion: models that are kept."""
    from .. import store

    return [name for name in store.names() if name.startswith(incomplete)]


def algorithm_names(incomplete: str) -> list[str]:
    """Completion: detectors and forecasters."""
    from .. import registry

    return [
        name for kind in ("detectors", "forecasters") for name in registry.names(kind) if name.startswith(incomplete)
    ]


Home = Annotated[
    str | None,
    typer.Option("--home", metavar="URL", help="Where models are kept: a folder, or a URL. [env: REDSHANK_HOME]"),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, errors too.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The model.", autocompletion=model_names)]
Version = Annotated[int | None, typer.Option("--version", metavar="NUMBER", help="This version instead of the newest.")]
SOURCE_HELP = "Where the series is: data.csv, 'parquet:gs://bucket/day-*.parquet?time=ts', 'sql:x.duckdb?query=...'."
Source = Annotated[str, typer.Argument(metavar="SOURCE", help=SOURCE_HELP)]
Report = Annotated[str | None, typer.Option("--report", metavar="FILE", help="Write one HTML page about it.")]


def command_line(ctx: typer.Context) -> str:
    """The command as it was typed, quoted for a shell; `main` leaves its words in the context."""
    return shlex.join(["redshank", *(ctx.obj or [])])


def assignments(words: list[str]) -> dict[str, str]:
    """`["span=8", "threshold.q=1e-4"]` as a mapping; a value may hold further `=`.

    Examples
    --------
    >>> assignments(["span=8", "threshold.q=1e-4"])
    {'span': '8', 'threshold.q': '1e-4'}
    >>> assignments(["span"])
    Traceback (most recent call last):
    redshank.errors.InputError: --set takes NAME=VALUE, got 'span'. Write for example --set span=8.
    """
    given: dict[str, str] = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign or not name.strip():
            raise InputError(f"--set takes NAME=VALUE, got {word!r}. Write for example --set span=8.")
        if name.strip() in given:
            raise InputError(f"--set {name.strip()} is given twice. Give it once.")
        given[name.strip()] = value
    return given
