"""Air-gapped: no network, nothing in the home folder, no telemetry; and help that starts fast."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.running import DEMO_MODEL, SAMPLES, command

UNSHARE = shutil.which("unshare")


def may_unshare() -> bool:
    if UNSHARE is None:
        return False
    return (
        subprocess.run([UNSHARE, "--net", "true"], capture_output=True, check=False).returncode == 0
    )


def empty_environment(home: Path) -> dict[str, str]:
    """No CI variable: it would switch a telemetry off that must be off without it."""
    return {"HOME": str(home), "PATH": os.environ["PATH"]}


@pytest.mark.skipif(not may_unshare(), reason="may not make a network namespace here")
def test_the_whole_job_without_a_network_and_with_an_empty_home(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    arguments = command(SAMPLES / "ImageSet", "--model", DEMO_MODEL, "--out", tmp_path / "r.csv")
    done = subprocess.run(
        [str(UNSHARE), "--net", *arguments],
        env=empty_environment(home),
        cwd=SAMPLES.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert "12 listed = 10 scored" in done.stdout
    assert list(home.rglob("*")) == []


def test_nothing_is_written_to_the_home_folder(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    arguments = command(SAMPLES / "ImageSet", "--model", DEMO_MODEL, "--out", tmp_path / "r.csv")
    done = subprocess.run(
        arguments, env=empty_environment(home), cwd=SAMPLES.parent, capture_output=True, check=False
    )
    assert done.returncode == 3, done.stderr
    assert list(home.rglob("*")) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "home", "r.audit.jsonl", "r.csv", "r.details.parquet", "r.exceptions.csv",
    ]  # fmt: skip


WATCHED = """\
import socket, sys
def hook(event, arguments):
    if event.startswith("socket.") and event != "socket.gethostname":
        print("NETWORK", event, arguments, file=sys.stderr)
sys.addaudithook(hook)
from forensic_cli.cli.app import main
{before}
main(sys.argv[1:])
"""


@pytest.mark.parametrize(("before", "seen"), [("", False), ("socket.socket()", True)])
def test_no_socket_is_opened(tmp_path: Path, before: str, *, seen: bool) -> None:
    arguments = command(SAMPLES / "ImageSet", "--model", DEMO_MODEL, "--out", tmp_path / "r.csv")
    done = subprocess.run(
        [sys.executable, "-c", WATCHED.format(before=before), *arguments[3:]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert ("NETWORK" in done.stderr) is seen


def test_the_evidence_is_never_written_to(tmp_path: Path) -> None:
    root = tmp_path / "Set"
    shutil.copytree(SAMPLES / "ImageSet", root)
    files = [root, *root.rglob("*")]
    for path in files:
        os.utime(path, ns=(10**18, 10**18))
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = [(path, path.stat().st_mtime_ns, path.stat().st_ctime_ns) for path in files]
    arguments = command(root, "--model", DEMO_MODEL, "--out", tmp_path / "r.csv")
    subprocess.run(arguments, capture_output=True, check=False)
    assert (tmp_path / "r.csv").exists()
    assert before == [(path, path.stat().st_mtime_ns, path.stat().st_ctime_ns) for path in files]
    assert [root, *root.rglob("*")] == files
