"""Reads and checks parameters. The constructor's own annotations are the schema.

A parameter arrives as a Python value, as JSON from a request, or as text from a shell or a SQL string; all three are read
by the same rules, and every refusal is one sentence: `Ewma.span must be at least 2, got 1.`
"""

from __future__ import annotations

import re
from dataclasses import MISSING, fields, is_dataclass, replace
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints

from .errors import ParamError

if TYPE_CHECKING:
    import pydantic

_SAYS = {
    "greater_than_equal": "at least {ge}",
    "greater_than": "greater than {gt}",
    "less_than_equal": "at most {le}",
    "less_than": "less than {lt}",
    "finite_number": "a finite number",
    "literal_error": "one of {expected}",
}
_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "string": "text",
    "tuple": "a list",
    "dict": "a mapping",
    "none": "none",
}


def schema(cls: type) -> dict[str, Any]:
    """JSON schema of the parameters of `cls`: types, bounds, defaults, and the docstring's line on each.

    Examples
    --------
    >>> from redshank.testing import Toy
    >>> schema(Toy)["properties"]["span"]
    {'default': 24, 'description': 'points over which a weight falls to 1/e²; at least 2', 'minimum': 2, 'type': 'integer'}
    """
    found: dict[str, Any] = _model(cls).model_json_schema()
    lines = _documented(cls)
    properties = {}
    for name, row in found.get("properties", {}).items():
        row = {key: value for key, value in row.items() if key != "title"}
        if name in _settings(cls):
            row = schema(type(_settings(cls)[name])) | {"default": row["default"]}
        if name in lines:
            row["description"] = lines[name]
        properties[name] = dict(sorted(row.items()))
    return {"type": "object", "properties": properties, "additionalProperties": False}


def check(cls: type, given: dict[str, Any]) -> dict[str, Any]:
    """The values of `given`, each read as its annotation says, or a `ParamError` that names the first wrong one."""
    import pydantic

    hints = _hints(cls)
    for name in given:
        if name not in hints:
            raise ParamError(f"{cls.__name__} has no parameter {name!r}. It has: {', '.join(hints) or 'none'}.")
    settings = _settings(cls)
    ready = {name: _from_text(hints[name], value) for name, value in given.items()}
    for name, value in ready.items():
        if name in settings and isinstance(value, dict):  # what is not given keeps this algorithm's own default
            ready[name] = replace(settings[name], **check(type(settings[name]), value))
    for name, value in ready.items():
        if isinstance(value, bool) and not _admits(hints[name], bool):
            raise ParamError(f"{cls.__name__}.{name} must be {_kind(hints[name])}, got {value!r}.")
    try:
        read = _model(cls).model_validate(ready)
    except pydantic.ValidationError as error:
        raise ParamError(_sentence(cls, error, given)) from None
    return {name: getattr(read, name) for name in given}


@cache
def _hints(cls: type) -> dict[str, Any]:
    hints = get_type_hints(cls, include_extras=True)
    return {field.name: hints[field.name] for field in fields(cls) if field.init}


@cache
def _settings(cls: type) -> dict[str, Any]:
    """The parameters that are a dataclass of settings themselves, such as `training`, with their defaults."""
    defaults = {f.name: f.default_factory() if f.default_factory is not MISSING else f.default for f in fields(cls)}
    return {name: value for name, value in defaults.items() if is_dataclass(value) and not isinstance(value, type)}


@cache
def _model(cls: type) -> type[pydantic.BaseModel]:
    import pydantic

    defaults = {f.name: f.default_factory() if f.default_factory is not MISSING else f.default for f in fields(cls)}
    columns: dict[str, Any] = {
        name: (hint, ... if defaults[name] is MISSING else defaults[name]) for name, hint in _hints(cls).items()
    }
    config = pydantic.ConfigDict(allow_inf_nan=False, arbitrary_types_allowed=True, protected_namespaces=())
    return pydantic.create_model(cls.__name__, __config__=config, **columns)


def _bare(hint: Any) -> list[Any]:
    """The plain types a hint admits: `Annotated[int, Ge(2)] | None` -> [int, NoneType]."""
    if get_origin(hint) in (Union, UnionType):
        return [bare for arm in get_args(hint) for bare in _bare(arm)]
    if hasattr(hint, "__metadata__"):
        return _bare(hint.__origin__)
    return [get_origin(hint) or hint]


def _admits(hint: Any, kind: type) -> bool:
    return kind in _bare(hint) or Any in _bare(hint)


def _kind(hint: Any) -> str:
    names = {int: "int", float: "float", str: "string", tuple: "tuple", dict: "dict", bool: "bool", NoneType: "none"}
    return " or ".join(_KINDS[names[bare]] for bare in _bare(hint) if bare in names) or "of another type"


def _from_text(hint: Any, value: Any) -> Any:
    """What a shell or a SQL string can say beyond pydantic's own reading of text: `none`, and lists as `64,32,16`."""
    if not isinstance(value, str):
        return value
    if value.strip().lower() in ("none", "null") and _admits(hint, NoneType):
        return None
    if _admits(hint, tuple) and not _admits(hint, str):
        return [item.strip() for item in value.strip("()[] ").split(",") if item.strip()]
    return value


def _sentence(cls: type, error: pydantic.ValidationError, given: dict[str, Any]) -> str:
    rows = error.errors()
    name = str(rows[0]["loc"][0])
    if rows[0]["type"] == "missing":
        return f"{cls.__name__}.{name} must be given."
    wants: list[str] = []
    for row in rows:
        if row["loc"][0] == name:
            want = _want(row["type"], row.get("ctx", {}), row["msg"])
            if want not in wants:
                wants.append(want)
    if _admits(_hints(cls)[name], NoneType) and "none" not in wants:
        wants.append("none")
    return f"{cls.__name__}.{name} must be {' or '.join(wants)}, got {_given(given[name])}."


def _given(value: Any) -> str:
    """What was given; a number written as text in a shell or a SQL string is shown as the number it says."""
    if isinstance(value, str):
        try:
            float(value)
        except ValueError:
            return repr(value)
        return value.strip()
    return repr(value)


def _want(kind: str, context: dict[str, Any], message: str) -> str:
    if kind in _SAYS:
        return _SAYS[kind].format(**{k: f"{v:g}" if isinstance(v, float) else v for k, v in context.items()})
    return _KINDS.get(kind.split("_")[0], message[:1].lower() + message[1:])


def _documented(cls: type) -> dict[str, str]:
    """The docstrings' line on each parameter, from their NumPy-style `Parameters` sections; a class's own wins over its base's."""
    return {name: line for each in reversed(cls.__mro__) for name, line in _parameter_lines(each.__doc__ or "").items()}


def _parameter_lines(story: str) -> dict[str, str]:
    section = re.search(r"Parameters\n\s*-+\n(.*?)(?:\n\s*\n\s*\w+\n\s*-+|\Z)", story, re.S)
    lines: dict[str, str] = {}
    name = ""
    for line in section.group(1).splitlines() if section else []:
        head = re.match(r"\s{0,8}(\w+) : (.*)", line)
        if head:
            name, lines[head.group(1)] = head.group(1), head.group(2).strip()
        elif name and line.strip():
            lines[name] += " " + line.strip()
    return lines
