"""The worst folder there is: each path ends as expected, for root and for others; nothing hangs."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from forensic_cli.decode_workers.pool import decode_task
from forensic_cli.model_card.preprocessing import Preprocessing
from forensic_cli.records import Status
from forensic_cli.settings import DEFAULT_MAX_BYTES, DEFAULT_MAX_PIXELS
from tests.support import nasty_tree
from tests.support.hostile import chunk, jp2_with_length, png_of, scans, small_png
from tests.support.nasty_tree import Tree, expectations, unchanged
from tests.support.running import DEMO_MODEL, NEEDS_ROOT, SAMPLES, command, decoders

STEPS = {
    "host": [
        {"step": "rgb"},
        {"step": "resize", "mode": "squash", "height": 64, "width": 64, "filter": "box"},
    ],
    "graph": {"scale": 255.0, "mean": [0.0] * 3, "std": [1.0] * 3},
}  # fmt: skip
MOST_ADDRESS_SPACE = decode_task(
    Preprocessing.from_json(STEPS), DEFAULT_MAX_PIXELS, DEFAULT_MAX_BYTES, 30.0
).address_space
# Root without a single capability may do what the owner of a file may do, and no more.
UNPRIVILEGED = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Tree]]:
    root = tmp_path_factory.mktemp("nasty") / "Set"
    root.mkdir()
    tree = nasty_tree.build(root)
    yield root, tree
    os.chmod(root / "reach" / "shut", 0o700)
    # Deeper than Python's own removal of folders goes on some versions.
    subprocess.run(["rm", "-rf", root], check=True)


@contextmanager
def peaks_of_workers(parent: int) -> Iterator[dict[str, int]]:
    """The largest address space (VmPeak) and resident memory (VmHWM) of any worker, in bytes."""
    peaks = {"VmPeak": 0, "VmHWM": 0}
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.03):
            for child in decoders(parent):
                for name, value in _memory(child):
                    peaks[name] = max(peaks[name], value)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peaks
    finally:
        over.set()
        watcher.join()


def _memory(pid: int) -> Iterator[tuple[str, int]]:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        name, _, value = line.partition(":")
        if name in {"VmPeak", "VmHWM"}:
            yield name, int(value.split()[0]) * 1024


def run(
    root: Path, out: Path, *options: object, before: tuple[str, ...] = ()
) -> tuple[int, dict[str, int], str]:
    """Exit code, peaks of the workers, and what was said."""
    arguments = command(root, "--model", DEMO_MODEL, "--out", out, *options)
    with (
        subprocess.Popen(
            [*before, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process,
        peaks_of_workers(process.pid) as peaks,
    ):
        said = process.communicate(timeout=120)[0]
    return process.returncode, peaks, said


def check(tree: Tree, out: Path) -> None:
    """The details match the expectations one to one, the two CSV their sums."""
    rows = pq.read_table(out.with_suffix(".details.parquet")).to_pylist()
    found = {row["path_bytes"].removeprefix(b"Set/"): row for row in rows}
    assert len(found) == len(rows)
    assert found.keys() == tree.keys()
    wrong = [
        (path, row["status"], row["reason"], row["flags"])
        for path, row in found.items()
        if (row["status"], tuple(row["flags"] or ()))
        != (tree[path].status, tree[path].flags if tree[path].status == "scored" else ())
    ]
    assert not wrong
    for path, expected in tree.items():
        if expected.like is not None:
            twin = found[expected.like]
            for column in ("score", "label", "rgb_sha256"):
                assert found[path][column] == twin[column], path
    last = json.loads(out.with_suffix(".audit.jsonl").read_bytes().splitlines()[-1])
    assert last["data"]["listed"] == len(tree) == sum(last["data"]["counts"].values())
    assert [path for path, _ in sorted(found.items())] == list(found)


@pytest.mark.slow
def test_each_path_ends_as_expected(built: tuple[Path, Tree], tmp_path: Path) -> None:
    root, tree = built
    out = tmp_path / "r.csv"
    began = time.monotonic()
    with unchanged(root):
        code, peaks, said = run(root, out, "--file-timeout", 4)
    assert code == 3, said
    assert time.monotonic() - began < 60
    privileged = os.geteuid() == 0
    check(expectations(tree, privileged=privileged), out)
    assert 0 < peaks["VmPeak"] <= MOST_ADDRESS_SPACE
    assert peaks["VmHWM"] < 1 << 30
    assert "\x1b" not in said
    assert "\u202e" not in said


@pytest.mark.slow
@NEEDS_ROOT
def test_each_path_ends_as_expected_for_others(built: tuple[Path, Tree], tmp_path: Path) -> None:
    root, tree = built
    out = tmp_path / "r.csv"
    with unchanged(root):
        code, _, said = run(root, out, "--file-timeout", 4, before=UNPRIVILEGED)
    assert code == 3, said
    ordinary = {
        path: replace(one, status=one.unprivileged or one.status)
        for path, one in expectations(tree, privileged=False).items()
    }
    assert ordinary[b"reach/locked.png"].status is Status.PERMISSION_DENIED
    check(ordinary, out)


@pytest.mark.slow
def test_the_csv_is_the_same_however_it_is_decoded(
    built: tuple[Path, Tree], tmp_path: Path
) -> None:
    root, _ = built
    names = ("r.csv", "r.exceptions.csv")
    results = set()
    for index, options in enumerate((("--workers", 1, "--batch-size", 3), ("--workers", 5))):
        folder = tmp_path / str(index)
        folder.mkdir()
        run(root, folder / "r.csv", "--file-timeout", 4, *options)
        results.add(tuple((folder / name).read_bytes() for name in names))
    assert len(results) == 1


@pytest.mark.slow
def test_four_bombs_are_done_with(tmp_path: Path) -> None:
    """Ten seconds for a file, and no second try for what used them all."""
    root = tmp_path / "Set"
    root.mkdir()
    (root / "a-scans.jpg").write_bytes(scans(8192, 1500))
    (root / "b-pixels.png").write_bytes(png_of(65535, 65535, bytes(1000)))
    (root / "c-length.jp2").write_bytes(jp2_with_length(b"jp2h", 0xFFFFFFFF))
    (root / "d-text.png").write_bytes(small_png(chunk(b"tEXt", b"c\0" + b"A" * 100_000_000)))
    (root / "e-sound.png").write_bytes(small_png())
    began = time.monotonic()
    with unchanged(root):
        code, peaks, said = run(root, tmp_path / "r.csv", "--file-timeout", 10)
    assert code == 3, said
    # Ten seconds where a processor is free; where all are busy the file is tried a second time.
    assert time.monotonic() - began < 60
    assert peaks["VmHWM"] < 600 << 20
    lines = (tmp_path / "r.exceptions.csv").read_text().splitlines()[1:]
    status = {line.split(",")[-4]: (line.split(",")[0], line.split(",")[1]) for line in lines}
    assert {name: word for name, (word, _) in status.items()} == {
        "Set/a-scans.jpg": "timeout",
        "Set/b-pixels.png": "too_many_pixels",
        "Set/c-length.jp2": "truncated",
        "Set/d-text.png": "too_large",
    }
    assert all(reason for _, reason in status.values())
    assert (tmp_path / "r.csv").read_text().count("\n") == 2


@NEEDS_ROOT
def test_a_folder_mounted_into_itself_is_listed_and_not_entered(tmp_path: Path) -> None:
    root = tmp_path / "Set"
    (root / "a" / "b").mkdir(parents=True)
    (root / "a" / "one.png").write_bytes((SAMPLES / "ImageSet" / "cut.jpg").read_bytes())
    arguments = command(root, "--model", DEMO_MODEL, "--out", tmp_path / "r.csv", "--quiet")
    script = 'mount --bind "$0" "$0/a/b" && shift 0 && exec "$@"'
    done = subprocess.run(
        ["unshare", "--mount", "bash", "-c", script, root, *arguments],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "mount:" in done.stderr or "unshare:" in done.stderr:
        pytest.skip("this machine lets nobody mount")
    rows = pq.read_table(tmp_path / "r.details.parquet").to_pylist()
    assert [(row["path"], row["status"]) for row in rows] == [
        ("Set/a/b/", "special_file"),
        ("Set/a/one.png", "truncated"),
    ]
    assert "the same as one above it" in rows[0]["reason"]


@pytest.fixture
def thousands_deep(tmp_path: Path) -> Iterator[Path]:
    """A file below 1,500 folders in one another."""
    root = tmp_path / "Set"
    root.mkdir()
    try:
        here = os.open(root, os.O_RDONLY)
        for _ in range(1500):
            os.mkdir("d", dir_fd=here)
            below = os.open("d", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
        os.close(os.open("end", os.O_WRONLY | os.O_CREAT, dir_fd=here))
        os.close(here)
        yield root
    finally:
        subprocess.run(["rm", "-rf", root], check=True)  # deeper than Python itself can remove


@pytest.mark.slow
def test_thousands_of_folders_in_one_another(thousands_deep: Path, tmp_path: Path) -> None:
    """More levels than a process may have open files by default; the limit is taken as granted."""
    limits = ("bash", "-c", 'ulimit -S -n 256; exec "$0" "$@"')
    code, _, said = run(thousands_deep, tmp_path / "r.csv", before=limits)
    assert code == 3, said
    exceptions = (tmp_path / "r.exceptions.csv").read_text().splitlines()
    assert len(exceptions) == 2
    assert exceptions[1].startswith("empty_file,")


@pytest.mark.slow
def test_out_of_open_files_is_an_error_not_a_gap(tmp_path: Path) -> None:
    limits = ("bash", "-c", 'ulimit -n 18; exec "$0" "$@"')
    code, _, said = run(SAMPLES / "ImageSet", tmp_path / "r.csv", before=limits)
    assert code in {5, 7}, said
    assert "ulimit -n" in said
    assert not (tmp_path / "r.csv").exists()
