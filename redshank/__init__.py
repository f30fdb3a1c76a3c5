"""Redshank: time-series anomaly detection and forecasting that one can trust in production.

The verbs are here, and nothing is imported until it is used, so that `import redshank` costs next to nothing.

Examples
--------
>>> import numpy as np
>>> import redshank
>>> calm = np.sin(np.arange(2000) / 10)
>>> model = redshank.fit("ar", redshank.Series.from_numpy(calm[:1500], step_s=60))
>>> calm[1800] += 3
>>> found = redshank.detect(model, redshank.Series.from_numpy(calm[1500:], step_s=60))
>>> str(max(found.events, key=lambda event: event.severity).start)[:16]
'1970-01-01T05:00'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "Series": "series",
    "Model": "model",
    "Detection": "detection",
    "Event": "detection",
    "Forecast": "base",
    "RedshankError": "errors",
    **dict.fromkeys(
        ("algorithms", "delete", "detect", "evaluate", "fit", "forecast", "list", "load", "read", "save", "show"),
        "engine",
    ),
}
_ROOMS = ("datasets", "errors", "metrics", "testing")

if TYPE_CHECKING:
    from . import datasets, errors, metrics, testing
    from .base import Forecast
    from .detection import Detection, Event
    from .engine import algorithms, delete, detect, evaluate, fit, forecast, list, load, read, save, show
    from .errors import RedshankError
    from .model import Model
    from .series import Series


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    if name in _ROOMS:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module 'redshank' has no attribute {name!r}")


def __dir__() -> Any:
    return sorted([*_HOMES, *_ROOMS, "__version__"])


__all__ = [
    "Detection",
    "Event",
    "Forecast",
    "Model",
    "RedshankError",
    "Series",
    "algorithms",
    "datasets",
    "delete",
    "detect",
    "errors",
    "evaluate",
    "fit",
    "forecast",
    "list",
    "load",
    "metrics",
    "read",
    "save",
    "show",
    "testing",
]
