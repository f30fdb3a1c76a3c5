"""Slow, obvious twins of the window kernels: one window, one pair, one channel at a time."""

from __future__ import annotations

import numpy as np


def naive_windows(x, width):
    """Every window as a flat row, channel by channel."""
    return np.array([x[start : start + width].T.reshape(-1) for start in range(len(x) - width + 1)])


def naive_place(scores, width, lookahead=False):
    """Each point looks for the window that ends at it, or whose centre is nearest."""
    time = len(scores) + width - 1
    points = np.full((time, *scores.shape[1:]), np.nan)
    for t in range(time):
        if lookahead:
            points[t] = scores[min(max(t - width // 2, 0), len(scores) - 1)]
        elif t >= width - 1:
            points[t] = scores[t - width + 1]
    return points


def naive_nearest(queries, bank, k):
    """Places and squared distances of the k nearest rows, by a full sort."""
    places, squared = [], []
    for query in queries:
        distances = np.array([((query - row) ** 2).sum() for row in bank])
        order = np.argsort(distances, kind="stable")[:k]
        places.append(order)
        squared.append(distances[order])
    return np.array(places), np.array(squared)
