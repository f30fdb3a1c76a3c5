"""Small series with a known answer, and the contracts every detector and forecaster must meet, ours or a stranger's.

A plug-in's own test is two lines:

    class TestMine(DetectorContract):
        make = Mine
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

import numpy as np
from annotated_types import Ge

from .base import Detector, Forecaster, frozen, thawed
from .errors import NotFittedError, SeriesError
from .series import Series


@dataclass(kw_only=True)
class Toy:
    """A parameter object to try `redshank.params` on.

    Parameters
    ----------
    span : points over which a weight falls to 1/e²; at least 2
    """

    span: Annotated[int, Ge(2)] = 24


def sine(n: int = 2000, channels: int = 1, period: int = 48, noise: float = 0.05, seed: int = 0) -> Series:
    """A noisy sine, sampled every half hour; channels differ in phase and level."""
    rng = np.random.default_rng(seed)
    phase = np.arange(channels) * 0.7
    wave = np.sin(2 * np.pi * np.arange(n)[:, None] / period + phase) + np.arange(channels)
    return Series.from_numpy(wave + noise * rng.standard_normal((n, channels)), step_s=1800, start="2024-01-01")


def sine_with_spike(
    n: int = 800, at: int = 500, channels: int = 1, guilty: int = 0, size: float = 10.0, seed: int = 1
) -> tuple[Series, int]:
    """`sine` with one spike of `size` amplitudes in one channel at row `at`; the row is labelled."""
    clean = sine(n, channels, seed=seed)
    values = clean.values.copy()
    values[at, guilty] += size
    return replace(clean, values=values, labels=np.arange(n) == at), at


class DetectorContract:
    """What every detector must do. Subclass it in a test module and say how to `make` one with quick parameters."""

    make: ClassVar[Callable[[], Detector]]
    train: ClassVar[int] = 1200
    tolerance: ClassVar[float] = 1e-9
    """Relative difference allowed between a batch and a stream."""
    localises: ClassVar[bool] = True
    """Whether the planted spike's own channel must carry the highest score; false only where a score has no channels."""

    def _fitted(self, channels: int = 1) -> Detector:
        return type(self).make().fit(sine(self.train, channels))

    def _channels(self) -> tuple[int, ...]:
        return (1, 3) if type(self).make().multivariate else (1,)

    def test_gives_one_row_a_point_and_a_warm_up_that_is_a_prefix(self) -> None:
        for channels in self._channels():
            series = sine(600, channels, seed=3)
            detector = self._fitted(channels)
            scores = detector.score(series)
            assert scores.shape == series.values.shape
            known = np.isfinite(scores.sum(axis=1))
            assert known[detector.warm_up :].all() or detector.looks_ahead
            assert not known[: detector.warm_up].any() or detector.looks_ahead

    def test_ranks_a_planted_anomaly_first(self) -> None:
        for channels in self._channels():
            detector = self._fitted(channels)
            series, at = sine_with_spike(channels=channels, guilty=channels - 1)
            scores = detector.score(series)
            reach = detector.context if not detector.looks_ahead else series.values.shape[0]
            top = int(np.nanargmax(np.fmax.reduce(scores, axis=1)))
            assert at <= top <= at + reach or detector.looks_ahead
            if self.localises:
                assert int(np.nanargmax(scores[top])) == channels - 1

    def test_leaves_its_input_alone(self) -> None:
        series = sine(600)
        before = series.values.copy()
        self._fitted().score(series)
        assert np.array_equal(before, series.values)

    def test_same_seed_same_scores(self) -> None:
        series = sine(600, seed=3)
        assert np.array_equal(self._fitted().score(series), self._fitted().score(series), equal_nan=True)

    def test_a_second_fit_forgets_the_first(self) -> None:
        series = sine(600, seed=3)
        twice = type(self).make().fit(sine(self.train, period=37, seed=9)).fit(sine(self.train))
        assert np.array_equal(twice.score(series), self._fitted().score(series), equal_nan=True)

    def test_state_and_parameters_round_trip(self) -> None:
        series = sine(600, seed=3)
        detector = self._fitted()
        again = type(detector).from_params(_through_json(detector.params)).load_state(detector.state)
        assert np.array_equal(detector.score(series), again.score(series), equal_nan=True)

    def test_scoring_a_suffix_with_enough_context_gives_the_same_numbers(self) -> None:
        detector = self._fitted()
        if detector.looks_ahead:
            return
        series = sine(600, seed=3)
        cut = max(0, 500 - detector.context)
        assert _close(detector.score(series)[500:], detector.score(series[cut:])[500 - cut :], self.tolerance)

    def test_a_stream_gives_the_same_numbers_as_a_batch(self) -> None:
        for channels in self._channels():
            detector = self._fitted(channels)
            if detector.looks_ahead:
                return
            series = sine(detector.context + 60, channels, seed=3)
            memory = detector.begin()
            head = detector.context + 20
            pushed = [detector.advance(memory, series.values[:head])]
            pushed += [detector.advance(memory, series.values[t : t + 1]) for t in range(head, len(series))]
            assert _close(np.concatenate(pushed), detector.score(series), self.tolerance)

    def test_permuting_channels_permutes_blame(self) -> None:
        if not self.localises or not type(self).make().multivariate:
            return
        order = [2, 0, 1]
        train, (test, _) = sine(self.train, 3), sine_with_spike(channels=3)
        names = [train.channels[i] for i in order]
        straight = type(self).make().fit(train).score(test)
        turned = type(self).make().fit(train.select(names)).score(test.select(names))
        row = int(np.nanargmax(np.fmax.reduce(straight, axis=1)))
        assert int(np.argmax(turned[row])) == order.index(int(np.argmax(straight[row])))

    def test_a_missing_cell_has_no_score_and_its_neighbours_do(self) -> None:
        detector = self._fitted()
        series = sine(600, seed=3)
        values = series.values.copy()
        values[500:503] = np.nan
        scores = detector.score(replace(series, values=values))
        assert np.isnan(scores[500:503]).all()
        assert np.isfinite(scores[503:]).all()

    def test_awkward_series_give_scores_or_one_clear_sentence(self) -> None:
        constant = np.full((400, 1), 3.0)
        gap = sine(400).values.copy()
        gap[100:300] = np.nan
        for values in (constant, gap, np.zeros((400, 1)), constant[:1], gap[:3]):
            series = Series.from_numpy(values)
            try:
                scores = type(self).make().fit(series).score(series)
            except SeriesError as error:
                assert len(str(error)) > 20
            else:
                assert scores.shape == values.shape
                assert not np.isinf(scores).any()

    def test_says_so_when_not_fitted(self) -> None:
        try:
            type(self).make().score(sine(600))
        except NotFittedError as error:
            assert "Call fit" in str(error)
        else:
            raise AssertionError("an unfitted detector gave scores")


