"""One time series: values on a time axis. Axis order is (time, channel) everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import SeriesError

if TYPE_CHECKING:
    from .frames import OnDisorder, OnDuplicate, OnGap, TimeUnit

Times = NDArray[np.datetime64]
Values = NDArray[np.float64]
Flags = NDArray[np.bool_]

START = np.datetime64("1970-01-01T00:00:00", "ns")


@dataclass(frozen=True, eq=False)
class Series:
    """Values on a time axis.

    Parameters
    ----------
    times : (time,) datetime64[ns], UTC, strictly increasing
    values : (time, channel) float64, in the unit of the source; NaN is missing, Inf is refused
    channels : (channel,) names, all different
    labels : (time,) bool, true where the truth is anomalous; None where nobody labelled
    name : what the series is called where there are many

    Examples
    --------
    >>> series = Series.from_numpy([1.0, 2.0, 4.0], step_s=60)
    >>> series
    Series(3 points, 1 channel, every 60 s, from 1970-01-01T00:00:00Z)
    >>> Series.from_numpy([1.0, np.inf])
    Traceback (most recent call last):
    redshank.errors.SeriesError: Channel 'value' is infinite at row 1. Replace it by a number, or by NaN for a missing value.
    """

    times: Times
    values: Values
    channels: tuple[str, ...]
    labels: Flags | None = None
    name: str = ""
    intervals: tuple[tuple[int, int, tuple[str, ...]], ...] = field(default=(), repr=False)
    """Labelled intervals with the channels to blame, where a publisher gives them: (start, end) rows, half open."""

    def __post_init__(self) -> None:
        if self.values.ndim != 2:
            raise SeriesError(
                f"values must have shape (time, channel), got {self.values.shape}. For one channel pass values[:, None]."
            )
        if len(self.times) != len(self.values):
            raise SeriesError(
                f"{len(self.times)} times but {len(self.values)} rows of values. Give one time for each row."
            )
        if len(self.channels) != self.values.shape[1]:
            raise SeriesError(
                f"{len(self.channels)} channel names but {self.values.shape[1]} columns. Give one name for each column."
            )
        if len(set(self.channels)) < len(self.channels):
            twice = next(c for c in self.channels if self.channels.count(c) > 1)
            raise SeriesError(f"Channel {twice!r} is named twice. Give every channel its own name.")
        if self.labels is not None and len(self.labels) != len(self.values):
            raise SeriesError(f"{len(self.labels)} labels but {len(self.values)} rows. Give one label for each row.")
        self._settle("times", "datetime64[ns]")
        self._settle("values", np.float64)
        if self.labels is not None:
            self._settle("labels", np.bool_)
        self._refuse_disorder()
        self._refuse_infinity()

    def _settle(self, name: str, dtype: Any) -> None:
        """Give the array its one dtype, and lock a view of it: a Series is frozen, its caller's array is not."""
        view = np.asarray(getattr(self, name), dtype=dtype)[:]
        view.flags.writeable = False
        object.__setattr__(self, name, view)

    def _refuse_disorder(self) -> None:
        if np.isnat(self.times).any():
            raise SeriesError(
                f"Row {int(np.isnat(self.times).argmax())} has no time. Drop the rows without a time before reading."
            )
        late = self.times[1:] <= self.times[:-1]  # not their difference, which overflows beyond 292 years
        if late.any():
            row = int(late.argmax()) + 1
            same = self.times[row] == self.times[row - 1]
            fact = "the same time as" if same else "an earlier time than"
            way_out = "on_duplicate='first', 'last' or 'mean'" if same else "on_disorder='sort'"
            raise SeriesError(
                f"Row {row} has {fact} the row before it ({iso(self.times[row])}). Read it with {way_out}."
            )

    def _refuse_infinity(self) -> None:
        # One sum finds any Inf or NaN without a mask the size of the data; only then is it worth looking closer.
        with np.errstate(invalid="ignore", over="ignore"):
            clean = np.isfinite(self.values.sum())
        if not clean and np.isinf(self.values).any():
            row, column = (int(i[0]) for i in np.nonzero(np.isinf(self.values)))
            raise SeriesError(
                f"Channel {self.channels[column]!r} is infinite at row {row}. "
                "Replace it by a number, or by NaN for a missing value."
            )

    @classmethod
    def from_numpy(
        cls,
        values: ArrayLike,
        step_s: float = 1.0,
        start: str | np.datetime64 = START,
        channels: Sequence[str] | None = None,
        labels: ArrayLike | None = None,
        name: str = "",
    ) -> Series:
        """A regular series from an array (time,) or (time, channel), one row every `step_s` seconds.

        Examples
        --------
        >>> Series.from_numpy([[1, 2], [3, 4]], step_s=0.5, channels=["in", "out"]).channels
        ('in', 'out')
        """
        if not step_s > 0:
            raise SeriesError(f"step_s must be greater than 0, got {step_s}.")
        try:
            x = np.asarray(values, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise SeriesError(f"The values are not all numbers ({error}). Convert or drop the text first.") from None
        x = x[:, None] if x.ndim == 1 else x
        if x.ndim != 2:
            raise SeriesError(f"values must have shape (time,) or (time, channel), got {x.shape}.")
        step = np.timedelta64(round(step_s * 1e9), "ns")
        times = np.datetime64(str(start), "ns") + np.arange(len(x)) * step
        names = tuple(channels) if channels is not None else channel_names(x.shape[1])
        truth = None if labels is None else read_labels(labels)
        return cls(times, x, names, truth, name)

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        time: str | None = None,
        value: str | Sequence[str] | None = None,
        label: str | None = None,
        *,
        zone: str | None = None,
        unit: TimeUnit | None = None,
        step_s: float | None = None,
        on_duplicate: OnDuplicate = "refuse",
        on_disorder: OnDisorder = "refuse",
        on_gap: OnGap = "keep",
        name: str = "",
    ) -> Series:
        """A series from a pandas, polars or Arrow table; see `redshank.frames` for the rules on time and gaps."""
        from .frames import to_series

        return to_series(frame, time, value, label, zone, unit, step_s, on_duplicate, on_disorder, on_gap, name)

    def to_frame(self, backend: Literal["pandas", "polars", "pyarrow"] | None = None) -> Any:
        """Columns `time`, one for each channel, and `label` where there are labels; pandas where installed, else Arrow."""
        from .frames import frame

        columns: dict[str, NDArray[Any]] = {"time": self.times}
        columns |= {name: self.values[:, i] for i, name in enumerate(self.channels)}
        if self.labels is not None:
            columns["label"] = self.labels
        return frame(columns, backend)

    def __len__(self) -> int:
        return len(self.times)

    def __getitem__(self, rows: slice) -> Series:
        """The rows of a slice, as a view: `series[:1000]`."""
        if not isinstance(rows, slice):
            raise SeriesError(f"A series is cut by a slice such as series[:100], got {rows!r}.")
        labels = None if self.labels is None else self.labels[rows]
        return replace(self, times=self.times[rows], values=self.values[rows], labels=labels, intervals=())

    def __repr__(self) -> str:
        points, channels = len(self), len(self.channels)
        many = f"{points} point{'s' * (points != 1)}, {channels} channel{'s' * (channels != 1)}"
        when = f", every {self.step_s:g} s, from {str(self.times[0])[:19]}Z" if points > 1 else ""
        return f"Series({self.name + ': ' if self.name else ''}{many}{when})"

    @property
    def step_s(self) -> float:
        """The usual time between two rows in seconds: the median; NaN below two rows."""
        return float(np.median(np.diff(self.times)).astype(np.int64) / 1e9) if len(self) > 1 else float("nan")

    @property
    def regular(self) -> bool:
        """Whether every row follows the one before it by the same time."""
        steps = np.diff(self.times)
        return bool(len(steps) == 0 or (steps == steps[0]).all())

    def select(self, channels: Iterable[str]) -> Series:
        """The same series with these channels only, in this order."""
        names = tuple(channels)
        for name in names:
            if name not in self.channels:
                raise SeriesError(f"No channel is called {name!r}. The series has: {', '.join(self.channels)}.")
        columns = [self.channels.index(name) for name in names]
        blamed = (
            (start, end, tuple(name for name in to_blame if name in names)) for start, end, to_blame in self.intervals
        )
        intervals = tuple(interval for interval in blamed if interval[2])
        return replace(self, values=self.values[:, columns], channels=names, intervals=intervals)

    def split(self, at: float | int) -> tuple[Series, Series]:
        """The part before and the part from a row number, or from a share of the rows between 0 and 1."""
        row = round(len(self) * at) if isinstance(at, float) else at
        return self[:row], self[row:]


