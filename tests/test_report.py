"""A report is one page that needs nothing else, and says what the model found."""

from __future__ import annotations

import base64
import gc
import json
import re
import weakref
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import redshank
from redshank.report import MOST_STRIPS, Outlook, Report
from redshank.report.drawing import HEIGHT, WIDTH, Scale, number, path, shades, time_ticks
from redshank.series import Series
from redshank.testing import sine, sine_with_spike

VOID = {"meta", "br", "path", "use", "i", "link"}


class Outline(HTMLParser):
    """Checks that tags close in order, and gathers what a page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [
            value or "" for name, value in attrs if name in ("src", "href") and not (value or "").startswith("#")
        ]
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag


def outline(html: str) -> Outline:
    found = Outline()
    found.feed(html)
    assert found.open == []
    return found


def data_of(html: str) -> Any:
    return json.loads(re.findall(r'id="data">(.*?)</script>', html, re.S)[0])


def page(channels: int = 3, **more: Any) -> tuple[Report, Series]:
    model = redshank.fit("ewma", sine(channels=channels), **more)
    series, _ = sine_with_spike(channels=channels, guilty=channels - 1)
    return Report.about(model, "redshank detect web 'today.csv?label=label'").add(series, model.detect(series)), series


def test_a_page_is_whole_and_loads_nothing() -> None:
    report, _ = page()
    html = report.html()
    found = outline(html)
    assert found.loads == []
    assert "://" not in html
    assert "@import" not in html
    assert "url(" not in html
    assert html.startswith("<!doctype html>")


def test_a_page_says_what_was_found_and_what_made_it() -> None:
    report, series = page()
    html = report.html()
    events = report.strips[0].summary.events
    assert f"{len(events)} event" in html
    assert "c2" in html
    assert "redshank detect web &#x27;today.csv?label=label&#x27;" in html
    assert "ewma(span=24)" in html
    assert "labelled anomalous" in html
    assert f"{len(series):,} points" in html


def test_the_pictures_are_there_without_javascript() -> None:
    html = re.sub(r"<script.*?</script>", "", page()[0].html(), flags=re.S)
    assert html.count('class="line" d="M') >= 4
    assert 'class="limit" d="M' in html


def test_a_name_cannot_break_out_of_the_page() -> None:
    evil = "</script><script>alert(1)</script>"
    series = replace(sine(400), channels=(evil,), name=evil)
    model = redshank.fit("ewma", series)
    report = Report.about(model, evil, title=evil).add(series, model.detect(series))
    html = report.html()
    assert "<script>alert" not in html
    assert html.count("<script") == 2
    outline(html)


def test_a_secret_in_an_address_is_not_shown() -> None:
    report = Report.about(redshank.fit("ewma", sine()), "redshank detect web s3://key:secret@bucket/x.csv")
    assert "secret" not in report.html()


def test_judged_figures_stand_beside_those_of_random() -> None:
    report, series = page(threshold="quantile")
    model = redshank.fit("ewma", sine(channels=3))
    report.evaluation = redshank.evaluate(model, series)
    html = report.html()
    assert "Judged on 1 labelled event" in html
    for name in ("Precision", "VUS-PR", "Event recall", "False alarms a day <small>1/day</small>"):
        assert f"<td>{name}</td>" in html
    assert "95% interval" in html


def test_a_forecast_has_its_band_and_its_numbers() -> None:
    train, later = sine(900, period=24).split(852)
    ahead = redshank.fit("seasonal-naive", train, period=24).forecast(48)
    report = Report("sine", forecasts=[Outlook(ahead, train[-200:], later)])
    html = report.html()
    outline(html)
    assert html.count('class="band" d="M') == 2
    assert "What comes next: 48 points" in html
    assert "80% band" in html
    assert "95% band" in html


def test_a_series_in_pieces_makes_the_page_of_the_whole() -> None:
    model = redshank.fit("ewma", sine(channels=2), threshold="quantile")
    series, _ = sine_with_spike(n=9000, at=8000, channels=2)
    whole = Report.about(model).add(series, model.detect(series)).html()
    parts = Report.about(model)
    chunks = [series[i : i + 777] for i in range(0, 9000, 777)]
    for chunk, found in zip(chunks, model.detect_chunks(chunks)):
        parts.add(chunk, found)
    ours, theirs = data_of(parts.html()), data_of(whole)
    assert ours[0]["panels"] == theirs[0]["panels"]
    assert ours[0]["events"] == theirs[0]["events"]
    assert ours[0]["x"] == theirs[0]["x"]


def test_a_page_keeps_no_piece_of_the_series_alive() -> None:
    model = redshank.fit("ewma", sine())
    values = sine_with_spike()[0].values.copy()
    alive = weakref.ref(values)
    series = Series.from_numpy(values, step_s=1800)
    report = Report.about(model).add(series, model.detect(series))
    assert report.strips[0].close_ups
    del values, series
    gc.collect()
    assert alive() is None


def test_the_numbers_for_the_script_are_those_of_the_series() -> None:
    values = np.array([0.0, 1.0, np.nan, 3.0, 10.0] * 40)
    series = Series.from_numpy(values, step_s=60)
    model = redshank.fit("robust-z", series)
    data = data_of(Report.about(model).add(series, model.detect(series)).html())[0]
    low, high, log = data["panels"][0]["s"]
    packed = np.frombuffer(base64.b64decode(data["panels"][0]["t"][0]["lo"]), "<u2").astype(float)
    read = np.where(packed == 65535, np.nan, low + packed / 65534 * (high - low))
    assert not log
    assert np.allclose(read, values, atol=(high - low) / 65534, equal_nan=True)


def test_most_blamed_channels_come_first_and_many_are_folded() -> None:
    report, _ = page(channels=20)
    html = report.html()
    names = [panel["n"] for panel in data_of(html)[0]["panels"]]
    assert names[0] == "c19"
    assert names[6] == "score"
    assert len(names) == 21
    assert "14 more channels" in html
    outline(html)


def test_the_mildest_of_many_series_are_left_out() -> None:
    model = redshank.fit("ewma", sine(), threshold="quantile")
    report = Report.about(model)
    for i in range(20):
        series = replace(sine_with_spike(size=float(i), seed=i)[0], name=f"host-{i}")
        report.add(series, model.detect(series))
    assert len(report.strips) <= MOST_STRIPS + 1
    html = report.html()
    assert "host-19" in html
    assert "more series, with milder events, are not drawn" in html
    outline(html)


@pytest.mark.parametrize(
    "values",
    [np.zeros(300), np.full(300, 1e9), np.r_[np.full(200, np.nan), np.ones(100)], np.arange(300) * 1e-12],
    ids=["zero", "constant", "mostly missing", "tiny"],
)
def test_awkward_series_make_a_page(values: Any) -> None:
    series = Series.from_numpy(values)
    model = redshank.fit("robust-z", Series.from_numpy(np.random.default_rng(0).standard_normal(500)))
    outline(Report.about(model).add(series, model.detect(series)).html())


def test_a_million_points_are_a_small_page_that_loses_no_spike(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    values = rng.standard_normal(1_000_000)
    values[700_000] = 30.0
    series = Series.from_numpy(values, step_s=60)
    model = redshank.fit("robust-z", series[:10_000])
    detection = model.detect(series)
    Report.about(model).add(series, detection).write(tmp_path / "big.html")
    html = (tmp_path / "big.html").read_text()
    assert len(html) < 1_000_000
    panel = data_of(html)[0]["panels"][0]
    high = np.frombuffer(base64.b64decode(panel["t"][0]["hi"]), "<u2")
    low, top, _ = panel["s"]
    assert low + high.max() / 65534 * (top - low) == pytest.approx(30.0, abs=0.01)


def test_a_loss_curve_is_drawn_where_the_model_has_one() -> None:
    report = Report("net", curves={"loss": np.array([3.0, 2.0, 1.0]), "validation": np.array([3.0, 2.5, 2.6])})
    html = report.html()
    assert "Training: 3 epochs" in html
    assert 'class="line c1"' in html


def test_a_model_that_looks_ahead_says_so() -> None:
    model = redshank.fit("seasonal-hybrid-esd", sine(600), lookahead=True)
    assert "This model looks ahead" in Report.about(model).html()


# --- drawing ------------------------------------------------------------------------------------------------------------


def test_a_path_keeps_the_extremes_and_breaks_at_gaps() -> None:
    x = np.linspace(0, 1, 10_000)
    y = np.full(10_000, 0.5)
    y[1234] = 1.0
    gaps = np.zeros(10_000, dtype=bool)
    gaps[5000] = True
    y[8000:8100] = np.nan
    drawn = path(x, y, y, gaps)
    assert drawn.count("M") == 3
    assert "V0" in drawn or " 0" in drawn
    assert len(drawn) < 60_000


def test_a_narrow_event_is_seen_and_touching_ones_are_one() -> None:
    one = shades([(0.5, 0.5)])
    left, right = re.findall(r"M(\d+) 0H(\d+)", one)[0]
    assert int(right) - int(left) >= 10
    assert shades([(0.1, 0.2), (0.2, 0.3)]).count("M") == 1
    assert shades([]) == ""
    assert all(0 <= int(n) <= WIDTH for n in re.findall(r"[MH](\d+)", shades([(0.0, 0.0), (1.0, 1.0)])))


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3, 17), (1e6, 1e6 + 1), (0, 1e-9), (-5e8, 2e9)])
def test_ticks_are_few_round_and_inside(low: float, high: float) -> None:
    scale = Scale.around(np.array([low, high], dtype=float))
    ticks = scale.ticks(4)
    assert 2 <= len(ticks) <= 9
    assert all(0 <= share <= 1 for share, _ in ticks)
    assert len({text for _, text in ticks}) == len(ticks)


def test_a_score_far_above_its_limit_is_drawn_on_a_log_scale() -> None:
    score = np.r_[np.random.default_rng(0).random(1000) + 0.5, 1e4]
    scale = Scale.of_scores(score, np.array([2.0]))
    assert scale.log
    assert 0 < scale.share(np.array([2.0]))[0] < 0.6
    assert np.all(np.diff(scale.share(np.array([0.5, 1.0, 10.0, 1e4]))) > 0)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2024-01-01T00:00:00.000", "2024-01-01T00:00:00.500"),
        ("2024-01-01T00:00:00", "2024-01-01T00:00:07"),
        ("2024-01-01T23:00", "2024-01-02T03:00"),
        ("2024-01-01", "2024-03-01"),
        ("1950-01-01", "2010-12-01"),
        ("1700-01-01", "2200-01-01"),
    ],
)
def test_time_ticks_are_inside_and_in_order(start: str, end: str) -> None:
    ticks = time_ticks(np.datetime64(start, "ns"), np.datetime64(end, "ns"))
    shares = [share for share, _ in ticks]
    assert shares == sorted(shares)
    assert 2 <= len(ticks) <= 10
    assert all(0 <= share <= 1 for share in shares)
    assert len({text for _, text in ticks}) == len(ticks)


def test_numbers_are_short() -> None:
    said = [number(value) for value in (0.0, 1.0, 123456.0, 1e9, 0.00012345, -2.5, float("nan"))]
    assert said == ["0", "1", "123,456", "1e+09", "0.000123", "-2.5", "–"]
    assert HEIGHT == 1000
