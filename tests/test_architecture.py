"""The layers and the homes of third-party packages, read from the source."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import ROOT

PACKAGE = ROOT / "forensic_cli"

# From the bottom up. A module imports from lower layers and from its own room only; siblings on
# one layer never import each other.
LAYERS: tuple[frozenset[str], ...] = (
    frozenset(
        {
            "hashing", "records", "errors", "events", "names", "ordered_map", "preprocessing",
            "host_steps", "model_card", "settings", "environment", "canonical_json",
        }
    ),
    frozenset({"evidence", "manifests", "imaging", "inference", "outputs", "audit"}),
    frozenset({"verification", "pipelines", "reference", "resumption", "self_test"}),
    frozenset({"gate", "hash_check", "manifest_writing", "inspection"}),
    frozenset({"identity", "closing"}),
    frozenset({"run"}),
    frozenset({"classification"}),
    frozenset({"cli"}),
)  # fmt: skip
FOUNDATION = LAYERS[0]

HOMES = {
    "PIL": {"imaging"},
    "onnxruntime": {"inference"},
    "pyarrow": {"outputs"},
    "typer": {"cli"},
    "rich": {"cli"},
    "numpy": {"imaging", "inference", "outputs", "self_test"},
}
HEAVY = {"onnxruntime", "torch", "PIL", "pandas", "pyarrow", "numpy", "onnx"}


def modules() -> Iterator[tuple[Path, str]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if room not in {"__init__", "__main__"}:
            yield path, room


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            if module == "forensic_cli":
                yield from (f"forensic_cli.{alias.name}" for alias in node.names)
            else:
                yield module


def layer_of(room: str) -> int:
    return next(height for height, rooms in enumerate(LAYERS) if room in rooms)


def test_every_module_has_a_layer() -> None:
    rooms = {room for _, room in modules()}
    assert rooms == set().union(*LAYERS)


def test_imports_go_downwards_only() -> None:
    wrong = []
    for path, room in modules():
        for name in imports(path):
            parts = name.split(".")
            if parts[0] != "forensic_cli" or parts[1] in {room, "__version__"}:
                continue
            same_foundation = room in FOUNDATION and parts[1] in FOUNDATION
            if not same_foundation and layer_of(parts[1]) >= layer_of(room):
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong


def test_third_party_packages_stay_at_home() -> None:
    wrong = []
    for path, room in modules():
        for name in imports(path):
            top = name.split(".")[0]
            if top == "forensic_cli" or top in sys.stdlib_module_names:
                continue
            if room not in HOMES.get(top, set()):
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong


def test_foundation_has_no_cycle() -> None:
    graph = {
        room: {name.split(".")[1] for name in imports(path) if name.startswith("forensic_cli.")}
        for path, room in modules()
        if room in FOUNDATION
    }
    done: set[str] = set()
    while ready := {room for room, needs in graph.items() if needs <= done} - done:
        done |= ready
    assert done == set(graph)


def test_files_are_short() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path, _ in modules()
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 300
    }
    assert not long


def test_no_catch_all_modules() -> None:
    banned = {"utils", "helpers", "common", "core", "base", "misc", "manager"}
    assert not [path for path, _ in modules() if path.stem in banned]


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["classify", "--help"], []])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\n"
        "from forensic_cli.cli.app import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "except SystemExit:\n    pass\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    assert done.stderr.splitlines()[-1] == "[]"
