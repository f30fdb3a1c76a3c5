"""`redshank export`."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import Home, Json, Name, Version
from .output import say, say_json
from .progress_bar import shown


def export(
    name: Name,
    to: Annotated[str, typer.Option(metavar="FORMAT", help="onnx.")] = "onnx",
    out: Annotated[str | None, typer.Option(metavar="FILE", help="Where to; NAME.onnx where unsaid.")] = None,
    version: Version = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Write a model as one graph that scores without redshank: scaler, network and scorer inside, threshold in the spec beside it.

    Example:

    \b
      redshank export web --to onnx --out web.onnx
      redshank adopt web.onnx --spec web.json --name web-onnx
    """
    from .. import engine
    from ..export import export as write

    with shown("exporting"):
        model = engine.load(name, version=version, home=home)
        spec = write(model, out or f"{name}.{to}", to)
    if as_json:
        say_json(spec)
    else:
        say(f"Wrote {spec['model']} and {spec['spec']}.")
        say(f"Next: redshank adopt {spec['model']} --spec {spec['spec']} --name {name}-{to}")
