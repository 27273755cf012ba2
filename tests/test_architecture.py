"""docs/architecture.md against the source: layers, inner orders, homes of third-party packages."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.running import ROOT

PACKAGES = ("forensic_cli", "exporters", "trainers")
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
SECTIONS = {"forensic_cli": "## Rooms", "exporters": "## dfc-export", "trainers": "## dfc-train"}

STANDARD_LIBRARY_ONLY = 5
"""Layers from the bottom up that use nothing else."""
FOR_ANY_PROGRAM = {"exits", "options", "streams", "program", "console"}
"""What the other programs may use of forensic_cli's command line."""
EXPORTERS_FOR_TRAINERS = {
    "architectures", "forms", "libraries", "loaders", "preparation", "networks",
}  # fmt: skip
HEAVY = {
    "sklearn", "matplotlib", "scipy", "transformers", "onnxruntime", "torch", "PIL", "pi_heif",
    "simplejpeg", "inflate64", "pandas", "pyarrow", "numpy", "onnx",
}  # fmt: skip


def section(heading: str) -> str:
    return PAGE.partition(f"{heading}\n")[2].partition("\n## ")[0]


def table(text: str, first: str) -> list[list[str]]:
    """The rows of the table whose first column is called so."""
    lines = text.partition(f"| {first} |")[2].splitlines()[2:]
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def words(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


LAYERS: dict[str, dict[str, int]] = {
    package: {
        room: int(number)
        for number, rooms, _ in table(section(heading), "layer")
        for room in words(rooms)
    }
    for package, heading in SECTIONS.items()
}
INNER = {words(room)[0]: words(order) for room, order in table(section("## Rooms"), "room")}
HOMES = {words(one)[0]: set(words(rooms)) for one, rooms in table(section("## Rooms"), "package")}
OPEN_TO_EXPORTERS = {
    room for room, layer in LAYERS["forensic_cli"].items() if layer <= STANDARD_LIBRARY_ONLY
} | {"imaging", "inference", "model_check"}
OPEN_TO_TRAINERS = (OPEN_TO_EXPORTERS - {"model_check"}) | {"evaluation", "ground_truth"}


@dataclass(frozen=True)
class Module:
    """A module, by its dotted name in parts: package, room, and what is inside."""

    path: Path
    parts: tuple[str, ...]
    imports: tuple[str, ...]

    @property
    def name(self) -> str:
        return ".".join(self.parts)

    @property
    def room(self) -> str:
        return self.parts[1]

    @property
    def inner(self) -> str:
        return self.parts[2] if len(self.parts) > 2 else ""


def imports(path: Path, names: set[str]) -> Iterator[str]:
    """Dotted names of what a file imports, modules as far as ours are named."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            for alias in node.names:
                deeper = f"{node.module}.{alias.name}"
                yield deeper if deeper in names else str(node.module)


def modules() -> list[Module]:
    paths = [
        (path, path.relative_to(ROOT).with_suffix("").parts)
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
    ]
    names = {".".join(parts) for _, parts in paths}
    return [
        Module(path, parts, tuple(imports(path, names)))
        for path, parts in paths
        if parts[1] not in {"__init__", "__main__"}
    ]


MODULES = modules()


def ours() -> Iterator[tuple[Module, str, str, str]]:
    """Who imports what of ours: the module, the package, the room, the module inside or nothing."""
    for module in MODULES:
        for name in module.imports:
            package, *rest = name.split(".")
            if package in PACKAGES and rest:
                yield module, package, rest[0], rest[1] if len(rest) > 1 else ""


OURS = list(ours())


def test_the_page_has_every_room() -> None:
    for package in PACKAGES:
        rooms = {module.room for module in MODULES if module.parts[0] == package}
        assert rooms == set(LAYERS[package]), package


def test_imports_go_downwards_only() -> None:
    wrong = []
    for module, package, room, _ in OURS:
        layers = LAYERS[package]
        if package != module.parts[0] or room == module.room:
            continue
        halves = {room, module.room} == {"architectures", "loaders"}
        if layers[room] >= layers[module.room] and not halves:
            wrong.append(f"{module.name} imports {room}")
    assert not wrong


def test_rooms_with_an_order_inside_keep_it() -> None:
    wrong = []
    for room, order in INNER.items():
        found = {m.inner for m in MODULES if m.parts[:2] == ("forensic_cli", room)}
        assert found - {"__init__"} == set(order), room
        for module, package, other, inner in OURS:
            if (package, other) != ("forensic_cli", room) or module.room != room or not inner:
                continue
            if order.index(inner) > order.index(module.inner):
                wrong.append(f"{module.name} imports {inner[0]}")
    assert not wrong
    assert set(INNER) == {"integrity", "classification"}


def test_no_modules_import_each_other_in_a_circle() -> None:
    known = {module.name for module in MODULES}
    needs = {module.name: {one for one in module.imports if one in known} for module in MODULES}
    done: set[str] = set()
    while ready := {name for name, others in needs.items() if others <= done} - done:
        done |= ready
    assert not known - done


def test_third_party_packages_stay_at_home() -> None:
    wrong = []
    for module in MODULES:
        if module.parts[0] != "forensic_cli":
            continue
        for name in module.imports:
            top = name.split(".")[0]
            if top == "forensic_cli" or top in sys.stdlib_module_names:
                continue
            if module.room not in HOMES.get(top, set()):
                wrong.append(f"{module.name} imports {name}")
            if LAYERS["forensic_cli"][module.room] <= STANDARD_LIBRARY_ONLY:
                wrong.append(f"{module.name} imports {name}, in a layer without libraries")
    assert not wrong


def test_the_runtime_is_spoken_to_at_home() -> None:
    """Its session is untyped: only its methods' names show who calls it."""
    methods = ("get_modelmeta", "get_inputs", "get_outputs", "get_providers", "run_with_iobinding")
    wrong = [
        f"{module.name} calls {method}"
        for module in MODULES
        for method in methods
        if module.room != "inference"
        and module.parts[0] == "forensic_cli"
        and f".{method}(" in module.path.read_text(encoding="utf-8")
    ]
    assert not wrong


def test_programs_use_of_each_other_what_is_open_to_them() -> None:
    allowed = {
        ("exporters", "forensic_cli"): OPEN_TO_EXPORTERS,
        ("trainers", "forensic_cli"): OPEN_TO_TRAINERS,
        ("trainers", "exporters"): EXPORTERS_FOR_TRAINERS,
    }
    wrong = []
    for module, package, room, inner in OURS:
        own = module.parts[0]
        if package == own or (package, room) == ("forensic_cli", "__version__"):
            continue
        shared = module.room == room == "cli" and inner in FOR_ANY_PROGRAM
        if room not in allowed.get((own, package), set()) and not shared:
            wrong.append(f"{module.name} imports {package}.{room}")
    assert not wrong


def test_nothing_of_the_tool_imports_the_exporters_libraries() -> None:
    names = {
        name.split(".")[0]
        for module in MODULES
        if module.parts[0] == "forensic_cli"
        for name in module.imports
    }
    assert not names & {"exporters", "trainers", "torch", "onnx", "transformers", "timm"}


def test_few_modules_lie_loose() -> None:
    for package in PACKAGES:
        loose = {m.room for m in MODULES if m.parts[0] == package and len(m.parts) == 2}
        assert len(loose) <= 6, f"{package}: {sorted(loose)}"


def test_files_are_short() -> None:
    long = {
        module.name: count
        for module in MODULES
        if (count := len(module.path.read_text(encoding="utf-8").splitlines())) > 250
    }
    assert not long


def test_no_catch_all_modules() -> None:
    banned = {"utils", "helpers", "common", "core", "base", "misc", "manager", "values"}
    assert not [module.name for module in MODULES if banned & set(module.parts)]


@pytest.mark.parametrize("program", PACKAGES)
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
