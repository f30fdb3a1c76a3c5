"""Models trained elsewhere become detectors by a spec and no code, and nothing in their files can run code."""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest

import redshank
from redshank import store
from redshank.adopt import adopt
from redshank.detectors.adopted import Adopted, covering
from redshank.errors import InputError, ParamError
from redshank.foreign import Spec
from redshank.testing import sine, sine_with_spike

SPEC = {
    "kind": "reconstruction",
    "window": 16,
    "channels": ["c0", "c1"],
    "mean": [0.0, 1.0],
    "std": [1.0, 2.0],
    "threshold": 0.5,
}


def _torch_smoother():  # type: ignore[no-untyped-def]
    """Reconstructs a window (batch, time, channel) as its mean over time: enough to find a spike."""
    import torch

    class Smoother(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(2))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return (x.mean(dim=1, keepdim=True) * self.weight).expand_as(x)

    return Smoother()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One model, saved in each format."""
    import torch

    folder = tmp_path_factory.mktemp("foreign")
    net, example = _torch_smoother().eval(), torch.zeros(3, 16, 2)
    batch = {0: torch.export.Dim("batch")}
    torch.export.save(torch.export.export(net, (example,), dynamic_shapes=(batch,)), folder / "model.pt2")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's exporter warns of its own parts
        torch.onnx.export(
            net,
            (example,),
            folder / "model.onnx",
            dynamic_shapes=(batch,),
            dynamo=True,
            verbose=False,
            external_data=False,
        )
    return {"torch_exported": folder / "model.pt2", "onnx": folder / "model.onnx"}


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "model.json"
    path.write_text(json.dumps(SPEC))
    return path


@pytest.mark.parametrize("runtime", ["torch_exported", "onnx"])
def test_a_reconstruction_model_scores_with_the_formula_of_its_spec(
    files: dict[str, Path], spec: Path, runtime: str
) -> None:
    model = adopt(files[runtime], spec)
    series, at = sine_with_spike(channels=2)
    found = model.detect(series)
    scaled = (series.values - [0.0, 1.0]) / [1.0, 2.0]
    windows = np.lib.stride_tricks.sliding_window_view(scaled, 16, axis=0)
    want = np.abs(windows - windows.mean(axis=2, keepdims=True)).mean(axis=(1, 2))
    assert np.isnan(found.score[:15]).all()
    assert np.allclose(found.score[15:], want, atol=1e-5)
    assert found.limit[0] == 0.5
    assert found.flags[at]


def test_an_adopted_model_is_stored_and_streamed_like_any_other(files: dict[str, Path], spec: Path) -> None:
    model = adopt(files["onnx"], spec)
    series, _ = sine_with_spike(channels=2)
    store.save(model, "mine")
    again = redshank.load("mine")
    want = model.detect(series)
    assert np.array_equal(again.detect(series).score, want.score, equal_nan=True)
    stream = again.stream()
    points = [stream.push(time, row) for time, row in zip(series.times[:100], series.values[:100])]
    assert np.allclose([point.score for point in points], want.score[:100], atol=1e-6, equal_nan=True)


def test_a_threshold_is_calibrated_where_the_spec_has_none(files: dict[str, Path]) -> None:
    bare = Spec(**{**SPEC, "threshold": None})
    with pytest.raises(InputError, match="has no threshold"):
        adopt(files["onnx"], bare)
    model = adopt(files["onnx"], bare, calibrate_on=sine(channels=2), threshold="quantile")
    series, at = sine_with_spike(channels=2)
    assert model.detect(series).flags[at]


def test_covering_windows_are_the_slow_way_and_see_the_edges() -> None:
    windows = np.random.default_rng(0).random((50, 1))
    width, points = 7, 56
    everywhere = covering(windows, width, edges=True)
    theirs = covering(windows, width, edges=False)
    for row in range(points):
        holding = [w for w in range(50) if w <= row < w + width]
        assert everywhere[row, 0] == min(windows[w, 0] for w in holding)
        if width - 1 <= row <= points - width:  # the loop of the TDgpt sample
            assert theirs[row, 0] == min(windows[w, 0] for w in range(row - width + 1, row))
        else:
            assert np.isnan(theirs[row, 0])


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's own, when it saves
def test_a_keras_model_is_adopted_and_a_lambda_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    import keras

    net = keras.Sequential([keras.Input((16, 2)), keras.layers.Conv1D(2, 5, padding="same")])
    net.save(tmp_path / "model.keras")
    model = adopt(tmp_path / "model.keras", Spec(**SPEC))
    series, _ = sine_with_spike(channels=2)
    windows = np.lib.stride_tricks.sliding_window_view((series.values - [0, 1]) / [1, 2], 16, axis=0).transpose(0, 2, 1)
    want = np.abs(net(windows.astype(np.float32)).detach().numpy() - windows).mean(axis=(1, 2))
    assert np.allclose(model.detect(series).score[15:], want, atol=1e-5)

    evil = keras.Sequential([keras.Input((16, 2)), keras.layers.Lambda(lambda x: x * 2, output_shape=(16, 2))])
    evil.save(tmp_path / "evil.keras")
    with pytest.raises(InputError, match="could run code"):
        adopt(tmp_path / "evil.keras", Spec(**SPEC))


def test_a_scikit_learn_model_is_adopted_and_points_the_right_way(tmp_path: Path) -> None:
    import skops.io
    from sklearn.covariance import EllipticEnvelope

    train = sine(600, channels=2)
    windows = np.lib.stride_tricks.sliding_window_view(train.values, 16, axis=0).transpose(0, 2, 1).reshape(-1, 32)
    skops.io.dump(EllipticEnvelope(random_state=0, support_fraction=1.0).fit(windows), tmp_path / "model.skops")
    given = {"kind": "score", "window": 16, "channels": ["c0", "c1"]}
    with pytest.raises(InputError, match="Choose them in that order"):
        adopt(tmp_path / "model.skops", Spec(**given), calibrate_on=sine(600, channels=3))
    model = adopt(tmp_path / "model.skops", Spec(**given), calibrate_on=train, threshold="quantile")
    series, at = sine_with_spike(channels=2)
    assert at <= int(np.nanargmax(model.detect(series).score)) < at + 16


def test_an_archive_with_pickled_parts_is_refused_before_torch_reads_it(
    files: dict[str, Path], spec: Path, tmp_path: Path
) -> None:
    original = zipfile.ZipFile(files["torch_exported"])
    for old, new, said in (
        ('"use_pickle": false', '"use_pickle": true', "pickled tensors"),
        ('"path_name": "weight_0"', '"path_name": "custom_obj_0"', "no tensor"),
    ):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as harmed:
            for name in original.namelist():
                content = original.read(name)
                harmed.writestr(
                    name, content.replace(old.encode(), new.encode()) if name.endswith(".json") else content
                )
        (tmp_path / "evil.pt2").write_bytes(buffer.getvalue())
        with pytest.raises(InputError, match=said):
            adopt(tmp_path / "evil.pt2", spec)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "magic"}, "Spec.kind must be one of"),
        ({"window": 0}, "Spec.window must be at least 1, got 0"),
        ({"std": [0.0, 1.0]}, "Spec.std must be greater than 0"),
        ({"mean": [1.0, 2.0, 3.0]}, "Spec.mean must have 1 or 2 numbers, got 3"),
        ({"kind": "score"}, "gave shape"),
    ],
)
def test_a_wrong_spec_is_one_sentence(
    files: dict[str, Path], tmp_path: Path, change: dict[str, object], said: str
) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(SPEC | change))
    with pytest.raises((ParamError, InputError), match=said):
        adopt(files["onnx"], path).detect(sine(300, channels=2))


def test_files_that_are_no_models_are_one_sentence(spec: Path, tmp_path: Path) -> None:
    for suffix in (".onnx", ".pt2", ".keras", ".skops"):
        path = tmp_path / f"nonsense{suffix}"
        path.write_bytes(b"this is no model")
        with pytest.raises(InputError, match="This is no"):
            adopt(path, spec)
    with pytest.raises(InputError, match="does not say what the model is"):
        adopt(tmp_path / "model.h5", spec)


def test_an_adopted_detector_without_its_model_says_so() -> None:
    with pytest.raises(redshank.RedshankError, match="has no content yet"):
        Adopted(runtime="onnx", kind="score", window=4, channels=("value",)).fit(sine(100))


@pytest.fixture(scope="module")
def last_and_slope(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scikit-learn forecaster: ordinary least squares on 16 rows of two channels, which knows a sine."""
    import skops.io
    from sklearn.linear_model import LinearRegression

    x = sine(600, channels=2).values
    windows = np.lib.stride_tricks.sliding_window_view(x, 16, axis=0).transpose(0, 2, 1).reshape(-1, 32)[:-1]
    path = tmp_path_factory.mktemp("forecaster") / "model.skops"
    skops.io.dump(LinearRegression().fit((windows - 0.5) / 2, (x[16:] - 0.5) / 2), path)
    return path


