"""Every error as one sentence on stderr and an exit code.

0    done
1    something unexpected: a bug, or memory ran out
2    the input or the command line is wrong
3    no algorithm, model, source or data set has this name
4    a model is used before it is fitted
5    an optional dependency is not installed
6    an outside system failed: a disk, a network, a database
7    a model folder is damaged, too new, or cannot be written
130  stopped by Ctrl-C
141  the reader of the output went away (`redshank list | head -1`)
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
import traceback
import warnings
from collections.abc import Iterator
from typing import Any

from ..errors import RedshankError

STOPPED = "Stopped before the end. Nothing was left half-written."


def explain(error: BaseException) -> tuple[str, int]:
    """The sentence and the exit code of an error; an empty sentence where there is nobody to read it."""
    if isinstance(error, RedshankError):
        return str(error), error.exit_code
    if isinstance(error, KeyboardInterrupt) or type(error).__name__ == "Abort":
        return STOPPED, 130
    if isinstance(error, BrokenPipeError):
        return "", 141
    if isinstance(error, OSError) and error.errno is not None:
        return _of_the_system(error), 6
    if isinstance(error, MemoryError):
        return (
            "There is not enough memory for this. Score the data in pieces (a parquet: source is streamed), or take fewer channels.",
            1,
        )
    if hasattr(error, "format_message"):
        return _of_the_command_line(error), 2
    return (
        f"Something unexpected happened: {type(error).__name__}: {error}. This is a bug in redshank or in a plug-in: "
        "run the same command with --debug, and report it with what that prints.",
        1,
    )


def refuse(error: BaseException, as_json: bool, debug: bool) -> int:
    """Print what `explain` says, as JSON where the command was asked for JSON, and return the exit code."""
    sentence, code = explain(error)
    if isinstance(error, OSError):
        _abandon_stdout()
    with contextlib.suppress(OSError):
        if debug:
            traceback.print_exception(error)
        if as_json:
            print(json.dumps({"error": sentence, "exit_code": code}), file=sys.stderr)
        elif sentence:
            print(f"redshank: {sentence}", file=sys.stderr)
        sys.stderr.flush()
    return code


@contextlib.contextmanager
def notes(as_json: bool) -> Iterator[None]:
    """Show warnings as one line on stderr each, without the line of code they come from."""

    def show(message: Warning | str, *where: Any, **more: Any) -> None:
        line = json.dumps({"warning": str(message)}) if as_json else f"redshank: Note: {message}"
        print(line, file=sys.stderr)

    with warnings.catch_warnings():
        warnings.showwarning = show
        yield


def _of_the_system(error: OSError) -> str:
    place = f" {error.filename}" if error.filename else ""
    fact = f"The system refused{place}: {os.strerror(error.errno or 0)}."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{fact} Free some space, or write to another place."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{fact} Ask for the permission, or choose another place."
    return f"{fact} Check the place and try again."


def _of_the_command_line(error: Any) -> str:
    message = error.format_message().strip().rstrip(".")
    path = error.ctx.command_path if getattr(error, "ctx", None) is not None else "redshank"
    end = "" if message.endswith("?") else "."
    return f"{message}{end} See {path} --help."


def _abandon_stdout() -> None:
    """Keep Python from failing once more when it flushes stdout at its end."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
