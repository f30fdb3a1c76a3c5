"""Files anywhere fsspec reaches: local, `gs://`, `s3://`, packed or not. Their faults in one sentence, without secrets."""

from __future__ import annotations

import lzma
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from gzip import BadGzipFile
from typing import Any

import fsspec
import pyarrow as pa

from .errors import InputError, MissingExtraError, RedshankError, SourceError

_EXTRAS = {"gcsfs": "gcs", "s3fs": "s3"}
_LOCAL = ("file", "local")


def shown(location: str) -> str:
    """A location fit for a message: without user, password, or signature.

    Examples
    --------
    >>> shown("s3://key:secret@bucket/x.csv?X-Signature=abc")
    's3://bucket/x.csv'
    """
    if "://" not in location:
        return location
    return re.sub(r"://[^/]*@", "://", location).partition("?")[0]


@contextmanager
def reading(location: str, what: str) -> Iterator[None]:
    """Turns whatever goes wrong inside into one sentence. `what` is the kind of file, as in `a parquet file`."""
    try:
        yield
    except RedshankError:
        raise
    except FileNotFoundError:
        raise SourceError(f"There is no file {shown(location)!r}. Look at its path.") from None
    except IsADirectoryError:
        raise SourceError(
            f"{shown(location)!r} is a folder. Name the files in it, as in {shown(location).rstrip('/')}/*."
        ) from None
    except PermissionError:
        raise SourceError(f"{shown(location)!r} may not be read by this user. Ask for the right to read it.") from None
    except ImportError as error:
        raise _missing(location, error) from None
    except (pa.ArrowInvalid, EOFError, UnicodeDecodeError, BadGzipFile, zlib.error, lzma.LZMAError) as error:
        raise InputError(
            f"{shown(location)!r} cannot be read as {what}: {_brief(error)}. Is it whole, and of this kind?"
        ) from None
    except Exception as error:
        # An outside library's message may quote the address it was given, so only its kind is passed on.
        raise SourceError(
            f"Reading {shown(location)!r} failed outside redshank with {type(error).__name__}. Look at the address and the credentials."
        ) from None


def expand(location: str) -> list[str]:
    """The files a location names, sorted by name: itself, or all that match where it has `*`, `?` or `[`."""
    if not any(sign in location for sign in "*?["):
        return [location]
    with reading(location, "a pattern"):
        system, path = fsspec.core.url_to_fs(location)
        found = sorted(path for path in system.glob(path) if not system.isdir(path))
        if not found:
            raise SourceError(f"No file matches {shown(location)!r}. Look at the pattern.")
        return [system.unstrip_protocol(path) for path in found]


@contextmanager
def open_binary(location: str) -> Iterator[Any]:
    """The bytes of a file, unpacked where its name says it is packed."""
    system, path = fsspec.core.url_to_fs(location)
    if system.isdir(path):
        raise IsADirectoryError(path)
    packed = fsspec.utils.infer_compression(path)
    # Arrow's own file is read without the interpreter's lock; a Python file object costs a third of the speed.
    local = not packed and not set(_LOCAL).isdisjoint(
        [system.protocol] if isinstance(system.protocol, str) else system.protocol
    )
    with pa.OSFile(path) if local else system.open(path, "rb", compression=packed) as file:
        yield file


def _missing(location: str, error: ImportError) -> MissingExtraError:
    text = str(error)
    for module, extra in _EXTRAS.items():
        if module in text:
            return MissingExtraError(f"{shown(location)!r} needs {module}: pip install 'redshank[{extra}]'")
    return MissingExtraError(f"{shown(location)!r} needs a package that is not installed ({text.splitlines()[0]}).")


def _brief(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(". ") if str(error) else type(error).__name__
