"""A picture has taken its decoder over: what it can do then, as root and as an ordinary user."""

import csv
import ctypes
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support import taken_over
from tests.support.pictures import png
from tests.support.running import DEMO_MODEL, NOBODY, ROOT, let_in

pytestmark = pytest.mark.slow

ALLOWED = {"a thread", "the time"}
KEEPER = """
import ctypes, json, os, sys
from pathlib import Path
heap = ctypes.create_string_buffer(b"unwritten")
for path in Path(sys.argv[1]).glob("*.png"):
    data = path.read_bytes()
    if data.startswith(b"ATTEMPT"):
        place = f"{os.getpid()}:{ctypes.addressof(heap)}".encode()
        path.write_bytes(data.replace(b"KEEPER", str(os.getpid()).encode()).replace(b"HEAP", place))
from forensic_cli.cli.app import main
code = 0
try:
    main(sys.argv[1:])
except SystemExit as left:
    code = left.code
print("heap", heap.value, "code", code)
"""
LAME = """
from forensic_cli.decode_workers.confinement import {module}
def refuse(*_):
    raise OSError(38, "the kernel has none")
{module}.{name} = refuse
"""


def interpreter(user: int, places: str) -> str:
    """A Python that a user may run, with this one's packages."""
    needed = "import numpy, onnxruntime, PIL, forensic_cli"
    minor = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for path in (sys.executable, shutil.which(minor, path="/usr/bin:/usr/local/bin")):
        with suppress(PermissionError):
            if path and not subprocess.run(
                [path, "-c", needed], check=False, user=user, stderr=subprocess.DEVNULL,
                env={"PYTHONPATH": places}, cwd="/",
            ).returncode:  # fmt: skip
                return path
    pytest.skip("no interpreter that an ordinary user may run")


@pytest.fixture(params=["root", "ordinary user"])
def user(request: pytest.FixtureRequest) -> int:
    if os.geteuid() and request.param == "root":
        pytest.skip("needs root")
    return NOBODY if request.param != "root" and not os.geteuid() else os.geteuid()


