"""ZIP archives, sound and hostile."""

import os
import shutil
import stat
import struct
import subprocess
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from forensic_cli.errors import EvidenceError, ItemRefusedError
from forensic_cli.evidence import zip_stream
from forensic_cli.evidence.recognition import open_evidence
from tests.support.containers import (
    NOT_UTF8,
    ODD_NAMES,
    as_folder,
    as_zip,
    read_all,
    refusals,
    zip_bomb,
)

FILES = {name: name * 1000 for name in ODD_NAMES} | {b"empty": b""}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_what_was_written_is_read(tmp_path: Path, method: int) -> None:
    assert read_all(as_zip(tmp_path / "X.zip", FILES, method)) == FILES


@pytest.mark.slow
def test_zip64(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "X.zip", "w") as archive:
        for index in range(66_000):  # more than 16 bits count
            archive.writestr(f"{index}", b"")
        with archive.open("large", "w", force_zip64=True) as stream:
            stream.write(b"large")
    found = read_all(tmp_path / "X.zip")
    assert len(found) == 66_001
    assert found[b"large"] == b"large"


@pytest.mark.skipif(shutil.which("zip") is None, reason="needs Info-ZIP")
def test_what_info_zip_writes(tmp_path: Path) -> None:
    files = {**FILES, NOT_UTF8: b"x"}
    folder = as_folder(tmp_path / "Set", files)
    subprocess.run(["zip", "-qr", tmp_path / "X.zip", "."], cwd=folder, check=True)
    found = read_all(tmp_path / "X.zip")
    assert {name: found[name] for name in FILES} == FILES
    assert len(found) == len(files)


def test_folders_are_no_entries(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "X.zip", "w") as archive:
        archive.writestr("sub/", b"")
        archive.writestr("./sub//a.png", b"a")
    assert read_all(tmp_path / "X.zip") == {b"sub/a.png": b"a"}


def test_links_and_devices(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "X.zip", "w") as archive:
        for name, kind in (("link", stat.S_IFLNK), ("device", stat.S_IFCHR)):
            info = zipfile.ZipInfo(name)
            info.create_system = 3
            info.external_attr = (kind | 0o777) << 16
            archive.writestr(info, b"/etc/passwd")
    assert refusals(tmp_path / "X.zip") == {
        b"link": "symlink: symbolic link to /etc/passwd; links are listed, never followed",
        b"device": "special_file: not a regular file",
    }


