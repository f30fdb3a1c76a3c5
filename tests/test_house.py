"""The rules of the house, read off the code: floors, doors, safety, weight."""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "redshank"
FLOORS = [
    ["errors", "progress"],
    ["series", "params", "times", "files", "download", "writing", "search"],
    ["kernels", "nets", "runtimes", "frames"],
    ["base", "testing", "foreign"],
    ["detectors", "forecasters", "scorers", "thresholds", "metrics", "sources", "datasets", "rules", "registry"],
    ["detection", "plot", "stream", "model", "sequences"],
    ["store"],
    ["evaluation", "report", "engine", "bench", "tuning", "export", "adopt"],
    ["cli", "demo"],
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
PRIVATE = {"detectors", "forecasters", "scorers", "thresholds", "sources", "datasets"}
"""Rooms whose files never import each other: one file, one algorithm."""
SHARED = {
    "sources/address.py",
    "sources/source.py",
    "detectors/estimator.py",
    "detectors/network.py",
    "datasets/dataset.py",
    "datasets/layout.py",
}
UNSAFE = re.compile(
    r"\b(pickle|joblib|dill|cloudpickle)\b(?!-free)|(?<!\.)\beval\(|\bexec\(|torch\.load\(|allow_pickle\s*=\s*True|weights_only\s*=\s*False"
)


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """Room and file of every redshank module that `path` imports, also inside functions."""
    package = ["redshank", *path.relative_to(PACKAGE).parent.parts]
    for node in ast.walk(ast.parse(path.read_text())):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.level:
            stem = package[: len(package) - node.level + 1] + (node.module.split(".") if node.module else [])
            names = [".".join(stem)] if node.module else [".".join([*stem, alias.name]) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("redshank"):
            names = [str(node.module)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name.startswith("redshank.")]
        for name in names:
            parts = name.split(".")
            if len(parts) > 1:
                yield parts[1], "/".join(parts[1:])


def test_every_room_has_a_floor() -> None:
    for path in modules():
        if path.parent != PACKAGE or path.stem not in ("__init__", "__main__"):
            assert room(path) in FLOOR, f"{room(path)} stands on no floor: add it to FLOORS and to docs/design.md"


def test_imports_only_go_down() -> None:
    for path in modules():
        if path.parent == PACKAGE and path.stem in ("__init__", "__main__"):
            continue
        type_only = _type_checking_lines(path)
        for target, file in imports(path):
            if target in FLOOR and target != room(path) and (target, file) not in type_only:
                assert FLOOR[target] <= FLOOR[room(path)], (
                    f"{path.relative_to(ROOT)} (floor {FLOOR[room(path)]}) imports {target} (floor {FLOOR[target]})"
                )


def _type_checking_lines(path: Path) -> set[tuple[str, str]]:
    """Imports for annotations only; they carry no behaviour upward."""
    found: set[tuple[str, str]] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for line in node.body:
                if isinstance(line, ast.ImportFrom) and line.module:
                    found.add((line.module.split(".")[0], line.module.replace(".", "/")))
    return found


def test_algorithms_never_import_each_other() -> None:
    for path in modules():
        if room(path) in PRIVATE and path.stem != "__init__":
            for target, file in imports(path):
                shared = any(f"{file}.py".startswith(allowed) for allowed in SHARED)
                assert target != room(path) or shared, (
                    f"{path.relative_to(ROOT)} imports {file}: put what they share in a kernel"
                )


def test_nothing_unsafe_is_called_anywhere() -> None:
    for path in modules():
        code = "\n".join(line.split("#")[0] for line in _code_lines(path))
        assert not UNSAFE.search(code), f"{path.relative_to(ROOT)}: {UNSAFE.search(code)}"


def _code_lines(path: Path) -> list[str]:
    """The source without docstrings and other bare strings."""
    tree = ast.parse(path.read_text())
    lines = path.read_text().splitlines()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            for number in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[number] = ""
    return lines


def test_only_nets_and_the_neural_detectors_import_torch() -> None:
    for path in modules():
        if room(path) in ("nets", "runtimes"):
            continue
        for node in ast.parse(path.read_text()).body:
            names = (
                [a.name for a in node.names] if isinstance(node, ast.Import) else [getattr(node, "module", "") or ""]
            )
            if any(name.split(".")[0] == "torch" for name in names):
                assert room(path) == "detectors", f"{path.relative_to(ROOT)} imports torch when it is loaded"


def _entry_points() -> dict[str, dict[str, str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    found: dict[str, dict[str, str]] = project["entry-points"]
    return {group.removeprefix("redshank."): rows for group, rows in found.items()}


def test_registered_name_file_and_class_are_one_word() -> None:
    for kind, rows in _entry_points().items():
        for name, target in rows.items():
            module, _, cls = target.partition(":")
            assert module == f"redshank.{kind}.{name.replace('-', '_')}", f"{name} is registered as {module}"
            assert cls.lower() == name.replace("-", ""), f"{name} is registered as {cls}"
            assert (ROOT / f"{module.replace('.', '/')}.py").exists(), (
                f"{name} is registered, but {module} does not exist"
            )


def test_every_file_of_an_algorithm_is_registered() -> None:
    for kind, rows in _entry_points().items():
        files = {path.stem for path in (PACKAGE / kind).glob("*.py")} - {"__init__"}
        shared = {Path(name).stem for name in SHARED if name.startswith(kind)}
        assert files - shared == {name.replace("-", "_") for name in rows}, kind


@pytest.mark.parametrize("kind", ["detectors", "forecasters", "scorers", "thresholds", "sources"])
def test_every_algorithm_documents_every_parameter(kind: str) -> None:
    from redshank import params

    for target in _entry_points()[kind].values():
        module, _, cls = target.partition(":")
        made = getattr(importlib.import_module(module), cls)
        assert (made.__doc__ or "").strip(), target
        for name, row in params.schema(made)["properties"].items():
            assert row.get("description"), f"{target} does not say what {name} is"


def test_importing_redshank_loads_nothing_heavy() -> None:
    heavy = ["torch", "duckdb", "pandas", "polars", "fastapi", "keras", "sklearn", "scipy", "numpy", "pyarrow"]
    code = f"import sys, redshank, json; print(json.dumps([m for m in {heavy} if m in sys.modules]))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(found.stdout) == []


def test_help_loads_nothing_heavy() -> None:
    heavy = ["torch", "duckdb", "pandas", "polars", "fastapi", "keras", "sklearn", "scipy", "pyarrow"]
    code = (
        "import sys, json\nsys.argv = ['redshank', '--help']\nfrom redshank.cli import main\n"
        f"try:\n    main()\nexcept SystemExit:\n    pass\nprint(json.dumps([m for m in {heavy} if m in sys.modules]))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(found.stdout.splitlines()[-1]) == []


def test_no_room_is_called_after_nothing() -> None:
    for path in modules():
        assert path.stem not in {"utils", "util", "common", "helpers", "manager", "factory", "misc"}, path
