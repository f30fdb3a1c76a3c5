"""`redshank algorithms`."""

from __future__ import annotations

import inspect
from typing import Annotated, Any

import typer

from .options import Json
from .output import say, say_json, table

_SHOWN = ("detectors", "forecasters", "scorers", "thresholds", "sources", "datasets")


def _names(incomplete: str) -> list[str]:
    from .. import registry

    return [
        name
        for name in (*_SHOWN, *(each for kind in _SHOWN for each in registry.names(kind)))
        if name.startswith(incomplete)
    ]


def algorithms(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="[KIND | NAME]",
            help=f"A kind ({', '.join(_SHOWN)}) or the name of one algorithm.",
            autocompletion=_names,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """List what is registered, ours and other packages', or show the parameters of one.

    Example:

    \b
      redshank algorithms thresholds
      redshank algorithms pot
    """
    from .. import engine, registry
    from ..errors import UnknownNameError

    if what is None or what in _SHOWN:
        listed = engine.algorithms(what)
        say_json(listed) if as_json else _list(listed)
        return
    stem = what.partition(":")[0]
    kinds = [kind for kind in _SHOWN if stem in registry.names(kind)]
    if not kinds:
        raise UnknownNameError.among("algorithm", what, _names(""))
    shown = [_entry(kind, stem) for kind in kinds]
    if as_json:
        say_json(shown)
    else:
        for entry in shown:
            _show(entry)


def _entry(kind: str, name: str) -> dict[str, Any]:
    from .. import params, registry

    cls = registry.get(kind, name)
    story = inspect.getdoc(cls) or ""
    return {
        "kind": kind,
        "name": name,
        "about": story.split("\nParameters\n---")[0].split("\nExamples\n---")[0].strip(),
        "paper": getattr(cls, "paper", ""),
        "parameters": params.schema(cls)["properties"],
    }


def _list(listed: dict[str, list[str]]) -> None:
    for kind, names in listed.items():
        say(f"{kind:<13}{', '.join(names)}")


def _show(entry: dict[str, Any]) -> None:
    say(f"{entry['name']} ({entry['kind'].removesuffix('s')})\n\n{entry['about']}\n")
    if entry["paper"]:
        say(f"{entry['paper']}\n")
    prefix = {"scorers": "scorer.", "thresholds": "threshold."}.get(entry["kind"], "")
    rows = [
        (f"{prefix}{name}", _kind(row), _default(row), row.get("description", ""))
        for name, row in entry["parameters"].items()
    ]
    if rows:
        table(("parameter", "type", "default", "what"), rows)
    else:
        say("It has no parameters.")


def _kind(row: dict[str, Any]) -> str:
    if "enum" in row or "const" in row:
        return " | ".join(map(str, row.get("enum", [row.get("const")])))
    if "anyOf" in row:
        return " | ".join(_kind(arm) for arm in row["anyOf"])
    words = {
        "integer": "whole number",
        "number": "number",
        "string": "text",
        "boolean": "true | false",
        "array": "list",
        "null": "none",
    }
    return words.get(row.get("type", ""), "mapping")


def _default(row: dict[str, Any]) -> str:
    if "default" not in row:
        return "required"
    value = row["default"]
    return "none" if value is None else ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
