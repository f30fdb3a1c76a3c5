"""One detector on one series: fitted, scored and judged under a protocol."""

from __future__ import annotations

import hashlib
import inspect
import json
import time
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import numpy as np

from .. import datasets, registry
from ..base import Detector, Scores
from ..engine import new
from ..errors import ParamError, SeriesError
from ..evaluation import known
from ..kernels.spectrum import tsb_ad_period
from ..metrics import judge, judge_attribution
from ..model import Model, fingerprint
from ..series import Series
from .protocol import Protocol

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Case:
    """One detector on one series, as text, so that it can travel to another process or machine.

    Parameters
    ----------
    series : data set and entry, such as `smd:machine-1-6`
    detector : registered name with parameters, such as `window-pca?window=50&scorer.smooth=period`
    protocol : the rules
    data : fingerprint of the series; what the result depends on beside the code
    root : folder of the data sets, where not the default
    """

    series: str
    detector: str
    protocol: Protocol
    data: str
    root: str | None = None

    @property
    def key(self) -> str:
        """Names the result. It changes with the data, the detector, its parameters, the protocol and the code they run."""
        facts = [self.series, self.detector, self.protocol.hash, self.data, _code(self.name)]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:24]

    @property
    def name(self) -> str:
        """Registered name of the detector."""
        return self.detector.partition("?")[0]

    @property
    def params(self) -> dict[str, Any]:
        """Its parameters, as text."""
        return dict(parse_qsl(self.detector.partition("?")[2], strict_parsing=bool(self.detector.partition("?")[2])))

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Case:
        """The inverse of `to_json`."""
        return cls(**{**given, "protocol": Protocol(**given["protocol"])})


def load(series: str, root: str | None = None) -> tuple[Series, Series]:
    """Training and test part of an entry of a data set."""
    train, test = datasets.load(series, root)
    if isinstance(train, list) or isinstance(test, list):
        raise SeriesError(f"{series} is a set of sequences. Judge it with `redshank sequences evaluate`.")
    return train, test


def data_fingerprint(train: Series, test: Series) -> str:
    """SHA-256 of both parts and of the truth."""
    truth = np.zeros(len(test), bool) if test.labels is None else test.labels
    return hashlib.sha256((fingerprint([train, test]) + fingerprint([Series.from_numpy(truth)])).encode()).hexdigest()


def run(case: Case) -> tuple[dict[str, Any], Scores]:
    """The result of a case as one flat row, and the scores (time,) it was judged by."""
    train, test = load(case.series, case.root)
    truth = test.labels
    if truth is None or not truth.any():
        raise SeriesError(f"{case.series} has no labelled anomaly in its test part, so nothing can be judged there.")
    period = tsb_ad_period(train.values[:, 0])
    began = time.perf_counter()
    model = build(case, period).fit(train)
    fitted = time.perf_counter()
    found = model.detect(_joined(train, test))
    scored = time.perf_counter()
    first = len(train) if case.protocol.judged == "test" else 0
    labels = truth if first else np.concatenate([_truth(train), truth])
    scores = known(found.score[first:], warm_up=True)
    times = found.times[first:]
    window = min(period, len(labels) - 1)
    report = judge(labels, scores, found.flags[first:], times=times, window=window, seed=case.protocol.seed)
    row = {
        **_description(case, model, train, test, period),
        "fit_s": round(fitted - began, 4),
        "score_s": round(scored - fitted, 4),
        **report.values_by_name(),
        **{f"random_{name}": figure.baseline for name, figure in report.items()},
    }
    if test.intervals:
        row |= judge_attribution(found.channel_scores[len(train) :], test.intervals, test.channels).values_by_name()
    return row, scores


def build(case: Case, period: int) -> Model:
    """The unfitted model of a case."""
    params = dict(case.params)
    cls = registry.get("detectors", case.name)
    fields = getattr(cls, "__dataclass_fields__", {})
    if case.protocol.window == "tsb-ad" and "window" in fields and "window" not in params:
        params["window"] = period
    if "seed" in fields and "seed" not in params:
        params["seed"] = case.protocol.seed
    if case.protocol.smooth == "period" and "scorer.smooth" not in params:
        params["scorer.smooth"] = "period"
    for part in ("scorer", "threshold"):
        if part in params:
            raise ParamError(
                f"{case.detector!r}: a bench detector takes parameters such as {part}.x=1, not another {part}."
            )
    return new(case.name, params, threshold=case.protocol.threshold, calibrate=case.protocol.calibrate)


def _description(case: Case, model: Model, train: Series, test: Series, period: int) -> dict[str, Any]:
    assert isinstance(model.core, Detector)
    return {
        "dataset": case.series.partition(":")[0],
        "series": case.series,
        "detector": case.detector,
        "protocol": case.protocol.name,
        "protocol_hash": case.protocol.hash,
        "causal": not model.core.looks_ahead,
        "train_points": len(train),
        "test_points": len(test),
        "channels": len(test.channels),
        "anomalous_share": float(_truth(test).mean()),
        "period": period,
        "params": json.dumps(model.core.params, sort_keys=True, default=str),
    }


def _joined(train: Series, test: Series) -> Series:
    """Both parts in a row. Publishers cut one recording in two, often with a clock that starts again: the rows go on by one step."""
    step = np.timedelta64(round((test.step_s if len(test) > 1 else 1.0) * 1e9), "ns")
    before = test.times[0] - step * np.arange(len(train), 0, -1)
    return Series(
        np.concatenate([before, test.times]), np.concatenate([train.values, test.values]), test.channels, name=test.name
    )


def _truth(series: Series) -> Any:
    return np.zeros(len(series), bool) if series.labels is None else series.labels


@cache
def _code(detector: str) -> str:
    """Fingerprint of the code a result of this detector can depend on."""
    rooms = [
        "base",
        "model.py",
        "stream.py",
        "series.py",
        "kernels",
        "scorers",
        "thresholds",
        "metrics",
        "bench/case.py",
        "evaluation.py",
    ]
    cls = registry.get("detectors", detector)
    own = {Path(inspect.getfile(each)) for each in cls.__mro__ if each.__module__.startswith("redshank.detectors.")}
    if any("nets" in path.read_text() for path in own):
        rooms.append("nets")
    digest = hashlib.sha256()
    for path in [*sorted(own), *(ROOT / room for room in rooms)]:
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(file.read_bytes())
    return digest.hexdigest()
