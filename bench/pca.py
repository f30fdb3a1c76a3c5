"""Fits and scores `pca` on one server machine (about 23,700 x 38 to train and to test), and pushes rows one at a time.

    REDSHANK_DATA=... python bench/pca.py

Prints one JSON object. Without data a random walk of the same shape takes their place. scikit-learn's PCA, fitted and
applied to the same arrays, is the other side.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import numpy as np

from redshank.base import Scaler
from redshank.detectors.pca import Pca
from redshank.series import Series


def machine() -> tuple[np.ndarray, np.ndarray]:
    root = os.environ.get("REDSHANK_DATA")
    if root:
        folder = Path(root) / "ServerMachineDataset"
        return tuple(np.loadtxt(folder / part / "machine-2-1.txt", delimiter=",") for part in ("train", "test"))
    walk = np.random.default_rng(0).standard_normal((47_400, 38)).cumsum(axis=0)
    return walk[:23_700], walk[23_700:]


def ours(train: np.ndarray, test: np.ndarray) -> tuple[Pca, float]:
    began = time.perf_counter()
    scaler = Scaler().fit(train)
    detector = Pca().fit(Series.from_numpy(scaler.apply(train)))
    scores = detector.score(Series.from_numpy(scaler.apply(test)))
    np.sqrt(np.mean(scores**2, axis=1))
    return detector, time.perf_counter() - began


def theirs(train: np.ndarray, test: np.ndarray) -> float:
    from sklearn.decomposition import PCA

    began = time.perf_counter()
    centre, scale = train.mean(axis=0), np.where(train.std(axis=0) > 0, train.std(axis=0), 1.0)
    model = PCA(n_components=0.95, svd_solver="full").fit((train - centre) / scale)
    x = (test - centre) / scale
    np.linalg.norm(x - model.inverse_transform(model.transform(x)), axis=1)
    return time.perf_counter() - began


def pushes(detector: Pca, test: np.ndarray) -> float:
    """Rows a second through the detector's own stream: filling, scoring, remembering."""
    rows = test[:5000]
    memory = detector.begin()
    began = time.perf_counter()
    for at in range(len(rows)):
        detector.advance(memory, rows[at : at + 1])
    return len(rows) / (time.perf_counter() - began)


if __name__ == "__main__":
    train, test = machine()
    runs = [ours(train, test) for _ in range(5)]
    other = min(theirs(train, test) for _ in range(5))
    best = min(seconds for _, seconds in runs)
    figures = {
        "rows": len(train) + len(test),
        "channels": train.shape[1],
        "fit_and_score_s": round(best, 4),
        "sklearn_s": round(other, 4),
        "times_sklearn": round(best / other, 3),
        "pushes_a_second": round(pushes(runs[0][0], test)),
    }
    print(json.dumps(figures))
