"""Missing values before anything is learned or scored: filled from the past, the first ones with what is typical."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..errors import SeriesError
from ..kernels.missing import fill_forward
from ..series import Series, Values


def typical(parts: Sequence[Series]) -> Values:
    """The median of each channel over all parts, shape (channel,); what a missing first value is filled with."""
    values = parts[0].values if len(parts) == 1 else np.concatenate([part.values for part in parts])
    empty = np.isnan(values).all(axis=0)
    if empty.any():
        name = parts[0].channels[int(empty.argmax())]
        raise SeriesError(
            f"Channel {name!r} has no value at all in the training part. "
            "Leave it out: name the others in value= of the source, or series.select(...)."
        )
    if math.isfinite(values.sum()):
        # The median of a thinned column is as good a filler as the whole one's, and does not sort ten million rows.
        return np.median(values[:: 1 + len(values) // 100_000], axis=0)
    return np.asarray(np.nanmedian(values, axis=0))


def complete(values: Values, fill: Values) -> Values:
    """`values` (time, channel) with each missing one replaced by the one before it, and by `fill` (channel,) before the first."""
    return values if math.isfinite(values.sum()) else fill_forward(values, fill)
