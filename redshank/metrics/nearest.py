"""For each element, where the next greater one stands on either side: the shape of a series under a falling threshold."""

from __future__ import annotations

import numpy as np

from .inputs import Rows


def nearest_greater(values: Rows) -> tuple[Rows, Rows]:
    """Places of the nearest greater element to the left and to the right, shape (element,) each; -1 and n where none is.

    A tree of maxima over blocks of 1, 2, 4, ... elements is climbed until the block beside the path holds a greater one,
    then descended to it. All elements move together, so there is no loop over elements. O(n log n) at worst, O(n) on
    rough data, 2 n words of memory.

    Examples
    --------
    >>> left, right = nearest_greater(np.array([5, 1, 3, 2]))
    >>> left.tolist(), right.tolist()
    ([-1, 0, 0, 2], [4, 2, 4, 4])
    """
    n = len(values)
    left = _nearest_greater_left(values)
    right = n - 1 - _nearest_greater_left(values[::-1])[::-1]
    return left, right


def _nearest_greater_left(values: Rows) -> Rows:
    tree = _block_maxima(values)
    found = np.full(len(values), -1, dtype=np.int64)
    climbing = np.arange(len(values))
    descending: list[tuple[Rows, Rows]] = []  # for each level: who turns down here, and at which block
    for level, maxima in enumerate(tree):
        block = climbing >> level
        beside = (block & 1) == 1
        turns = np.zeros(len(climbing), dtype=np.bool_)
        turns[beside] = maxima[block[beside] - 1] > values[climbing[beside]]
        descending.append((climbing[turns], block[turns] - 1))
        climbing = climbing[~turns]
    who, where = descending.pop()
    for maxima in tree[-2::-1]:
        right_child = 2 * where + 1
        goes_right = maxima[right_child] > values[who]
        where = np.where(goes_right, right_child, right_child - 1)
        turned, at = descending.pop()
        who, where = np.concatenate([who, turned]), np.concatenate([where, at])
    found[who] = where
    return found


def _block_maxima(values: Rows) -> list[Rows]:
    """Maxima of blocks of 1, 2, 4, ... elements, padded so that every block has a sibling."""
    lowest = np.iinfo(np.int64).min
    tree = [np.append(values, lowest) if len(values) % 2 else values]
    while len(tree[-1]) > 2:
        halves = tree[-1].reshape(-1, 2).max(axis=1)
        tree.append(np.append(halves, lowest) if len(halves) % 2 else halves)
    return tree
