"""`iforest` beside scikit-learn's IsolationForest: the same rows, the same number of trees, one core each, in one run.

python bench/iforest.py
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.ensemble import IsolationForest

from redshank.detectors.iforest import Iforest
from redshank.series import Series

SHAPES = [(23_700, 38), (100_000, 8), (100_000, 1)]
REPEATS = 5


def ours(train: Series, test: Series) -> Any:
    return Iforest().fit(train).score(test)


def theirs(train: Series, test: Series) -> Any:
    return IsolationForest(random_state=0).fit(train.values).score_samples(test.values)


def seconds(work: Callable[[Series, Series], Any], train: Series, test: Series) -> float:
    """Processor time of the fastest of some runs, fit and score together."""
    best = np.inf
    for _ in range(REPEATS):
        began = time.process_time()
        work(train, test)
        best = min(best, time.process_time() - began)
    return float(best)


def main() -> None:
    rng = np.random.default_rng(0)
    rows = []
    for shape in SHAPES:
        train, test = (Series.from_numpy(rng.standard_normal(shape)) for _ in range(2))
        own, sklearn = seconds(ours, train, test), seconds(theirs, train, test)
        rows.append(
            {"rows": shape[0], "channels": shape[1], "redshank_s": own, "sklearn_s": sklearn, "ratio": own / sklearn}
        )
    print(json.dumps({"bench": "iforest", "fit_and_score": rows}, indent=1))


if __name__ == "__main__":
    main()