def test_names_that_climb_or_are_there_twice(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "X.zip", "w") as archive:
        archive.writestr("../../x", b"x")
        archive.writestr("a.png", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.png", b"2")
        archive.writestr("/absolute.png", b"3")
    found = refusals(tmp_path / "X.zip")
    assert "climbs out" in found[b"../../x"]
    assert read_all(tmp_path / "X.zip")[b"a.png"] == b"1"
    assert read_all(tmp_path / "X.zip")[b"a.png#2"] == b"2"
    assert read_all(tmp_path / "X.zip")[b"absolute.png"] == b"3"
    with closing(open_evidence(tmp_path / "X.zip")) as source:
        assert len(source.listing(lambda _: None)) == 4


def test_encrypted_and_oddly_compressed_entries_say_so(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "X.zip", "w") as archive:
        archive.writestr("plain.png", b"plain")
        archive.writestr("ppmd.png", b"ppmd")
        archive.writestr("secret.png", b"secret")
    data = bytearray((tmp_path / "X.zip").read_bytes())
    at = data.rindex(b"PK\x01\x02", 0, data.rindex(b"secret.png"))
    data[at + 8] |= 1
    at = data.rindex(b"PK\x01\x02", 0, data.rindex(b"ppmd.png"))
    data[at + 10] = 98
    (tmp_path / "X.zip").write_bytes(data)
    found = read_all(tmp_path / "X.zip")
    assert found[b"plain.png"] == b"plain"
    assert "it is encrypted" in str(found[b"secret.png"])
    assert "compression method PPMd is not read" in str(found[b"ppmd.png"])


def test_entries_that_share_bytes(tmp_path: Path) -> None:
    (tmp_path / "X.zip").write_bytes(zip_bomb(500, 20_000_000))
    found = refusals(tmp_path / "X.zip")
    assert len(found) == 500
    assert all("shares its bytes" in reason for reason in found.values())


def test_more_than_deflate_can_hold(tmp_path: Path) -> None:
    data = bytearray(as_zip(tmp_path / "X.zip", {b"a.png": bytes(10_000_000)}).read_bytes())
    struct.pack_into("<I", data, data.rindex(b"PK\x01\x02") + 24, 900_000_000)
    (tmp_path / "X.zip").write_bytes(data)
    assert "more than sound content packs to" in refusals(tmp_path / "X.zip")[b"a.png"]


@pytest.mark.parametrize("at", ["content", "checksum", "local name"])
def test_damage_is_that_entry_s_alone(tmp_path: Path, at: str) -> None:
    files = {b"a.png": os.urandom(5000), b"b.png": b"b"}
    data = bytearray(as_zip(tmp_path / "X.zip", files).read_bytes())
    place = {"content": 100, "checksum": data.index(b"PK\x01\x02") + 16, "local name": 30}[at]
    data[place] ^= 1
    (tmp_path / "X.zip").write_bytes(data)
    found = read_all(tmp_path / "X.zip")
    assert found[b"b.png"] == b"b"
    said = "contradicts itself: its checksum" if at == "checksum" else "is damaged here"
    assert f"read_error: the archive {said}" in str(found[b"a.png"])


@pytest.mark.parametrize("keep", [22, 100, -1, -30])
def test_a_cut_archive(tmp_path: Path, keep: int) -> None:
    data = as_zip(tmp_path / "X.zip", FILES).read_bytes()
    (tmp_path / "X.zip").write_bytes(data[:keep])
    with pytest.raises(EvidenceError):
        read_all(tmp_path / "X.zip")


def test_a_name_that_claims_to_be_utf8(tmp_path: Path) -> None:
    data = as_zip(tmp_path / "X.zip", {"한.png".encode(): b"x"}).read_bytes()
    (tmp_path / "X.zip").write_bytes(data.replace("한".encode(), b"\xff\xfe\xfd"))
    with pytest.raises(EvidenceError, match=r"'X\.zip' cannot be read"):
        read_all(tmp_path / "X.zip")


def test_a_directory_of_gigabytes(tmp_path: Path) -> None:
    with (tmp_path / "X.zip").open("wb") as stream:
        stream.write(b"PK\x03\x04")
        stream.seek(3_000_000_000)
        stream.write(b"PK\x05\x06" + struct.pack("<4H2IH", 0, 0, 1, 1, 2_900_000_000, 0, 0))
    with pytest.raises(EvidenceError, match="claims 2900000000 bytes"):
        read_all(tmp_path / "X.zip")


def test_a_large_entry_is_no_large_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zip_stream, "_MAX_DIRECTORY", 200)
    files = {b"a.png": os.urandom(10_000)}
    assert read_all(as_zip(tmp_path / "X.zip", files, zipfile.ZIP_STORED)) == files


def test_an_archive_after_a_program(tmp_path: Path) -> None:
    data = as_zip(tmp_path / "X.zip", FILES).read_bytes()
    (tmp_path / "X.exe").write_bytes(b"MZ" + bytes(3000) + data)
    assert read_all(tmp_path / "X.exe") == FILES


def test_an_archive_that_is_written_to_while_it_is_read(tmp_path: Path) -> None:
    path = as_zip(tmp_path / "X.zip", FILES)
    with closing(open_evidence(path)) as source:
        item = source.listing(lambda _: None)[0]
        with pytest.raises(ItemRefusedError, match="written to"), source.reading(item):
            path.write_bytes(path.read_bytes() + b"x")
