"""`redshank list`, `show` and `delete`."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from ..errors import InputError
from .options import Home, Json, Name, Version
from .output import count, moments, number, say, say_json, table


def list_models(home: Home = None, as_json: Json = False) -> None:
    """List the models that are kept, newest version of each.

    Example:

    \b
      redshank list --home s3://bucket/models
    """
    from .. import engine, store

    rows = engine.list(home=home)
    if as_json:
        say_json(rows)
    elif not rows:
        say(f"No model is kept in {store.home(home)} yet. Make one: redshank fit ewma data.csv --name web")
    else:
        made = moments([(row["created"] or "").partition(".")[0] + "Z" for row in rows])
        table(
            ("name", "version", "algorithm", "channels", "made"),
            [
                (row["name"], str(row["version"]), row["algorithm"], str(row["channels"]), time)
                for row, time in zip(rows, made)
            ],
            right=("version", "channels"),
        )


def show(name: Name, version: Version = None, home: Home = None, as_json: Json = False) -> None:
    """Show what a model is, what it learned from, and its parameters.

    Example:

    \b
      redshank show web --version 2
    """
    from .. import engine

    card = engine.show(name, version=version, home=home)
    if as_json:
        say_json(card)
        return
    own = card["card"]
    say(
        f"{card['name']}, version {card['version']} of {', '.join(map(str, card['versions']))}: {own.get('algorithm', card['kind'])}"
    )
    for role, part in card["parts"].items():
        _section(role, {"": part.get("name", "")} | part["params"])
    if own.get("rules"):
        _section("rules", own["rules"])
    if own.get("channels"):
        say(f"\nchannels\n  {', '.join(own['channels'])}")
    _section("facts", own.get("facts", {}))


def delete(
    name: Name,
    version: Annotated[int | None, typer.Option("--version", metavar="NUMBER", help="Only this version.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Remove a model, or one version of it. There is no way back.

    Example:

    \b
      redshank delete web --version 1 --yes
    """
    from .. import engine, store

    card = engine.show(name, version=version, home=home)
    going = [version] if version is not None else card["versions"]
    if not yes and not _agreed(f"Remove {count(len(going), 'version')} of {name!r} from {store.home(home)}?"):
        going = []
    gone = engine.delete(name, version=version, home=home) if going else []
    if as_json:
        say_json({"name": name, "removed": gone})
    elif gone:
        say(f"Removed {name!r}, {'version' if len(gone) == 1 else 'versions'} {', '.join(map(str, gone))}.")
    else:
        say("Nothing was removed.")


def _agreed(question: str) -> bool:
    if not sys.stdin.isatty():
        raise InputError("Nobody can be asked whether to remove it. Add --yes.")
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _section(title: str, values: dict[str, Any]) -> None:
    head = values.pop("", "")
    say(f"\n{title}{': ' + head if head else ''}")
    for name, value in values.items():
        said = number(value) if isinstance(value, float) else "none" if value is None else str(value)
        say(f"  {name:<24}{said}")
