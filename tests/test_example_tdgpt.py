"""The sample autoencoder of TDgpt, trained with its published settings, finds the jump by all three rules."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parent.parent / "examples" / "tdgpt_sample_autoencoder.py"
WINDOW = 288


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("data")
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's own, when it saves
def test_the_sample_finds_the_jump_and_ours_sees_the_edges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    found = runpy.run_path(str(EXAMPLE))["reproduce"](tmp_path)
    learned, rules = found["learned"], found["rules"]
    assert learned["weights"] == 9505
    assert learned["windows"] == 3745
    assert learned["mean"][0] == pytest.approx(42.43835335, abs=1e-7)
    assert learned["std"][0] == pytest.approx(28.07712228, abs=1e-7)
    assert 0.02 < learned["threshold"] < 0.2
    assert all(rule["hit"] for rule in rules.values())
    unseen = {name: (rule["unseen_at_the_start"], rule["unseen_at_the_end"]) for name, rule in rules.items()}
    assert unseen == {"trailing": (WINDOW - 1, 0), "covering": (0, 0), "tdgpt": (WINDOW - 1, WINDOW - 1)}
