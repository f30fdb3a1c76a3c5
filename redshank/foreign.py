"""The spec of a model that was trained elsewhere: a small JSON file that says what its numbers mean.

{"kind": "reconstruction", "window": 288, "channels": ["value"], "mean": [42.4], "std": [28.1], "threshold": 0.06}
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Annotated, Literal, Self

import numpy as np
from annotated_types import Ge
from numpy.typing import NDArray

from . import params, runtimes
from .base import Algorithm
from .errors import InputError, NotFittedError, ParamError
from .kernels.windows import sliding
from .runtimes import Network

Array = NDArray[np.float64]
FIELDS = ("kind", "window", "channels", "mean", "std", "error", "layout")
"""What of a spec the detector and the forecaster `adopted` need; the rest is for the model around them."""


@dataclass(frozen=True, kw_only=True)
class Spec:
    """What a foreign model takes and gives.

    Parameters
    ----------
    kind : `reconstruction` the window again; `forecast` the row after it; `score` how strange it is, one number or one for each channel
    window : rows it reads at once
    channels : names of the channels in the model's order
    mean, std : what the values were scaled by, one number a channel, or one for all
    threshold : score above which a row is flagged; None leaves it to calibration on data
    error : how a window's reconstruction error becomes a score: mean absolute error, or mean squared error
    layout : the model's own axis order, `time-channel` or `channel-time`
    scorer : how scores of channels become one
    smooth : rows over which that score is averaged, trailing
    """

    kind: Literal["reconstruction", "forecast", "score"]
    window: Annotated[int, Ge(1)]
    channels: tuple[str, ...]
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    threshold: float | None = None
    error: Literal["mae", "mse"] = "mae"
    layout: Literal["time-channel", "channel-time"] = "time-channel"
    scorer: Literal["max", "sum", "mean", "rms"] | None = None
    smooth: Annotated[int, Ge(1)] = 1

    def __post_init__(self) -> None:
        for name, value in params.check(type(self), asdict(self)).items():
            object.__setattr__(self, name, value)
        for name, row in (("mean", self.mean), ("std", self.std)):
            if len(row) not in (1, len(self.channels)):
                raise ParamError(f"Spec.{name} must have 1 or {len(self.channels)} numbers, got {len(row)}.")
        if any(value <= 0 for value in self.std):
            raise ParamError(f"Spec.std must be greater than 0, got {list(self.std)}.")

    @classmethod
    def from_json(cls, text: str) -> Spec:
        """Read a spec file."""
        try:
            given = json.loads(text)
        except ValueError as error:
            raise InputError(
                f'The spec is no JSON: {error}. It is a mapping such as {{"kind": "forecast", ...}}.'
            ) from error
        if not isinstance(given, dict):
            raise InputError("The spec must be a JSON mapping, with kind, window and channels.")
        missing = [name for name in ("kind", "window", "channels") if name not in given]
        if missing:
            raise ParamError(f"Spec.{missing[0]} must be given. A spec needs kind, window and channels.")
        return cls(**params.check(cls, given))

    def scaled(self, x: Array) -> Array:
        """`x` (time, channel) as the model was trained to see it."""
        return (x - np.array(self.mean)) / np.array(self.std)

    def unscaled(self, x: Array) -> Array:
        """The inverse of `scaled`."""
        return x * np.array(self.std) + np.array(self.mean)


@dataclass(kw_only=True)
class Foreign(Algorithm):
    """What the detector and the forecaster `adopted` share: the model's bytes, and what they mean.

    Parameters
    ----------
    runtime : what runs the model: `onnx`, `torch_exported`, `keras` or `skops`
    kind : `reconstruction`, `forecast` or `score`, as in the spec
    window : rows the model reads at once
    channels : names of the channels in the model's order
    mean : what is subtracted from the values, one number a channel or one for all
    std : what they are then divided by
    error : `mae` or `mse`, how an error becomes a score
    layout : the model's axis order, `time-channel` or `channel-time`
    """

    runtime: Literal["onnx", "torch_exported", "keras", "skops"]
    kind: Literal["reconstruction", "forecast", "score"]
    window: Annotated[int, Ge(1)]
    channels: tuple[str, ...]
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    error: Literal["mae", "mse"] = "mae"
    layout: Literal["time-channel", "channel-time"] = "time-channel"

    @cached_property
    def spec(self) -> Spec:
        """What the model takes and gives, checked once: a stream asks with every row."""
        return Spec(**{name: getattr(self, name) for name in FIELDS})

    def adopt(self, content: bytes) -> Self:
        """Take the foreign model's bytes; loads them once, so that what cannot be run is refused now."""
        self._forget()
        self.fill_ = np.broadcast_to(np.array(self.mean, np.float64), (len(self.channels),)).copy()
        self.content_ = np.frombuffer(content, np.uint8).copy()
        self._network()
        return self

    def _network(self) -> Network:
        if not hasattr(self, "_loaded"):
            if not hasattr(self, "content_"):
                raise NotFittedError(
                    "An adopted model has no content yet. Make one with `redshank adopt FILE --spec SPEC`."
                )
            self._loaded = runtimes.load(self.runtime, self.content_.tobytes())
        return self._loaded

    def _outputs(self, scaled: Array) -> Array:
        return outputs(self._network(), self.spec, scaled)

    def _forget(self) -> None:
        kept = {"content_": self.content_} if hasattr(self, "content_") else {}
        super()._forget()
        vars(self).update(kept)

    def _fit(self, x: Array) -> None:
        """The model was trained elsewhere."""
        self._network()


def outputs(network: Network, spec: Spec, x: Array, batch: int = 512) -> Array:
    """What the model gives for every window of scaled `x` (time, channel), in blocks: the first axis is the window.

    Reconstructions come as (window, time, channel), forecasts and scores as (window, channel). O(time) model calls
    of `batch` windows; memory of one batch.
    """
    view = sliding(x, spec.window)  # (window, channel, time)
    found = []
    for first in range(0, len(view), batch):
        block = view[first : first + batch]
        turned = block if spec.layout == "channel-time" else block.transpose(0, 2, 1)
        given = np.asarray(network(np.ascontiguousarray(turned, dtype=np.float32)), np.float64)
        found.append(_shaped(given, spec, len(block)))
    return np.concatenate(found)


def _shaped(given: Array, spec: Spec, count: int) -> Array:
    width = len(spec.channels)
    want = (count, spec.window, width) if spec.kind == "reconstruction" else (count, width)
    if spec.kind == "score" and given.size == count:  # one score for all channels
        return np.repeat(given.reshape(count, 1), width, axis=1)
    if spec.kind == "reconstruction" and spec.layout == "channel-time" and given.ndim == 3:
        given = given.transpose(0, 2, 1)
    if given.size < int(np.prod(want)) or given.shape[0] != count:
        raise InputError(
            f"The model gave shape {given.shape} where its spec ({spec.kind}) asks for {want}. Mend the spec."
        )
    if spec.kind == "forecast":  # a model that gives several steps gives the next one first
        return given.reshape(count, -1)[:, :width]
    if given.size != int(np.prod(want)):
        raise InputError(
            f"The model gave shape {given.shape} where its spec ({spec.kind}) asks for {want}. Mend the spec."
        )
    return given.reshape(want)
