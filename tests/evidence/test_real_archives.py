"""Archives as people have them: old names, other packings, parts, encryption, other kinds."""

import base64
import struct
import zipfile
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from forensic_cli.evidence.options import ENCODINGS, ReadingOptions
from forensic_cli.evidence.recognition import open_evidence
from forensic_cli.foundation.path_text import from_visible, visible
from tests.support.containers import read_all, rows
from tests.support.models import ModelMaker
from tests.support.pictures import png
from tests.support.running import Runner

PICTURE = png((1, 2, 3), (40, 30))


def zip_of(
    path: Path,
    name: bytes,
    data: bytes = PICTURE,
    *,
    flags: int = 0,
    method: int = 0,
    packed: bytes | None = None,
    extra: bytes = b"",
    system: int = 0,
    disk: int = 0,
) -> Path:
    """An archive of one entry, field by field."""
    content = data if packed is None else packed
    sizes = struct.pack("<LLL", zlib.crc32(data), len(content), len(data))
    local = struct.pack("<4s5H", b"PK\3\4", 20, flags, method, 0, 33) + sizes
    local += struct.pack("<HH", len(name), len(extra)) + name + extra
    central = struct.pack("<4sBB5H", b"PK\1\2", 20, system, 20, flags, method, 0, 33) + sizes
    central += struct.pack("<5HLL", len(name), len(extra), 0, 0, 0, 0, 0) + name + extra
    start = len(local) + len(content)
    end = struct.pack("<4s4H2LH", b"PK\5\6", disk, disk, 1, 1, len(central), start, 0)
    path.write_bytes(local + content + central + end)
    return path


def names(path: Path, encoding: str | None = None) -> list[bytes]:
    with closing(open_evidence(path, ReadingOptions(encoding))) as source:
        return [item.path for item in source.listing(lambda _: None)]


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("cp949", "한글/사진.png"), ("cp932", "写真/表.png"), ("cp866", "фото.png"),
        ("gb18030", "图片库.png"), ("cp437", "Übung.png"), ("euc_kr", "그림.png"),
    ],
)  # fmt: skip
def test_names_in_older_character_sets(tmp_path: Path, encoding: str, name: str) -> None:
    raw = name.encode(encoding)
    path = zip_of(tmp_path / "X.zip", raw)
    assert names(path, encoding) == [name.encode()]
    assert names(path) == [raw]
    text = visible(raw)
    assert from_visible(text) == raw
    for part in text.split("/"):  # no letters beside the escaped bytes of one name
        assert part.isascii()


def test_a_name_that_is_utf8_stays_so_whatever_is_said(tmp_path: Path) -> None:
    assert names(zip_of(tmp_path / "X.zip", "한글.png".encode()), "cp949") == ["한글.png".encode()]
    flagged = zip_of(tmp_path / "Y.zip", "한글.png".encode(), flags=0x800)
    assert names(flagged, "cp949") == ["한글.png".encode()]


def test_a_name_that_the_character_set_does_not_have_stays_as_it_is(tmp_path: Path) -> None:
    assert names(zip_of(tmp_path / "X.zip", b"\xff\xff.png"), "cp949") == [b"\xff\xff.png"]


def unicode_path(raw: bytes, name: str, *, checksum: int | None = None, version: int = 1) -> bytes:
    body = struct.pack("<BL", version, zlib.crc32(raw) if checksum is None else checksum)
    body += name.encode()
    return struct.pack("<HH", 0x7075, len(body)) + body


def test_the_unicode_path_of_an_entry(tmp_path: Path) -> None:
    raw = "한글.png".encode("cp949")
    other = struct.pack("<HH", 0x5455, 5) + b"\1\0\0\0\0"
    path = zip_of(tmp_path / "X.zip", raw, extra=other + unicode_path(raw, "한글.png"))
    assert names(path) == ["한글.png".encode()]
    for wrong in (
        unicode_path(raw, "한글.png", checksum=1), unicode_path(raw, "한글.png", version=2),
        b"u",
    ):  # fmt: skip
        assert names(zip_of(tmp_path / "X.zip", raw, extra=wrong)) == [raw]


