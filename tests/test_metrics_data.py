"""The random floor on real labels: what the field's favourite figure gives a detector that knows nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from redshank import metrics
from redshank.kernels.events import flags_to_intervals

# Rows, anomalous rows and events of the test parts (OmniAnomaly's release of SMD); then the best F1 of uniform random scores
# with and without point adjustment, and the area under the PA%K curve: means of 5 draws.
SMD = {
    "machine-1-6": ((23689, 3708, 30), (0.974, 0.271, 0.475)),
    "machine-2-1": ((23694, 1170, 13), (0.822, 0.095, 0.222)),
    "machine-3-4": ((23687, 977, 8), (0.898, 0.080, 0.209)),
}


def smd(data: Path, machine: str) -> np.ndarray:
    return np.loadtxt(data / "ServerMachineDataset" / "test_label" / f"{machine}.txt", dtype=int)


@pytest.mark.data
@pytest.mark.parametrize("machine", SMD)
def test_smd_labels_have_the_published_counts(data: Path, machine: str) -> None:
    labels = smd(data, machine)
    assert (len(labels), labels.sum(), len(flags_to_intervals(labels.astype(bool)))) == SMD[machine][0]


@pytest.mark.data
@pytest.mark.parametrize("machine", SMD)
def test_point_adjustment_praises_random_scores_on_smd(data: Path, machine: str) -> None:
    labels = smd(data, machine)
    report = metrics.judge(labels, np.zeros(len(labels)), only=["best_pa_f1", "best_f1", "pa_k_area"], repeats=5)
    adjusted, raw, area = SMD[machine][1]
    assert report["best_pa_f1"].baseline == pytest.approx(adjusted, abs=0.01)
    assert report["best_f1"].baseline == pytest.approx(raw, abs=0.005)
    assert report["pa_k_area"].baseline == pytest.approx(area, abs=0.01)


def test_random_scores_reach_the_published_figure_on_machine_1_1() -> None:
    # The events of machine-1-1; best point-adjusted F1 of a random score 0.9735, unadjusted 0.173.
    labels = np.zeros(28479, dtype=int)
    for start, end in (
        (15849, 16395),
        (16963, 17517),
        (18071, 18528),
        (19367, 20088),
        (20786, 21195),
        (24679, 24682),
        (26114, 26116),
        (27554, 27556),
    ):
        labels[start:end] = 1
    assert labels.sum() == 2694
    floor = metrics.at_random(
        lambda seed: {
            "adjusted": metrics.best_point_adjusted_f1(labels, metrics.random_scores(len(labels), seed)).value,
            "raw": metrics.best_f1(labels, metrics.random_scores(len(labels), seed)).value,
        },
        repeats=50,
    )
    assert floor["adjusted"] == pytest.approx(0.9735, abs=0.01)
    assert floor["raw"] == pytest.approx(0.173, abs=0.005)
