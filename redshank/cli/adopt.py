"""`redshank adopt`."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import Home, Json, assignments
from .output import say, say_json
from .progress_bar import shown


def adopt(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The model: .onnx, .pt2, .keras or .skops.")],
    spec: Annotated[str, typer.Option(metavar="FILE", help="JSON: kind, window, channels, mean, std, threshold.")],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Keep the model under this name.")],
    rule: Annotated[
        str, typer.Option(metavar="NAME", help="Which windows speak for a row: trailing, covering, or tdgpt.")
    ] = "trailing",
    calibrate: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="Normal data to set the threshold on.")
    ] = None,
    threshold: Annotated[str, typer.Option(metavar="NAME", help="What sets the limit, with --calibrate.")] = "pot",
    parameters: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A parameter of the threshold: threshold.q=1e-4."),
    ] = None,
    forecast: Annotated[
        bool, typer.Option("--forecast", help="Make a forecaster of it; its bands are backtested on --calibrate.")
    ] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Take in a model that was trained elsewhere, by a small spec file and no code.

    Files that could run code of their own are refused: Keras models with lambdas, PyTorch archives with pickled parts, and the like.

    Example:

    \b
      redshank adopt model.keras --spec model.json --name mine
      redshank detect mine today.csv
    """
    from .. import engine
    from ..adopt import adopt as take

    with shown("adopting"):
        normal = engine.read(calibrate) if calibrate else None
        model = take(
            file,
            spec,
            rule=rule,
            calibrate_on=normal,
            threshold=threshold,
            params=assignments(parameters or []),
            forecaster=forecast,
        )
        version = engine.save(model, name, home=home)
    if as_json:
        say_json(engine.show(name, home=home))
        return
    core = model.core.params
    say(
        f"Model {name!r}, version {version}: {core['kind']} of {core['window']} rows, {len(core['channels'])} channels, run by {core['runtime']}."
    )
    say(f"Next: redshank {'forecast' if forecast else 'detect'} {name} SOURCE --report report.html")