class ForecasterContract:
    """What every forecaster must do. Subclass it in a test module and say how to `make` one that knows period 24."""

    make: ClassVar[Callable[[], Forecaster]]
    train: ClassVar[int] = 480
    seasonal: ClassVar[bool] = True
    """Whether it knows seasons, and so must beat the last value on a seasonal series."""
    tolerance: ClassVar[float] = 1e-6
    """Relative difference allowed between the forecast of a channel alone and among others."""

    def _fitted(self, channels: int = 1) -> Forecaster:
        return type(self).make().fit(sine(self.train, channels, period=24))

    def _channels(self) -> tuple[int, ...]:
        return (1, 3) if type(self).make().multivariate else (1,)

    def test_expects_one_row_a_point_after_a_warm_up_that_is_a_prefix(self) -> None:
        for channels in self._channels():
            forecaster, series = self._fitted(channels), sine(300, channels, period=24, seed=3)
            expected = forecaster.advance(forecaster.begin(), series.values)
            assert expected.shape == series.values.shape
            assert np.isnan(expected[: forecaster.warm_up]).all()
            assert np.isfinite(expected[forecaster.warm_up :]).all()

    def test_a_stream_expects_the_same_as_a_batch(self) -> None:
        for channels in self._channels():
            forecaster, x = self._fitted(channels), sine(200, channels, period=24, seed=3).values
            whole = forecaster.advance(forecaster.begin(), x)
            memory = forecaster.begin()
            pieces = [forecaster.advance(memory, x[t : t + 1]) for t in range(100)]
            pieces += [forecaster.advance(memory, x[100:137]), forecaster.advance(memory, x[137:])]
            assert _close(np.concatenate(pieces), whole, 1e-9)

    def test_the_next_expectation_is_the_first_step_ahead(self) -> None:
        forecaster, x = self._fitted(), sine(200, period=24, seed=3).values
        memory = forecaster.begin()
        forecaster.advance(memory, x[:150])
        for t in range(150, 200):
            ahead = forecaster.ahead(memory, 1)
            assert _close(ahead, forecaster.advance(memory, x[t : t + 1]), 1e-9)

    def test_looking_ahead_changes_nothing_and_a_longer_look_begins_like_a_shorter(self) -> None:
        for channels in self._channels():
            forecaster, x = self._fitted(channels), sine(200, channels, period=24, seed=3).values
            memory = forecaster.begin()
            forecaster.advance(memory, x)
            long = forecaster.ahead(memory, 60)
            assert long.shape == (60, channels)
            assert np.isfinite(long).all()
            assert _close(forecaster.ahead(memory, 7), long[:7], 1e-9)

    def test_a_memory_can_be_stored(self) -> None:
        forecaster, x = self._fitted(), sine(200, period=24, seed=3).values
        memory = forecaster.begin()
        forecaster.advance(memory, x)
        again = thawed(forecaster.begin(), frozen(memory))
        assert np.array_equal(forecaster.ahead(memory, 30), forecaster.ahead(again, 30))

    def test_too_short_a_history_is_refused_in_one_sentence(self) -> None:
        forecaster = self._fitted()
        memory = forecaster.begin()
        forecaster.advance(memory, np.ones((forecaster.warm_up - 1, 1)))
        try:
            forecaster.ahead(memory, 1)
        except SeriesError as error:
            assert f"needs {forecaster.warm_up} points of history" in str(error)
        else:
            raise AssertionError("it forecast from too short a history")

    def test_leaves_its_input_alone(self) -> None:
        x = sine(200, period=24).values.copy()
        before = x.copy()
        forecaster = self._fitted()
        forecaster.advance(forecaster.begin(), x)
        assert np.array_equal(before, x)

    def test_a_second_fit_forgets_the_first(self) -> None:
        twice = type(self).make().fit(sine(self.train, period=37, seed=9)).fit(sine(self.train, period=24))
        assert _close_states(twice.state, self._fitted().state)

    def test_state_and_parameters_round_trip(self) -> None:
        forecaster, x = self._fitted(), sine(200, period=24, seed=3).values
        again = type(forecaster).from_params(_through_json(forecaster.params)).load_state(forecaster.state)
        assert np.array_equal(_forecast(forecaster, x, 30), _forecast(again, x, 30))

    def test_channels_are_forecast_one_by_one(self) -> None:
        if not type(self).make().multivariate:
            return
        series = sine(self.train, 3, period=24)
        together = _forecast(type(self).make().fit(series), series.values, 30)
        for i, name in enumerate(series.channels):
            alone = series.select([name])
            assert _close(
                _forecast(type(self).make().fit(alone), alone.values, 30)[:, 0], together[:, i], self.tolerance
            )

    def test_missing_values_are_bridged(self) -> None:
        x = sine(200, period=24, seed=3).values.copy()
        x[100:103] = np.nan
        forecaster = self._fitted()
        expected = forecaster.advance(forecaster.begin(), x)
        assert np.isfinite(expected[forecaster.warm_up :]).all()

    def test_a_planted_spike_is_the_greatest_surprise(self) -> None:
        forecaster = type(self).make().fit(sine(self.train, 2, period=24))
        x = sine(202, 2, period=24, seed=3).values.copy()
        x[200, 1] += 10
        strangeness, _ = forecaster.surprise(forecaster.begin(), x)
        row, channel = np.unravel_index(np.nanargmax(strangeness), strangeness.shape)
        assert row in (200, 201)
        assert channel == 1

    def test_beats_the_last_value_on_a_seasonal_series(self) -> None:
        if not self.seasonal:
            return
        series = sine(self.train + 96, period=24, noise=0.2)
        forecaster = type(self).make().fit(series[: self.train])
        ours, naive = 0.0, 0.0
        for origin in range(self.train, self.train + 72, 6):
            past, later = series.values[:origin], series.values[origin : origin + 24]
            ours += float(np.abs(later - _forecast(forecaster, past, 24)).mean())
            naive += float(np.abs(later - past[-1]).mean())
        assert ours < 0.5 * naive

    def test_bands_are_nested_and_hold_what_they_promise_on_later_data(self) -> None:
        series = sine(self.train + 1200, period=24, noise=0.2, seed=5)
        forecaster = type(self).make().fit(series[: self.train], horizon=12)
        memory, at, inside, outer = forecaster.begin(), 0, [], []
        for origin in range(self.train, self.train + 1188, 13):
            forecaster.advance(memory, series.values[at:origin])
            at = origin
            mean, later = forecaster.ahead(memory, 12), series.values[origin : origin + 12]
            lower, upper = forecaster.bands(mean, (0.8, 0.95))
            assert (lower[0.95] <= lower[0.8]).all()
            assert (upper[0.8] <= upper[0.95]).all()
            assert ((lower[0.8] <= mean) & (mean <= upper[0.8])).all()
            inside.append((lower[0.8] <= later) & (later <= upper[0.8]))
            outer.append((lower[0.95] <= later) & (later <= upper[0.95]))
        assert 0.72 <= np.mean(inside) <= 0.95
        assert np.mean(outer) >= 0.88

    def test_awkward_series_give_forecasts_or_one_clear_sentence(self) -> None:
        constant = np.full((400, 1), 3.0)
        gap = sine(400).values.copy()
        gap[100:300] = np.nan
        for values in (constant, gap, np.zeros((400, 1)), constant[:1], constant[:3], gap[:30], -constant):
            try:
                ahead = _forecast(type(self).make().fit(Series.from_numpy(values)), values, 10)
            except SeriesError as error:
                assert len(str(error)) > 20
            else:
                assert ahead.shape == (10, 1)
                assert np.isfinite(ahead).all()

    def test_says_so_when_not_fitted(self) -> None:
        try:
            type(self).make().begin()
        except NotFittedError as error:
            assert "Call fit" in str(error)
        else:
            raise AssertionError("an unfitted forecaster began")


def _forecast(forecaster: Forecaster, past: Any, horizon: int) -> Any:
    memory = forecaster.begin()
    forecaster.advance(memory, past)
    return forecaster.ahead(memory, horizon)


def _close_states(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return a.keys() == b.keys() and all(_close(a[name], b[name], 1e-9) for name in a)


def _through_json(given: dict[str, Any]) -> dict[str, Any]:
    import json

    read: dict[str, Any] = json.loads(json.dumps(given))
    return read


def _close(a: Any, b: Any, tolerance: float) -> bool:
    return bool(np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True))
