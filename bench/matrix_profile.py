"""The AB-join of two series of 2^16 points beside stumpy's, in one run; numba's compilation is not counted.

python bench/matrix_profile.py [--points 65536] [--window 100]
"""

from __future__ import annotations

import argparse
import json
import time
import warnings

import numpy as np

from redshank.kernels.profile import Profile


def timed(run):  # type: ignore[no-untyped-def]
    """What it finds, and the shortest of three runs in seconds."""
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        found = run()
        seconds.append(time.perf_counter() - began)
    return found, min(seconds)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    import stumpy

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=2**16)
    parser.add_argument("--window", type=int, default=100)
    given = parser.parse_args()
    rng = np.random.default_rng(0)
    wave = np.sin(np.arange(given.points) / 20)
    train, test = wave + 0.3 * rng.standard_normal(given.points), wave + 0.3 * rng.standard_normal(given.points)
    stumpy.stump(test[:500], given.window, train[:500], ignore_trivial=False)  # compiles
    theirs, stumpy_s = timed(lambda: stumpy.stump(test, given.window, train, ignore_trivial=False)[:, 0].astype(float))
    (ours, _), redshank_s = timed(lambda: Profile(train, given.window).nearest(test))
    print(
        json.dumps(
            {
                "bench": "matrix_profile",
                "points": given.points,
                "window": given.window,
                "stumpy_s": round(stumpy_s, 2),
                "redshank_s": round(redshank_s, 2),
                "times_faster": round(stumpy_s / redshank_s, 2),
                "largest_difference": float(np.abs(ours - theirs).max()),
            },
            indent=1,
        )
    )