@contextmanager
def listening() -> Iterator[str]:
    """A server that takes what it is sent."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    server.accept()[0].close()
                except TimeoutError:
                    continue

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            over.set()
            thread.join()


def run(folder: Path, user: int, *more: str) -> tuple[list[dict[str, str]], str]:
    """The exceptions of a run over a folder, and what it said."""
    plug_in = folder.parent / "plug-in"
    plug_in.mkdir(exist_ok=True)
    shutil.copy(taken_over.__file__, plug_in / "sitecustomize.py")
    packages = [path for path in sys.path if path.endswith("site-packages")]
    places = (str(plug_in), str(ROOT), *packages)
    let_in(folder.parent)
    for path in (folder, *folder.iterdir()):
        path.chmod(0o777)
    out = folder.parent / "r.csv"
    environment = {"PYTHONPATH": os.pathsep.join(places), "SECRET": "x", "PATH": "/usr/bin"}
    python = interpreter(user, environment["PYTHONPATH"])
    done = subprocess.run(
        [python, "-c", KEEPER, str(folder), "--model", str(DEMO_MODEL),
         "--out", str(out), "--workers", "1", "--force", *more],
        capture_output=True, text=True, check=False, env=environment, user=user, timeout=120,
        cwd=folder.parent,
    )  # fmt: skip
    assert "heap b'unwritten'" in done.stdout, done.stdout + done.stderr
    with out.with_suffix(".exceptions.csv").open(newline="") as stream:
        return list(csv.DictReader(stream)), done.stderr


def attempt(folder: Path, number: int, name: str, target: str) -> None:
    (folder / f"{number:02d}.png").write_text(f"ATTEMPT\n{name}\n{target}\n{number}")


def test_what_it_can_do(user: int, tmp_path: Path) -> None:
    folder = tmp_path / "Set"
    folder.mkdir()
    prey = tmp_path / "prey.txt"
    prey.write_text("evidence of another case")
    with listening() as server:
        targets = {
            "environment": "SECRET", "environment of the keeper": "KEEPER", "send": server,
            "run a program": "/bin/true", "become a program": "/bin/true",
            "end the keeper": "KEEPER", "trace the keeper": "KEEPER",
            "write the keeper's memory": "HEAP", "open the keeper's memory": "KEEPER",
            "limit the keeper": "KEEPER", "take a descriptor": "KEEPER",
            "list a folder": str(tmp_path), "make a file": str(tmp_path / "new"),
            "make a folder": str(tmp_path / "new"), "mount": str(tmp_path),
            "much memory": str(1 << 33),
        }  # fmt: skip
        for number, name in enumerate(taken_over.ATTEMPTS):
            attempt(folder, number, name, targets.get(name, str(prey)))
        found, said = run(folder, user)
    results = dict(row["reason"].split(": ", 1) for row in found)
    assert set(results) == set(taken_over.ATTEMPTS)
    done = {name for name, result in results.items() if result.startswith("DONE")}
    assert done == ALLOWED, results
    assert prey.read_text() == "evidence of another case"
    assert not (tmp_path / "new").exists()
    assert re.search(r"decoders: confined by .*landlock, seccomp", said)
    _keep_table(user, results)


def _keep_table(user: int, results: dict[str, str]) -> None:
    """For docs/decoding.md, where someone asks for it."""
    if place := os.environ.get("DFC_ATTEMPTS"):
        Path(place, f"{'root' if not user else 'user'}.json").write_text(json.dumps(results))


@pytest.mark.parametrize("measure", ["landlock", "seccomp"])
def test_one_measure_is_missing(user: int, tmp_path: Path, measure: str) -> None:
    """The other one still holds what both hold."""
    folder = tmp_path / "Set"
    folder.mkdir()
    prey = tmp_path / "prey.txt"
    prey.write_text("evidence of another case")
    names = ("overwrite a file", "append to a file", "make a file", "end the keeper",
             "write the keeper's memory", "trace the keeper")  # fmt: skip
    targets = {
        "end the keeper": "KEEPER", "trace the keeper": "KEEPER",
        "write the keeper's memory": "HEAP", "make a file": str(tmp_path / "new"),
    }  # fmt: skip
    for number, name in enumerate(names):
        attempt(folder, number, name, targets.get(name, str(prey)))
    module, name = {
        "landlock": ("landlock", "read_only"), "seccomp": ("seccomp", "refuse_calls")
    }[measure]  # fmt: skip
    (tmp_path / "plug-in").mkdir()
    (tmp_path / "plug-in" / "lame.py").write_text(LAME.format(module=module, name=name))
    found, said = run(folder, user)
    results = dict(row["reason"].split(": ", 1) for row in found)
    assert len(results) == len(names)
    assert not [name for name, result in results.items() if result.startswith("DONE")], results
    assert f"DECODERS: {measure} not in force: the kernel has none" in said


def test_what_is_missing_can_be_refused(tmp_path: Path) -> None:
    folder = tmp_path / "Set"
    folder.mkdir()
    (folder / "a.png").write_bytes(png())
    (tmp_path / "plug-in").mkdir()
    lame = LAME.format(module="landlock", name="read_only")
    (tmp_path / "plug-in" / "sitecustomize.py").write_text(lame)
    places = os.pathsep.join((str(tmp_path / "plug-in"), str(ROOT)))
    done = subprocess.run(
        [sys.executable, "-m", "forensic_cli", str(folder), "--model", str(DEMO_MODEL), "--out",
         str(tmp_path / "r.csv"), "--require-sandbox"],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": places},
    )  # fmt: skip
    assert done.returncode == 7, done.stderr
    assert "not confined: landlock not in force: the kernel has none" in done.stderr
    assert not (tmp_path / "r.csv").exists()


COUNT = 60


@pytest.mark.parametrize("word", ["QUIET", "LATER"])
def test_pictures_after_it(tmp_path: Path, word: str) -> None:
    """It may decide over the few files that its decoder is given, and over no exception."""
    folder = tmp_path / "Set"
    folder.mkdir()
    for index in range(COUNT):
        (folder / f"{index:03d}.png").write_bytes(png((index, 9, 200 - index), (40, 30)))
    calm = rows_of(folder, os.geteuid())
    (folder / "004.png").write_bytes(png((4, 9, 196), (40, 30)) + word.encode())
    found = rows_of(folder, os.geteuid())
    assert len(found) == COUNT
    wrong = [name for name in calm if calm[name] != found[name]]
    assert len(wrong) <= (11 if word == "QUIET" else 0)
    assert len(wrong) > (5 if word == "QUIET" else -1)
    assert max(wrong, default="") < "Set/017"


def rows_of(folder: Path, user: int) -> dict[str, tuple[str, str]]:
    exceptions, _ = run(folder, user)
    assert not exceptions
    with (folder.parent / "r.csv").open(newline="") as stream:
        return {row["filename"]: (row["score"], row["label"]) for row in csv.DictReader(stream)}


def test_that_the_attempts_succeed_without_confinement(tmp_path: Path) -> None:
    """What is refused above is refused by the confinement, not for another reason."""
    prey = tmp_path / "prey.txt"
    prey.write_text("x")
    heap = ctypes.create_string_buffer(8)
    targets = {
        "environment": "PATH", "environment of the keeper": str(os.getpid()),
        "list a folder": str(tmp_path), "make a file": str(tmp_path / "new"),
        "make a folder": str(tmp_path / "folder"), "run a program": "/bin/true",
        "write the keeper's memory": f"{os.getpid()}:{ctypes.addressof(heap)}",
        "open the keeper's memory": str(os.getpid()), "much memory": str(1 << 33),
    }  # fmt: skip
    here = ("environment", "environment of the keeper", "read a file", "list a folder",
            "overwrite a file", "append to a file", "make a file", "make a folder",
            "change rights", "link to a file", "move times", "make a socket",
            "make a local socket", "run a program", "write the keeper's memory",
            "open the keeper's memory", "much memory", "rename a file")  # fmt: skip
    for name in here:
        result = taken_over.tried(name, targets.get(name, str(prey)))
        assert result.startswith("DONE"), (name, result)
