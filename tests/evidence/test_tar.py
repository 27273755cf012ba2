"""Tar archives, plain and compressed, sound and hostile."""

import io
import os
import shutil
import subprocess
import tarfile
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import pytest

from forensic_cli.errors import EvidenceError, ItemRefusedError
from forensic_cli.evidence import unpacking
from forensic_cli.evidence.kinds import Compression
from forensic_cli.evidence.recognition import open_evidence
from forensic_cli.hashing import Readable
from tests.support.containers import (
    NOT_UTF8,
    ODD_NAMES,
    as_folder,
    as_tar,
    read_all,
    refusals,
    tar_bytes,
)

FILES = {
    **{name: name * 1000 for name in ODD_NAMES},
    NOT_UTF8: b"x",
    b"empty": b"",
    b"long/" * 60 + b"name.png": b"long",
}
PROGRAMS = ("", "gzip", "bzip2", "xz", "zstd")


def needs(program: str) -> None:
    if program and shutil.which(program) is None:
        pytest.skip(f"needs {program}")


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_was_written_is_read(tmp_path: Path, program: str) -> None:
    needs(program)
    assert read_all(as_tar(tmp_path / "X", FILES, program)) == FILES


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_both_formats_of_long_names(tmp_path: Path, form: int) -> None:
    (tmp_path / "X.tar").write_bytes(tar_bytes(FILES, form))
    assert read_all(tmp_path / "X.tar") == FILES


@pytest.mark.parametrize("options", ["-cf", "-czf", "--sparse -cf", "--format=v7 -cf"])
def test_what_gnu_tar_writes(tmp_path: Path, options: str) -> None:
    files = {name: content for name, content in FILES.items() if len(name) < 90}
    folder = as_folder(tmp_path / "Set", files)
    subprocess.run(["tar", *options.split(), tmp_path / "X.tar", "."], cwd=folder, check=True)
    assert read_all(tmp_path / "X.tar") == files


