"""Data sets: published series with labels, each in its publisher's layout. One file, one layout.

A string names entries everywhere: `smd:machine-1-6`, `nab:realKnownCause/nyc_taxi`, `telemanom:A-*?columns=telemetry`, or
`smd` for all of them; papers write `NAB`, and so may you. The files are under a root folder: an argument, else the
environment variable `REDSHANK_DATA`, else `~/.cache/redshank/data`.

Examples
--------
>>> train, test = load("elnino")
>>> len(train), len(test)
(600, 132)
"""

from __future__ import annotations

import builtins
import os
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from .. import registry
from ..errors import InputError, RedshankError
from ..sources.address import join_options, split_options
from .dataset import Dataset, Split, no_entry


def list(root: str | Path | None = None) -> builtins.list[dict[str, Any]]:
    """Every data set: `name, about, present, entries, path`; entries is 0 where it is not here."""
    rows = []
    for name in registry.names("datasets"):
        found = _open(name, root)
        try:
            here, count = found.present, len(found.entries()) if found.present else 0
        except RedshankError:
            here, count = False, 0
        rows.append({"name": name, "about": found.about, "present": here, "entries": count, "path": _path_of(found)})
    return rows


def entries(spec: str, root: str | Path | None = None) -> builtins.list[str]:
    """The entries a string names, each as a string of its own that `load` takes: `smd:machine-1-*` -> `smd:machine-1-1`, ..."""
    name, pattern, options = _parts(spec)
    found = _open(name, root, options)
    known = found.entries()
    chosen = [entry for entry in known if pattern in ("", entry) or fnmatchcase(entry, pattern)]
    if not chosen:
        raise no_entry(pattern, known)
    return [join_options(f"{name}:{entry}", options) for entry in chosen]


def load(spec: str, root: str | Path | None = None) -> Split:
    """The train and the test part of one entry."""
    found = entries(spec, root)
    if len(found) > 1:
        raise InputError(
            f"{spec!r} names {len(found)} entries, from {found[0]!r} to {found[-1]!r}. Load one at a time."
        )
    name, entry, options = _parts(found[0])
    return _open(name, root, options).load(entry)


def path(name: str, root: str | Path | None = None) -> Path:
    """The folder of a data set, whether it is there or not."""
    name, _, options = _parts(name)
    return Path(_path_of(_open(name, root, options)))


def fetch(name: str, base_url: str | None = None, root: str | Path | None = None) -> Path:
    """Get the files of a data set, and return its folder; goes on where it was stopped.

    They come from `base_url`, else the environment variable `REDSHANK_DATA_URL`, below which the data set's folder stands
    with a file `SHA256SUMS` in it. A data set that is made is written, and one that ships with a package is only found.
    """
    name, _, options = _parts(name)
    found = _open(name, root, options)
    if not found.fetched:
        found.make()
        return found.home
    base = base_url or os.environ.get("REDSHANK_DATA_URL")
    if not base:
        raise InputError(
            f"There is no address to fetch {name!r} from. Give a base URL, or set REDSHANK_DATA_URL to one; "
            f"it holds {found.usual_folder}/SHA256SUMS and the files named there."
        )
    from ..download import mirror

    mirror(f"{base.rstrip('/')}/{found.usual_folder}".removesuffix("/."), found.home)
    return found.home


def root_folder(root: str | Path | None = None) -> Path:
    """Where the data sets' folders are."""
    return Path(root or os.environ.get("REDSHANK_DATA") or "~/.cache/redshank/data").expanduser()


def _parts(spec: str) -> tuple[str, str, dict[str, Any]]:
    place, options = split_options(spec)
    name, _, pattern = place.partition(":")
    return name.lower(), "" if pattern == "*" else pattern, options


def _open(name: str, root: str | Path | None, options: dict[str, Any] | None = None) -> Dataset:
    cls = registry.get("datasets", name)
    found: Dataset = cls.from_params({"root": str(root_folder(root)), **(options or {})})
    return found


def _path_of(found: Dataset) -> str:
    try:
        return str(found.home)
    except RedshankError:
        return ""
