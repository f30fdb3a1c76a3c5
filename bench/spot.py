"""`spot` beside libspot (C) and ads-evt (Python): points a second, and log-likelihoods on the very same peaks.

python bench/spot.py [--reference-python PYTHON]

PYTHON is an interpreter that has ads-evt; unless given it is the running one, and without ads-evt its figures are null.
Alarms are counted beside those that were promised: every point of the series is normal.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from typing import Any

import libspot
import numpy as np

from redshank.kernels.tails import Pareto, fit_pareto
from redshank.thresholds.spot import Spot

CALIBRATION, POINTS, REFERENCE_POINTS = 5_000, 500_000, 10_000
Q, LEVEL, MAX_PEAKS = 1e-4, 0.98, 500
SERIES = ("exponential", "standard_normal", "student_4", "uniform")

ADS_EVT = """
import json, sys, time
import numpy as np
from ads_evt import SPOT
from ads_evt.spot import ExtremeValue
given = json.load(sys.stdin)
fits = []
with np.errstate(all="ignore"):
    for peaks in given["peaks"]:
        shape, scale, _ = ExtremeValue()._grimshaw(np.array(peaks))
        fits.append([float(shape), float(scale)])
    runs = []
    for calibration, scores in given["series"]:
        spot = SPOT(q=given["q"])
        spot.fit(np.array(calibration), np.array(scores))
        spot.initialize(level=given["level"])
        began = time.process_time()
        alarms = len(spot.run()["alarms"])
        runs.append([len(scores) / (time.process_time() - began), alarms])
json.dump({"fits": fits, "runs": runs}, sys.stdout)
"""


def draw(kind: str, n: int, rng: np.random.Generator) -> np.ndarray:
    if kind == "student_4":
        return rng.standard_t(4, size=n)
    return rng.random(n) if kind == "uniform" else getattr(rng, kind)(size=n)


def peak_sets(rng: np.random.Generator) -> list[np.ndarray]:
    """Peaks as detectors give them, and worse: tails of four laws, mixed scales, ties, powers."""
    sets = []
    for n in (20, 50, 200, 500):
        for _ in range(6):
            for kind in SERIES:
                scores = draw(kind, 50 * n, rng)
                level = np.sort(scores)[-n - 1]
                sets.append(scores[scores > level] - level)
            few = rng.random(n) < 0.3
            sets.append(np.where(few, 1000.0, 1.0) * rng.exponential(size=n))
            sets.append(rng.integers(1, 6, size=n) * 0.5)
            sets.append(rng.random(n) ** 4 + 1e-9)
    return sets


def libspot_fit(peaks: np.ndarray) -> tuple[np.ndarray, float, float]:
    """The peaks libspot itself holds after a calibration, and its fit to them."""
    spot = libspot.Spot(q=Q, level=LEVEL, max_excess=10 * len(peaks))
    spot.fit(np.concatenate([np.linspace(-1, 0, 49 * len(peaks)), peaks]))
    return np.array(spot.excesses()), spot.gamma, spot.sigma


def compare(rows: list[tuple[np.ndarray, float, float]]) -> dict[str, Any]:
    """By how much the likelihood found here is greater, over all sets of peaks with an admissible fit."""
    gains, outside = [], 0
    for peaks, shape, scale in rows:
        peaks = peaks[peaks > 0]
        if not shape >= -1 or not scale > 0:
            outside += 1  # below -1 the likelihood has no maximum, so a greater value there is no better fit
            continue
        theirs = Pareto(shape, scale).log_likelihood(peaks)
        ours = fit_pareto(peaks).log_likelihood(peaks)
        gains.append(ours - theirs)
    found = np.array(gains)
    finite = found[np.isfinite(found)]
    return {
        "sets": len(rows),
        "shape_below_minus_1": outside,
        "impossible": int((~np.isfinite(found)).sum()),
        "least_gain": float(finite.min()),
        "median_gain": float(np.median(finite)),
        "greatest_gain": float(finite.max()),
        "share_gained_over_0.01": float(np.mean(found > 0.01)),
    }


def ours(calibration: np.ndarray, scores: np.ndarray) -> tuple[float, int]:
    threshold = Spot(q=Q, level=LEVEL, max_peaks=MAX_PEAKS).fit(calibration)
    memory = threshold.begin()
    began = time.process_time()
    limits = threshold.advance(memory, scores)
    return len(scores) / (time.process_time() - began), int((scores > limits).sum())


def libspots(calibration: np.ndarray, scores: np.ndarray) -> tuple[float, int, list[tuple[np.ndarray, float, float]]]:
    spot = libspot.Spot(q=Q, level=LEVEL, max_excess=MAX_PEAKS)
    spot.fit(calibration)
    points = scores.tolist()
    began = time.process_time()
    alarms = sum(spot.step(point) == libspot.ANOMALY for point in points)
    rate = len(points) / (time.process_time() - began)
    on_the_way = []
    for start in range(0, 100_000, 2_000):
        for point in points[start : start + 2_000]:
            spot.step(point)
        on_the_way.append((np.array(spot.excesses()), spot.gamma, spot.sigma))
    return rate, alarms, on_the_way


def ads_evt(python: str, peaks: list[np.ndarray], series: list[tuple[np.ndarray, np.ndarray]]) -> dict[str, Any] | None:
    given = {
        "peaks": [row.tolist() for row in peaks],
        "series": [[a.tolist(), b[:REFERENCE_POINTS].tolist()] for a, b in series],
        "q": Q,
        "level": LEVEL,
    }
    done = subprocess.run([python, "-c", ADS_EVT], input=json.dumps(given), capture_output=True, text=True, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reference-python", default=sys.executable)
    python = parser.parse_args().reference_python
    rng = np.random.default_rng(0)
    series = [(draw(kind, CALIBRATION, rng), draw(kind, POINTS, rng)) for kind in SERIES]
    peaks = peak_sets(rng)
    reference = ads_evt(python, peaks, series)
    rows, on_the_way = [], []
    for i, (kind, (calibration, scores)) in enumerate(zip(SERIES, series)):
        own_rate, own_alarms = ours(calibration, scores)
        their_rate, their_alarms, held = libspots(calibration, scores)
        on_the_way += held
        row = {
            "scores": kind,
            "alarms_promised": POINTS * Q,
            "redshank": {"points_per_s": round(own_rate), "alarms": own_alarms},
            "libspot": {"points_per_s": round(their_rate), "alarms": their_alarms},
            "ads_evt": None,
        }
        if reference:
            rate, alarms = reference["runs"][i]
            promised = REFERENCE_POINTS * Q
            row["ads_evt"] = {"points_per_s": round(rate), "alarms": alarms, "alarms_promised": promised}
        rows.append(row)
    likelihood = {
        "libspot_calibrated": compare([libspot_fit(row) for row in peaks]),
        "libspot_on_the_way": compare(on_the_way),
        "ads_evt": compare([(row, *fit) for row, fit in zip(peaks, reference["fits"])]) if reference else None,
    }
    print(json.dumps({"bench": "spot", "speed": rows, "log_likelihood_gained": likelihood}, indent=1))


if __name__ == "__main__":
    main()
