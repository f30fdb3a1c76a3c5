"""What every metric asks of its input, in one place.

Labels are 0 or 1, one for each row. Scores are finite, except that NaN at the start marks the rows a detector needed to
warm up: nobody scored them, so no metric counts them, as normal or as anomalous. Flags are 0 or 1 and never NaN.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import SeriesError

Flags = NDArray[np.bool_]
Values = NDArray[np.float64]
Rows = NDArray[np.int64]


class Judged(NamedTuple):
    """The rows that count: shape (time,) each, and how many warm-up rows were left out before them."""

    labels: Flags
    scores: Values
    warmup: int


def binary(values: ArrayLike, name: str) -> Flags:
    """`values` as bool, shape (time,); anything but 0 and 1 is refused.

    Examples
    --------
    >>> binary([0, 1, 1], "labels").tolist()
    [False, True, True]
    >>> binary([0, 2], "labels")
    Traceback (most recent call last):
    redshank.errors.SeriesError: labels must be 0 or 1, got 2 at row 1. Write 1 for an anomalous row and 0 for a normal one.
    """
    array = _one_dimensional(values, name)
    if array.dtype == np.bool_:
        return array.astype(np.bool_, copy=False)
    if array.dtype.kind not in "iuf":
        raise SeriesError(
            f"{name} must be numbers, got {array.dtype}. Write 1 for an anomalous row and 0 for a normal one."
        )
    wrong = (array != 0) & (array != 1)
    if wrong.any():
        row = int(wrong.argmax())
        raise SeriesError(
            f"{name} must be 0 or 1, got {array[row]} at row {row}. Write 1 for an anomalous row and 0 for a normal one."
        )
    return array.astype(np.bool_)


def pair(labels: ArrayLike, flags: ArrayLike) -> tuple[Flags, Flags]:
    """Labels and flags as bool, of one length.

    Examples
    --------
    >>> pair([0, 1], [0, 1, 1])
    Traceback (most recent call last):
    redshank.errors.SeriesError: labels has 2 rows but flags has 3. Give one of each for every row.
    """
    truth, raised = binary(labels, "labels"), binary(flags, "flags")
    same_length(truth, raised, "flags")
    return truth, raised


def judged(labels: ArrayLike, scores: ArrayLike) -> Judged:
    """The rows that count, without the NaN of the warm-up.

    Examples
    --------
    >>> judged([0, 0, 1, 0], [np.nan, 0.1, 0.9, 0.2]).warmup
    1
    >>> judged([0, 0, 1, 0], [0.1, np.nan, 0.9, 0.2])
    Traceback (most recent call last):
    redshank.errors.SeriesError: scores must be finite after the warm-up, got nan at row 1. Score that row, or leave it out of labels and scores.
    """
    truth = binary(labels, "labels")
    given = _one_dimensional(scores, "scores")
    if given.dtype.kind not in "biuf":
        raise SeriesError(f"scores must be numbers, got {given.dtype}. Give one real number for each row.")
    values = given.astype(np.float64, copy=False)
    same_length(truth, values, "scores")
    finite = np.isfinite(values)
    if finite.all():
        return Judged(truth, values, 0)
    missing = np.isnan(values)
    warmup = int((~missing).argmax())
    if missing.all():
        raise SeriesError(
            f"All {len(values)} scores are NaN, so nothing was judged. Give a series longer than the warm-up."
        )
    if not finite[warmup:].all():
        row = warmup + int((~finite[warmup:]).argmax())
        raise SeriesError(
            f"scores must be finite after the warm-up, got {values[row]} at row {row}. "
            "Score that row, or leave it out of labels and scores."
        )
    return Judged(truth[warmup:], values[warmup:], warmup)


def same_length(labels: Flags, other: NDArray[np.generic], name: str) -> None:
    """Refuse two arrays of different length."""
    if len(labels) != len(other):
        raise SeriesError(f"labels has {len(labels)} rows but {name} has {len(other)}. Give one of each for every row.")


def _one_dimensional(values: ArrayLike, name: str) -> NDArray[np.generic]:
    array = np.asarray(values)
    if array.ndim != 1:
        raise SeriesError(f"{name} must have shape (time,), got {array.shape}. Judge one score at a time.")
    if len(array) == 0:
        raise SeriesError(f"{name} is empty. Give at least one row.")
    return array
