"""Training in bfloat16: every network learns, its weights stay in single precision, and the spike is found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from redshank import registry
from redshank.testing import sine, sine_with_spike

pytest.importorskip("torch")
SMALL = {"window": "16", "hidden": "16"}


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("cnn", {}),
        ("usad", {}),
        ("dense-autoencoder", {}),
        ("lstm-autoencoder", {}),
        ("lstm-vae", {}),
        ("mtad-gat", SMALL),
        ("mtad-gat", SMALL | {"attention": "gatv2", "reconstruction": "gru"}),
    ],
)
def test_a_network_learns_in_bfloat16(name: str, given: dict[str, Any]) -> None:
    series, at = sine_with_spike(channels=3)
    settings = {"training.amp": "true", "training.epochs": "3", "training.stride": "4"}
    detector = registry.build("detectors", name, settings | given).fit(sine(600, channels=3))
    assert {weight.dtype for weight in detector.weights_.values()} == {np.dtype(np.float32)}
    scores = detector.score(series)
    assert np.isfinite(scores[detector.warm_up :]).all()
    assert int(np.nanargmax(scores.max(axis=1))) == at