def test_backslashes_of_windows_programs(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "X.zip", b"Set\\sub\\a.png")
    assert names(path) == [b"Set/sub/a.png"]
    unix = bytearray(zip_of(tmp_path / "X.zip", b"a\\b.png", system=3).read_bytes())
    assert names(tmp_path / "X.zip") == [b"a/b.png"]  # written by a program, not from a file
    struct.pack_into("<L", unix, unix.rindex(b"PK\1\2") + 38, 0o100644 << 16)
    (tmp_path / "X.zip").write_bytes(unix)
    assert names(tmp_path / "X.zip") == [b"a\\b.png"]
    assert names(zip_of(tmp_path / "X.zip", b"c/a\\b.png")) == [b"c/a\\b.png"]
    raw = "表/ソ.png".encode("cp932")  # whose second bytes are backslashes
    assert names(zip_of(tmp_path / "X.zip", raw)) == [raw]
    climbing = zip_of(tmp_path / "X.zip", b"..\\..\\x.png")
    assert "climbs" in str(read_all(climbing)[b"../../x.png"])


def test_every_character_set_is_known_to_python() -> None:
    assert all("a".encode(one) == b"a" for one in ENCODINGS)


DEFLATE64 = base64.b64decode("7cExAQAAAMKg9U9tDB+gAAAAAAAAAAAAAAAAAAAAgLcBAA==")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_packings_are_read(tmp_path: Path, method: int) -> None:
    with zipfile.ZipFile(tmp_path / "X.zip", "w", method) as archive:
        archive.writestr("a.png", PICTURE)
        archive.writestr("b.bin", bytes(range(256)) * 300)
    found = read_all(tmp_path / "X.zip")
    assert found == {b"a.png": PICTURE, b"b.bin": bytes(range(256)) * 300}


def deflated64(data: bytes) -> bytes:
    inflate64 = pytest.importorskip("inflate64")
    deflater = inflate64.Deflater()
    packed: bytes = deflater.deflate(data) + deflater.flush()
    return packed


@pytest.mark.parametrize("data", [PICTURE, bytes(range(256)) * 2000, b"x"])
def test_deflate64_is_read(tmp_path: Path, data: bytes) -> None:
    path = zip_of(tmp_path / "X.zip", b"a", data, method=9, packed=deflated64(data))
    assert read_all(path) == {b"a": data}


@pytest.mark.parametrize("damage", ["cut", "flipped", "longer", "shorter"])
def test_damaged_deflate64_is_damage(tmp_path: Path, damage: str) -> None:
    data = bytes(range(256)) * 200
    packed = deflated64(data)
    middle = len(packed) // 2
    damaged = {
        "cut": packed[:middle],
        "flipped": packed[:middle] + bytes([packed[middle] ^ 8]) + packed[middle + 1 :],
        "longer": deflated64(data + b"more"),
        "shorter": deflated64(data[:-9]),
    }[damage]
    path = zip_of(tmp_path / "X.zip", b"a", data, method=9, packed=damaged)
    assert "the archive is damaged here" in str(read_all(path)[b"a"])


