"""An archive of hard links: 512 bytes each, and the content of another entry to read."""

import hashlib
import io
import subprocess
import tarfile
from collections import Counter
from pathlib import Path

import pytest

from forensic_cli.evidence.opening import EvidenceFile
from tests.support.containers import read_all, rows
from tests.support.hostile import noise
from tests.support.models import ModelMaker
from tests.support.pictures import encoded
from tests.support.running import Runner

LINKS = 150
PICTURE = encoded(noise(700, 500), "BMP")


@pytest.fixture(params=["", "gzip"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """One picture of a megabyte and many names for it."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        info = tarfile.TarInfo("m.bmp")
        info.size = len(PICTURE)
        tar.addfile(info, io.BytesIO(PICTURE))
        for index in range(LINKS):
            link = tarfile.TarInfo(f"{'am'[index % 2]}{index:04d}.bmp")
            link.type, link.linkname = tarfile.LNKTYPE, "m.bmp"
            tar.addfile(link)
        other = tarfile.TarInfo("z.bmp")
        other.size = len(PICTURE)
        tar.addfile(other, io.BytesIO(PICTURE))
    data = stream.getvalue()
    if request.param:
        packed = subprocess.run([request.param], input=data, capture_output=True, check=True)
        data = packed.stdout
    path = tmp_path / ("X.tar.gz" if request.param else "X.tar")
    path.write_bytes(data)
    return path


@pytest.fixture
def bytes_read(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    counts: Counter[str] = Counter()
    original = EvidenceFile.read_at

    def read_at(self: EvidenceFile, offset: int, size: int) -> bytes:
        counts["bytes"] += size
        return original(self, offset, size)

    monkeypatch.setattr(EvidenceFile, "read_at", read_at)
    return counts


def test_content_is_read_once_in_each_pass(
    dfc: Runner, make_model: ModelMaker, tmp_path: Path, archive: Path, bytes_read: Counter[str]
) -> None:
    out = tmp_path / "r.csv"
    dfc(archive, "--model", make_model(), "--out", out)
    assert len(rows(out)) == 1 + LINKS + 2
    assert len({row[0] for row in rows(out)[1:]}) == 1
    assert bytes_read["bytes"] < 8 * archive.stat().st_size


def test_verification_reads_it_once_too(
    dfc: Runner, tmp_path: Path, archive: Path, bytes_read: Counter[str]
) -> None:
    digest = hashlib.md5(PICTURE, usedforsecurity=False).hexdigest()
    names = ["m.bmp", "z.bmp", *(f"{'am'[index % 2]}{index:04d}.bmp" for index in range(LINKS))]
    listed = tmp_path / "list.md5"
    listed.write_text("".join(f"{digest}  {name}\n" for name in names))
    done = dfc("verify-hash", archive, "--hashes", listed)
    assert f"{LINKS + 2} matched" in done.out
    assert bytes_read["bytes"] < 8 * archive.stat().st_size


def test_the_content_is_the_same(archive: Path) -> None:
    found = read_all(archive)
    assert len(found) == LINKS + 2
    assert set(found.values()) == {PICTURE}


def test_one_that_comes_after_all_are_forgotten(
    dfc: Runner, make_model: ModelMaker, tmp_path: Path, archive: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """What is remembered of contents is bounded, in two places of different sizes."""
    monkeypatch.setattr("forensic_cli.pipelines.decoding._MOST_REMEMBERED", 0)
    out = tmp_path / "r.csv"
    dfc(archive, "--model", make_model(), "--out", out)
    assert len({row[0] for row in rows(out)[1:]}) == 1
    monkeypatch.setattr("forensic_cli.evidence.shared_content._MOST", 0)
    dfc(archive, "--model", make_model(), "--out", tmp_path / "s.csv")
    assert rows(tmp_path / "s.csv") == rows(out)
