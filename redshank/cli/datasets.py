"""`redshank datasets list | entries | path | fetch`."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import Json
from .output import count, say, say_json, table
from .progress_bar import shown

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Public data sets in their publishers' layouts, for benchmarks and examples.",
)


def _names(incomplete: str) -> list[str]:
    from .. import registry

    return [name for name in registry.names("datasets") if name.startswith(incomplete)]


Name = Annotated[str, typer.Argument(metavar="NAME", help="The data set.", autocompletion=_names)]
Root = Annotated[
    str | None,
    typer.Option("--root", metavar="FOLDER", help="Where the data sets' folders are. [env: REDSHANK_DATA]"),
]


@app.command("list")
def list_datasets(root: Root = None, as_json: Json = False) -> None:
    """List the data sets, and which of them are here.

    Example:

    \b
      redshank datasets list
    """
    from .. import datasets

    rows = datasets.list(root)
    if as_json:
        say_json(rows)
        return
    table(
        ("name", "here", "what"),
        [
            (row["name"], count(row["entries"], "entry", "entries") if row["present"] else "no", row["about"])
            for row in rows
        ],
    )
    say(f"\nThe folders are looked for in {datasets.root_folder(root)}.")


@app.command()
def entries(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="A data set, or some of it: smd:machine-1-*")],
    root: Root = None,
    as_json: Json = False,
) -> None:
    """List the series of a data set, each by the string that names it everywhere.

    Example:

    \b
      redshank datasets entries 'smd:machine-1-*'
    """
    from .. import datasets

    found = datasets.entries(spec, root)
    if as_json:
        say_json(found)
    else:
        for entry in found:
            say(entry)


@app.command()
def path(name: Name, root: Root = None, as_json: Json = False) -> None:
    """Print the folder of a data set, whether it is there or not.

    Example:

    \b
      redshank datasets path nab
    """
    from .. import datasets

    found = str(datasets.path(name, root))
    say_json({"name": name, "path": found}) if as_json else say(found)


@app.command()
def fetch(
    name: Name,
    base: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="URL",
            help="Where the data set's folder stands, with a SHA256SUMS file in it. [env: REDSHANK_DATA_URL]",
        ),
    ] = None,
    root: Root = None,
    as_json: Json = False,
) -> None:
    """Get the files of a data set, with checksums; goes on where it was stopped.

    Example:

    \b
      redshank datasets fetch smd --from https://mirror.example/data
    """
    from .. import datasets

    with shown(f"fetching {name}"):
        found = str(datasets.fetch(name, base, root))
    say_json({"name": name, "path": found}) if as_json else say(f"{name} is in {found}.")
