"""Finds algorithms by kind and name. Ours and other people's come through the same door: entry points.

A package that writes

    [project.entry-points."redshank.detectors"]
    mine = "my_package.mine:Mine"

gets the command line, HTTP, SQL, the store and the contract tests with no edit here. A name is imported when it is asked
for; one that cannot be imported is quarantined: `broken` lists it, and everything else runs.

A name may carry a model of its library after a colon: `pyod:ecod` is the entry `pyod` with the parameter `model=ecod`.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from .base import Algorithm
from .errors import MissingExtraError, RedshankError, StoreError, UnknownNameError

KINDS = {
    "detectors": "detector",
    "forecasters": "forecaster",
    "scorers": "scorer",
    "thresholds": "threshold",
    "sources": "source",
    "datasets": "data set",
    "metrics": "metric",
}
REFUSED = {
    (
        "thresholds",
        "best-f1",
    ): "best-f1 chooses its threshold on the labels that judge it, so it is an oracle and no threshold. "
    "Use f-beta on other labelled data, or read best F1 in the evaluation."
}
_EXTRAS = {
    "torch": "neural",
    "keras": "keras",
    "onnx": "onnx",
    "onnxruntime": "onnx",
    "onnxscript": "onnx",
    "sklearn": "sklearn",
    "skops": "sklearn",
    "pyod": "pyod",
    "duckdb": "sql",
    "s3fs": "s3",
    "gcsfs": "gcs",
    "optuna": "tune",
    "matplotlib": "plot",
    "statsmodels": "demo",
    "pandas": "pandas",
    "polars": "polars",
}


def names(kind: str) -> list[str]:
    """Every name of this kind, sorted, without importing any of them."""
    return sorted(_entries(kind))


def get(kind: str, name: str) -> Any:
    """The class registered under this name."""
    if (kind, name) in REFUSED:
        raise UnknownNameError(REFUSED[kind, name])
    entries = _entries(kind)
    stem = name.partition(":")[0]
    if stem not in entries:
        raise UnknownNameError.among(KINDS[kind], name, names(kind))
    try:
        return entries[stem].load()
    except ImportError as error:
        raise _missing(stem, error) from error
    except RedshankError:
        raise
    except Exception as error:
        raise StoreError(
            f"{stem!r} cannot be loaded: {type(error).__name__}: {error}. Mend or remove the package."
        ) from error


def build(kind: str, name: str, params: dict[str, Any] | None = None) -> Any:
    """A new object of the class registered under this name, from parameters as text or JSON values."""
    model = name.partition(":")[2]
    given = nest(params or {})
    return get(kind, name).from_params({"model": model, **given} if model else given)


def name_of(kind: str, algorithm: Algorithm) -> str:
    """The registered name of an object's class; what the store writes."""
    cls = type(algorithm)
    target = f"{cls.__module__}:{cls.__qualname__}"
    for name, entry in _entries(kind).items():
        if entry.value == target:
            return name
    raise StoreError(
        f"{cls.__name__} is not registered, so it could not be loaded again. "
        f'Add it to [project.entry-points."redshank.{kind}"] of its package.'
    )


def broken() -> list[tuple[str, str, str]]:
    """Kind, name and error of every entry that cannot be imported. Imports everything: slow, for a health check."""
    rows = []
    for kind in KINDS:
        for name in names(kind):
            try:
                get(kind, name)
            except RedshankError as error:
                rows.append((kind, name, str(error)))
    return rows


def nest(params: dict[str, Any]) -> dict[str, Any]:
    """Dotted names as nested mappings: `{"training.epochs": 5}` -> `{"training": {"epochs": 5}}`."""
    nested: dict[str, Any] = {}
    for name, value in params.items():
        head, dot, rest = name.partition(".")
        if dot:
            nested.setdefault(head, {})[rest] = value
        else:
            nested[name] = value
    return nested


@cache
def _entries(kind: str) -> dict[str, EntryPoint]:
    if kind not in KINDS:
        raise UnknownNameError.among("kind of algorithm", kind, KINDS)
    return {entry.name: entry for entry in entry_points(group=f"redshank.{kind}")}


def _missing(name: str, error: ImportError) -> RedshankError:
    module = (error.name or "").partition(".")[0]
    if module in _EXTRAS:
        return MissingExtraError(f"{name!r} needs {module}: pip install 'redshank[{_EXTRAS[module]}]'")
    if module == "redshank":
        return StoreError(f"{name!r} is registered but its module is not there: {error}. Install redshank again.")
    return MissingExtraError(f"{name!r} needs {module or 'a package'} that is not installed ({error}).")
