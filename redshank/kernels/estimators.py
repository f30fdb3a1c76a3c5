"""Estimators of other libraries that score rows: how they are kept as bytes, asked quietly, and made to say which channel it was.

`score` stands for any function from rows (row, feature) to scores (row,) in which higher is stranger; features are
channel by channel, `width` of each.
"""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from importlib import import_module
from io import StringIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import StoreError
from .windows import blocks

Array = NDArray[np.float64]
RowScore = Callable[[Array], Array]

FARTHEST = 1e30
"""What stands for an infinite score, which no scorer or threshold could calculate with."""


def plain(name: str) -> str:
    """A name without case, hyphens and underscores.

    Examples
    --------
    >>> plain("Isolation-Forest") == plain("IsolationForest")
    True
    """
    return re.sub(r"[^a-z0-9]", "", name.lower())


def kebab(name: str) -> str:
    """A class or module name as a registered one.

    Examples
    --------
    >>> kebab("OneClassSVM"), kebab("auto_encoder")
    ('one-class-svm', 'auto-encoder')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).replace("_", "-").lower()


@contextmanager
def quiet(libraries: Iterable[str]) -> Iterator[None]:
    """Keep what is printed, and what these libraries' own modules warn of, from the user."""
    with warnings.catch_warnings(), redirect_stdout(StringIO()):
        for category in (RuntimeWarning, FutureWarning, DeprecationWarning, UserWarning):
            warnings.filterwarnings("ignore", category=category, module=rf"({'|'.join(libraries)})\b")
        yield


def to_bytes(estimator: Any, libraries: Iterable[str]) -> NDArray[np.uint8]:
    """The estimator as skops bytes, which hold no code; shape (byte,).

    Raises
    ------
    StoreError
        If part of it cannot be kept so, or could not be trusted again.
    """
    import skops.io

    name = type(estimator).__name__
    try:
        packed = skops.io.dumps(estimator)
    except Exception as error:  # skops has no error of its own: what comes is that of whatever part it met
        raise StoreError(
            f"{name} cannot be stored without running code when it is loaded ({error}). Use another model."
        ) from error
    _trusted(packed, libraries, name)
    return np.frombuffer(packed, np.uint8).copy()


def from_bytes(packed: NDArray[np.uint8], libraries: Iterable[str]) -> Any:
    """The estimator back, if it is made of nothing but classes of these libraries; StoreError otherwise."""
    import skops.io

    content = packed.tobytes()
    return skops.io.loads(content, trusted=_trusted(content, libraries, "The stored estimator"))


def _trusted(packed: bytes, libraries: Iterable[str], name: str) -> list[str]:
    """The types in it that skops does not know, all of them classes of the libraries."""
    import skops.io

    types: list[str] = skops.io.get_untrusted_types(data=packed)
    for full in types:
        module, _, cls = full.rpartition(".")
        if module.partition(".")[0] not in libraries or not inspect.isclass(getattr(import_module(module), cls, None)):
            raise StoreError(f"{name} holds a {full}, which is not loaded from a model folder. Use another model.")
    return types


def finite(scores: Array) -> Array:
    """Scores with a number for infinity, shape (row,)."""
    return np.clip(np.asarray(scores, np.float64).reshape(-1), -FARTHEST, FARTHEST)


def looks_around(score: RowScore, rows: Array) -> bool:
    """Whether the score of a row depends on the other rows asked about: such a model has no score for a row alone."""
    some = rows[:: max(1, len(rows) // 50)][:50]
    together = finite(score(some))
    try:
        alone = np.array([finite(score(row[None]))[0] for row in some[:3]])
    except (ValueError, IndexError, ZeroDivisionError):
        return True
    return not np.allclose(alone, together[:3], rtol=1e-6, atol=1e-9, equal_nan=True)


def channel_scores(score: RowScore, x: Array, width: int, typical: Array, level: float, at_once: bool) -> Array:
    """The score of each trailing window of `x` (time, channel), shared out to its channels; (time - width + 1, channel).

    Channels share a score equally up to `level`. Above it a channel's share is larger by what the score falls by when the
    channel takes its `typical` value (occlusion; Zeiler and Fergus 2014, sec. 4), less the mean fall, so that shares always
    add up to the score. O(channel) times the cost of scoring for the rows above the level.

    Parameters
    ----------
    typical : (channel,)
    at_once : whether all windows have to be scored together; then all are asked about, whatever the level
    """
    channels = x.shape[1]
    parts = []
    for _, rows in blocks(x, width, x.size * width) if at_once else blocks(x, width):
        total = finite(score(rows))
        shares = np.repeat(total[:, None] / channels, channels, axis=1)
        high = np.arange(len(total)) if at_once else np.flatnonzero(total > level)
        if channels > 1 and len(high):
            falls = _falls(score, rows[high], width, typical)
            shares[high] += falls - falls.mean(axis=1, keepdims=True)
        parts.append(shares)
    return np.concatenate(parts)


def _falls(score: RowScore, rows: Array, width: int, typical: Array) -> Array:
    before = finite(score(rows))
    falls = np.empty((len(rows), len(typical)))
    for channel, value in enumerate(typical):
        usual = rows.copy()
        usual[:, channel * width : (channel + 1) * width] = value
        falls[:, channel] = before - finite(score(usual))
    return falls
