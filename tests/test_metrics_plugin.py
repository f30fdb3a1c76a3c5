"""A metric of another package: registered, it is in every report; broken, it is in nobody's way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

MODULE = """
from redshank.metrics import Metric

def measure(labels, flags):
    return float(flags[labels].any())

FIRST_HIT = Metric("first_hit", "First hit", "flags", measure=measure)
OURS = Metric("f1", "Another F1", "flags", measure=measure)
"""
JUDGE = """
import numpy as np
from redshank import registry
from redshank.metrics import METRICS, judge

labels = np.repeat([0, 1, 0], [60, 10, 30])
report = judge(labels, labels + 0.1, labels, confidence=0.9, draws=20)
print(report["first_hit"].value, report["first_hit"].interval.high, report["f1"].metric.title)
print(report.table("first_hit").splitlines()[-1].split()[:3])
print([(kind, name) for kind, name, _ in registry.broken() if kind == "metrics"])
print("broken" in METRICS)
"""


def test_a_metric_of_another_package_joins_ours(tmp_path: Path) -> None:
    (tmp_path / "strange_metrics.py").write_text(MODULE)
    info = tmp_path / "strange-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: strange\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[redshank.metrics]\nfirst_hit = strange_metrics:FIRST_HIT\nf1 = strange_metrics:OURS\nbroken = strange_metrics:GONE\n"
    )
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", JUDGE], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    values, row, broken, listed = done.stdout.splitlines()
    assert values == "1.0 1.0 F1"
    assert row == "['First', 'hit', '1.000']"
    assert "('metrics', 'broken')" in broken
    assert listed == "False"
