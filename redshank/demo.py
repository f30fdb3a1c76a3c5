"""The main job on real data: sixty years of sea-surface temperatures off Peru, and the El Niño episodes in them.

Nothing here was tuned on the episodes. The detector is the seasonal one with its own defaults, it learns and calibrates on
the first half of the months, and its limit is the one that a normal month passes once in a hundred.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from . import datasets, engine, progress
from .base import Forecast
from .detection import Detection, Event
from .evaluation import Evaluation
from .metrics.forecast import coverage, mae, seasonal_naive, skill
from .model import Model
from .report import Outlook, Report, Table
from .series import Flags, Series, Values
from .writing import write_table

DETECTOR, FORECASTER = "elnino", "elnino-forecast"
FALSE_ALARMS = 0.01
HELD_OUT = 24
LEVEL = 0.95
SOURCE = (
    "Episodes whose Oceanic Niño Index reached 1.5 °C, up or down: strong and very strong ones (NOAA Climate Prediction Center; "
    "seasons as in J. Null's table of its years and intensities)."
)
CAVEAT = (
    "The index is of the central Pacific (Niño 3.4), the temperatures here are of its eastern edge (Niño 1+2), where cold "
    "episodes hardly show."
)


@dataclass(frozen=True)
class Episode:
    """A strong episode. It lasts from May of its first year to April of the next, as these episodes grow and fade in spring."""

    warm: bool
    year: int

    @property
    def name(self) -> str:
        """`El Niño 1997-98`."""
        return f"{'El Niño' if self.warm else 'La Niña'} {self.year}-{(self.year + 1) % 100:02}"

    def months(self, series: Series) -> Flags:
        """The months of a series that belong to it, (time,) bool."""
        start = np.datetime64(f"{self.year}-05")
        return np.asarray((series.times >= start) & (series.times < start + 12))


EPISODES = (
    *(Episode(True, year) for year in (1957, 1965, 1972, 1982, 1987, 1991, 1997)),
    *(Episode(False, year) for year in (1973, 1975, 1988, 1998, 1999, 2007, 2010)),
)


@dataclass(frozen=True)
class Sighting:
    """An event of the detector, how far its months were from usual on average, and the strong episodes it fell into."""

    event: Event
    departure: float
    episodes: tuple[Episode, ...]


@dataclass(frozen=True)
class Story:
    """What the demo found.

    Parameters
    ----------
    series : all months, labelled where a strong episode was
    early : the months that were learned from, without labels
    found : the episodes that some alarm of the same sign fell into
    chance : mean number of episodes the same alarms would have met at another time, over all circular shifts
    actual : the months held out from the forecast
    error, naive_error : mean absolute error of the forecast, and of the value a year before
    covered : share of the held-out months inside the band
    """

    series: Series
    early: Series
    detection: Detection
    evaluation: Evaluation
    sightings: tuple[Sighting, ...]
    found: tuple[Episode, ...]
    chance: float
    forecast: Forecast
    actual: Series
    error: float
    naive_error: float
    covered: float

    @property
    def skill(self) -> float:
        """1 is perfect, 0 is no better than the value a year before, below 0 is worse."""
        return skill(self.error, self.naive_error)


def run(out: Path, command: str = "") -> Story:
    """Fit, calibrate, set a limit, detect, judge, forecast; leave the models, the data and a page in the folder `out`."""
    home = str(out / "models")
    out.mkdir(parents=True, exist_ok=True)
    _say("reading", 0)
    whole = months()
    early, _ = whole.split(0.5)
    _say("learning, calibrating", 1)
    params = {"threshold.q": FALSE_ALARMS}
    model = engine.fit("seasonal-hybrid-esd", early, name=DETECTOR, params=params, threshold="pot", home=home)
    _say("detecting, judging", 2)
    series = replace(whole, labels=np.any([episode.months(whole) for episode in EPISODES], axis=0))
    detection = engine.detect(model, series)
    evaluation = engine.evaluate(model, series)
    _say("comparing with the episodes", 3)
    departure = departures(whole, early)
    found = meets(detection.flags, departure, whole)
    chance = by_chance(detection.flags, departure, whole)
    _say("forecasting", 4)
    known, actual = whole.split(len(whole) - HELD_OUT)
    forecaster = engine.fit("holt-winters", known, name=FORECASTER, horizon=HELD_OUT, home=home)
    forecast = engine.forecast(forecaster, HELD_OUT, levels=(0.8, LEVEL))
    story = Story(
        series=series,
        early=early,
        detection=detection,
        evaluation=evaluation,
        sightings=tuple(_sighting(event, whole, departure) for event in detection.events),
        found=found,
        chance=chance,
        forecast=forecast,
        actual=actual,
        error=mae(actual.values, forecast.mean),
        naive_error=mae(actual.values, seasonal_naive(known.values, HELD_OUT, 12)),
        covered=coverage(actual.values, forecast.lower[LEVEL], forecast.upper[LEVEL]),
    )
    _say("writing", 5)
    _page(story, model, known, command).write(out / "report.html")
    write_table(str(out / "elnino.csv"), series.to_frame("pyarrow"))
    _say("done", 6)
    return story


def months() -> Series:
    """All 732 months, without labels."""
    train, test = datasets.load("elnino")
    assert isinstance(train, Series)
    assert isinstance(test, Series)
    times, values = np.concatenate([train.times, test.times]), np.concatenate([train.values, test.values])
    return Series(times, values, train.channels, name=train.name)


def departures(series: Series, early: Series) -> Values:
    """How far each month is above the median of its calendar month in the part that was learned from, in °C, (time,)."""
    usual = [np.median(early.values[month::12, 0]) for month in range(12)]
    return np.asarray(series.values[:, 0] - np.resize(usual, len(series)))


def meets(flags: Flags, departure: Values, series: Series) -> tuple[Episode, ...]:
    """The episodes in which a flagged month is warm where the episode is, or cold where it is."""
    return tuple(
        episode for episode in EPISODES if (flags & episode.months(series) & ((departure > 0) == episode.warm)).any()
    )


def by_chance(flags: Flags, departure: Values, series: Series) -> float:
    """The mean number of episodes met by the same alarms, with their signs, at every other time."""
    met = [len(meets(np.roll(flags, by), np.roll(departure, by), series)) for by in range(1, len(series))]
    return float(np.mean(met))


def _sighting(event: Event, series: Series, departure: Values) -> Sighting:
    rows = slice(*event.rows)
    flags = np.zeros(len(series), dtype=bool)
    flags[rows] = True
    return Sighting(event, float(departure[rows].mean()), meets(flags, departure, series))


def sighting_rows(story: Story) -> list[tuple[str, ...]]:
    """From, to, months, °C, score / limit, and what it was, of every event."""
    return [
        (
            str(sighting.event.start)[:7],
            str(sighting.event.end)[:7],
            str(sighting.event.points),
            f"{sighting.departure:+.1f}",
            f"{sighting.event.severity:.2f}",
            ", ".join(episode.name for episode in sighting.episodes) or "no strong episode",
        )
        for sighting in story.sightings
    ]


SIGHTING_COLUMNS = ("from", "to", "months", "°C from usual", "score / limit", "what it was")


def episode_rows(story: Story) -> list[tuple[str, ...]]:
    """Every strong episode, whether it was found, and whether the detector had learned from its months."""
    return [
        (
            episode.name,
            "found" if episode in story.found else "not found",
            "learned from" if episode.months(story.early).any() else "never seen",
        )
        for episode in sorted(EPISODES, key=lambda episode: episode.year)
    ]


EPISODE_COLUMNS = ("strong episode", "", "its months were")


def verdict(story: Story) -> str:
    """How many were found, where, and how many by chance."""
    unseen = [episode for episode in EPISODES if not episode.months(story.early).any()]
    later = sum(episode in story.found for episode in unseen)
    return (
        f"Found {len(story.found)} of {len(EPISODES)} strong episodes, {later} of {len(unseen)} in the months it had never seen; "
        f"the same alarms at any other time would meet {story.chance:.1f}."
    )


def forecast_verdict(story: Story) -> str:
    """The error of the forecast beside that of the value a year before."""
    share = round(100 * story.skill)
    compared = f"{abs(share)}% {'better' if share > 0 else 'worse'} than" if share else "neither better nor worse than"
    return (
        f"The last {HELD_OUT} months, held out: mean absolute error {story.error:.2f} °C, {compared} "
        f"the value a year before ({story.naive_error:.2f} °C); {story.covered:.0%} of them inside the {LEVEL:.0%} band."
    )


def _page(story: Story, model: Model, known: Series, command: str) -> Report:
    page = Report.about(model, command).add(story.series, story.detection)
    page.evaluation = story.evaluation
    page.forecasts.append(Outlook(story.forecast, known[-8 * 12 :], story.actual))
    page.tables += [
        Table("What the events were", SIGHTING_COLUMNS, sighting_rows(story), CAVEAT),
        Table("The strong episodes", EPISODE_COLUMNS, episode_rows(story), f"{verdict(story)} {SOURCE}"),
    ]
    return page


def _say(stage: str, done: int) -> None:
    progress.report(stage, done, 6)
