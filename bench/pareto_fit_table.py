"""Quantiles of the Anderson-Darling statistic of a fitted generalised Pareto distribution, by simulation.

Prints the table of `redshank/kernels/tail_level.py`: for each true shape, the values that the statistic of 200 peaks
stays below with each probability, from `--samples` fits. About 1 minute for each 10,000 samples and core.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from redshank.kernels.tail_level import BELOW, SHAPES, anderson_darling
from redshank.kernels.tails import Pareto, fit_pareto


def quantiles(shape: float, samples: int, peaks: int = 200) -> list[float]:
    rng = np.random.default_rng(int(1000 * (shape + 10)))
    true = Pareto(shape, 1.0)
    found = np.empty(samples)
    for i in range(samples):
        y = np.array([true.excess(p) for p in rng.random(peaks)])
        found[i] = anderson_darling(y, fit_pareto(y))
    return [round(float(value), 3) for value in np.quantile(found, BELOW)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=20_000)
    samples = parser.parse_args().samples
    with ProcessPoolExecutor() as pool:
        rows = pool.map(quantiles, SHAPES, [samples] * len(SHAPES))
        print(json.dumps({"below": list(BELOW), "shapes": dict(zip(map(str, SHAPES), rows))}))


if __name__ == "__main__":
    main()
