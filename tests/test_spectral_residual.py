"""Spectral residual."""

from __future__ import annotations

import numpy as np
import pytest

from redshank.detectors.spectral_residual import AROUND, SpectralResidual
from redshank.kernels.saliency import continued, saliency
from redshank.series import Series
from redshank.testing import DetectorContract, sine


class TestSpectralResidual(DetectorContract):
    make = staticmethod(lambda: SpectralResidual(window=64))


class TestSpectralResidualThatLooksAhead(DetectorContract):
    make = staticmethod(lambda: SpectralResidual(lookahead=True))


def published_saliency(x: np.ndarray) -> np.ndarray:
    """Ren et al. (2019), eqs. 2 to 7, over the full spectrum, frequency by frequency."""
    spectrum = np.fft.fft(x - x.mean())
    amplitude, phase = np.abs(spectrum), np.angle(spectrum)
    amplitude[0] = amplitude[1]
    log = np.log(amplitude)
    usual = np.array([np.mean([log[k - 1], log[k], log[(k + 1) % len(x)]]) for k in range(len(x))])
    residual = np.exp(log - usual + 1j * phase)
    residual[0] = 0
    return np.abs(np.fft.ifft(residual))


@pytest.mark.parametrize("length", [64, 75])
def test_the_saliency_is_that_of_the_paper(length: int) -> None:
    windows = np.random.default_rng(0).standard_normal((5, length)).cumsum(axis=1)
    assert np.allclose(saliency(windows), [published_saliency(row) for row in windows])


def test_neither_level_nor_unit_matters() -> None:
    series = sine(400)
    scores = SpectralResidual(window=64).fit(series).score(series)
    moved = Series.from_numpy(1000 * series.values - 40)
    assert np.allclose(SpectralResidual(window=64).fit(moved).score(moved), scores, equal_nan=True)


def test_a_score_is_the_newest_points_saliency_against_the_points_before() -> None:
    x = np.random.default_rng(0).standard_normal(200)
    scores = SpectralResidual(window=70).fit(Series.from_numpy(x)).score(Series.from_numpy(x))[:, 0]
    for t in (69, 120, 199):
        salient = saliency(continued(x[None, t - 69 : t + 1], 5))[0]
        assert scores[t] == pytest.approx(salient[69] / salient[69 - AROUND : 69].mean() - 1)


def test_the_continuation_is_that_of_the_paper() -> None:
    x = np.random.default_rng(0).standard_normal(30)
    slope = np.mean([(x[-2] - x[-2 - i]) / i for i in range(1, 6)])
    assert np.allclose(continued(x[None], 3)[0, 30:], x[-6] + 5 * slope)


def test_a_flat_series_has_no_salient_point() -> None:
    flat = Series.from_numpy(np.full(300, 7.0))
    assert np.allclose(SpectralResidual(window=64).fit(flat).score(flat)[63:], 0)


@pytest.mark.parametrize("lookahead", [False, True])
def test_a_change_of_rhythm_stands_out_when_it_comes(lookahead: bool) -> None:
    t = np.arange(1200)
    x = np.where(t < 800, np.sin(t / 5), np.sin(t / 2)) + 0.01 * np.random.default_rng(0).standard_normal(1200)
    series = Series.from_numpy(x)
    scores = SpectralResidual(lookahead=lookahead).fit(series).score(series)[:, 0]
    assert 795 <= int(np.nanargmax(scores)) <= 830
