"""Whole runs over hostile containers: how they end, what they take, and what they leave behind."""

import os
import shutil
import struct
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import ad1_writer
from tests.support.ad1_writer import Entry, tree
from tests.support.containers import as_ad1, as_tar, as_zip, tar_bytes, zip_bomb
from tests.support.pictures import png
from tests.support.running import DEMO_MODEL, ROOT, measured

pytestmark = pytest.mark.slow

MEMORY = 300
"""MB: what a run may take at its most; half of it are the libraries."""
FILES = {f"p{index}.png".encode(): png((index, 0, 0)) for index in range(40)}


def put(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as stream:
        stream.seek(at)
        stream.write(data)


def shared_zip(path: Path) -> None:
    """42 kB that would expand to gigabytes."""
    path.write_bytes(zip_bomb(250, 20_000_000))
    assert path.stat().st_size < 42_000


def deep_ad1(path: Path) -> None:
    """Folders in folders: the paths would take a thousand times the container's size."""
    entry = Entry(b"x", b"")
    for _ in range(400):
        entry = Entry(b"d" * 100, children=[entry, Entry(b"x", b"")])
    ad1_writer.write(path, [entry])


def shared_ad1(path: Path) -> None:
    """Every item leads to the chunks of the first."""
    files = {f"{index:03d}".encode(): bytes(2_000_000) for index in range(50)}
    written = ad1_writer.write(path, tree(files))
    first = written.tables[b"000"]
    for name in files:
        put(path, 512 + written.items[name] + 24, struct.pack("<Q", first))


def zeros(path: Path) -> None:
    """A tar archive of four gigabytes of zeros, compressed."""
    program = "zstd" if shutil.which("zstd") else "gzip"
    info = tarfile.TarInfo("zeros")
    info.size = 4_000_000_000
    with (
        path.open("wb") as out,
        subprocess.Popen([program, "-1", "-c"], stdin=subprocess.PIPE, stdout=out) as packer,
    ):
        assert packer.stdin
        packer.stdin.write(info.tobuf())
        block = bytes(10_000_000)
        for _ in range(110):  # enough: it is not read to its end
            packer.stdin.write(block)
        packer.stdin.close()


def lying_zip(path: Path) -> None:
    data = bytearray(as_zip(path, {b"a.png": bytes(1_000_000)}).read_bytes())
    struct.pack_into("<I", data, data.rindex(b"PK\x01\x02") + 24, 250_000_000)
    path.write_bytes(data)


def without(path: Path, number: int) -> None:
    as_ad1(path, FILES, 3)
    path.with_suffix(f".ad{number}").unlink()


def looped(path: Path) -> None:
    written = ad1_writer.write(path, tree(FILES))
    last, first = written.items[b"p9.png"], written.items[b"p0.png"]
    put(path, 512 + last, struct.pack("<Q", first))


def expanding(path: Path) -> None:
    written = ad1_writer.write(path, [Entry(b"a", bytes(10_000_000))], chunk=10_000_000)
    put(path, 512 + 24, struct.pack("<I", 65536))
    put(path, 512 + written.items[b"a"] + 32, struct.pack("<Q", 60_000))


HOSTILE: dict[str, tuple[str, Callable[[Path], object], int]] = {
    "entries that share bytes": ("X.zip", shared_zip, 3),
    "a zip entry that lies": ("X.zip", lying_zip, 3),
    "names that climb": ("X.zip", lambda p: as_zip(p, {b"../../x.png": png()}), 3),
    "a tar that climbs": ("X.tar", lambda p: as_tar(p, {b"../../x.png": png()}), 3),
    "a tar of a bomb": ("X.tar.zst", zeros, 5),
    "a cut tar": ("X.tar", lambda p: p.write_bytes(tar_bytes(FILES)[:3000]), 5),
    "items that share chunks": ("X.ad1", shared_ad1, 3),
    "folders without end": ("X.ad1", deep_ad1, 5),
    "a missing segment": ("X.ad1", lambda p: without(p, 2), 5),
    "a loop": ("X.ad1", looped, 5),
    "a chunk beyond its size": ("X.ad1", expanding, 3),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_it_ends_and_leaves_nothing_behind(tmp_path: Path, kind: str) -> None:
    name, make, code = HOSTILE[kind]
    place = tmp_path / "deep" / "down"
    place.mkdir(parents=True)
    make(place / name)
    out = tmp_path / "out"
    out.mkdir()
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path != out}
    rest = ("--model", DEMO_MODEL, "--out", out / "r.csv")
    ended, peak, said = measured(place / name, *rest, cwd=place)
    assert ended == code, said
    assert "Traceback" not in said
    assert peak < MEMORY
    assert {path: path.stat().st_mtime_ns for path in before} == before
    outside = {path for path in tmp_path.rglob("*") if out not in path.parents} - {out}
    assert outside == set(before)


MAKE = """
import os, sys
from pathlib import Path
from tests.support import ad1_writer
files = {f"{index:03d}".encode(): os.urandom(int(sys.argv[2])) for index in range(100)}
ad1_writer.write(Path(sys.argv[1]), ad1_writer.tree(files), level=0)
"""


def test_memory_does_not_grow_with_the_container(tmp_path: Path) -> None:
    """A container two hundred times as large, of as many entries, takes as much memory."""
    peaks = []
    for size in (5_000, 1_000_000):
        path = tmp_path / f"X{size}.ad1"
        arguments = [sys.executable, "-c", MAKE, str(path), str(size)]
        subprocess.run(arguments, check=True, env=os.environ | {"PYTHONPATH": str(ROOT / "tests")})
        code, peak, _ = measured("verify-hash", path, "--md5", "0" * 32, "--quiet")
        assert code == 4
        peaks.append(peak)
    assert peaks[1] - peaks[0] < 20, peaks