AHEAD = {"kind": "forecast", "window": 16, "channels": ["c0", "c1"], "mean": [0.5], "std": [2.0]}


def test_a_forecast_model_forecasts_by_reading_what_it_said(last_and_slope: Path) -> None:
    import skops.io

    model = adopt(last_and_slope, Spec(**AHEAD), calibrate_on=sine(800, channels=2, seed=3), forecaster=True)
    series = sine(300, channels=2, seed=4)
    net = skops.io.load(last_and_slope)
    rows = list((series.values[-16:] - 0.5) / 2)
    for _ in range(10):
        rows.append(net.predict(np.array(rows[-16:]).reshape(1, 32).astype(np.float32))[0])
    found = model.forecast(10, series)
    assert np.allclose(found.mean, np.array(rows[16:]) * 2 + 0.5, atol=1e-5)
    assert (found.lower[0.95] < found.mean).all()
    assert (np.abs(found.mean - sine(310, channels=2, seed=4).values[-10:]) < 1).all()


def test_an_adopted_forecaster_detects_and_is_stored_like_any_other(last_and_slope: Path) -> None:
    model = adopt(last_and_slope, Spec(**AHEAD), calibrate_on=sine(800, channels=2, seed=3), forecaster=True)
    series, at = sine_with_spike(channels=2)
    assert int(np.nanargmax(model.detect(series).score)) == at
    store.save(model, "ahead")
    again = redshank.load("ahead")
    assert np.array_equal(again.detect(series).score, model.detect(series).score, equal_nan=True)
    assert np.array_equal(again.forecast(5).mean, model.forecast(5).mean)


def test_a_forecaster_needs_data_and_a_model_that_forecasts(last_and_slope: Path, files: dict[str, Path]) -> None:
    with pytest.raises(InputError, match="bands come from a backtest"):
        adopt(last_and_slope, Spec(**AHEAD, threshold=1.0), forecaster=True)
    with pytest.raises(InputError, match="'reconstruction' cannot forecast"):
        adopt(files["onnx"], Spec(**SPEC), calibrate_on=sine(channels=2), forecaster=True)


def test_the_shell_adopts_a_forecaster(
    last_and_slope: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import pyarrow.csv as arrow_csv

    from redshank.cli import main

    monkeypatch.chdir(tmp_path)
    arrow_csv.write_csv(sine(800, channels=2).to_frame("pyarrow"), "calm.csv")
    Path("ahead.json").write_text(json.dumps(AHEAD))
    adopted = ["adopt", str(last_and_slope), "--spec", "ahead.json", "--name", "ahead", "--calibrate", "calm.csv"]
    assert main([*adopted, "--forecast"]) == 0
    assert "Next: redshank forecast ahead" in capsys.readouterr().out
    assert main(["forecast", "ahead", "--horizon", "3", "--json"]) == 0
