"""The shell's door: `redshank VERB ...`. It parses, calls the engine, and prints.

A command is a module of this package with one line in `commands.COMMANDS`; it is imported when it is used, so that
`redshank --help` loads no numpy. Whatever goes wrong leaves here as one sentence on stderr and an exit code.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; see `refusals` for the codes.

    Examples
    --------
    >>> main(["algorithms", "scorers", "--json"])
    {
      "scorers": [
        ...
      ]
    }
    0
    """
    from . import refusals

    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given or os.environ.get("REDSHANK_DEBUG", "") not in ("", "0")
    line = [word for word in given if word != "--debug"]
    as_json = "--json" in line
    try:
        with refusals.notes(as_json):
            code = _run(line or ["--help"])
        sys.stdout.flush()
    except SystemExit:
        raise
    except BaseException as error:
        code = refusals.refuse(error, as_json, debug)
    return code


def _run(line: list[str]) -> int:
    from .commands import root

    code = root().main(line, prog_name="redshank", standalone_mode=False, obj=line) or 0
    if code == INTERRUPTED:  # typer has swallowed the interrupt
        raise KeyboardInterrupt
    return int(code)
