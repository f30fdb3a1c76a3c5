"""What every test may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

collect_ignore_glob = ["golden/*"]  # scripts that made golden numbers, with libraries the tests do not need


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests on real data say in one line that they were skipped where there are none."""
    if os.environ.get("REDSHANK_DATA"):
        return
    for item in items:
        if item.get_closest_marker("data"):
            item.add_marker(
                pytest.mark.skip(reason="REDSHANK_DATA is unset: set it to the folder with the real data sets")
            )


@pytest.fixture
def data() -> Path:
    """The folder with the real data sets."""
    return Path(os.environ["REDSHANK_DATA"])


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of its own for every test, so that none touches the user's."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("REDSHANK_HOME", str(folder))
    return folder
