"""What every threshold promises and what it delivers on data in which nothing is anomalous.

python bench/thresholds.py [--data FOLDER]

Synthetic scores: the mean share of later normal scores that is flagged, over calibrations. `laws` are independent scores,
`correlated` the absolute values of an autoregression, `tainted` calibrations of which 1 % are anomalies.
Real scores, with the folder of real data sets: four detectors learn from the first half of the training part of each
series, thresholds from the third quarter, and the last quarter is judged; none of it is labelled anomalous. An alarm is a
stretch of flagged points.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

import redshank
from redshank import registry
from redshank.kernels.events import flags_to_intervals
from redshank.series import Series

THRESHOLDS: list[tuple[str, dict[str, Any]]] = [
    ("quantile", {"q": 1e-2}),
    ("quantile", {"q": 1e-3}),
    ("sigma", {}),
    ("robust-sigma", {}),
    ("pot", {"q": 1e-3}),
    ("pot", {"q": 1e-4}),
    ("spot", {"q": 1e-3}),
    ("spot", {"q": 1e-3, "censor": False}),
    ("spot", {"q": 1e-4}),
    ("dspot", {"q": 1e-3}),
    ("bi-spot", {"q": 1e-3}),
    ("epsilon", {"span": 1}),
    ("conformal", {"false_alarms": 1, "per_points": 1000}),
    ("conformal", {"false_alarms": 1, "per_points": 1000, "fdr": 0.1}),
    ("conformal", {"false_alarms": 1, "per_points": 10_080}),
    ("conformal", {"false_alarms": 1, "per_points": 10_080, "adapt": 1.0}),
]
LAWS = ("exponential", "half-normal", "log-normal", "student-4", "uniform")
SIZES, REPEATS, JUDGED = (200, 1000, 10_000), 8, 40_000
DETECTORS = ("robust-z", "pca", "ar", "window-pca")


def draw(law: str, n: int, rng: np.random.Generator) -> np.ndarray:
    if law == "student-4":
        return rng.standard_t(4, size=n)
    if law == "uniform":
        return rng.random(n)
    if law == "correlated":
        from scipy.signal import lfilter

        return np.abs(lfilter([1.0], [1.0, -0.9], rng.normal(size=n + 100))[100:])
    normal = rng.normal(size=n)
    return {"exponential": lambda: rng.exponential(size=n), "half-normal": lambda: np.abs(normal)}.get(
        law, lambda: np.exp(normal)
    )()


def flags(
    name: str, params: dict[str, Any], calibration: np.ndarray, rows: np.ndarray
) -> tuple[np.ndarray, float | None]:
    threshold = registry.build("thresholds", name, params).fit(calibration)
    return rows > threshold.advance(threshold.begin(), rows), threshold.promised_rate


def synthetic(name: str, params: dict[str, Any], law: str, n: int, taint: float = 0.0) -> tuple[float, float | None]:
    rates, promises = [], []
    for seed in range(REPEATS):
        rng = np.random.default_rng(seed)
        scores = draw(law, n + JUDGED, rng)
        calibration = scores[:n].copy()
        calibration[: int(taint * n)] += 10 * calibration.std()
        found, promise = flags(name, params, rng.permutation(calibration) if taint else calibration, scores[n:])
        rates.append(float(found.mean()))
        promises.append(promise)
    return float(np.mean(rates)), None if promises[0] is None else float(np.mean(promises))


def synthetic_rows() -> list[dict[str, Any]]:
    rows = []
    for name, params in THRESHOLDS:
        for n in SIZES:
            if name == "dspot" and n < 1000:
                continue
            laws = [synthetic(name, params, law, n) for law in LAWS]
            promised = None if laws[0][1] is None else float(np.mean([promise for _, promise in laws]))
            rows.append(
                {
                    "threshold": name,
                    "params": params,
                    "calibration_points": n,
                    "promised": promised,
                    "delivered": {law: rate for law, (rate, _) in zip(LAWS, laws)},
                    "delivered_mean": float(np.mean([rate for rate, _ in laws])),
                    "correlated": synthetic(name, params, "correlated", n)[0],
                    "tainted": synthetic(name, params, "exponential", n, 0.01)[0],
                }
            )
    return rows


def real_series(folder: Path) -> dict[str, np.ndarray]:
    """Training parts of SMD, ASD and JumpStarter: (time, channel), taken as normal by their publishers."""
    import pyarrow.parquet as pq

    found = {
        path.stem: np.loadtxt(path, delimiter=",") for path in sorted(folder.glob("ServerMachineDataset/train/*.txt"))
    }
    for path in sorted(folder.glob("ASD/*/train.parquet")) + sorted(folder.glob("JumpStarter/*/train.parquet")):
        table = pq.read_table(path)
        columns = [name for name in table.column_names if name not in ("label", "timestamp", "time")]
        found[f"{path.parent.parent.name}-{path.parent.name}"] = np.column_stack(
            [table[name].to_numpy().astype(float) for name in columns]
        )
    return found


def real_rows(folder: Path) -> list[dict[str, Any]]:
    chosen = [row for row in THRESHOLDS if row[1].get("censor") is None]
    rates: dict[int, list[float]] = {i: [] for i in range(len(chosen))}
    alarms: dict[int, list[float]] = {i: [] for i in range(len(chosen))}
    promises: dict[int, list[float | None]] = {i: [] for i in range(len(chosen))}
    for values in real_series(folder).values():
        n = len(values)
        train, held, last = (Series.from_numpy(part, step_s=60) for part in np.split(values, [n // 2, 3 * n // 4]))
        for detector in DETECTORS:
            model = redshank.fit(detector, train, threshold="quantile")
            calibration, judged = (part[~np.isnan(part)] for part in (model.detect(x).score for x in (held, last)))
            for i, (name, params) in enumerate(chosen):
                found, promise = flags(name, params, calibration, judged)
                rates[i].append(float(found.mean()))
                alarms[i].append(len(flags_to_intervals(found)) / len(found))
                promises[i].append(promise)
    return [
        {
            "threshold": name,
            "params": params,
            "promised": None if promises[i][0] is None else float(np.mean(promises[i])),
            "delivered_median": float(np.median(rates[i])),
            "delivered_mean": float(np.mean(rates[i])),
            "alarms_median": float(np.median(alarms[i])),
            "alarms_mean": float(np.mean(alarms[i])),
            "runs": len(rates[i]),
        }
        for i, (name, params) in enumerate(chosen)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    folder = parser.parse_args().data
    result = {"bench": "thresholds", "synthetic": synthetic_rows(), "real": real_rows(folder) if folder else None}
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
