"""What stands out of a spectrum: the saliency map of the spectral residual."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_DRIFT = 5  # points whose slopes to the last one are averaged to say where the series goes (m in the paper)


def saliency(windows: Array) -> Array:
    """How much each point of each window stands out, shape (window, time); not negative, and whatever the level and unit.

    Ren et al. (2019), eqs. 2 to 7: the log amplitude spectrum less its mean over each frequency and its two neighbours,
    which is what ordinary signals share, goes back to time with the phase it had. We leave out the window's mean, which
    is a frequency like any other in the paper. O(window x time log time).

    Examples
    --------
    >>> wave = np.sin(np.arange(64) / 3)
    >>> wave[40] += 2
    >>> int(saliency(wave[None])[0].argmax())
    40
    """
    length = windows.shape[1]
    spectrum = np.fft.rfft(windows, axis=1)
    spectrum[:, 0] = 0.0
    amplitude = np.abs(spectrum)
    amplitude[:, 0] = amplitude[:, 1]
    # Frequencies that are nothing but rounding stay so; a window without variation has no other.
    floor = np.maximum(1e-10 * amplitude.max(axis=1, keepdims=True), 1e-300)
    log = np.log(np.maximum(amplitude, floor, out=amplitude), out=amplitude)
    # The spectrum of a real signal is symmetric about both ends.
    ahead = log[:, -2:-1] if length % 2 == 0 else log[:, -1:]
    usual = log + np.concatenate([log[:, 1:2], log[:, :-1]], axis=1) + np.concatenate([log[:, 1:], ahead], axis=1)
    # exp(log A - usual + i phase) is the spectrum itself, divided by the geometric mean of the amplitudes around.
    spectrum *= np.exp(usual / -3)
    return np.abs(np.fft.irfft(spectrum, length, axis=1))


def continued(windows: Array, points: int) -> Array:
    """Windows (window, time) with `points` equal values after the last one, so that it does not lie at an edge.

    Ren et al. (2019), eqs. 9 and 10: the value that the mean of the slopes from 5 points to their last one leads to. That is,
    as in the authors' code, the last but one of the window: were it the last, a spike would take the continuation along
    and be no spike.

    Examples
    --------
    >>> continued(np.arange(8.0)[None], 2)[0].tolist()
    [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 7.0, 7.0]
    """
    back = np.arange(1, _DRIFT + 1)
    slope = ((windows[:, -2:-1] - windows[:, -2 - back]) / back).mean(axis=1)
    value = windows[:, -1 - _DRIFT] + _DRIFT * slope
    return np.concatenate([windows, np.repeat(value[:, None], points, axis=1)], axis=1)
