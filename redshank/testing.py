"""Small series with a known answer, and the contract every detector must meet, ours or a stranger's.

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

from .base import Detector
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


def _through_json(given: dict[str, Any]) -> dict[str, Any]:
    import json

    read: dict[str, Any] = json.loads(json.dumps(given))
    return read


def _close(a: Any, b: Any, tolerance: float) -> bool:
    return bool(np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True))
