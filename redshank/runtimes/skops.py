"""scikit-learn models in the skops format. Only types skops itself trusts are loaded."""

from __future__ import annotations

import numpy as np
import skops.io

from ..errors import InputError
from . import Network, Windows

_HARMLESS = {"sklearn.tree._tree.Tree", "sklearn.neighbors._kd_tree.KDTree", "sklearn.neighbors._ball_tree.BallTree"}
"""scikit-learn's own compiled containers of arrays, which skops leaves to the reader to trust."""


def load(content: bytes) -> Network:
    """The model's prediction for windows laid out as rows (batch, window x channel); outlier models give -score_samples."""
    try:
        unknown = skops.io.get_untrusted_types(data=content)
    except Exception as error:
        raise InputError(f"This is no skops model that can be read: {error}. Save it with skops.io.dump.") from error
    strange = sorted(set(unknown) - _HARMLESS)
    if strange:
        raise InputError(
            f"The model uses {', '.join(strange)}, which could run code. Build it of scikit-learn's own estimators."
        )
    model = skops.io.loads(content, trusted=unknown)
    # scikit-learn's scores are lower where stranger; ours are higher (law 1).
    predict = (lambda rows: -model.score_samples(rows)) if hasattr(model, "score_samples") else model.predict

    def run(windows: Windows) -> Windows:
        found = predict(windows.reshape(len(windows), -1))
        return np.asarray(found, np.float32)

    return run
