"""ONNX models, through ONNX Runtime. A graph is data: it can run no code, and files outside the model are refused."""

from __future__ import annotations

import onnxruntime

from ..errors import InputError
from . import Network, Windows


def load(content: bytes) -> Network:
    """The first output of the graph as a function of its only input."""
    try:
        session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's own errors share no base class
        raise InputError(f"This is no ONNX model that can run here: {error}. Export it again, in one file.") from error
    inputs = session.get_inputs()
    if len(inputs) != 1:
        names = ", ".join(row.name for row in inputs)
        raise InputError(
            f"The ONNX model has {len(inputs)} inputs ({names}). Export it with one, of shape (batch, window, channel)."
        )
    name = inputs[0].name

    def run(windows: Windows) -> Windows:
        found: Windows = session.run(None, {name: windows})[0]
        return found

    return run
