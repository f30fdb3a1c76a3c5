"""`redshank demo`."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from .options import command_line
from .output import count, say, table
from .progress_bar import shown


def demo(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the page, the data and the models go.")] = Path(
        "demo-out"
    ),
) -> None:
    """Run the main job on sixty years of sea-surface temperatures: learn, calibrate, detect, judge, forecast, store, show.

    Example:

    \b
      redshank demo --out demo-out
    """
    from .. import demo as job

    say("Sea-surface temperatures off Peru, 732 months from 1950 to 2010. The first half is learned from.\n")
    with shown("the main job"):
        story = job.run(out, command_line(ctx))
    say(f"{count(len(story.sightings), 'event')}, at a limit that a normal month passes once in a hundred:\n")
    table(job.SIGHTING_COLUMNS, job.sighting_rows(story), right=job.SIGHTING_COLUMNS[2:5])
    say("")
    table(job.EPISODE_COLUMNS, job.episode_rows(story))
    say(f"\n{job.verdict(story)}\n{job.CAVEAT}\n{job.SOURCE}")
    say(f"\n{job.forecast_verdict(story)}\n")
    say(f"Written to {out}: report.html, elnino.csv, and two models in {out / 'models'}.\nTry next:\n")
    for line in next_commands(out):
        say(f"  {line}")


def next_commands(out: Path) -> list[str]:
    """Three commands that work as they are, from the folder that the demo was run in."""
    home = f"--home {shlex.quote(str(out / 'models'))}"
    data = shlex.quote(f"{out / 'elnino.csv'}?label=label")
    page = shlex.quote(str(out / "later.html"))
    return [
        f"{program()} evaluate elnino {data} {home}",
        f"{program()} forecast elnino-forecast --horizon 36 --level 0.95 {home} --report {page}",
        f"{program()} algorithms seasonal-hybrid-esd",
    ]


def program() -> str:
    """What to type for `redshank` here: its name where the shell finds it, else its path."""
    path = sys.argv[0]
    if os.path.basename(path) != "redshank":
        return f"{shlex.quote(sys.executable)} -m redshank"
    found = shutil.which("redshank")
    if found and os.path.samefile(found, path):
        return "redshank"
    return shlex.quote(min(os.path.relpath(path), os.path.abspath(path), key=len))
