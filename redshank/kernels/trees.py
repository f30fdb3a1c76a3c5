"""Isolation forests as arrays: grown and walked level by level, all trees at once, without a loop over points or nodes.

A forest of `tree` complete binary trees of one height. Level l has tree * 2^l nodes, numbered tree by tree, so the children of
node `key` are 2 key and 2 key + 1 of the next level. A value below the cut goes left. A node that isolates its rows
before the last level sends everything left from there on.

The cuts of a level start at tree * (2^l - 1) of one long array; so do its features. A feature is a channel at a lag: number
lag * channels + channel.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Places = NDArray[np.int64]

_DRAWS = 64
"""A node that drew this many features, each constant in it, is left undivided."""
_BLOCK_ROWS = 1024
"""Rows walked at a time: what they need of all trees stays in the cache."""


class Forest(NamedTuple):
    """What was grown.

    Parameters
    ----------
    features : (node,) the feature a node cuts
    cuts : (node,) where; inf where it does not
    depths : (node of all levels and the leaves,) the mean depth at which the sample's rows in a node are isolated
    """

    features: Places
    cuts: Array
    depths: Array


def average_depth(n: Array) -> Array:
    """c(n), the mean depth at which a row of `n` is isolated by random cuts; Liu et al. (2008), eq. 1. Shape as `n`.

    Examples
    --------
    >>> average_depth(np.array([1.0, 2.0, 256.0])).round(3).tolist()
    [0.0, 1.0, 10.249]
    """
    from scipy.special import digamma

    # The harmonic number H(n - 1) = digamma(n) + 0.5772..., where the paper has its approximation by a logarithm.
    many = np.maximum(n, 2)
    harmonic = digamma(many) + np.euler_gamma
    return np.where(n > 1, 2 * harmonic - 2 * (many - 1) / many, 0.0)


def grow(x: Array, trees: int, sample: int, lags: int, rng: np.random.Generator) -> Forest:
    """A forest of isolation trees over the rows of `x` (time, channel), each with the `lags - 1` rows before it.

    Every tree gets `sample` rows and cuts a random feature at a random place between its least and greatest value in
    the node, until the rows are alone or log2(sample) levels deep (Liu et al. 2008, algorithms 1 and 2). Features that
    are constant in a node are drawn again. O(trees x sample x log sample).
    """
    channels = x.shape[1]
    flat = x.ravel()
    count = len(x) - lags + 1
    sample = min(sample, count)
    height = max(1, math.ceil(math.log2(sample)))
    rows = np.stack([rng.choice(count, sample, replace=False, shuffle=False) for _ in range(trees)]) + lags - 1
    starts, key = rows.ravel() * channels, np.repeat(np.arange(trees), sample)
    varies = np.flatnonzero(
        np.concatenate([np.ptp(x[lags - 1 - lag : len(x) - lag], axis=0) > 0 for lag in range(lags)])
    )
    features, cuts, keys = [], [], [key]
    for level in range(height):
        feature, cut = np.zeros(trees << level, np.int64), np.full(trees << level, np.inf)
        if len(varies):
            nodes, chosen, low, high = _divided(flat, starts, key, varies, channels, rng)
            feature[nodes] = chosen
            # In (low, high], so that neither side is empty.
            cut[nodes] = np.maximum(high - rng.random(len(nodes)) * (high - low), np.nextafter(low, np.inf))
        values = flat[starts + _shift(feature, channels)[key]]
        key = 2 * key + (values >= cut[key])
        features.append(feature)
        cuts.append(cut)
        keys.append(key)
    return Forest(np.concatenate(features), np.concatenate(cuts), _depths(keys, trees, cuts))


def _shift(features: Places, channels: int) -> Places:
    """How far from a row's first value its feature lies in the flat series: back one row for each lag."""
    lag, channel = np.divmod(features, channels)
    return channel - lag * channels


