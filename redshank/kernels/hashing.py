"""Numbers without meaning: hashes of rows, the same wherever and whenever they are computed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
_ODD = np.uint64(0xD1342543DE82EF95)  # a multiplier with good spectral figures (Steele and Vigna 2021, table 5)


def mixed(bits: Hashes) -> Hashes:
    """Bits of which each depends on all of the given ones; a bijection. The finaliser of SplitMix64 (Steele et al. 2014, fig. 17)."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(bits ^ (bits >> np.uint64(31)))


def trailing_hashes(x: NDArray[np.float64], width: int, seed: int = 0) -> Hashes:
    """A hash of the bytes of each row and the up to `width - 1` before it, shape (time,). O(time x channel).

    A polynomial in an odd number modulo 2^64 (Karp and Rabin 1987): differences of its prefix sums are the windows', exactly.

    Examples
    --------
    >>> x = np.array([[1.0], [2.0], [1.0], [2.0], [2.0]])
    >>> a = trailing_hashes(x, 2)
    >>> a[1] == a[3], a[1] == a[4]
    (np.True_, np.False_)
    """
    # From seed + 1, so that no row, not even one of zeros, hashes to 0, which stands for no row.
    rows = np.full(len(x), seed + 1, np.uint64)
    for column in x.T:
        # Adding 0.0 makes the two zeros one.
        rows = mixed(rows * _ODD + (column + 0.0).view(np.uint64))
    powers = np.cumprod(np.full(len(x) + 1, _ODD))
    inverse = np.cumprod(np.full(len(x) + 1, pow(int(_ODD), -1, 2**64), np.uint64))
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(rows * inverse[:-1])])
    starts = np.maximum(np.arange(1, len(x) + 1) - width, 0)
    return mixed((sums[1:] - sums[starts]) * powers[:-1])
