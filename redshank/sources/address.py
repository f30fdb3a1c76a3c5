"""One string for a place series come from, the same at every door.

    kind:location?option=value&option=value

* `csv:data.csv?time=ts&value=a,b&on_gap=refuse`
* `parquet:gs://bucket/2024-??.parquet?id=host`
* `sql:metrics.duckdb?query=SELECT ts, load FROM web`
* `web.csv.gz`: without a kind the file's extension says it
* `smd:machine-1-6?part=test`: an entry of a data set
* `elasticsearch://host/index?time=@timestamp`: a kind that is its own scheme keeps the whole URL

The options begin at the first `?` that a name and `=` follow, so a `?` in a file pattern is safe. Each option goes up to the
next `&`; `%26` is an `&` and `%25` a `%` inside one. An option written twice is a list. Spaces, commas, `+` and `=` stand
for themselves, so that SQL can be written as it is.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from urllib.parse import unquote

from .. import registry
from ..errors import InputError, UnknownNameError
from .source import Source

_KIND = re.compile(r"([a-z][a-z0-9-]+):(?!//)", re.IGNORECASE)
_SCHEME = re.compile(r"([a-z][a-z0-9-]+)://")
_OPTIONS = re.compile(r"\?(?=\w+=)")
_OPTION = re.compile(r"(\w+)=(.*)", re.S)
_EXTENSIONS = {
    "csv": ("csv", "tsv", "txt"),
    "parquet": ("parquet", "pq"),
    "npy": ("npy", "npz"),
}
Options = dict[str, str | list[str]]
_PACKED = ("gz", "bz2", "xz", "zst")


class Address(NamedTuple):
    """A source string in its parts; options are text, or lists of text where they were written twice."""

    kind: str
    location: str
    options: Options


def open_source(text: str, **options: Any) -> Source:
    """The source a string names. Options given here win over those in the string.

    Examples
    --------
    >>> open_source("data.csv?time=ts&value=a,b").value
    ('a', 'b')
    >>> open_source("data.csv?on_gap=fill")
    Traceback (most recent call last):
    redshank.errors.ParamError: Csv.on_gap must be one of 'refuse', 'keep', 'interpolate' or 'previous', got 'fill'.
    """
    kind, location, written = parse(text)
    if kind in registry.names("datasets"):
        kind, location, written = _of_dataset(kind, location, written)
    source = registry.get("sources", kind).from_params({"location": location, **written, **options})
    assert isinstance(source, Source)
    return source


def parse(text: str) -> Address:
    """The parts of a source string.

    Examples
    --------
    >>> parse("parquet:gs://bucket/day-??.parquet?id=host")
    Address(kind='parquet', location='gs://bucket/day-??.parquet', options={'id': 'host'})
    >>> parse("web.csv.gz").kind
    'csv'
    """
    place, options = split_options(text)
    if place.lower() in registry.names("datasets"):
        return Address(place.lower(), "", options)
    named = _KIND.match(place)
    if named:
        return Address(named[1].lower(), place[named.end() :], options)
    scheme = _SCHEME.match(place)
    if scheme and scheme[1] in registry.names("sources"):
        return Address(scheme[1], place, options)
    return Address(_kind_of(place), place, options)


def _of_dataset(name: str, entry: str, options: Options) -> Address:
    """A data set's name is a kind of source; its own options go with the entry, `part` and `value` to the source."""
    own = {key: value for key, value in options.items() if key not in ("part", "value")}
    rest = {key: value for key, value in options.items() if key in ("part", "value")}
    return Address("dataset", join_options(f"{name}:{entry}", own), rest)


def join_options(place: str, options: Options) -> str:
    """The string that `split_options` takes apart.

    Examples
    --------
    >>> join_options("a.csv", {"value": ["in", "a&b"], "step_s": "60"})
    'a.csv?value=in&value=a%26b&step_s=60'
    """
    pairs = [(key, item) for key, value in options.items() for item in (value if isinstance(value, list) else [value])]
    written = (f"{key}={item.replace('%', '%25').replace('&', '%26')}" for key, item in pairs)
    return place + "".join(f"{'&' if i else '?'}{option}" for i, option in enumerate(written))


def split_options(text: str) -> tuple[str, Options]:
    """What stands before the options, and the options."""
    cut = _OPTIONS.search(text)
    if cut is None:
        return text, {}
    options: Options = {}
    for part in text[cut.end() :].split("&"):
        option = _OPTION.match(part)
        if option is None:
            raise InputError(
                f"{part!r} is no option. Write options as ?name=value&name=value, and an & inside one as %26."
            )
        name, value = option[1], unquote(option[2])
        if name in options:
            before = options[name]
            options[name] = [*(before if isinstance(before, list) else [before]), value]
        else:
            options[name] = value
    return text[: cut.start()], options


def _kind_of(place: str) -> str:
    parts = place.lower().rsplit("/", 1)[-1].split(".")[1:]
    while parts and parts[-1] in _PACKED:
        parts.pop()
    for kind, extensions in _EXTENSIONS.items():
        if parts and parts[-1] in extensions:
            return kind
    known = ", ".join(registry.names("sources"))
    raise UnknownNameError(
        f"{place!r} does not say what it is. Write its kind before it, as in 'csv:{place}'; kinds: {known}."
    )
