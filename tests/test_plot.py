"""Figures for notebooks."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import redshank
from redshank.detection import Detection
from redshank.errors import MissingExtraError, SeriesError
from redshank.plot import MOST_CHANNELS
from redshank.series import Series
from redshank.testing import sine, sine_with_spike


def found(channels: int = 2, n: int = 800) -> tuple[Detection, Series]:
    series, _ = sine_with_spike(n=n, channels=channels, guilty=channels - 1)
    return redshank.detect(redshank.fit("ewma", sine(channels=channels)), series), series


def test_the_most_blamed_channel_is_on_top_and_the_score_below() -> None:
    detection, series = found(channels=3)
    labels = [axes.get_ylabel() for axes in detection.plot(series.values).axes]
    assert labels[0] == "c2"
    assert sorted(labels) == ["c0", "c1", "c2", "score"]


def test_without_values_only_the_score_is_drawn() -> None:
    figure = found()[0].plot()
    assert [axes.get_ylabel() for axes in figure.axes] == ["score"]


def test_events_are_shaded_on_every_axis() -> None:
    detection, series = found()
    for axes in detection.plot(series.values).axes:
        assert len(axes.patches) == len(detection.events)


def test_many_channels_are_the_most_blamed_ones() -> None:
    detection, series = found(channels=20)
    assert len(detection.plot(series.values).axes) == MOST_CHANNELS + 1


def test_a_long_series_is_drawn_as_its_extremes() -> None:
    detection, series = found(channels=1, n=50_000)
    lines = detection.plot(series.values).axes[0].collections[0].get_paths()[0].vertices
    assert len(lines) < 20_000
    assert np.nanmax(lines[:, 1]) == pytest.approx(series.values.max())


def test_what_a_forecaster_expected_is_drawn_too() -> None:
    model = redshank.fit("seasonal-naive", sine(), period=48)
    series, _ = sine_with_spike()
    assert len(redshank.detect(model, series).plot(series.values).axes[0].lines) == 2


def test_values_of_another_shape_are_refused() -> None:
    detection, series = found()
    with pytest.raises(SeriesError, match=r"values must have shape \(800, 2\), as the detection, got \(10, 2\)"):
        detection.plot(series.values[:10])


def test_without_matplotlib_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    detection, _ = found()
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'redshank\[plot\]'"):
        detection.plot()
