"""Keras models in the `.keras` format, in safe mode, on the torch backend. Layers from outside Keras are refused."""

from __future__ import annotations

import io
import json
import os
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import InputError
from . import Network, Windows


def load(content: bytes) -> Network:
    """The model's prediction as a function of windows."""
    _look_through(content)
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras

    with tempfile.TemporaryDirectory() as folder:  # Keras reads files only
        path = Path(folder) / "model.keras"
        path.write_bytes(content)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # Keras converts weights in a way numpy 2 warns of
                model = keras.saving.load_model(path, compile=False, safe_mode=True)
        except Exception as error:
            raise InputError(
                f"This is no Keras model that can be read safely: {error}. Save it with model.save('x.keras')."
            ) from error

    def run(windows: Windows) -> Windows:
        found: Windows = (
            model(windows, training=False).detach().cpu().numpy()
        )  # Keras's own conversion warns on numpy 2
        return found

    return run


def _look_through(content: bytes) -> None:
    """Refuse everything a configuration could name that is not Keras's own."""
    try:
        config = json.loads(zipfile.ZipFile(io.BytesIO(content)).read("config.json"))
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise InputError(f"This is no .keras file ({error}). Save the model with model.save('x.keras').") from error
    for row in _classes(config):
        module = str(row.get("module") or "keras")
        if module.split(".")[0] != "keras" or row.get("class_name") in ("Lambda", "function", "__lambda__"):
            raise InputError(
                f"The Keras model uses {module}.{row.get('class_name')}, which could run code. Build it of Keras's own layers."
            )


def _classes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "class_name" in value:
            yield value
        for item in value.values():
            yield from _classes(item)
    elif isinstance(value, list):
        for item in value:
            yield from _classes(item)