@pytest.mark.parametrize("method", [9, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_claims_to_unpack_to_too_much_is_no_content(tmp_path: Path, method: int) -> None:
    path = zip_of(tmp_path / "X.zip", b"a", bytes(10), method=method, packed=b"x" * 20)
    data = bytearray(path.read_bytes())
    struct.pack_into("<L", data, data.rindex(b"PK\1\2") + 24, 300_000)
    path.write_bytes(data)
    assert "decompression bomb" in str(read_all(path)[b"a"])


REFUSED: dict[str, tuple[Callable[[Path], Path], str]] = {
    "AES": (lambda path: zip_of(path, b"a", flags=1, method=99), "encrypted (AES)"),
    "encrypted": (lambda path: zip_of(path, b"a", flags=1), "encrypted (ZIP's older way)"),
    "last part": (lambda path: zip_of(path, b"a", disk=2), "split into 3"),
    "first part": (lambda path: made(path, b"PK\7\x08PK\3\4" + bytes(99)), "first part of a split"),
    "AFF4": (lambda path: zip_of(path, b"container.description"), "AFF4 image"),
    "AFF4 by its turtle": (lambda path: zip_of(path, b"information.turtle"), "AFF4 image"),
    "VHDX": (lambda path: made(path, b"vhdxfile" + bytes(999)), "VHDX disk image"),
    "VHD": (lambda path: made(path, bytes(999) + b"conectix" + bytes(504)), "VHD disk image"),
    "DMG": (lambda path: made(path, bytes(999) + b"koly" + bytes(508)), "DMG disk image"),
    "ISO": (lambda path: made(path, bytes(32769) + b"CD001" + bytes(99)), "ISO 9660"),
    "7z": (lambda path: made(path, b"7z\xbc\xaf\x27\x1c" + bytes(99)), "7z archive"),
    "RAR": (lambda path: made(path, b"Rar!\x1a\x07\1\0" + bytes(99)), "RAR archive"),
    "E01": (lambda path: made(path, b"EVF\x09\x0d\x0a\xff\x00" + bytes(99)), "E01"),
    "NTFS": (lambda path: made(path, b"\xeb\x52\x90NTFS    " + bytes(500)), "NTFS"),
}


def made(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_read_is_named_once_with_the_way_on(
    dfc: Runner, make_model: ModelMaker, tmp_path: Path, name: str
) -> None:
    make, words = REFUSED[name]
    path = make(tmp_path / "X.bin")
    done = dfc(path, "--model", make_model(), "--out", tmp_path / "r.csv", code=5)
    assert words in done.err
    assert any(advice in done.err for advice in ("working copy", "mount it"))
    assert done.err.count("error:") == 1
    assert not (tmp_path / "r.csv").exists()


def test_one_encrypted_entry_of_several_is_an_exception_of_its_own(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "X.zip", "w") as archive:
        archive.writestr("a.png", PICTURE)
        archive.writestr("b.png", PICTURE)
    data = bytearray((tmp_path / "X.zip").read_bytes())
    data[data.rindex(b"PK\1\2") + 8] |= 1
    (tmp_path / "X.zip").write_bytes(data)
    found = read_all(tmp_path / "X.zip")
    assert found[b"a.png"] == PICTURE
    assert "it is encrypted" in str(found[b"b.png"])


def test_an_empty_archive_is_empty_and_not_damaged(
    dfc: Runner, make_model: ModelMaker, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "X.zip", "w"):
        pass
    done = dfc(tmp_path / "X.zip", "--model", make_model(), "--out", tmp_path / "r.csv", code=5)
    assert "is empty" in done.err
    assert "damaged" not in done.err


def test_the_command_takes_the_character_set(
    dfc: Runner, make_model: ModelMaker, tmp_path: Path
) -> None:
    path = zip_of(tmp_path / "X.zip", "한글.png".encode("cp949"))
    model, out = make_model(), tmp_path / "r.csv"
    dfc(path, "--model", model, "--out", out, "--names", "CP949")
    assert [row[2] for row in rows(out)[1:]] == ["한글.png"]
    (tmp_path / "l.md5").write_bytes(
        b"%s  %s\n" % (__import__("hashlib").md5(PICTURE).hexdigest().encode(), "한글.png".encode())
    )
    dfc("verify-hash", path, "--hashes", tmp_path / "l.md5", "--names", "cp949")
    assert "no character set" in dfc(path, "--out", out, "--names", "cp1", code=2).err
