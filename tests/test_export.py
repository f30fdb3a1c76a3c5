"""An exported model scores without redshank, and gives the same numbers."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import redshank
from redshank import store
from redshank.adopt import adopt
from redshank.errors import InputError
from redshank.export import export
from redshank.testing import sine, sine_with_spike

QUICK: dict[str, dict[str, Any]] = {
    "cnn": {"window": 16, "filters": (8,), "training": {"epochs": 1}},
    "dense-autoencoder": {"window": 12, "training": {"epochs": 1}},
    "lstm-autoencoder": {
        "window": 10,
        "enc_lstm_hidden_units": (8,),
        "dec_lstm_hidden_units": (8,),
        "lstm_dropout_output_keep_probs": (1.0,),
        "training": {"epochs": 1},
    },
    "usad": {"window": 8, "training": {"epochs": 1}},
    "lstm-vae": {"window": 10, "hidden": 8, "training": {"epochs": 1}},
    "mtad-gat": {"window": 16, "hidden": 8, "training": {"epochs": 1, "stride": 8}},
}


@pytest.mark.parametrize("name", QUICK)
def test_onnx_runtime_gives_the_same_scores(name: str, tmp_path: Path) -> None:
    import onnxruntime

    model = redshank.fit(name, sine(700, channels=3), params=QUICK[name], threshold="quantile")
    series, _ = sine_with_spike(400, at=300, channels=3)
    want = model.detect(series)
    written = export(model, tmp_path / "model.onnx")
    spec = json.loads(Path(written["spec"]).read_text())
    assert spec["threshold"] == model.threshold.value_

    # By hand, as a service without redshank would do it.
    session = onnxruntime.InferenceSession(written["model"], providers=["CPUExecutionProvider"])
    scaled = (series.values - spec["mean"]) / spec["std"]
    windows = np.lib.stride_tricks.sliding_window_view(scaled, spec["window"], axis=0).transpose(0, 2, 1)
    channel_scores, score = session.run(None, {"rows": np.ascontiguousarray(windows, np.float32)})
    known = slice(spec["window"] - 1, None)
    assert np.allclose(channel_scores, want.channel_scores[known], rtol=1e-5, atol=1e-5)
    assert np.allclose(score, want.score[known], rtol=1e-5, atol=1e-5)

    # And taken back in, flags and blame included.
    again = adopt(written["model"], written["spec"]).detect(series)
    assert np.allclose(again.score[known], want.score[known], rtol=1e-5, atol=1e-5)
    assert np.array_equal(again.flags[known], want.flags[known])
    assert again.events[-1].channels[0][0] == want.events[-1].channels[0][0]


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["forecasting", "reconstruction"])
def test_every_mode_of_mtad_gat_is_exported(mode: str, tmp_path: Path) -> None:
    params = QUICK["mtad-gat"] | {"mode": mode}
    model = redshank.fit("mtad-gat", sine(700, channels=2), params=params, threshold="quantile")
    series = sine(300, channels=2, seed=5)
    written = export(model, tmp_path / "model.onnx")
    found = adopt(written["model"], written["spec"]).detect(series).score
    assert np.allclose(found[16:], model.detect(series).score[16:], rtol=1e-5, atol=1e-5)


def test_what_cannot_be_exported_is_one_sentence(tmp_path: Path) -> None:
    fit = partial(redshank.fit, "cnn", sine(700), params=QUICK["cnn"])
    with pytest.raises(InputError, match=r"'ewma' is no network.*Those that have: .*mtad-gat"):
        export(redshank.fit("ewma", sine()), tmp_path / "model.onnx")
    with pytest.raises(InputError, match="keeps learning"):
        export(fit(threshold="spot"), tmp_path / "model.onnx")
    with pytest.raises(InputError, match="The scorer 'mahalanobis' cannot be exported"):
        export(fit(scorer="mahalanobis", threshold="quantile"), tmp_path / "model.onnx")
    with pytest.raises(InputError, match="cannot be exported to 'tflite'. Known: onnx"):
        export(fit(threshold="quantile"), tmp_path / "model.tflite", to="tflite")
    assert list(tmp_path.iterdir()) == []


def test_a_network_is_stored_and_loaded_like_anything_else() -> None:
    model = redshank.fit("cnn", sine(700, channels=2), params=QUICK["cnn"])
    series = sine(200, channels=2, seed=5)
    store.save(model, "net")
    assert np.array_equal(redshank.load("net").detect(series).score, model.detect(series).score, equal_nan=True)