@dataclass(frozen=True)
class Clock:
    """Where a series' times stop and how they go on: by a fixed step, or by calendar months."""

    last: np.datetime64
    step_s: float
    step_months: int = 0

    @classmethod
    def of(cls, times: Times) -> Clock:
        """The clock that ticked `times` (time,): the median step, or whole months where every time is the same day of its month.

        Examples
        --------
        >>> months = np.array(["2024-01-01", "2024-02-01", "2024-03-01"], "datetime64[ns]")
        >>> Clock.of(months).after(2).astype("datetime64[D]").tolist()
        [datetime.date(2024, 4, 1), datetime.date(2024, 5, 1)]
        """
        if len(times) < 2:
            return cls(times[-1], 1.0)
        steps = np.diff(times)
        step_s = float(np.median(steps).astype(np.int64) / 1e9)
        months = np.diff(times.astype("datetime64[M]")).astype(np.int64)
        into = times - times.astype("datetime64[M]").astype("datetime64[ns]")
        by_month = (
            (steps != steps[0]).any() and (into == into[0]).all() and months[0] > 0 and (months == months[0]).all()
        )
        return cls(times[-1], step_s, int(months[0]) if by_month else 0)

    def after(self, count: int) -> Times:
        """The next `count` times, shape (count,)."""
        ticks = np.arange(1, count + 1)
        if not self.step_months:
            return np.asarray(self.last + ticks * np.timedelta64(round(self.step_s * 1e9), "ns"))
        month = self.last.astype("datetime64[M]")
        into = self.last - month.astype("datetime64[ns]")
        return np.asarray((month + ticks * self.step_months).astype("datetime64[ns]") + into)


def channel_names(count: int) -> tuple[str, ...]:
    """`value` for one channel, `c0, c1, ...` for more."""
    return ("value",) if count == 1 else tuple(f"c{i}" for i in range(count))


def iso(time: np.datetime64) -> str:
    """A time in ISO 8601, UTC, without digits that say nothing.

    Examples
    --------
    >>> iso(np.datetime64("2024-01-01T00:00:00.500000000"))
    '2024-01-01T00:00:00.5Z'
    """
    text = str(time.astype("datetime64[ns]"))
    return text.rstrip("0").rstrip(".") + "Z" if "." in text else text + "Z"


def read_labels(labels: ArrayLike) -> Flags:
    """Labels as booleans, shape (time,); anything but 0, 1, False and True is refused."""
    truth = np.asarray(labels)
    if truth.dtype != np.bool_:
        wrong = ~np.isin(truth, (0, 1))
        if wrong.any():
            raise SeriesError(
                f"Label {truth[wrong][0]} at row {int(wrong.argmax())} is neither 0 nor 1. "
                "Write 1 for an anomalous row and 0 for a normal one."
            )
    return truth.astype(np.bool_).reshape(-1)
