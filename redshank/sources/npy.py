"""NumPy files: `.npy` with one array, `.npz` with several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..errors import InputError, SeriesError
from ..files import open_binary, reading, shown
from ..series import channel_names
from .source import Source


@dataclass(kw_only=True)
class Npy(Source):
    """Series from an array (time,) or (time, channel): `npy:values.npy?step_s=60`.

    The rows follow one another every `step_s` seconds, every second where nobody says. An `.npz` file may bring its own
    arrays `times` (time,), `labels` (time,) and `channels` (channel,) beside `values`.

    Parameters
    ----------
    key : which array of an `.npz` file holds the values; `values`, or the only one, where none is named

    Examples
    --------
    >>> import tempfile
    >>> file = tempfile.mkdtemp() + "/web.npz"
    >>> np.savez(file, values=[[1, 2], [3, 4]], channels=["in", "out"], labels=[0, 1])
    >>> Npy(location=file, step_s=60).read()
    Series(2 points, 2 channels, every 60 s, from 1970-01-01T00:00:00Z)
    """

    key: str | None = None

    def table(self) -> pa.Table:
        """The values as columns, beside times and labels where the file has them."""
        with reading(self.location, "a NumPy file"), open_binary(self.location) as file:
            arrays = self._load(file)
        return self._table(arrays)

    def _load(self, file: Any) -> dict[str, NDArray[Any]]:
        try:
            loaded = np.load(file, allow_pickle=False)
            return {"values": loaded} if isinstance(loaded, np.ndarray) else dict(loaded)
        except (ValueError, OSError) as error:
            raise InputError(
                f"{shown(self.location)!r} cannot be read as a NumPy file of numbers ({str(error).splitlines()[0]}). "
                "Save a plain array with numpy.save."
            ) from None

    def _table(self, arrays: dict[str, NDArray[Any]]) -> pa.Table:
        values = arrays[self._key(list(arrays))]
        values = values[:, None] if values.ndim == 1 else values
        if values.ndim != 2:
            raise SeriesError(
                f"The array in {shown(self.location)!r} must have shape (time,) or (time, channel), got {values.shape}."
            )
        names = [str(name) for name in arrays.get("channels", channel_names(values.shape[1]))]
        beside = {"time": arrays.get("times"), "label": arrays.get("labels")}
        columns = {name: array for name, array in beside.items() if array is not None}
        columns |= {name: values[:, i] for i, name in enumerate(names)}
        for name, array in columns.items():
            if len(array) != len(values):
                raise SeriesError(
                    f"{len(array)} rows of {name} but {len(values)} rows of values. Give one for each row."
                )
        if len(names) != values.shape[1] or len(columns) < len(names):
            raise SeriesError(
                f"{len(set(names))} channel names but {values.shape[1]} columns. Give one name for each column."
            )
        return pa.table({name: pa.array(array) for name, array in columns.items()})

    def _key(self, keys: list[str]) -> str:
        wanted = self.key or ("values" if "values" in keys else keys[0] if len(keys) == 1 else None)
        if wanted not in keys:
            raise InputError(
                f"{shown(self.location)!r} holds the arrays {', '.join(keys) or 'none'}. Name one with key=."
            )
        return wanted

    def _step(self, table: pa.Table) -> float | None:
        return self.step_s or (None if "time" in table.column_names else 1.0)