def _divided(
    flat: Array, starts: Places, key: Places, varies: Places, channels: int, rng: np.random.Generator
) -> tuple[Places, Places, Array, Array]:
    """The nodes of a level that can be divided: number, a random feature that varies in it, its least and greatest value."""
    order = np.argsort(key, kind="stable")
    starts, key = starts[order], key[order]
    nodes, first, size = np.unique(key, return_index=True, return_counts=True)
    open_ = np.flatnonzero(size > 1)
    found: list[tuple[Places, Places, Array, Array]] = []
    for _ in range(_DRAWS):
        if not len(open_):
            break
        feature = varies[rng.integers(len(varies), size=len(open_))]
        member = np.repeat(first[open_], size[open_])
        edges = np.concatenate([[0], np.cumsum(size[open_])[:-1]])
        member += np.arange(len(member)) - np.repeat(edges, size[open_])
        values = flat[starts[member] + np.repeat(_shift(feature, channels), size[open_])]
        low, high = np.minimum.reduceat(values, edges), np.maximum.reduceat(values, edges)
        done = high > low
        found.append((nodes[open_[done]], feature[done], low[done], high[done]))
        open_ = open_[~done]
    if not found:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0)
    parts = [np.concatenate(column) for column in zip(*found)]
    return parts[0], parts[1], parts[2], parts[3]


def _depths(keys: list[Places], trees: int, cuts: list[Array]) -> Array:
    """Mean depth at which the rows of each node are isolated, all levels after each other."""
    cut_at = np.stack([np.isfinite(cut[key]) for cut, key in zip(cuts, keys)])
    leaf = keys[-1]
    crowd = np.bincount(leaf, minlength=trees << len(cuts))[leaf]
    depth = cut_at.sum(axis=0) + average_depth(crowd.astype(np.float64))
    levels = []
    for level, key in enumerate(keys):
        total = np.bincount(key, depth, minlength=trees << level)
        size = np.bincount(key, minlength=trees << level)
        levels.append(np.divide(total, size, out=np.zeros(trees << level), where=size > 0))
    return np.concatenate(levels)


def credits(forest: Forest, trees: int, channels: int) -> NDArray[np.float32]:
    """How many splits each channel saves on the way to each leaf, shape (leaf of all trees, channel).

    Where a cut of a channel leads to rows that are isolated sooner than those of the node it cuts, the channel is credited with
    the difference (negative where later). Along a path that adds up to the mean depth of the tree less that of the
    leaf: the decomposition of Saabas for decision trees (Lundberg et al. 2020, supplement 2), applied to depth.
    """
    height = int(math.log2(len(forest.cuts) // trees + 1))
    saved = np.zeros((trees, channels), np.float32)
    for level in range(height):
        first, count = trees * ((1 << level) - 1), trees << level
        channel = forest.features[first : first + count] % channels
        above = forest.depths[first : first + count]
        below = forest.depths[first + count : first + 3 * count]
        saved = np.repeat(saved, 2, axis=0)
        saved[np.arange(2 * count), np.repeat(channel, 2)] += np.repeat(above, 2) - below
    return saved


def saved_splits(forest: Forest, credit: NDArray[np.float32], x: Array, lags: int) -> Array:
    """The credit of each row of `x` (time, channel), with the `lags - 1` rows before it, summed over trees; (time - lags + 1, channel).

    O(trees x height x time), in blocks of rows.
    """
    from scipy.sparse import csr_array

    channels = x.shape[1]
    trees = len(credit) - len(forest.cuts)
    flat, shift = x.ravel(), _shift(forest.features, channels)
    count = len(x) - lags + 1
    total = np.empty((count, channels))
    for first in range(0, count, _BLOCK_ROWS):
        starts = (np.arange(first, min(first + _BLOCK_ROWS, count))[:, None] + lags - 1) * channels
        leaf = _walk(flat, starts, forest.cuts, shift, trees)
        ends = np.arange(0, leaf.size + 1, trees)
        passed = csr_array((np.ones(leaf.size, credit.dtype), leaf.ravel(), ends), shape=(len(starts), len(credit)))
        total[first : first + len(starts)] = passed @ credit
    return total


def _walk(flat: Array, starts: Places, cuts: Array, shift: Places, trees: int) -> Places:
    """The leaf of each row in each tree, shape (row, tree)."""
    key = np.tile(np.arange(trees), (len(starts), 1))
    place, value, cut = np.empty_like(key), np.empty(key.shape), np.empty(key.shape)
    right = np.empty(key.shape, np.bool_)
    first, count = 0, trees
    while first < len(cuts):
        level = slice(first, first + count)
        # Without a mode numpy checks every place and copies through a buffer, which doubles the time.
        np.take(shift[level], key, out=place, mode="clip")
        place += starts
        np.take(flat, place, out=value, mode="clip")
        np.take(cuts[level], key, out=cut, mode="clip")
        np.greater_equal(value, cut, out=right)
        key += key
        key += right
        first, count = first + count, 2 * count
    return key
