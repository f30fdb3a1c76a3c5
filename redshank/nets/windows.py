"""Windows of one or many series as a view: rows are kept once, and a batch of windows is gathered when it is needed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..errors import SeriesError
from ..kernels.windows import spread

Q = TypeVar("Q", Tensor, NDArray[np.float64])

_BUDGET = 1 << 26
"""Numbers that the forward pass over one piece of a batch may keep: 256 MB in single precision."""


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows of `length` rows that never run over the seam between two series.

    Parameters
    ----------
    rows : (row, channel) single precision, the series one after the other
    starts : (window,) the first row of each window, increasing
    length : rows in a window
    """

    rows: Tensor
    starts: NDArray[np.int64]
    length: int

    @classmethod
    def of(cls, parts: Sequence[NDArray[np.float64]], length: int) -> Windows:
        """Every window of every part, one row apart.

        Examples
        --------
        >>> Windows.of([np.zeros((4, 1)), np.zeros((3, 1))], 3).starts.tolist()
        [0, 1, 4]
        """
        ends = np.cumsum([len(part) for part in parts])
        starts = [np.arange(end - len(part), end - length + 1) for part, end in zip(parts, ends)]
        rows = np.concatenate(parts).astype(np.float32)
        return cls(torch.from_numpy(rows), np.concatenate(starts), length)

    def __len__(self) -> int:
        return len(self.starts)

    def at(self, starts: NDArray[np.int64]) -> Tensor:
        """The windows that begin at these rows, shape (batch, length, channel); the only copy that is ever made."""
        rows = starts[:, None] + np.arange(self.length)
        chosen = torch.from_numpy(rows.reshape(-1)).to(self.rows.device)
        return self.rows.index_select(0, chosen).view(len(starts), self.length, -1)

    def split(self, share: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First rows of the windows to train on and, later in time, of those to validate on; no row is in both.

        Between them lies a gap of one window. Where the series is too short for that the validation part is empty.

        Examples
        --------
        >>> train, held = Windows.of([np.zeros((100, 1))], 10).split(0.2)
        >>> int(train[-1]), held.tolist() == list(range(int(train[-1]) + 10, 91))
        (63, True)
        """
        held = round(share * len(self))
        cut = self._seam(held) or len(self) - held - self.length + 1
        if held < 1 or cut < max(held, 8):
            return self.starts, self.starts[:0]
        last = self.starts[cut - 1] + self.length
        return self.starts[:cut], self.starts[self.starts >= last]

    def _seam(self, held: int) -> int:
        """Where one series ends and about `held` windows of the next ones begin: there no gap is needed. 0 where nowhere."""
        seams = np.flatnonzero(np.diff(self.starts) >= self.length) + 1
        seams = seams[(seams <= len(self) - held) & (seams >= len(self) - 2 * held)]
        return int(seams[-1]) if len(seams) else 0


def long_enough(parts: Sequence[NDArray[np.float64]], least: int, name: str) -> list[NDArray[np.float64]]:
    """The series of at least `least` rows; SeriesError where there is none."""
    found = [part for part in parts if len(part) >= least]
    if not found:
        longest = max(map(len, parts))
        raise SeriesError(
            f"{name} needs a series of at least {least} points to learn from, the longest has {longest}. "
            "Give a longer one or a shorter window."
        )
    return found


def show_range(net: nn.Module, parts: Sequence[NDArray[np.float64]]) -> None:
    """Set `net.low` and `net.high`: the training range of each channel and once its width on either side.

    A network is not to be trusted far from its data, and one absurd value would spoil every window it is in.
    """
    low = np.min([part.min(axis=0) for part in parts], axis=0)
    high = np.max([part.max(axis=0) for part in parts], axis=0)
    width = np.where(high > low, high - low, 1.0)
    with torch.no_grad():
        net.low.copy_(torch.from_numpy(low - width))
        net.high.copy_(torch.from_numpy(high + width))


def slide(
    apply: Callable[[Tensor], Tensor], x: NDArray[np.float64], length: int, net: nn.Module, most: int = 512
) -> NDArray[np.float64]:
    """`apply` to every window of `x` (time, channel), one row apart; the results one after the other.

    `apply` gets views (batch, length, channel) of rows that exist once, on the device of `net`, without gradients.
    """
    rows = torch.from_numpy(x.astype(np.float32)).to(_home(net))
    view = rows.unfold(0, length, 1).transpose(1, 2)  # (window, length, channel)
    size = at_once(net, most)
    with torch.inference_mode():
        found = [apply(view[first : first + size]) for first in range(0, len(view), size)]
    return torch.cat(found).double().cpu().numpy()


def sample(
    apply: Callable[[Tensor], Tensor], windows: Windows, net: nn.Module, most: int = 4096
) -> NDArray[np.float64]:
    """`apply` to at most `most` windows, evenly spread: enough to know what is usual, in bounded time."""
    starts = windows.starts[spread(len(windows), most)]
    size = at_once(net, 512)
    with torch.inference_mode():
        found = [
            apply(windows.at(starts[first : first + size]).to(_home(net))) for first in range(0, len(starts), size)
        ]
    return torch.cat(found).double().cpu().numpy()


def usual_square(squares: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of squared errors (row, channel), shape (channel,): what a squared error is divided by to have no unit.

    At least a ten-thousandth of the channel's variance in `x`, or of the unit where that is 0, so that a channel that is
    given back exactly does not drown the others with its first departure.
    """
    variance = x.var(axis=0)
    return np.maximum(squares.mean(axis=0), 1e-4 * np.where(variance > 1e-12, variance, 1.0))


def in_usual(squares: NDArray[np.float64], usual: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared errors in usual ones, levelling off."""
    return levelled(squares / usual)


def levelled(q: Q) -> Q:
    """Scores that level off below 400: q / (1 + q / 400), which keeps their order.

    One channel off its rails would else drown all others in a mean. Twenty standard deviations say enough.
    """
    found: Q = q / (1 + q / 400)
    return found


def run(net: nn.Module, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """`net(x)` on the device of `net`, without gradients."""
    with torch.inference_mode():
        found: Tensor = net(torch.from_numpy(x.astype(np.float32)).to(_home(net)))
    return found.double().cpu().numpy()


def _home(net: nn.Module) -> torch.device:
    found: torch.device = next(net.parameters()).device
    return found


def at_once(net: nn.Module, most: int) -> int:
    """How many of `most` windows to pass through `net` together, so that the pieces are even and fit the memory set aside.

    A net says in `values_per_window` how many numbers a pass keeps for one window.
    """
    limit = max(1, _BUDGET // int(getattr(net, "values_per_window", 1)))
    return math.ceil(most / math.ceil(most / limit))
