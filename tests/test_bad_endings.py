"""Disks that fill, folders that vanish, signals, pipes that close: an error, and a way to go on."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

import forensic_cli
from tests.support.hostile import noise, scans
from tests.support.nasty_tree import unchanged
from tests.support.pictures import encoded
from tests.support.running import DEMO_MODEL, NEEDS_ROOT, command, decode_workers, decoders

FINAL = ("r.csv", "r.exceptions.csv", "r.details.parquet")


def make(root: Path, count: int) -> None:
    root.mkdir()
    picture = encoded(noise(20, 20), "PNG")
    for index in range(count):
        (root / f"{index:05d}.png").write_bytes(picture + b"%d" % index)


def arguments(root: Path, out: Path, *more: object) -> list[str]:
    return command(root, "--model", DEMO_MODEL, "--quiet", "--out", out, *more)


ON_A_SMALL_DISK = """
set -e
disk=$1; shift
mount -t tmpfs -o size=700k none "$disk" || { echo no mount; exit 99; }
code=0; "$@" || code=$?
ls -R "$disk" >&2
test $code = 8
mount -o remount,size=20m "$disk"
"$@" --resume
cp "$disk"/r.* "$disk/../"
"""


@pytest.mark.slow
@NEEDS_ROOT
def test_a_disk_that_fills_up_and_is_made_larger(tmp_path: Path) -> None:
    root, disk = tmp_path / "Set", tmp_path / "disk"
    make(root, 4000)
    disk.mkdir()
    calm = tmp_path / "calm"
    calm.mkdir()
    subprocess.run(arguments(root, calm / "r.csv"), check=True)
    line = arguments(root, disk / "r.csv")
    with unchanged(root):
        done = subprocess.run(
            [*("unshare", "--mount", "bash", "-c", ON_A_SMALL_DISK, "-", str(disk)), *line],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    if done.returncode == 99:
        pytest.skip("this machine lets nobody mount")
    assert done.returncode == 0, done.stderr
    assert "No space left on device; make room" in done.stderr
    for name in FINAL:
        assert (tmp_path / name).read_bytes() == (calm / name).read_bytes()


@pytest.mark.slow
def test_an_output_folder_that_vanishes(tmp_path: Path) -> None:
    root, place = tmp_path / "Set", tmp_path / "out"
    make(root, 6000)
    place.mkdir()
    with (
        unchanged(root),
        subprocess.Popen(
            arguments(root, place / "r.csv"), stderr=subprocess.PIPE, text=True
        ) as run,
    ):
        while not list(place.glob("r.csv.partial/segment-*")):
            assert run.poll() is None
            time.sleep(0.02)
        shutil.rmtree(place)
        said = run.communicate(timeout=60)[1]
    assert run.returncode == 8, said
    assert "No such file or directory; choose another place" in said
    assert not place.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_what_is_being_decoded(tmp_path: Path, number: signal.Signals) -> None:
    root = tmp_path / "Set"
    root.mkdir()
    (root / "slow.jpg").write_bytes(scans(8192, 1500))
    with subprocess.Popen(
        arguments(root, tmp_path / "r.csv"), stderr=subprocess.PIPE, text=True
    ) as run:
        while not any(_cpu_seconds(pid) > 1 for pid in decoders(run.pid)):
            assert run.poll() is None
            time.sleep(0.05)
        workers = [*decode_workers(run.pid), *decoders(run.pid)]
        began = time.monotonic()
        run.send_signal(number)
        said = run.communicate(timeout=20)[1]
    assert run.returncode == 130, said
    assert time.monotonic() - began < 10
    assert not any(os.path.exists(f"/proc/{pid}") for pid in workers)


def _cpu_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_reader_that_leaves_changes_nothing(tmp_path: Path) -> None:
    root = tmp_path / "Set"
    make(root, 30)
    line = " ".join(f"'{part}'" for part in arguments(root, tmp_path / "r.csv", "--force"))
    script = f"{line.replace(' --quiet', '')} | head -c 1 >/dev/null; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "r.csv").read_bytes().count(b"\n") == 31


def test_no_worker_can_be_started(tmp_path: Path) -> None:
    """As where no more processes are allowed: exit code 7, with the cure, before any row."""
    root = tmp_path / "Set"
    make(root, 3)
    code = (
        "import subprocess, sys\n"
        "def refuse(*_, **__): raise BlockingIOError(11, 'Resource temporarily unavailable')\n"
        "subprocess.Popen = refuse\n"
        "from forensic_cli.cli.app import main\n"
        "main()\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(forensic_cli.__file__).parents[1])}
    line = arguments(root, tmp_path / "r.csv")
    done = subprocess.run(
        [line[0], "-c", code, *line[3:]],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip
    assert done.returncode == 7, done.stderr
    assert "ulimit -u" in done.stderr
    assert not (tmp_path / "r.csv").exists()
