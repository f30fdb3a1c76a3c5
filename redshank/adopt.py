"""Takes in models that were trained elsewhere: bytes and a spec become a model like any other, with no code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from . import registry, runtimes
from .base import Scaler
from .errors import InputError, SourceError
from .foreign import FIELDS, Spec
from .model import Model
from .series import Series


def adopt(
    path: str | Path,
    spec: Spec | str | Path,
    *,
    runtime: str | None = None,
    rule: str = "trailing",
    calibrate_on: Series | None = None,
    threshold: str = "pot",
    params: dict[str, Any] | None = None,
    forecaster: bool = False,
) -> Model:
    """A model around the foreign one in `path`.

    Parameters
    ----------
    path : file of the foreign model: `.onnx`, `.pt2`, `.keras` or `.skops`
    spec : what it takes and gives, or the JSON file that says so
    runtime : what runs it, where the ending does not say
    rule : which windows speak for a row; see the detector `adopted`
    calibrate_on : normal data to set the threshold on; needed where the spec has no threshold
    threshold, params : which threshold to calibrate, and its parameters as `{"threshold.q": 1e-4}`
    forecaster : make a forecaster of a model of kind `forecast`. Its bands and its threshold, in standard deviations of its
        one-step error, come from `calibrate_on`; a threshold in the spec is in another unit and is not used
    """
    known = spec if isinstance(spec, Spec) else Spec.from_json(_read(spec).decode(errors="replace"))
    kind = runtime or runtimes.SUFFIXES.get(Path(path).suffix)
    if kind is None:
        raise InputError(
            f"The ending of {str(path)!r} does not say what the model is. Known: {', '.join(runtimes.SUFFIXES)}; or name a runtime."
        )
    _refuse(known, calibrate_on, forecaster)
    fields = {name: getattr(known, name) for name in FIELDS}
    scorer = known.scorer or ("mean" if known.kind == "reconstruction" else "max")
    limit = None if forecaster else known.threshold
    given = fields | {"runtime": kind} | ({} if forecaster else {"rule": rule})
    core = registry.build("forecasters" if forecaster else "detectors", "adopted", given).adopt(_read(path))
    model = Model(
        core=core,
        scorer=registry.build("scorers", scorer, {"smooth": known.smooth}),
        threshold=registry.build("thresholds", "fixed", {"value": limit})
        if limit is not None
        else registry.build("thresholds", threshold, registry.nest(params or {}).get("threshold", {})),
        scaler=Scaler(how="none"),
        algorithm="adopted",
        calibrate=0.0,
    )
    return _calibrated(model, known, calibrate_on)


def _refuse(spec: Spec, series: Series | None, forecaster: bool) -> None:
    """Everything that is wrong about the wish, before the model is loaded."""
    if forecaster and spec.kind != "forecast":
        raise InputError(
            f"A model of kind {spec.kind!r} cannot forecast. Its spec must say forecast, or adopt a detector."
        )
    if forecaster and series is None:
        raise InputError("A forecaster's bands come from a backtest. Give data to run it on: --calibrate SOURCE.")
    if spec.threshold is None and series is None:
        raise InputError(
            "The spec has no threshold. Give one in it, or normal data to calibrate on: --calibrate SOURCE."
        )
    if series is not None and series.channels != spec.channels:
        raise InputError(
            f"The series to calibrate on has the channels {series.channels}, and the spec {spec.channels}. "
            "Choose them in that order: ?value=a,b in the source."
        )


def _calibrated(model: Model, spec: Spec, series: Series | None) -> Model:
    """The model ready to score: calibrated on all of the normal data, for the foreign model was trained before; or as its spec says."""
    if series is not None:
        return model.fit(series)
    return model.assume(spec.channels, np.broadcast_to(np.array(spec.mean, np.float64), (len(spec.channels),)).copy())


def _read(path: str | Path) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}. Check the path.") from error
