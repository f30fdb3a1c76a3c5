"""Models on disk: one folder each, JSON and safetensors only, nothing executable.

    STORE/NAME/1/model.json          what it is: format, parts with their parameters, facts, checksum of the state
    STORE/NAME/1/state.safetensors   what it learned

`STORE` is any fsspec URL. Versions are integers. A version is there when its `model.json` is: it is written last, so a
process killed in the middle, or a full disk, leaves nothing that could be loaded. On a local disk the whole folder appears by one
rename; elsewhere the number is claimed first by creating a file exclusively. The state may hold arrays, dicts of arrays,
numbers, strings and lists of strings (see `Algorithm.state`); loading never runs code from a model folder.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import shutil
import uuid
from typing import Any

import numpy as np

from . import registry
from .base import Algorithm
from .errors import InputError, SourceError, StoreError, UnknownNameError
from .files import shown

FORMAT = 1
CARD, STATE, CLAIM = "model.json", "state.safetensors", "claim"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")
_ROLES = {"detector": "detectors", "forecaster": "forecasters", "scorer": "scorers", "threshold": "thresholds"}


def home(url: str | None = None) -> str:
    """Where models are kept: `url`, else the environment variable REDSHANK_HOME, else ~/.local/share/redshank/models."""
    return (
        url or os.environ.get("REDSHANK_HOME") or os.path.join(os.path.expanduser("~"), ".local/share/redshank/models")
    )


def save(model: Any, name: str, url: str | None = None) -> int:
    """Write a new version of `name` and return its number. Atomic; two processes that save at once get two versions.

    Raises InputError for a name that cannot be a folder, StoreError where the place cannot be written.
    """
    check_name(name)
    card, state = _pack(model)
    fs, root = _open(url)
    try:
        version = _save_local(fs, root, name, card, state) if _local(fs) else _save_remote(fs, root, name, card, state)
    except OSError as error:
        raise StoreError(
            f"Model {name!r} was not saved in {root}: {error}. Free some space or choose another place."
        ) from error
    model.name, model.version = name, version
    return version


def load(name: str, url: str | None = None, version: int | None = None) -> Any:
    """Read a model back, the newest version unless told; classes come from the registry, never from the folder."""
    fs, root = _open(url)
    number = _version(name, url, version, versions(name, url))
    folder = f"{root}/{name}/{number}"
    card = _read_card(fs, folder)
    model = _unpack(card, _read_state(fs, folder, card), folder)
    model.name, model.version = name, number
    return model


def names(url: str | None = None) -> list[str]:
    """Names of the models in the store, sorted."""
    fs, root = _open(url)
    return sorted(name for name in _children(fs, root) if _NAME.fullmatch(name) and versions(name, url))


def versions(name: str, url: str | None = None) -> list[int]:
    """Version numbers of a model, oldest first; only those written to the end."""
    fs, root = _open(url)
    numbers = [int(child) for child in _children(fs, f"{root}/{name}") if child.isdigit()]
    return sorted(number for number in numbers if fs.exists(f"{root}/{name}/{number}/{CARD}"))


def show(name: str, url: str | None = None, version: int | None = None) -> dict[str, Any]:
    """The card of a model as JSON values, without loading what it learned."""
    fs, root = _open(url)
    numbers = versions(name, url)
    number = _version(name, url, version, numbers)
    return {"name": name, "version": number, "versions": numbers} | _read_card(fs, f"{root}/{name}/{number}")


def delete(name: str, url: str | None = None, version: int | None = None) -> list[int]:
    """Remove a model, or one version of it; returns the numbers removed."""
    fs, root = _open(url)
    numbers = versions(name, url)
    gone = numbers if version is None else [number for number in numbers if number == version]
    if not gone:
        raise UnknownNameError.among("model", name if version is None else f"{name} version {version}", names(url))
    for number in gone:
        fs.rm(
            f"{root}/{name}/{number}/{CARD}"
        )  # first what makes it visible, so that half a removal is no damaged model
        fs.rm(f"{root}/{name}/{number}", recursive=True)
    if version is None and fs.exists(f"{root}/{name}"):
        fs.rm(f"{root}/{name}", recursive=True)
    return gone


# --- what goes into the two files ---------------------------------------------------------------------------------------


def _pack(model: Any) -> tuple[dict[str, Any], bytes]:
    from safetensors.numpy import save as to_bytes

    parts: dict[str, Algorithm] = model.parts()
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    rows = {}
    for role, part in parts.items():
        row: dict[str, Any] = {"params": part.params}
        if role.split(":")[0] in _ROLES:
            row["name"] = registry.name_of(_ROLES[role.split(":")[0]], part)
        row["state"] = _flatten(f"{role}.", part.state, arrays)
        rows[role] = row
    own = _flatten("model.", getattr(model, "state", {}), arrays)
    state = to_bytes({name: np.ascontiguousarray(array) for name, array in arrays.items()})
    card = {
        "format": FORMAT,
        "kind": model.kind,
        "parts": rows,
        "state": own,
        "card": model.card(),
        "sha256": hashlib.sha256(state).hexdigest(),
    }
    return _finite(card), state


def _flatten(prefix: str, state: dict[str, Any], arrays: dict[str, Any]) -> dict[str, Any]:
    """Arrays go to `arrays`; what is returned is the JSON half, with `null` where an array belongs."""
    plain: dict[str, Any] = {}
    for name, value in state.items():
        if isinstance(value, np.ndarray):
            arrays[prefix + name] = value
            plain[name] = {"array": None}
        elif isinstance(value, dict) and all(isinstance(item, np.ndarray) for item in value.values()):
            arrays.update({f"{prefix}{name}/{key}": item for key, item in value.items()})
            plain[name] = {"arrays": sorted(value)}
        elif isinstance(value, (np.floating, np.integer, np.bool_)):
            plain[name] = {"value": value.item()}
        elif value is None or isinstance(value, (bool, int, float, str, list, tuple, dict)):
            plain[name] = {"value": value}
        else:
            raise StoreError(
                f"{prefix}{name} is a {type(value).__name__}, which cannot be stored. Keep arrays, numbers or strings."
            )
    return plain


def _unflatten(prefix: str, plain: dict[str, Any], arrays: dict[str, Any]) -> dict[str, Any]:
    state: dict[str, Any] = {}
    for name, row in plain.items():
        if "array" in row:
            state[name] = arrays[prefix + name]
        elif "arrays" in row:
            state[name] = {key: arrays[f"{prefix}{name}/{key}"] for key in row["arrays"]}
        else:
            state[name] = row["value"]
    return state


def _unpack(card: dict[str, Any], arrays: dict[str, Any], folder: str) -> Any:
    try:
        parts = {}
        for role, row in card["parts"].items():
            kind = _ROLES.get(role.split(":")[0])
            cls = registry.get(kind, row["name"]) if kind else _builtin(role)
            parts[role] = cls.from_params(row["params"]).load_state(_unflatten(f"{role}.", row["state"], arrays))
        return _bundle(card["kind"]).from_parts(parts, card["card"], _unflatten("model.", card["state"], arrays))
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(folder, f"{type(error).__name__} {error}") from error


def _builtin(role: str) -> Any:
    from .base import Scaler
    from .sequences import ErrorStatistics, TwoViewPca

    return {"scaler": Scaler, "reconstruction": TwoViewPca, "statistics": ErrorStatistics}[role.split(":")[0]]


def _bundle(kind: str) -> Any:
    """The class of a stored thing. A fixed list: a folder never names the code that reads it."""
    if kind == "model":
        from .model import Model

        return Model
    if kind == "sequence-model":
        from .sequences import SequenceModel

        return SequenceModel
    raise KeyError(kind)


def _finite(value: Any) -> Any:
    """JSON has no Infinity; `{"float": "inf"}` stands for it."""
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": repr(value)}
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value


def _infinite(value: dict[str, Any]) -> Any:
    return float(value["float"]) if set(value) == {"float"} else value


# --- where they go ------------------------------------------------------------------------------------------------------


def _open(url: str | None) -> tuple[Any, str]:
    import fsspec

    try:
        fs, root = fsspec.core.url_to_fs(home(url))
    except (ValueError, ImportError) as error:
        raise InputError(
            f"{home(url)!r} is no place for models: {error}. Give a folder or a URL such as s3://bucket/models."
        ) from error
    except Exception as error:
        raise _unreachable(home(url), error) from error
    return fs, root.rstrip("/")


def _version(name: str, url: str | None, wanted: int | None, there: list[int]) -> int:
    """The version that is wanted, the newest unless told; refused where it is not there."""
    if not there:
        raise UnknownNameError.among("model", name, names(url))
    if wanted is not None and wanted not in there:
        raise UnknownNameError(f"Model {name!r} has no version {wanted}. It has: {', '.join(map(str, there))}.")
    return there[-1] if wanted is None else wanted


def _local(fs: Any) -> bool:
    return "file" in fs.protocol


def check_name(name: str) -> None:
    """Refuse a name that cannot be a folder."""
    if not _NAME.fullmatch(name):
        raise InputError(
            f"{name!r} cannot name a model. Use up to 128 letters, digits, '-', '_' and '.', beginning with a letter or a digit."
        )


def _save_local(fs: Any, root: str, name: str, card: dict[str, Any], state: bytes) -> int:
    os.makedirs(f"{root}/{name}", exist_ok=True)
    draft = f"{root}/{name}/.draft-{uuid.uuid4().hex}"
    os.mkdir(draft)
    try:
        for file, content in ((STATE, state), (CARD, _json(card))):
            with open(f"{draft}/{file}", "xb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
        while True:
            version = _next(fs, root, name)
            try:
                os.rename(draft, f"{root}/{name}/{version}")
                return version
            except OSError:
                if not os.path.exists(f"{root}/{name}/{version}"):
                    raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _save_remote(fs: Any, root: str, name: str, card: dict[str, Any], state: bytes) -> int:
    while True:
        version = _next(fs, root, name)
        folder = f"{root}/{name}/{version}"
        try:
            fs.pipe_file(f"{folder}/{CLAIM}", b"", mode="create")
        except FileExistsError:
            continue
        fs.pipe_file(f"{folder}/{STATE}", state)
        fs.pipe_file(f"{folder}/{CARD}", _json(card))
        return version


def _next(fs: Any, root: str, name: str) -> int:
    taken = [int(child) for child in _children(fs, f"{root}/{name}") if child.isdigit()]
    return max(taken, default=0) + 1


def _children(fs: Any, folder: str) -> list[str]:
    fs.invalidate_cache()
    try:
        return [path.rstrip("/").rsplit("/", 1)[-1] for path in fs.ls(folder, detail=False)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except Exception as error:
        raise _unreachable(folder, error) from error


def _unreachable(place: str, error: Exception) -> SourceError:
    # An outside library's message may quote a secret, so only its kind is passed on.
    return SourceError(
        f"The models in {shown(place)} cannot be reached: {type(error).__name__}. Look at the address and the credentials."
    )


def _json(card: dict[str, Any]) -> bytes:
    return json.dumps(card, indent=1, allow_nan=False).encode()


def _read_card(fs: Any, folder: str) -> dict[str, Any]:
    try:
        card = json.loads(fs.cat_file(f"{folder}/{CARD}"), object_hook=_infinite)
        number = card["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(folder, f"{CARD} cannot be read ({error})") from error
    if number > FORMAT:
        raise StoreError(
            f"The model at {folder} was written by a newer redshank (format {number}, this one reads up to {FORMAT}). Update redshank."
        )
    return dict(card)


def _read_state(fs: Any, folder: str, card: dict[str, Any]) -> dict[str, Any]:
    from safetensors import SafetensorError
    from safetensors.numpy import load as from_bytes

    try:
        content = fs.cat_file(f"{folder}/{STATE}")
    except OSError as error:
        raise _damaged(folder, f"{STATE} cannot be read ({error})") from error
    if hashlib.sha256(content).hexdigest() != card.get("sha256"):
        raise _damaged(folder, f"{STATE} does not match its checksum")
    try:
        return dict(from_bytes(content))
    except SafetensorError as error:
        raise _damaged(folder, f"{STATE} cannot be read ({error})") from error


def _damaged(folder: str, why: str) -> StoreError:
    return StoreError(f"The model at {folder} is damaged: {why}. Delete this version, or save the model again.")
