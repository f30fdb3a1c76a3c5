"""Writes the pages that are generated from the code: `docs/algorithms.md`. Run by `make docs`; a test checks that they are current."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

from redshank import params, registry

PAGE = Path(__file__).parent / "algorithms.md"
KINDS = {
    "detectors": "Detectors",
    "forecasters": "Forecasters",
    "scorers": "Scorers",
    "thresholds": "Thresholds",
}


def page() -> str:
    """The whole page as Markdown."""
    lines = [
        "# Algorithms",
        "",
        "Generated from the code by `make docs`. Parameters are set with `--set name=value`, those of a scorer or a threshold",
        "with `--set scorer.name=value` and `--set threshold.name=value`, or as keywords in Python.",
    ]
    for kind, title in KINDS.items():
        lines += ["", f"## {title}"]
        for name in registry.names(kind):
            lines += _entry(name, registry.get(kind, name))
    return "\n".join(lines) + "\n"


def _entry(name: str, cls: type) -> list[str]:
    story = inspect.getdoc(cls) or ""
    for heading in ("Parameters", "Examples", "Notes", "References"):
        story = story.split(f"\n{heading}\n---")[0]
    lines = ["", f"### `{name}`", "", story.strip()]
    if paper := getattr(cls, "paper", ""):
        lines += ["", f"*{paper}*"]
    properties = params.schema(cls)["properties"]
    if properties:
        lines += ["", "| parameter | default | what |", "|---|---|---|"]
        for key, row in properties.items():
            what = row.get("description", "").replace("|", "\\|")
            lines.append(f"| `{key}` | `{row.get('default', 'required')}` | {what} |")
    return lines


if __name__ == "__main__":
    PAGE.write_text(page())
    print(f"wrote {PAGE.name}", file=sys.stderr)
