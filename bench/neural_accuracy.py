"""VUS-PR and seconds of the neural detectors beside simple ones, on the SMD and ASD series under REDSHANK_DATA.

    python bench/neural_accuracy.py                  all of them
    python bench/neural_accuracy.py cnn ar           some of them
    python bench/neural_accuracy.py 'mtad-gat both' --longer --series SMD   and the same trained ten times as long, without early stopping

Protocol: fit on the train part, scaling and all statistics from it alone; score the test part; the score of a row is the mean of its
channel scores, as it is and averaged over the W rows up to it, W the period of the first channel by the TSB-AD rule; windows
trail. Nothing is tuned to the series. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redshank import registry
from redshank.base import Scaler
from redshank.kernels.moving import moving_mean
from redshank.kernels.spectrum import tsb_ad_period
from redshank.metrics.vus import vus_pr
from redshank.series import Series

Array = NDArray[Any]

JUDGED: dict[str, tuple[str, dict[str, Any]]] = {
    "random": ("random", {}),
    "pca": ("pca", {}),
    "window-pca": ("window-pca", {}),
    "ar": ("ar", {}),
    "cnn": ("cnn", {}),
    "cnn without its linear part": ("cnn", {"highway": 0}),
    "dense-autoencoder": ("dense-autoencoder", {}),
    "lstm-autoencoder": ("lstm-autoencoder", {}),
    "usad": ("usad", {}),
    "lstm-vae": ("lstm-vae", {}),
    "mtad-gat forecasting": ("mtad-gat", {"mode": "forecasting"}),
    "mtad-gat both": ("mtad-gat", {"mode": "both"}),
}


def series() -> Iterator[tuple[str, Array, Array, Array]]:
    """Name, train part, test part and labels of every SMD machine and ASD server."""
    import pyarrow.parquet as pq

    data = Path(os.environ["REDSHANK_DATA"])
    smd = data / "ServerMachineDataset"
    for path in sorted((smd / "train").glob("*.txt")):
        parts = [np.loadtxt(smd / kind / path.name, delimiter=",") for kind in ("train", "test", "test_label")]
        yield f"SMD {path.stem}", *parts
    for folder in sorted((data / "ASD").iterdir()):
        tables = [pq.read_table(folder / f"{kind}.parquet") for kind in ("train", "test")]
        names = [f.name for f in tables[0].schema if f.name not in ("label", "time", "timestamp", "ts")]
        names = [name for name in names if tables[0].schema.field(name).type in ("double", "float", "int64", "int32")]
        train, test = (np.stack([table[name].to_numpy() for name in names], axis=1).astype(float) for table in tables)
        yield f"ASD {folder.name}", train, test, tables[1]["label"].to_numpy()


def judge(name: str, given: dict[str, Any], longer: bool, train: Array, test: Array, labels: Array) -> dict[str, float]:
    detector = registry.build("detectors", name, given)
    if longer:
        settings = detector.training
        detector.training = replace(settings, epochs=10 * settings.epochs, patience=None)
    scaler = Scaler(how=detector.scaler).fit(train)
    began = time.perf_counter()
    detector.fit(Series.from_numpy(scaler.apply(train)))
    fitted = time.perf_counter()
    channel_scores = detector.score(Series.from_numpy(scaler.apply(test)))
    scored = time.perf_counter()
    scores = channel_scores[detector.warm_up :].mean(axis=1)
    truth, window = labels[detector.warm_up :], tsb_ad_period(test)
    return {
        "vus_pr": vus_pr(truth, scores, window),
        "vus_pr_smoothed": vus_pr(truth, moving_mean(scores, window), window),
        "fit_s": fitted - began,
        "score_s": scored - fitted,
    }


def main(wanted: list[str], longer: bool, only: str) -> None:
    rows: dict[str, dict[str, dict[str, float]]] = {}
    for name, train, test, labels in series():
        if only not in name:
            continue
        for label, (algorithm, given) in JUDGED.items():
            if wanted and algorithm not in wanted and label not in wanted:
                continue
            for more in (False, True) if longer else (False,):
                shown = label + (", ten times as long" if more else "")
                found = judge(algorithm, given, more, train, test, labels)
                rows.setdefault(shown, {})[name] = {key: round(value, 3) for key, value in found.items()}
                print(shown, name, rows[shown][name], file=sys.stderr, flush=True)
    print(json.dumps({"means": {label: _means(found) for label, found in rows.items()}, "series": rows}, indent=1))


def _means(found: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    families = sorted({name.split()[0] for name in found})
    return {
        family: {
            key: round(float(np.mean([row[key] for name, row in found.items() if name.startswith(family)])), 3)
            for key in ("vus_pr", "vus_pr_smoothed", "fit_s", "score_s")
        }
        for family in families
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wanted", nargs="*", help="algorithms or rows; all where none is named")
    parser.add_argument("--longer", action="store_true")
    parser.add_argument("--series", default="", help="only series whose name holds this")
    given = parser.parse_args()
    if "REDSHANK_DATA" not in os.environ:
        sys.exit("Set REDSHANK_DATA to the folder that holds ServerMachineDataset and ASD.")
    main(given.wanted, given.longer, given.series)
