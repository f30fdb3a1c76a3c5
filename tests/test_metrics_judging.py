"""The guide to judging says what its script measures."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).parent.parent / "docs"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_judging_plots", DOCS / "make_judging_plots.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_of_the_guide_is_the_one_measured(script: ModuleType) -> None:
    found = script.MARK.search((DOCS / "judging.md").read_text())
    assert found[2] == script.table(script.reports())


def test_every_picture_of_the_guide_is_there() -> None:
    page = (DOCS / "judging.md").read_text()
    for picture in DOCS.glob("judging-*.png"):
        assert f"({picture.name})" in page
    assert page.count(".png)") == len(list(DOCS.glob("judging-*.png"))) == 3
