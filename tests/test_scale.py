"""Hundreds of thousands of files cost little more memory than thousands."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.pictures import png
from tests.support.running import DEMO_MODEL, command

KINDS = (png((255, 0, 0)), png((0, 0, 255)), b"no picture")


def make(root: Path, count: int) -> None:
    for folder in range(count // 1000):
        here = root / f"folder{folder:03d}"
        here.mkdir(parents=True)
        for index in range(1000):
            (here / f"submission-{index:04d}.png").write_bytes(KINDS[index % 3])


def peak_of(root: Path, out: Path) -> int:
    """Peak resident memory of a whole run, in MB."""
    arguments = command(root, "--model", DEMO_MODEL, "--out", out, "--quiet")
    with subprocess.Popen(arguments, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss // 1024


@pytest.mark.slow
def test_memory_does_not_grow_with_the_set(tmp_path: Path) -> None:
    peaks = {}
    for count in (3_000, 15_000, 60_000):
        make(tmp_path / f"Set{count}", count)
        peaks[count] = peak_of(tmp_path / f"Set{count}", tmp_path / f"{count}.csv")
        rows = (tmp_path / f"{count}.csv").read_bytes().count(b"\n") - 1
        assert rows == count // 3000 * 2001
    # 150 MB are allowed between 3,000 and 300,000 files. The allocators' own reserve is full after
    # a dozen segments; from there on a fifth of the files may take a fifth.
    assert peaks[15_000] - peaks[3_000] < 90, peaks
    assert peaks[60_000] - peaks[15_000] < 30, peaks
