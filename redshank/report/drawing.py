"""Numbers to SVG: scales, ticks and paths. Every picture is 12,000 units wide and 1,000 high and is stretched by the page."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 12_000, 1_000
STATIC_COLUMNS = 1_200
"""Columns of a path drawn without JavaScript."""
MISSING = 65_535

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]

_STEPS_S = [
    1,
    2,
    5,
    10,
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1800,
    3600,
    7200,
    10800,
    21600,
    43200,
    86400,
    172800,
    345600,
    604800,
    1209600,
]
_STEPS_MONTHS = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200]
_MONTH_S = 2_629_746


@dataclass(frozen=True)
class Scale:
    """Values to shares of the height, 0 at the foot. `log` shows powers of ten and keeps what is far below the limit at the foot."""

    low: float
    high: float
    log: bool = False

    @classmethod
    def around(cls, *parts: Floats) -> Scale:
        """A linear scale over all values, with a little room."""
        known = np.concatenate([part[np.isfinite(part)] for part in parts])
        low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
        room = 0.06 * (high - low) or 0.5 * abs(high) or 0.5
        return cls(low - room, high + room)

    @classmethod
    def of_scores(cls, score: Floats, limit: Floats) -> Scale:
        """Linear where the limit is a fair part of the highest score, else logarithmic."""
        known = score[np.isfinite(score)]
        bars = limit[np.isfinite(limit)]
        if len(known) and len(bars) and bars.min() > 0 and known.max() > 12 * bars.max():
            usual = known[known > 0]
            foot = min(float(np.quantile(usual, 0.2)), float(bars.min()) / 4)
            return cls(math.log10(max(foot, float(bars.min()) / 1e3)), math.log10(float(known.max())) + 0.1, True)
        linear = cls.around(known, bars)
        return cls(min(0.0, linear.low) if len(known) and known.min() < 0 else 0.0, linear.high)

    def share(self, values: Floats) -> Floats:
        """Shares of the height, clipped to 0..1; NaN stays."""
        if self.log:
            values = np.log10(np.maximum(values, 10.0**self.low))
        return np.asarray(np.clip((values - self.low) / (self.high - self.low), 0.0, 1.0))

    def ticks(self, count: int = 4) -> list[tuple[float, str]]:
        """Round values with their shares of the height."""
        if self.log:
            decades = max(1, math.ceil((self.high - self.low) / count))
            powers = range(math.ceil(self.low), math.floor(self.high) + 1, decades)
            return [(float(self.share(np.array([10.0**p]))[0]), number(10.0**p)) for p in powers]
        step = _round_step((self.high - self.low) / count)
        first = math.ceil(self.low / step)
        found = [i * step for i in range(first, math.floor(self.high / step) + 1)]
        return [((value - self.low) / (self.high - self.low), number(value, step)) for value in found]


def number(value: float, step: float | None = None) -> str:
    """A number as a reader wants it: 1,234, 0.25, 3.2e+07.

    Examples
    --------
    >>> number(1234.0), number(0.25), number(3.2e7), number(0.1 + 0.2, 0.1)
    ('1,234', '0.25', '3.2e+07', '0.3')
    """
    if value == 0:
        return "0"
    if not math.isfinite(value):
        return "–"
    size = abs(value)
    if step is not None and (size >= 1e7 or step < 1e-4):
        return f"{value:.{max(1, math.ceil(math.log10(size / step) - 1e-9) + 1)}g}"
    if step is not None:
        return f"{value:,.{max(0, -math.floor(math.log10(step) + 1e-9))}f}"
    if size >= 1e6 or size < 1e-4:
        return f"{value:.3g}"
    digits = max(0, 3 - math.floor(math.log10(size)) - 1)
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def positions(times: Times, start: np.datetime64, end: np.datetime64) -> Floats:
    """Shares of the width, 0 at `start`."""
    return np.asarray(_since(times, start) / max(float(_since(np.array([end]), start)[0]), 1.0))


def _since(times: Times, start: np.datetime64) -> Floats:
    """Nanoseconds from `start`. Differences of centuries do not fit into a signed number; modulo 2**64 they are right."""
    ends = np.concatenate([[start], times]).astype("datetime64[ns]").view(np.uint64)
    return np.asarray((ends[1:] - ends[:1]).astype(np.float64))


def path(x: Floats, low: Floats, high: Floats, gaps: NDArray[np.bool_], columns: int = STATIC_COLUMNS) -> str:
    """An SVG path through the extremes of each block, thinned to `columns`; `gaps` says where a new line begins."""
    if len(x) > 2 * columns:
        size = math.ceil(len(x) / columns)
        starts = np.arange(0, len(x), size)
        x, gaps = x[starts], np.logical_or.reduceat(gaps, starts)
        low, high = np.fmin.reduceat(low, starts), np.fmax.reduceat(high, starts)
    known = ~np.isnan(low)
    begins = gaps | np.concatenate([[True], ~known[:-1]])
    across = np.rint(x * WIDTH).astype(int)
    up, down = (np.rint((1 - np.nan_to_num(y)) * HEIGHT).astype(int) for y in (high, low))
    words = []
    for i in np.flatnonzero(known).tolist():
        first, second = (up[i], down[i]) if i % 2 else (down[i], up[i])
        words.append(f"{'M' if begins[i] else 'L'}{across[i]} {first}")
        if first != second:
            words.append(f"V{second}")
        elif begins[i] and (i + 1 == len(x) or begins[i + 1] or not known[i + 1]):
            words.append("h1")
    return "".join(words)


def band(x: Floats, low: Floats, high: Floats) -> str:
    """A closed SVG path between two lines."""
    across = np.rint(x * WIDTH).astype(int)
    up, down = (np.rint((1 - y) * HEIGHT).astype(int) for y in (high, low))
    forth = "L".join(f"{a} {b}" for a, b in zip(across.tolist(), up.tolist()))
    back = "L".join(f"{a} {b}" for a, b in zip(across[::-1].tolist(), down[::-1].tolist()))
    return f"M{forth}L{back}z"


def shades(intervals: Sequence[tuple[float, float]], least: float = 0.0012) -> str:
    """Rectangles over the whole height, at least `least` of the width wide; those that touch are one."""
    joined: list[list[float]] = []
    for start, end in sorted(intervals):
        middle, half = (start + end) / 2, max(end - start, least) / 2
        if joined and middle - half <= joined[-1][1] + least / 4:
            joined[-1][1] = max(joined[-1][1], middle + half)
        else:
            joined.append([middle - half, middle + half])
    return "".join(
        f"M{max(0, round(a * WIDTH))} 0H{min(WIDTH, round(b * WIDTH))}V{HEIGHT}H{max(0, round(a * WIDTH))}z"
        for a, b in joined
    )


def time_ticks(start: np.datetime64, end: np.datetime64, count: int = 7) -> list[tuple[float, str]]:
    """Round times between two, with their shares of the width."""
    wanted = float(_since(np.array([end]), start)[0]) / 1e9 / count
    if wanted > _STEPS_S[-1]:
        months = next((m for m in _STEPS_MONTHS if m * _MONTH_S >= wanted), _STEPS_MONTHS[-1])
        first = -(-start.astype("datetime64[M]").astype(np.int64) // months)
        times = ((first + np.arange(count + 2)) * months).astype("datetime64[M]")
        times = times[times <= end.astype("datetime64[M]")]  # before the years that nanoseconds cannot hold
        form = "M" if months < 12 else "Y"
    else:
        step_s = next(step for step in _STEPS_S if step >= wanted) if wanted >= 0.5 else _round_step(max(wanted, 1e-9))
        step = np.timedelta64(max(round(step_s * 1e9), 1), "ns")
        day = start.astype("datetime64[D]").astype("datetime64[ns]")
        times = day + (-((day - start) // step) + np.arange(count + 2)) * step
        form = (
            "D"
            if step_s >= 86_400
            else "m"
            if step_s >= 60
            else "s"
            if step_s >= 1
            else "ms"
            if step_s >= 1e-3
            else "ns"
        )
    times = times[(times >= start) & (times <= end)]
    shares = positions(times, start, end)
    return [(share, _time(time, form, i == 0)) for i, (share, time) in enumerate(zip(shares.tolist(), times))]


def packed(shares: Floats) -> str:
    """Shares of the height as base64 of little-endian 16-bit numbers; `MISSING` for NaN."""
    whole = np.where(np.isnan(shares), MISSING, np.rint(np.nan_to_num(shares) * (MISSING - 1)))
    return base64.b64encode(whole.astype("<u2").tobytes()).decode()


def packed_positions(shares: Floats) -> str:
    """Shares of the width as base64 of little-endian 32-bit numbers."""
    return base64.b64encode(np.rint(shares * (2**32 - 1)).astype("<u4").tobytes()).decode()


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * lead for lead in (1, 2, 5, 10) if power * lead >= rough * 0.999)


def _time(time: np.datetime64, form: str, first: bool) -> str:
    """The first tick has its day; the others the day where it begins, else the clock."""
    day, _, clock = str(time.astype(f"datetime64[{form}]")).partition("T")
    if not clock:
        return day
    if first:
        return f"{day} {clock}"
    return clock if clock.strip("0:.") else day[5:]
