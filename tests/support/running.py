"""Run the tool: in this process, or as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from forensic_cli.cli.app import main

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"
DEMO_MODEL = SAMPLES / "plumbing-demo.onnx"


@dataclass(frozen=True)
class Finished:
    """A command that has ended."""

    code: int
    out: str
    err: str


class Runner:
    """Runs a program, dfc-classify unless told, in this process and asserts how it ends."""

    def __init__(
        self, capture: pytest.CaptureFixture[str], program: Callable[[list[str]], None] = main
    ) -> None:
        self._capture = capture
        self._program = program

    def __call__(self, *arguments: object, code: int = 0) -> Finished:
        self._capture.readouterr()
        with pytest.raises(SystemExit) as left:
            self._program([os.fsdecode(a) if isinstance(a, bytes) else str(a) for a in arguments])
        captured = self._capture.readouterr()
        finished = Finished(int(left.value.code or 0), captured.out, captured.err)
        assert finished.code == code, f"{arguments}\n{finished.out}\n{finished.err}"
        assert "Traceback" not in finished.err
        return finished


def spawn(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run dfc-classify as a process of its own, to its end."""
    return subprocess.run(
        command(*arguments), capture_output=True, text=True, check=False, **options
    )


def command(*arguments: object) -> list[str]:
    """The command line of such a process."""
    return [sys.executable, "-m", "forensic_cli", *map(str, arguments)]


_MEASURE = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, timeout=60).returncode
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


def measured(*arguments: object, **options: Any) -> tuple[int, int, str]:
    """How a process of its own ends, its peak memory in MB, and what it said.

    It is begun by another, small process: what this one holds would count as the new one's. A
    minute is against a hang.
    """
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, *command(*arguments)],
        capture_output=True, text=True, check=True, **options,
    )  # fmt: skip
    code, peak = map(int, done.stdout.split())
    return code, peak, done.stderr


NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become nobody")
NOBODY = 65534


def let_in(path: Path) -> None:
    """Open a test's folder, and the ones above it that pytest made, to every user."""
    path.chmod(0o777)
    for folder in path.parents[:3]:
        folder.chmod(0o755)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Do something without root's rights."""
    os.setresuid(-1, NOBODY, -1)
    try:
        yield
    finally:
        os.setresuid(-1, 0, -1)


def decode_workers(parent: int) -> list[int]:
    """The process numbers of the decode workers among a process's children."""
    return [child for child, line in _children(parent) if "decode_workers.worker" in line]


def decoders(parent: int) -> list[int]:
    """The process numbers of the decoders that a process's workers have forked."""
    workers = decode_workers(parent)
    return [child for worker in workers for child, _ in _children(worker)]


def _children(parent: int) -> list[tuple[int, str]]:
    listed = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(parent)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return [(int(line.split()[0]), line) for line in listed.stdout.splitlines()]
