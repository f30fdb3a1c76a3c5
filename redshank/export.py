"""Writes a fitted model as one graph that scores without redshank, and the spec that says what its numbers mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from . import registry
from .errors import InputError, MissingExtraError
from .model import Model
from .writing import replacing


def export(model: Model, path: str | Path, to: str = "onnx") -> dict[str, Any]:
    """Write `path` and, beside it, a `.json` spec that `redshank adopt` reads; returns what was written.

    The graph takes scaled rows (batch, window, channel) and gives `channel_scores` (batch, channel) and `score` (batch,): network and
    scorer are inside, scaling and threshold in the spec. Neural detectors only: they have a method `scoring`.

    Raises
    ------
    InputError
        For another format, a detector without a graph, or a scorer or threshold that cannot be written.
    """
    if to != "onnx":
        raise InputError(f"A model cannot be exported to {to!r}. Known: onnx.")
    if not hasattr(model.core, "scoring"):
        able = [name for name in registry.names("detectors") if _has_graph(name)]
        raise InputError(
            f"{model.algorithm!r} is no network and has no graph to export. Those that have: {', '.join(able)}."
        )
    scorer = registry.name_of("scorers", model.scorer)
    try:
        from .nets.graph import REDUCE, Graph, write_onnx
    except ImportError as error:
        raise MissingExtraError("Exporting needs torch: pip install 'redshank[neural,onnx]'") from error
    if scorer not in REDUCE:
        raise InputError(f"The scorer {scorer!r} cannot be exported. Fit with one of: {', '.join(REDUCE)}.")
    window, channels = model.core.context + 1, len(model.channels)
    spec = {
        "kind": "score",
        "window": window,
        "channels": list(model.channels),
        "mean": model.scaler.centre_.tolist(),
        "std": model.scaler.scale_.tolist(),
        "threshold": _limit(model),
        "scorer": scorer,
        "smooth": model.scorer.width_,
    }
    graph = Graph(model.core.scoring(), scorer)
    with replacing(str(path)) as draft:
        try:
            write_onnx(graph, window, channels, draft)
        except ImportError as error:
            raise MissingExtraError("Exporting needs onnx and onnxscript: pip install 'redshank[onnx]'") from error
    beside = Path(path).with_suffix(".json")
    with replacing(str(beside)) as draft:
        Path(draft).write_text(json.dumps(spec, indent=1))
    return {"model": str(path), "spec": str(beside), **spec}


def _limit(model: Model) -> float:
    value = getattr(model.threshold, "value_", None)
    if model.threshold.begin() or value is None:
        name = registry.name_of("thresholds", model.threshold)
        raise InputError(
            f"The threshold {name!r} keeps learning, so no graph can hold it. Fit with pot, quantile or another that stays."
        )
    return float(value)


def _has_graph(name: str) -> bool:
    try:
        return hasattr(registry.get("detectors", name), "scoring")
    except MissingExtraError:
        return False
