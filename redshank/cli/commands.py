"""Which commands there are, and what is imported when one is used.

One line a command: its name, where its function or typer app is, and what `redshank --help` says of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from ..errors import UnknownNameError


class Row(NamedTuple):
    """`target` is MODULE:NAME in this package: a function, or a `typer.Typer` with commands of its own."""

    target: str
    help: str
    panel: str


_JOB, _MODELS, _DATA = "The main job", "Models and algorithms", "Data and examples"
_HONEST = "Judging and choosing"
COMMANDS = {
    "fit": Row("fit:fit", "Learn what is normal, and keep the model.", _JOB),
    "detect": Row("detect:detect", "Find anomalies, and the channels to blame.", _JOB),
    "forecast": Row("forecast:forecast", "Say what comes next, with a band.", _JOB),
    "evaluate": Row("evaluate:evaluate", "Judge a model on labelled data, beside random scores.", _JOB),
    "list": Row("models:list_models", "List the models that are kept.", _MODELS),
    "show": Row("models:show", "Show everything a model says of itself.", _MODELS),
    "delete": Row("models:delete", "Remove a model, or one version of it.", _MODELS),
    "algorithms": Row("algorithms:algorithms", "List algorithms, or show the parameters of one.", _MODELS),
    "adopt": Row("adopt:adopt", "Take in a model that was trained elsewhere.", _MODELS),
    "export": Row("export:export", "Write a neural model as one graph.", _MODELS),
    "bench": Row("bench:bench", "Run detectors over data sets, and judge all alike.", _HONEST),
    "judge": Row("judge:judge", "Judge the scores of any system by every metric.", _HONEST),
    "tune": Row("tune:tune", "Search the parameters of a detector.", _HONEST),
    "sequences": Row("sequences:app", "The three phases over labelled sequence data sets.", _DATA),
    "datasets": Row("datasets:app", "List, fetch and find public data sets.", _DATA),
    "demo": Row("demo:demo", "Run the main job on sixty years of sea-surface temperatures.", _DATA),
}


class Commands(TyperGroup):
    """The root command. It knows its commands by name and one line each, and imports one when it is called."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, row in COMMANDS.items():
            self.add_command(TyperCommand(name, help=row.help))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        for panel in dict.fromkeys(row.panel for row in COMMANDS.values()):
            with formatter.section(panel):
                formatter.write_dl([(name, row.help) for name, row in COMMANDS.items() if row.panel == panel])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if ctx.resilient_parsing and args[0] not in COMMANDS:  # while a line is being completed
            return None, None, args[1:]
        return args[0], load(args[0]), args[1:]


def load(name: str) -> Any:
    """The real command behind a name."""
    if name not in COMMANDS:
        raise UnknownNameError.among("command", name, COMMANDS)
    module, _, attribute = COMMANDS[name].target.partition(":")
    target = getattr(import_module(f".{module}", __package__), attribute)
    if isinstance(target, typer.Typer):
        group = typer.main.get_group(target)
        group.name = name
        return group
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name)(target)
    return typer.main.get_command(app)


def root() -> Any:
    """The command `redshank`. Its help is plain text: drawing it with rich takes longer than all the rest."""
    app = typer.Typer(cls=Commands, rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]})
    app.callback()(redshank)
    return typer.main.get_command(app)


def _version(asked: bool) -> None:
    if asked:
        from .. import __version__

        typer.echo(f"redshank {__version__}")
        raise typer.Exit


def redshank(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Print the traceback of an error; may stand anywhere. [env: REDSHANK_DEBUG]")
    ] = False,
) -> None:
    """Learn what is normal in time series, raise an alarm when reality departs from it, and say what comes next.

    Begin with `redshank demo`. Every command shows an example in its own --help.
    """
