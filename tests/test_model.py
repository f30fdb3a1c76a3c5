"""Fit, calibrate, tune, detect, stream: what a model promises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import redshank
from redshank import Series
from redshank.errors import InputError, NotFittedError, ParamError, SeriesError, UnknownNameError
from redshank.rules import EventRules
from redshank.testing import sine, sine_with_spike


@pytest.fixture(scope="module")
def model() -> redshank.Model:
    return redshank.fit("ewma", sine(channels=3), span=8)


def test_a_planted_spike_is_an_event_that_blames_its_channel(model: redshank.Model) -> None:
    series, at = sine_with_spike(channels=3, guilty=2)
    event = max(model.detect(series).events, key=lambda event: event.severity)
    assert event.start == series.times[at]
    assert event.channels[0][0] == "c2"
    assert sum(share for _, share in event.channels) == pytest.approx(1)


def test_a_stream_equals_a_batch(model: redshank.Model) -> None:
    series, _ = sine_with_spike(channels=3)
    batch, stream = model.detect(series), model.stream()
    points = [stream.push(time, row) for time, row in zip(series.times, series.values)]
    assert np.allclose([point.score for point in points], batch.score, rtol=1e-9, atol=1e-9, equal_nan=True)
    assert [point.flag for point in points] == batch.flags.tolist()
    assert np.allclose([point.limit for point in points], batch.limit)


def test_chunks_of_any_size_equal_a_batch(model: redshank.Model) -> None:
    series, _ = sine_with_spike(channels=3)
    batch = model.detect(series)
    pieces = list(model.detect_chunks([series[:1], series[1:300], series[300:301], series[301:]]))
    assert np.allclose(
        np.concatenate([piece.score for piece in pieces]), batch.score, rtol=1e-9, atol=1e-9, equal_nan=True
    )


def test_a_stream_goes_on_where_it_was_saved(model: redshank.Model) -> None:
    series, _ = sine_with_spike(channels=3)
    whole = model.detect(series)
    first = model.stream()
    first.update(series.times[:400], series.values[:400])
    second = model.stream().load_state(first.state)
    rest = second.update(series.times[400:], series.values[400:])
    assert np.allclose(rest.score, whole.score[400:], rtol=1e-9, atol=1e-9)


def test_a_stream_refuses_a_step_back_and_a_wrong_width(model: redshank.Model) -> None:
    stream = model.stream()
    stream.push(5, [0.0, 1.0, 2.0])
    with pytest.raises(SeriesError, match="not later than the one before"):
        stream.push(5, [0.0, 1.0, 2.0])
    with pytest.raises(SeriesError, match="A point has 3 values .c0, c1, c2., got 2"):
        stream.push(6, [0.0, 1.0])


def test_the_calibration_part_is_never_trained_on() -> None:
    calm, wild = sine(1000), sine(1000)
    values = wild.values.copy()
    values[800:] *= 5
    wild = replace(wild, values=values)
    a, b = redshank.fit("robust-z", calm), redshank.fit("robust-z", wild)
    assert np.array_equal(a.core.median_, b.core.median_)
    assert b.threshold.value_ > a.threshold.value_


def test_rows_labelled_anomalous_are_not_learned_from() -> None:
    series, at = sine_with_spike(1000, at=500)
    values = series.values.copy()
    values[at] = 1e6
    labelled = replace(series, values=values)
    assert redshank.fit("k-sigma", labelled).core.state["mean_"] == pytest.approx(series.values[:800].mean(), abs=0.05)


def test_a_supervised_threshold_is_tuned_on_labelled_data_only() -> None:
    tuning, _ = sine_with_spike(seed=4)
    judged, at = sine_with_spike(seed=5, at=300)
    model = redshank.fit("ewma", sine(), threshold="f-beta", labelled=tuning, span=8)
    assert model.detect(judged).flags[at]
    assert model.facts["tuned_on"]["anomalous"] == 1
    with pytest.raises(InputError, match="learns from labels"):
        redshank.fit("ewma", sine(), threshold="f-beta")
    with pytest.raises(InputError, match="does not learn from labels"):
        redshank.fit("ewma", sine(), labelled=tuning)


def test_wrong_channels_are_named(model: redshank.Model) -> None:
    series = sine(channels=3)
    with pytest.raises(SeriesError, match="in another order: c2, c1, c0; learned were c0, c1, c2"):
        model.detect(series.select(["c2", "c1", "c0"]))
    with pytest.raises(SeriesError, match="has no channel 'c2'"):
        model.detect(series.select(["c0", "c1"]))
    assert len(model.detect(series.select(model.channels))) == len(series)


def test_a_series_shorter_than_the_window_is_refused_with_the_length_needed(model: redshank.Model) -> None:
    with pytest.raises(SeriesError, match="needs at least 9 points, got 5"):
        model.detect(sine(5, channels=3))


def test_an_unfitted_model_says_so() -> None:
    from redshank.engine import new

    with pytest.raises(NotFittedError, match="Call fit first"):
        new("ewma").detect(sine())


def test_unknown_names_and_bad_parameters_are_sentences() -> None:
    with pytest.raises(UnknownNameError, match="No algorithm is called 'window-pac'. Did you mean 'window-pca'"):
        redshank.fit("window-pac", sine())
    with pytest.raises(ParamError, match=r"^Ewma.span must be at least 2, got 1\.$"):
        redshank.fit("ewma", sine(), span=1)
    with pytest.raises(ParamError, match=r"Ewma has no parameter 'spam'. It has: span\."):
        redshank.fit("ewma", sine(), spam=1)
    with pytest.raises(UnknownNameError, match="oracle"):
        redshank.fit("ewma", sine(), threshold="best-f1")
    with pytest.raises(ParamError, match="calibrate must be at least 0 and less than 1"):
        redshank.fit("ewma", sine(), calibrate=1.5)


def test_parts_take_dotted_parameters() -> None:
    model = redshank.fit(
        "ewma", sine(), threshold="quantile", params={"span": "8", "threshold.q": "0.99", "scorer.smooth": 3}
    )
    assert (model.core.params["span"], model.threshold.params["q"], model.scorer.smooth) == (8, 0.99, 3)


def test_a_forecaster_is_a_detector_for_free() -> None:
    model = redshank.fit("seasonal-naive", sine(), period=48)
    series, at = sine_with_spike()
    found = model.detect(series)
    assert found.flags[at]
    assert found.expected is not None
    assert model.forecast(12).mean.shape == (12, 1)
    with pytest.raises(InputError, match="is a detector and cannot forecast"):
        redshank.fit("ewma", sine()).forecast(3)


def test_a_forecast_goes_on_by_calendar_months() -> None:
    months = np.arange("2000-01", "2010-01", dtype="datetime64[M]").astype("datetime64[ns]")
    values = np.sin(np.arange(120) * 2 * np.pi / 12)[:, None]
    model = redshank.fit("seasonal-naive", Series(months, values, ("sst",)), period=12)
    ahead = model.forecast(14).times.astype("datetime64[D]").astype(str).tolist()
    assert ahead[0] == "2010-01-01"
    assert ahead[13] == "2011-02-01"


def test_rules_make_events_of_flags() -> None:
    rules = EventRules(min_length=2, merge_gap=1, cool_down=5)
    flags = np.array([[0, 1], [3, 5], [6, 8], [10, 12], [20, 22]])
    assert rules.apply(flags).tolist() == [[3, 8], [20, 22]]
    with pytest.raises(ParamError, match="EventRules.min_length must be at least 1, got 0"):
        EventRules(min_length=0)


def test_direction_and_departure_keep_only_points_worth_an_alarm() -> None:
    series, at = sine_with_spike(size=-10.0)
    down = redshank.fit("ewma", sine(), params={"span": 8, "rules.direction": "down"})
    up = redshank.fit("ewma", sine(), params={"span": 8, "rules.direction": "up"})
    assert down.detect(series).flags[at]
    assert not up.detect(series).flags[at]
    far = redshank.fit("ewma", sine(), params={"span": 8, "rules.min_departure": 100})
    assert not far.detect(series).flags.any()


def test_missing_values_are_never_flagged_and_do_not_stop_the_rest(model: redshank.Model) -> None:
    series, at = sine_with_spike(channels=3)
    values = series.values.copy()
    values[100:110] = np.nan
    values[200:210, 1] = np.nan
    found = model.detect(replace(series, values=values))
    assert np.isnan(found.score[100:110]).all()
    assert not found.flags[100:110].any()
    assert np.isfinite(found.score[200:210]).all()
    assert found.flags[at]


def test_an_all_missing_channel_is_refused_by_name() -> None:
    series = sine(channels=2)
    values = series.values.copy()
    values[:, 1] = np.nan
    with pytest.raises(SeriesError, match="Channel 'c1' has no value at all"):
        redshank.fit("ewma", replace(series, values=values))
