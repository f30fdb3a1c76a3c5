"""Copies a folder of published files: what is listed in its `SHA256SUMS`, checked, and resumed where it was stopped."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from . import progress
from .errors import SourceError
from .files import shown

SUMS = "SHA256SUMS"
_PIECE = 1 << 18
_TIMEOUT_S = 60


def mirror(base_url: str, folder: Path) -> None:
    """Make `folder` hold every file that `base_url/SHA256SUMS` lists.

    Lines are those of the command `sha256sum`: a checksum, two spaces, a path below the list. A file that is there and right
    is left alone. A file is written beside its name, ending `.part`, and takes its name only when its checksum is right; a
    later call goes on from a part that was left. Any address works: `http://`, `https://`, or what fsspec reads.
    """
    sums = dict(_read_sums(base_url))
    for done, (name, checksum) in enumerate(sums.items()):
        progress.report("files", done, len(sums))
        target = folder / name
        if not (target.exists() and _checksum(target) == checksum):
            _fetch(f"{base_url}/{name}", target, checksum)
    progress.report("files", len(sums), len(sums))


def _read_sums(base_url: str) -> Iterator[tuple[str, str]]:
    address = f"{base_url}/{SUMS}"
    with _open(address, 0) as (stream, _, _):
        text = stream.read().decode()
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise SourceError(f"{shown(address)!r} lists no files. Make it with: sha256sum FILES > {SUMS}.")
    for number, line in enumerate(lines, 1):
        checksum, _, name = line.partition(" ")
        name = name.lstrip(" *").removeprefix("./")
        path = PurePosixPath(name)
        if len(checksum) != 64 or not name or path.is_absolute() or ".." in path.parts or "\\" in name:
            raise SourceError(
                f"Line {number} of {shown(address)!r} is no checksum and relative path. Make the list with sha256sum."
            )
        yield name, checksum.lower()


def _fetch(address: str, target: Path, checksum: str) -> None:
    part = target.with_name(target.name + ".part")
    target.parent.mkdir(parents=True, exist_ok=True)
    resumed = _append(address, part)
    if _checksum(part) != checksum and resumed:
        # What was left may be of another version of the file: once more, from its start.
        part.unlink()
        _append(address, part)
    if _checksum(part) != checksum:
        part.unlink()
        raise SourceError(
            f"{shown(address)!r} has not the checksum that {SUMS} says. Fetch again, or ask who published it."
        )
    os.replace(part, target)


def _append(address: str, part: Path) -> bool:
    """Bring `part` to its full length; whether it began with bytes of an earlier call."""
    have = part.stat().st_size if part.exists() else 0
    with _open(address, have) as (stream, start, total), part.open("r+b" if have else "wb") as file:
        file.truncate(start)
        file.seek(start)
        done = start
        while piece := stream.read(_PIECE):
            file.write(piece)
            done += len(piece)
            progress.report(part.name.removesuffix(".part"), done, total)
    if done < total:
        raise SourceError(
            f"{shown(address)!r} stopped after {done} of {total} bytes. Fetch again: it goes on from there."
        )
    return start > 0


@contextmanager
def _open(address: str, start: int) -> Iterator[tuple[IO[bytes], int, int]]:
    """The bytes from `start`, or from 0 where that is all the place can do; where they begin; and the length of the whole."""
    try:
        if address.startswith(("http://", "https://")):
            with _request(address, start) as answer:
                begins = start if answer.status == 206 else 0
                yield answer, begins, begins + int(answer.headers.get("Content-Length") or 0)
        else:
            import fsspec

            with fsspec.open(address, "rb") as stream:
                stream.seek(start)
                yield stream, start, int(stream.size)
    except SourceError:
        raise
    except HTTPError as error:
        error.close()
        raise SourceError(f"{shown(address)!r} answered {error.code} {error.reason}. Look at the base URL.") from None
    except FileNotFoundError:
        raise SourceError(f"There is no {shown(address)!r}. Look at the base URL.") from None
    except (OSError, URLError) as error:
        why = getattr(error, "reason", None) or type(error).__name__
        raise SourceError(
            f"{shown(address)!r} stopped answering ({why}). Fetch again: it goes on from there."
        ) from None


def _request(address: str, start: int) -> Any:
    scheme, _, rest = address.partition("://")
    request = Request(f"{scheme}://{quote(rest, safe='/:?&=@%+')}")
    if start:
        request.add_header("Range", f"bytes={start}-")
    try:
        return urlopen(request, timeout=_TIMEOUT_S)
    except HTTPError as error:
        if error.code != 416 or not start:
            raise
        error.close()  # the part is as long as the whole, or longer: begin anew
        return _request(address, 0)


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