@pytest.mark.parametrize("program", ["gzip", "bzip2", "xz", "zstd"])
def test_compressed_streams_one_after_the_other(tmp_path: Path, program: str) -> None:
    needs(program)
    data = tar_bytes(FILES)
    halves = (data[: len(data) // 2], data[len(data) // 2 :])
    packed = [
        subprocess.run([program, "-c"], input=half, capture_output=True, check=True).stdout
        for half in halves
    ]
    (tmp_path / "X").write_bytes(b"".join(packed))
    assert read_all(tmp_path / "X") == FILES


def test_a_compressed_archive_is_read_in_its_own_order(tmp_path: Path) -> None:
    files = {b"z": b"1" * 10_000, b"m": b"2" * 10_000, b"a": b"3" * 10_000}
    with closing(open_evidence(as_tar(tmp_path / "X.tar.gz", files, "gzip"))) as source:
        listing = source.listing(lambda _: None)
        assert [item.path for item in listing] == [b"a", b"m", b"z"]
        order = list(source.in_reading_order(range(3)))
        assert [listing[index].path for index in order] == [b"z", b"m", b"a"]
        for index in (*order, *order):  # again, from its beginning
            with source.reading(listing[index]) as stream:
                assert stream.read(1 << 20) == files[listing[index].path]


def special(path: Path) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, kind in (
            ("symlink", tarfile.SYMTYPE),
            ("hard link", tarfile.LNKTYPE),
            ("device", tarfile.CHRTYPE),
            ("fifo", tarfile.FIFOTYPE),
            ("folder", tarfile.DIRTYPE),
            ("unknown", b"Z"),
        ):
            info = tarfile.TarInfo(name)
            info.type = kind
            info.linkname = "../../etc/passwd" if kind in {tarfile.SYMTYPE, tarfile.LNKTYPE} else ""
            archive.addfile(info)
        info = tarfile.TarInfo("../../x")
        archive.addfile(info)
    return path


def test_links_and_devices(tmp_path: Path) -> None:
    assert refusals(special(tmp_path / "X.tar")) == {
        b"symlink": "symlink: symbolic link to ../../etc/passwd; links are listed, never followed",
        b"hard link": "read_error: a hard link to what is not in the archive, or cannot be read in "
        "it",
        b"device": "special_file: not a regular file (a FIFO, a device or unknown)",
        b"fifo": "special_file: not a regular file (a FIFO, a device or unknown)",
        b"unknown": "special_file: not a regular file (a FIFO, a device or unknown)",
        b"../../x": "read_error: its name climbs out of the container with '..'; such an entry is "
        "not read",
    }


def test_hard_links_have_their_content(tmp_path: Path) -> None:
    folder = as_folder(tmp_path / "Set", {b"sub/a.png": b"content", b"z": b"z"})
    os.link(folder / "sub" / "a.png", folder / "b.png")
    os.link(folder / "b.png", folder / "c.png")
    subprocess.run(["tar", "-cf", tmp_path / "X.tar", "."], cwd=folder, check=True)
    assert read_all(tmp_path / "X.tar") == read_all(folder)


def test_many_hard_links_in_a_compressed_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = as_folder(tmp_path / "Set", {b"a.png": b"content", b"z": b"z"})
    for number in range(50):
        os.link(folder / "a.png", folder / f"link{number:02d}")
    subprocess.run(["tar", "-czf", tmp_path / "X.tar.gz", "."], cwd=folder, check=True)
    begun = []
    begin = unpacking._BEGIN[Compression.GZIP]

    def counted(raw: BinaryIO) -> Readable:
        begun.append(1)
        return begin(raw)

    monkeypatch.setitem(unpacking._BEGIN, Compression.GZIP, counted)
    assert len(read_all(tmp_path / "X.tar.gz")) == 52
    assert len(begun) < 5


def test_the_same_name_twice(tmp_path: Path) -> None:
    one, two = tar_bytes({b"a": b"1"}), tar_bytes({b"./a": b"2"})
    (tmp_path / "X.tar").write_bytes(one[:1024] + two)
    assert read_all(tmp_path / "X.tar") == {b"a": b"1", b"a#2": b"2"}


def header_damaged(data: bytes) -> bytes:
    at = data.index(b"second")
    return data[:at] + b"S" + data[at + 1 :]


SOUND = tar_bytes({b"first": b"1" * 2000, b"second": b"2" * 2000, b"third": b"3" * 2000})
DAMAGED = {
    "a header in the middle": header_damaged(SOUND),
    "cut in a content": SOUND[:1500],
    "cut between two entries": SOUND[:2560],
    "cut in a header": SOUND[:2700],
    "cut in the last content": SOUND[: 2560 * 2 + 512 + 700],
    "something after its end": SOUND + tar_bytes({b"hidden": b"x"}),
    "a size below zero": SOUND[:124] + b"\xff" * 12 + SOUND[136:],
}


@pytest.mark.parametrize("damage", DAMAGED)
@pytest.mark.parametrize("program", ["", "gzip"])
def test_damaged_archives(tmp_path: Path, damage: str, program: str) -> None:
    data = DAMAGED[damage]
    if program:
        data = subprocess.run([program, "-c"], input=data, capture_output=True, check=True).stdout
    (tmp_path / "X.tar").write_bytes(data)
    with pytest.raises(EvidenceError):
        read_all(tmp_path / "X.tar")


def pax(records: bytes, size: int | None = None) -> bytes:
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, len(records) if size is None else size
    padding = bytes(-len(records) % 512)
    return info.tobuf(tarfile.USTAR_FORMAT) + records + padding


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (pax(b"x", 8_000_000_000), "a header claims"),
        (pax(b"20 size=-100000000\n"), "cannot be read"),
        (pax(b"999999999999 path=x\n"), "cannot be read"),
        (pax(b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n"), "cannot be read"),
        (b"".join(pax(b"10 path=x\n") for _ in range(3000)), "cannot be read"),
        (pax(b"27 GNU.sparse.size=99999999\n" + b"1" * 100_000), "a header of digits"),
    ],
    ids=["gigabytes", "negative", "nonsense", "sparse", "a chain", "digits"],
)
def test_hostile_headers(tmp_path: Path, head: bytes, said: str) -> None:
    (tmp_path / "X.tar").write_bytes(head + tar_bytes({b"a": b"1"})[:1024])
    with pytest.raises(EvidenceError, match=said):
        read_all(tmp_path / "X.tar")


@pytest.mark.parametrize("program", ["gzip", "bzip2", "xz", "zstd"])
@pytest.mark.parametrize("damage", ["cut", "flipped", "garbage after it"])
def test_damaged_compression(tmp_path: Path, program: str, damage: str) -> None:
    needs(program)
    data = bytearray(as_tar(tmp_path / "X", FILES, program).read_bytes())
    if damage == "cut":
        data = data[:-20]
    elif damage == "flipped":
        data[len(data) // 2] ^= 0xFF
    else:
        data += b"garbage"
    (tmp_path / "X").write_bytes(data)
    with pytest.raises(EvidenceError):
        read_all(tmp_path / "X")


@pytest.mark.parametrize("program", ["gzip", "bzip2", "xz", "zstd"])
def test_a_decompression_bomb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    needs(program)
    monkeypatch.setattr(unpacking, "_FREE", 1 << 20)
    as_tar(tmp_path / "X", {b"a": bytes(50_000_000)}, program)
    with pytest.raises(EvidenceError, match="decompression bomb"):
        read_all(tmp_path / "X")


def test_a_compressed_file_that_is_no_archive(tmp_path: Path) -> None:
    data = subprocess.run(["gzip", "-c"], input=b"text" * 500, capture_output=True, check=True)
    (tmp_path / "X.gz").write_bytes(data.stdout)
    with pytest.raises(EvidenceError, match="holds no tar archive"):
        read_all(tmp_path / "X.gz")


def test_a_sparse_file_says_so(tmp_path: Path) -> None:
    with (tmp_path / "hole").open("wb") as stream:
        stream.truncate(10_000_000)
        stream.seek(5_000_000)
        stream.write(b"x")
    subprocess.run(["tar", "-S", "-cf", "X.tar", "hole"], cwd=tmp_path, check=True)
    assert "sparse" in refusals(tmp_path / "X.tar")[b"hole"]


def test_an_archive_that_is_written_to_while_it_is_read(tmp_path: Path) -> None:
    path = as_tar(tmp_path / "X.tar", FILES)
    with closing(open_evidence(path)) as source:
        item = source.listing(lambda _: None)[0]
        with pytest.raises(ItemRefusedError, match="written to"), source.reading(item):
            path.write_bytes(path.read_bytes() + b"x")


def test_it_is_told_by_content(tmp_path: Path) -> None:
    (tmp_path / "X.zip").write_bytes(io.BytesIO(tar_bytes(FILES)).getvalue())
    with closing(open_evidence(tmp_path / "X.zip")) as source:
        assert source.kind == "tar archive"
