"""BagIt's manifests, old and new."""

from pathlib import Path

import pytest

from forensic_cli.errors import ManifestError
from forensic_cli.hashing import Digest
from forensic_cli.integrity.manifests import bagit
from forensic_cli.integrity.manifests.reading import read_manifest
from tests.support.containers import as_folder
from tests.support.running import Runner

MD5 = "0cc175b9c0f1b6a831c399e269772661"


def paths(tmp_path: Path, content: bytes, version: str = "") -> list[bytes]:
    (tmp_path / "manifest-md5.txt").write_bytes(content)
    if version:
        (tmp_path / "bagit.txt").write_text(f"BagIt-Version: {version}\n", encoding="utf-8")
    file = read_manifest(tmp_path / "manifest-md5.txt")
    assert file.format == "bagit"
    return list(file.manifest.paths())


@pytest.mark.parametrize("separator", ["  ", " ", "\t", " *"])
def test_lines(tmp_path: Path, separator: str) -> None:
    line = f"{MD5}{separator}data/a b.png\n".encode()
    assert paths(tmp_path, line) == [b"data/a b.png"]


@pytest.mark.parametrize(
    ("version", "name", "read"),
    [
        ("", b"a%0Ab%0d%25", b"a\nb\r%25"),
        ("0.97", b"a%0Ab%0d%25", b"a\nb\r%25"),
        ("1.0", b"a%0Ab%0d%25", b"a\nb\r%"),
        ("1.0", b"a%41", b"a%41"),
    ],
)
def test_percent_signs(tmp_path: Path, version: str, name: bytes, read: bytes) -> None:
    line = MD5.encode() + b"  data/" + name + b"\n"
    assert paths(tmp_path, line, version) == [b"data/" + read]


@pytest.mark.parametrize(
    ("version", "name"), [("1.0", b"data/a%0A\n\r%25%"), ("", b"data/50%25\n%")]
)
def test_what_is_written_is_read_back(tmp_path: Path, version: str, name: bytes) -> None:
    line = bagit.line(name, Digest("md5", MD5), percent=bool(version))
    assert paths(tmp_path, line, version) == [name]


def test_digits_of_another_algorithm(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="line 1"):
        paths(tmp_path, b"0" * 40 + b"  data/a\n")


def test_an_algorithm_that_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "manifest-whirlpool.txt").write_bytes(b"00  data/a\n")
    with pytest.raises(ManifestError, match="whirlpool"):
        read_manifest(tmp_path / "manifest-whirlpool.txt")


def test_a_bag_needs_no_tag_manifest(dfc: Runner, tmp_path: Path) -> None:
    folder = as_folder(tmp_path / "bag", {b"data/a.png": b"a"})
    (folder / "bagit.txt").write_text("BagIt-Version: 1.0\n", encoding="utf-8")
    (folder / "bag-info.txt").write_text("Contact-Name: K. E.\n", encoding="utf-8")
    (folder / "manifest-md5.txt").write_text(f"{MD5}  data/a.png\n", encoding="utf-8")
    assert "1 matched, 0 changed" in dfc("verify-hash", folder).out
    (folder / "added.png").write_bytes(b"new")
    assert "new            added.png" in dfc("verify-hash", folder, code=4).out
