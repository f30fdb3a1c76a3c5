"""One self-contained HTML page about what a model found: it opens without a network, prints, and works without JavaScript.

    report = Report.about(model, command="redshank detect web data.csv --report report.html")
    report.add(series, model.detect(series))     # piece by piece, in constant memory
    report.forecasts.append(Outlook(model.forecast(24), series))
    report.write("report.html")

`strip` keeps what a page needs of a series, `drawing` turns numbers into SVG, `page` writes the HTML.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..base import Algorithm, Forecast
from ..detection import Detection
from ..evaluation import Evaluation
from ..rules import EventRules
from ..series import Series
from .strip import Strip

if TYPE_CHECKING:
    from ..model import Model

MOST_STRIPS = 12


@dataclass(frozen=True)
class Outlook:
    """A forecast, the series it goes on from, and what came, where that is known."""

    forecast: Forecast
    history: Series | None = None
    actual: Series | None = None


@dataclass(frozen=True)
class Table:
    """A table of its own on the page."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    note: str = ""


@dataclass
class Report:
    """What a page says. `add` keeps the `MOST_STRIPS` series with the most severe events, and counts the others.

    Parameters
    ----------
    title : the model, or whatever the page is about
    command : the command line that made it
    facts : what the model says of itself, by name
    evaluation : figures on labelled data, with those of random scores
    forecasts : what comes next
    curves : (epoch,) losses of the training, by name
    tables : more to show, above the facts

    Examples
    --------
    >>> import redshank
    >>> from redshank.testing import sine, sine_with_spike
    >>> model = redshank.fit("ewma", sine())
    >>> series, _ = sine_with_spike()
    >>> page = Report.about(model).add(series, model.detect(series)).html()
    >>> page.startswith("<!doctype html>"), "://" in page
    (True, False)
    """

    title: str
    command: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    looks_ahead: bool = False
    evaluation: Evaluation | None = None
    forecasts: list[Outlook] = field(default_factory=list)
    curves: dict[str, NDArray[Any]] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    strips: list[Strip] = field(default_factory=list)
    left_out: int = 0
    """Series that were added and are not shown."""

    @classmethod
    def about(cls, model: Model, command: str = "", title: str = "") -> Report:
        """An empty report on what this model says."""
        return cls(
            title=title or model.name or model.algorithm,
            command=_without_secrets(command),
            facts=_facts(model),
            looks_ahead=model.looks_ahead,
            curves=_curves(model),
        )

    def add(self, series: Series, detection: Detection) -> Report:
        """The next piece of a series; a piece with another name begins another series."""
        if not self.strips or self.strips[-1].summary.name != series.name:
            self._leave_out_the_mildest()
            self.strips.append(Strip.of(series))
        self.strips[-1].add(series, detection)
        return self

    def _leave_out_the_mildest(self) -> None:
        if len(self.strips) > MOST_STRIPS:
            self.strips.remove(min(self.strips, key=lambda strip: strip.worst))
            self.left_out += 1

    def html(self) -> str:
        """The page."""
        from .page import render

        return render(self)

    def write(self, path: str | Path) -> None:
        """Write the page to a file, whole or not at all."""
        from ..writing import replacing

        with replacing(str(path)) as draft:
            Path(draft).write_text(self.html(), encoding="utf-8")


def _facts(model: Model) -> dict[str, str]:
    facts = model.facts
    parts = model.parts()
    core = next(role for role in parts if role in ("detector", "forecaster"))
    rows = {
        "model": f"{model.name} version {model.version}" if model.name else "not kept",
        core: _said(model.algorithm, parts[core].params),
        "scorer": _said(_dashed(model.scorer), model.scorer.params),
        "threshold": _said(_dashed(model.threshold), model.threshold.params),
        "scaler": model.scaler.how,
        "event rules": _said("", _set(model.rules)) or "every flagged stretch is an event",
        "learned from": f"{facts.get('points', 0):,} points, {facts.get('from', '?')} to {facts.get('to', '?')}",
        "calibrated on": f"{facts.get('calibration_points', 0):,} held-out points",
        "looks ahead": "yes: a score uses later points" if model.looks_ahead else "no",
        "made": f"{facts.get('created', '?')} by redshank {facts.get('redshank', '?')}",
        "data": f"sha256 {str(facts.get('sha256', ''))[:16]}…",
    }
    flagged = facts.get("calibration_flagged")
    if flagged is not None:
        rows["calibrated on"] += f", {flagged:.3%} of them flagged"
    if "tuned_on" in facts:
        rows["tuned on"] = f"{facts['tuned_on']['points']:,} labelled points"
    return rows


def _set(rules: EventRules) -> dict[str, Any]:
    usual = asdict(EventRules())
    return {name: value for name, value in asdict(rules).items() if value != usual[name]}


def _said(name: str, params: dict[str, Any]) -> str:
    said = ", ".join(f"{key}={'none' if value is None else value}" for key, value in params.items())
    return f"{name}({said})" if name and said else name or said


def _dashed(part: Algorithm) -> str:
    """`RobustSigma` -> robust-sigma, as it is registered."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", type(part).__name__).lower()


def _curves(model: Model) -> dict[str, NDArray[Any]]:
    return {
        name.strip("_").replace("_", " "): value
        for name, value in model.core.state.items()
        if isinstance(value, np.ndarray)
        and value.ndim == 1
        and len(value) > 1
        and ("loss" in name or "validation" in name)
    }


def _without_secrets(command: str) -> str:
    return re.sub(r"://[^/@\s]*@", "://…@", command)


__all__ = ["Outlook", "Report", "Strip", "Table"]
