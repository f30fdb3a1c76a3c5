"""Runs models that were trained elsewhere. One file a format; each loads bytes only through its library's safe loader.

A runtime is a function `load(content: bytes) -> Callable`, and what it returns takes windows (batch, window, channel), float32, and
gives what the model gives, float32. Anything a file could use to run code of its own is refused in one sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import MissingExtraError

Windows = NDArray[np.float32]
Network = Callable[[Windows], Windows]

SUFFIXES = {".onnx": "onnx", ".pt2": "torch_exported", ".keras": "keras", ".skops": "skops"}
"""File endings, and the runtime of each."""
_NEEDS = {"onnx": "onnx", "torch_exported": "neural", "keras": "keras", "skops": "sklearn"}


def load(runtime: str, content: bytes) -> Network:
    """The model in `content` as a function of windows."""
    try:
        module: Any = import_module(f"{__name__}.{runtime}")
        network: Network = module.load(content)
    except ImportError as error:
        raise MissingExtraError(
            f"A {runtime} model needs {error.name}: pip install 'redshank[{_NEEDS[runtime]}]'"
        ) from error
    return network
