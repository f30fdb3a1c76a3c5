"""Pictures with matplotlib, for notebooks; `redshank.report` makes pages that need no library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .detection import by_blame
from .errors import MissingExtraError, SeriesError
from .kernels.downsample import Envelope
from .series import Times, Values

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .detection import Detection

COLUMNS = 2_000
MOST_CHANNELS = 12
_LINE, _SCORE, _LIMIT, _EVENT, _EXPECTED = "#0072b2", "#5b6470", "#b5306b", "#d55e00", "#6b7380"


def figure(detection: Detection, values: Values | None = None) -> Figure:
    """The values where given, the score and its limit, and the events shaded; at most `MOST_CHANNELS` channels, most blamed first.

    A million points are drawn as the lowest and highest value of each of a few thousand columns. The figure belongs to no
    window: show it with `figure.show()` in a notebook, or `figure.savefig("found.png")`. Needs `redshank[plot]`.

    Raises SeriesError where `values` (time, channel) does not fit the detection.

    Examples
    --------
    >>> import redshank
    >>> from redshank.testing import sine, sine_with_spike
    >>> series, _ = sine_with_spike(channels=2)
    >>> found = redshank.detect(redshank.fit("ewma", sine(channels=2)), series)
    >>> [axes.get_ylabel() for axes in found.plot(series.values).axes]
    ['c0', 'c1', 'score']
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("A plot needs matplotlib: pip install 'redshank[plot]'") from None
    order = by_blame(detection.channels, detection.events)[:MOST_CHANNELS] if values is not None else []
    if values is not None and values.shape != detection.channel_scores.shape:
        raise SeriesError(
            f"values must have shape {detection.channel_scores.shape}, as the detection, got {values.shape}."
        )
    rows = len(order) + 1
    drawn = Figure(figsize=(11, 1.6 + 1.1 * len(order) + (1.2 if rows < 3 else 0)), layout="constrained")
    axes = drawn.subplots(rows, 1, sharex=True, squeeze=False, height_ratios=[1.0] * len(order) + [1.3])[:, 0]
    for row, channel in zip(axes, order):
        assert values is not None
        if detection.expected is not None:
            _draw(row, detection.times, detection.expected[:, channel], _EXPECTED)
        _draw(row, detection.times, values[:, channel], _LINE)
        row.set_ylabel(detection.channels[channel])
    _draw(axes[-1], detection.times, detection.score, _SCORE)
    _draw(axes[-1], detection.times, detection.limit, _LIMIT)
    axes[-1].set_ylabel("score")
    for row in axes:
        for event in detection.events:
            row.axvspan(event.start, event.end, color=_EVENT, alpha=0.25, linewidth=1)
        row.spines[["top", "right"]].set_visible(False)
    return drawn


def _draw(axes: Axes, times: Times, values: Values, colour: str) -> None:
    envelope = Envelope(COLUMNS)
    envelope.add(times, values[:, None])
    low, high = envelope.low[:, 0], envelope.high[:, 0]
    if envelope.block == 1:
        axes.plot(envelope.first, low, color=colour, linewidth=1)
    else:
        axes.fill_between(envelope.first, low, high, color=colour, linewidth=0.6)
