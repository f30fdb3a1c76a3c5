"""PyTorch models saved by `torch.export.save`. The archive is looked through before torch reads it.

`torch.export.load` reads tensors and a graph, but the format also allows pickled constants, custom objects and symbolic expressions that
sympy would evaluate. An archive that has any of those is refused: see `_look_through`.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import torch

from ..errors import InputError
from . import Network, Windows

_EXPRESSION = re.compile(r"[\w\s+\-*/(),.<>=]*")
_SYMBOL = re.compile(r"Symbol\('([su]\d+)'(?:, (?:positive|integer|real|nonnegative)=True)*\)")
_NAMES = re.compile(r"[A-Za-z_]\w*")
_KNOWN = {
    "Mod",
    "FloorDiv",
    "CeilDiv",
    "Max",
    "Min",
    "Integer",
    "PythonMod",
    "ModularIndexing",
    "IntTrueDiv",
    "oo",
    "True",
    "False",
}
_TENSORS = re.compile(r"(weight|tensor)_\d+")


def load(content: bytes) -> Network:
    """The first output of the exported program as a function of its only input."""
    _look_through(content)
    try:
        module = torch.export.load(io.BytesIO(content)).module()
    except Exception as error:
        raise InputError(
            f"This is no exported PyTorch model that can be read: {error}. Save it with torch.export.save."
        ) from error

    def run(windows: Windows) -> Windows:
        with torch.inference_mode():
            found = module(torch.from_numpy(windows))
        first = found[0] if isinstance(found, (tuple, list)) else found
        return first.float().numpy()

    return run


def _look_through(content: bytes) -> None:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        texts = {name: json.loads(archive.read(name)) for name in archive.namelist() if name.endswith(".json")}
    except (zipfile.BadZipFile, ValueError) as error:
        raise InputError(f"This is no exported PyTorch model ({error}). Save it with torch.export.save.") from error
    if not any(name.endswith("_config.json") for name in texts):
        raise InputError(
            "This exported model is of an older format that is not safe to read. Save it again with torch 2.8 or newer."
        )
    for text in texts.values():
        for key, value in _pairs(text):
            if key == "use_pickle" and value:
                raise _refusal("pickled tensors")
            if key == "path_name" and not _TENSORS.fullmatch(str(value)):
                raise _refusal(f"an object that is no tensor ({value})")
            if key == "expr_str" and not _harmless(str(value)):
                raise _refusal(f"an expression that is no arithmetic ({value})")


def _harmless(expression: str) -> bool:
    expression = _SYMBOL.sub(r"\1", expression)
    names = _NAMES.findall(expression)
    return bool(_EXPRESSION.fullmatch(expression)) and all(
        n in _KNOWN or re.fullmatch(r"[su]\d+|u_?\w?\d+", n) for n in names
    )


def _pairs(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key and value of nested JSON."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key, item
            yield from _pairs(item)
    elif isinstance(value, list):
        for item in value:
            yield from _pairs(item)


def _refusal(what: str) -> InputError:
    return InputError(f"The exported model holds {what}, which could run code. Export a model of plain tensors.")
