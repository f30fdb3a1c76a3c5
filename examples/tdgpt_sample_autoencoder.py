"""The sample autoencoder that ships with TDgpt, trained here in Keras and taken into redshank by a spec, with no code.

It learns a calm day of NAB in windows of 288 points, its threshold is the largest mean |x̂ - x| of a training window, and it
must find the jump in another file. Three rules say which windows speak for a point; `tdgpt` is the sample's own.

KERAS_BACKEND=torch REDSHANK_DATA=FOLDER python examples/tdgpt_sample_autoencoder.py [--epochs 50] [--out FOLDER]
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import redshank
from redshank.adopt import adopt

os.environ.setdefault("KERAS_BACKEND", "torch")

WINDOW, BATCH, EPOCHS, PATIENCE = 288, 128, 50, 5
CALM, JUMP = "artificialNoAnomaly/art_daily_small_noise.csv", "artificialWithAnomaly/art_daily_jumpsup.csv"
LABELLED = np.datetime64("2014-04-10T16:15"), np.datetime64("2014-04-12T01:45")
"""The benchmark's label window of the jump, both ends included."""
RULES = ("trailing", "covering", "tdgpt")


def read(name: str) -> redshank.Series:
    """One file of NAB."""
    return redshank.read(f"csv:{Path(os.environ['REDSHANK_DATA']) / 'NAB' / 'data' / name}")


def network() -> Any:
    """Two convolutions in, three transposed ones out: 288 -> 144 -> 72 -> 144 -> 288 -> 288 points, 9,505 weights."""
    from keras import Input, Sequential, layers

    def step(kind: Any, filters: int) -> Any:
        return kind(filters, kernel_size=7, strides=2, padding="same", activation="relu")

    return Sequential(
        [
            Input((WINDOW, 1)),
            step(layers.Conv1D, 32),
            layers.Dropout(0.2),
            step(layers.Conv1D, 16),
            step(layers.Conv1DTranspose, 16),
            layers.Dropout(0.2),
            step(layers.Conv1DTranspose, 32),
            layers.Conv1DTranspose(1, kernel_size=7, padding="same"),
        ]
    )


def windows_of(values: np.ndarray) -> np.ndarray:
    """Every window of scaled values, shape (window, time, 1), as Keras wants them."""
    rows = np.lib.stride_tricks.sliding_window_view(values, WINDOW)[:, :, None]
    return np.ascontiguousarray(rows, np.float32)


def trained(windows: np.ndarray, epochs: int) -> tuple[Any, int]:
    """The network with the settings of the sample, and how many epochs it took."""
    import keras

    keras.utils.set_random_seed(0)
    net = network()
    net.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
    enough = keras.callbacks.EarlyStopping(monitor="val_loss", patience=PATIENCE, mode="min")
    story = net.fit(
        windows, windows, epochs=epochs, batch_size=BATCH, validation_split=0.1, callbacks=[enough], verbose=0
    )
    return net, len(story.history["loss"])


def largest_error(net: Any, windows: np.ndarray) -> float:
    """The largest mean |x̂ - x| of a window."""
    pieces = np.array_split(windows, 8)
    return max(float(np.abs(net(x, training=False).detach().numpy() - x).mean(axis=(1, 2)).max()) for x in pieces)


def save(folder: Path, epochs: int) -> dict[str, Any]:
    """Train, write `sample.keras` and `sample.json` into `folder`, and say what was learned."""
    values = read(CALM).values[:, 0]
    mean, std = values.mean(), values.std(ddof=1)
    windows = windows_of((values - mean) / std)
    net, took = trained(windows, epochs)
    net.save(folder / "sample.keras")
    spec = {"kind": "reconstruction", "window": WINDOW, "channels": ["value"], "mean": [mean], "std": [std]}
    spec["threshold"] = largest_error(net, windows)
    (folder / "sample.json").write_text(json.dumps(spec, indent=1))
    return spec | {"weights": net.count_params(), "windows": len(windows), "epochs": took}


def judged(folder: Path, rule: str) -> dict[str, Any]:
    """What the adopted model says of the file with the jump."""
    series = read(JUMP)
    found = adopt(folder / "sample.keras", folder / "sample.json", rule=rule).detect(series)
    within = (series.times >= LABELLED[0]) & (series.times <= LABELLED[1])
    judgeable = np.flatnonzero(~np.isnan(found.score))
    flagged = np.flatnonzero(found.flags)
    return {
        "flagged": len(flagged),
        "in_label": int(found.flags[within].sum()),
        "hit": bool(found.flags[within].any()),
        "from": str(series.times[flagged[0]].astype("M8[m]")) if len(flagged) else None,
        "to": str(series.times[flagged[-1]].astype("M8[m]")) if len(flagged) else None,
        "unseen_at_the_start": int(judgeable[0]),
        "unseen_at_the_end": len(series) - 1 - int(judgeable[-1]),
    }


def reproduce(folder: Path, epochs: int = EPOCHS) -> dict[str, Any]:
    """The whole example; everything it found, as JSON values."""
    learned = save(folder, epochs)
    return {"learned": learned, "rules": {rule: judged(folder, rule) for rule in RULES}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="at most; the sample's own is %(default)s")
    parser.add_argument("--out", type=Path, help="folder to leave sample.keras and sample.json in")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.out or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        print(json.dumps(reproduce(folder, given.epochs), indent=1))


if __name__ == "__main__":
    main()
