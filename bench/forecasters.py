"""Rolling-origin errors, coverage of the bands, and seconds of each forecaster, beside statsmodels on the same origins.

    python bench/forecasters.py

Prints one JSON object. From each of some origins in the second half of a series everything is learned anew from what came before, and
one horizon is forecast. Series: monthly sea temperatures (elnino), weekly CO2 and yearly Nile flows from statsmodels, and, where
REDSHANK_DATA is set, the taxi passengers of NAB by half hours.
"""

from __future__ import annotations

import csv
import json
import os
import time
import warnings
from pathlib import Path

import numpy as np

ORIGINS = 12
OURS = ("naive", "seasonal-naive", "theta", "holt-winters")


def series() -> dict[str, tuple[np.ndarray, int, int]]:
    """Values, period and horizon by name."""
    import statsmodels.api as sm

    found = {
        "elnino": (sm.datasets.elnino.load_pandas().data.iloc[:, 1:].to_numpy().ravel(), 12, 24),
        "co2": (sm.datasets.co2.load_pandas().data.co2.interpolate().to_numpy()[-1040:], 52, 52),
        "nile": (sm.datasets.nile.load_pandas().data.volume.to_numpy(), 1, 10),
    }
    taxi = Path(os.environ.get("REDSHANK_DATA", "-"), "NAB/data/realKnownCause/nyc_taxi.csv")
    if taxi.exists():
        with taxi.open() as file:
            found["nyc_taxi"] = (np.array([float(row["value"]) for row in csv.DictReader(file)][:4000]), 48, 48)
    return found


def ours(name: str, past: np.ndarray, period: int, horizon: int):
    """Mean and bands by our forecaster."""
    from redshank import registry
    from redshank.series import Series

    params = {} if name == "naive" else {"period": period}
    forecaster = registry.build("forecasters", name, params).fit(Series.from_numpy(past), horizon=horizon)
    memory = forecaster.begin()
    forecaster.advance(memory, past[:, None])
    mean = forecaster.ahead(memory, horizon)
    lower, upper = forecaster.bands(mean, (0.8, 0.95))
    return mean[:, 0], {level: (lower[level][:, 0], upper[level][:, 0]) for level in lower}


def theirs(name: str, past: np.ndarray, period: int, horizon: int):
    """Mean by statsmodels; it has no bands that could be compared."""
    from statsmodels.tsa.forecasting.theta import ThetaModel
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if name == "theta":
            return np.asarray(ThetaModel(past, period=period, deseasonalize=period > 1).fit().forecast(horizon)), {}
        season = {"seasonal": "add", "seasonal_periods": period} if period > 1 else {}
        return ExponentialSmoothing(past, trend="add", damped_trend=True, **season).fit().forecast(horizon), {}


def measure(forecast, name: str, x: np.ndarray, period: int, horizon: int) -> dict[str, float]:
    errors, inside, seconds = [], {0.8: [], 0.95: []}, []
    for origin in np.linspace(len(x) // 2, len(x) - horizon, ORIGINS).astype(int):
        began = time.perf_counter()
        mean, bands = forecast(name, x[:origin], period, horizon)
        seconds.append(time.perf_counter() - began)
        later = x[origin : origin + horizon]
        errors.append(np.abs(mean - later).mean())
        for level, (lower, upper) in bands.items():
            inside[level].append(np.mean((lower <= later) & (later <= upper)))
    found = {"mae": float(f"{np.mean(errors):.4g}"), "seconds": round(float(np.median(seconds)), 3)}
    return found | {f"inside_{level:g}": round(float(np.mean(hits)), 3) for level, hits in inside.items() if hits}


if __name__ == "__main__":
    figures = {}
    for which, (x, period, horizon) in series().items():
        figures[which] = {name: measure(ours, name, x, period, horizon) for name in OURS}
        for name in ("theta", "holt-winters"):
            figures[which][f"statsmodels {name}"] = measure(theirs, name, x, period, horizon)
    print(json.dumps({"origins": ORIGINS, **figures}))
