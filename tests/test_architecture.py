"""The layers and the homes of third-party packages, read from the source."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import ROOT

PACKAGE = ROOT / "forensic_cli"
EXPORTERS = ROOT / "exporters"
TRAINERS = ROOT / "trainers"

# From the bottom up. A module imports from lower layers and from its own room only; siblings on
# one layer never import each other.
LAYERS: tuple[frozenset[str], ...] = (
    frozenset(
        {
            "hashing", "records", "errors", "events", "model_card", "settings", "foundation",
        }
    ),
    frozenset(
        {"evidence", "imaging", "inference", "outputs", "audit", "ground_truth"}
    ),
    frozenset({"decode_workers"}),
    frozenset(
        {"pipelines", "model_check", "evaluation"}
    ),
    frozenset({"integrity"}),
    frozenset({"model_comparison"}),
    frozenset({"classification"}),
    frozenset({"cli"}),
)  # fmt: skip
FOUNDATION = LAYERS[0]

HOMES = {
    "PIL": {"imaging", "decode_workers", "model_comparison"},
    "pi_heif": {"imaging"},
    "hatchling": {"imaging"},
    "onnxruntime": {"inference"},
    "pyarrow": {"outputs", "evidence"},
    "typer": {"cli"},
    "rich": {"cli"},
    "numpy": {
        "imaging",
        "decode_workers",
        "inference",
        "outputs",
        "model_check",
        "evaluation",
        "model_comparison",
    },
    "sklearn": {"evaluation"},
    "matplotlib": {"evaluation", "model_comparison"},
}
# dfc-export's rooms, from the bottom up. Of forensic_cli they use values, imaging, inference, the
# self-test, and (their cli alone) what its cli has for any program.
EXPORTER_LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"libraries", "forms", "labels"}),
    frozenset({"networks", "graph"}),
    frozenset({"architectures", "loaders", "preparation"}),
    frozenset({"checkpoints", "proof"}),
    frozenset({"cards"}),
    frozenset({"exporting"}),
    frozenset({"cli"}),
)
OPEN_TO_EXPORTERS = FOUNDATION | {"imaging", "inference", "model_check"}
SHARED_CLI = {"exits", "options", "streams", "program", "console"}
# dfc-train's rooms, from the bottom up. It builds and reads networks with the exporters' rooms, and
# measures with the tool's own figures, so that all three programs mean the same by a name.
TRAINER_LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"libraries", "recipes"}),
    frozenset({"data", "networks"}),
    frozenset({"fitting"}),
    frozenset({"run"}),
    frozenset({"training"}),
    frozenset({"cli"}),
)
OPEN_TO_TRAINERS = FOUNDATION | {"imaging", "inference", "evaluation", "ground_truth"}
EXPORTERS_FOR_TRAINERS = {
    "architectures",
    "forms",
    "libraries",
    "loaders",
    "preparation",
    "networks",
}
HEAVY = {
    "sklearn", "matplotlib", "scipy", "transformers", "onnxruntime", "torch", "PIL", "pi_heif",
    "pandas",    "pyarrow", "numpy", "onnx",
}  # fmt: skip


def rooms_of(package: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(package.rglob("*.py")):
        room = path.relative_to(package).parts[0].removesuffix(".py")
        if room not in {"__init__", "__main__"}:
            yield path, room


def modules() -> Iterator[tuple[Path, str]]:
    yield from rooms_of(PACKAGE)


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            if module in {"forensic_cli", "forensic_cli.cli", "exporters", "trainers"}:
                yield from (f"{module}.{alias.name}" for alias in node.names)
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


def exporter_modules() -> Iterator[tuple[Path, str]]:
    yield from rooms_of(EXPORTERS)


def trainer_modules() -> Iterator[tuple[Path, str]]:
    yield from rooms_of(TRAINERS)


def exporter_layer(room: str) -> int:
    return next(height for height, rooms in enumerate(EXPORTER_LAYERS) if room in rooms)


def test_exporters_have_layers_of_their_own() -> None:
    wrong = []
    assert {room for _, room in exporter_modules()} == set().union(*EXPORTER_LAYERS)
    for path, room in exporter_modules():
        for name in imports(path):
            parts = name.split(".")
            if parts[0] == "exporters" and parts[1:2] != [room]:
                # The three packages of one layer are parts of one thing: reading a checkpoint.
                same = {room, parts[1]} <= {"architectures", "loaders"}
                if not same and exporter_layer(parts[1]) >= exporter_layer(room):
                    wrong.append(f"{path.relative_to(ROOT)} imports {name}")
            if parts[0] == "forensic_cli" and parts[1:2] != ["__version__"]:
                shared = room == "cli" and parts[1] == "cli" and parts[2] in SHARED_CLI
                if parts[1] not in OPEN_TO_EXPORTERS and not shared:
                    wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong


def trainer_layer(room: str) -> int:
    return next(height for height, rooms in enumerate(TRAINER_LAYERS) if room in rooms)


def test_trainers_have_layers_of_their_own() -> None:
    wrong = []
    assert {room for _, room in trainer_modules()} == set().union(*TRAINER_LAYERS)
    for path, room in trainer_modules():
        for name in imports(path):
            parts = name.split(".")
            if parts[0] == "trainers" and parts[1:2] != [room]:
                fine = trainer_layer(parts[1]) < trainer_layer(room)
            elif parts[0] == "exporters":
                fine = parts[1] in EXPORTERS_FOR_TRAINERS
            elif parts[0] == "forensic_cli" and parts[1:2] != ["__version__"]:
                shared = room == "cli" and parts[1:2] == ["cli"] and parts[2] in SHARED_CLI
                fine = parts[1] in OPEN_TO_TRAINERS or shared
            else:
                continue
            if not fine:
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong


def test_nothing_below_imports_the_trainers() -> None:
    below = [name for path, _ in (*modules(), *exporter_modules()) for name in imports(path)]
    assert "trainers" not in {name.split(".")[0] for name in below}


def test_nothing_of_the_tool_imports_the_exporters() -> None:
    names = {name.split(".")[0] for path, _ in modules() for name in imports(path)}
    assert not names & {"exporters", "torch", "onnx", "transformers", "timm", "torchvision"}


def test_foundation_has_no_cycle() -> None:
    names = {
        path: ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path, room in modules()
        if room in FOUNDATION
    }
    graph = {
        name: {one for one in imports(path) if one in names.values()}
        for path, name in names.items()
    }
    done: set[str] = set()
    while ready := {room for room, needs in graph.items() if needs <= done} - done:
        done |= ready
    assert done == set(graph)


def test_files_are_short() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path, _ in (*modules(), *exporter_modules(), *trainer_modules())
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 300
    }
    assert not long


def test_no_catch_all_modules() -> None:
    banned = {"utils", "helpers", "common", "core", "base", "misc", "manager"}
    assert not [
        p for p, _ in (*modules(), *exporter_modules(), *trainer_modules()) if p.stem in banned
    ]


@pytest.mark.parametrize("program", ["forensic_cli", "exporters", "trainers"])
@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["inspect", "--help"], []])
def test_help_loads_nothing_heavy(program: str, arguments: list[str]) -> None:
    code = (
        "import sys\n"
        f"from {program}.cli.app import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "except SystemExit:\n    pass\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    assert done.stderr.splitlines()[-1] == "[]"
