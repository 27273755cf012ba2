"""Files that are no pictures: what may hold some is no "not an image", and a lost one is damage."""

import base64
import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from forensic_cli.imaging.other_content import is_called_picture, other_content
from forensic_cli.records import Status
from tests.support.containers import rows
from tests.support.hostile import noise
from tests.support.models import ModelMaker
from tests.support.pictures import encoded, png
from tests.support.running import Runner


def zipped(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def tarred() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        info = tarfile.TarInfo("a.png")
        info.size = 4
        archive.addfile(info, io.BytesIO(b"data"))
    return stream.getvalue()


CONTAINERS = {
    "ZIP": zipped(a=png()),
    "empty ZIP": zipped(),
    "tar": tarred(),
    "gzip": gzip.compress(b"x" * 99),
    "bzip2": bz2.compress(b"x" * 99),
    "xz": lzma.compress(b"x" * 99),
    "RAR": b"Rar!\x1a\x07\x01\0" + bytes(20),
    "7-Zip": b"7z\xbc\xaf\x27\x1c" + bytes(20),
    "ISO": bytes(32769) + b"CD001" + bytes(99),
    "VHDX": b"vhdxfile" + bytes(99),
    "VHD": bytes(4096) + b"conectix" + bytes(504),
    "DMG": bytes(4096) + b"koly" + bytes(508),
    "E01": b"EVF\x09\x0d\x0a\xff\x00" + bytes(99),
    "AD1": b"ADSEGMENTEDFILE\0" + bytes(999),
    "NTFS": b"\xeb\x52\x90NTFS    " + bytes(500),
    "FAT": (b"\xeb\x3c\x90MSDOS5.0" + bytes(43) + b"FAT16   ").ljust(510, b"\0") + b"\x55\xaa",
    "Windows' thumbnails": b"CMMM" + bytes(99),
    "Thumbs.db": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "Catalog".encode("utf-16-le"),
}
DOCUMENTS = {
    "PDF": b"%PDF-1.7\n" + bytes(50),
    "Word": zipped(**{"[Content_Types].xml": b"<Types/>", "word/document.xml": b""}),
    "OpenDocument": zipped(mimetype=b"application/vnd.oasis.opendocument.text"),
    "EPUB": zipped(mimetype=b"application/epub+zip"),
    "old Word": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "RTF": b"{\\rtf1\\ansi hello}",
    "e-mail": b"Received: from a by b\r\nDate: today\r\nFrom: a@b\r\nSubject: x\r\n\r\nhello",
    "mailbox": b"From a@b Thu Jan  1\nDate: x\nTo: y\n",
    "Outlook": b"!BDN" + bytes(99),
}
VIDEOS = {
    "MP4": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(50),
    "QuickTime": b"\0\0\0\x14ftypqt  \0\0\0\0qt  " + bytes(50),
    "old QuickTime": b"\0\0\1\0moov" + bytes(300),
    "Matroska": b"\x1a\x45\xdf\xa3" + bytes(50),
    "AVI": b"RIFF\x40\0\0\0AVI LIST" + bytes(50),
    "Windows Media": b"\x30\x26\xb2\x75\x8e\x66\xcf\x11" + bytes(50),
    "MPEG": b"\0\0\1\xba" + bytes(50),
    "transport stream": (b"\x47" + bytes(187)) * 5,
}
KINDS = {
    Status.CONTAINER_INSIDE: CONTAINERS,
    Status.DOCUMENT: DOCUMENTS,
    Status.VIDEO: VIDEOS,
}
NEITHER = {
    "text": b"Not skipped: just words\n" * 9,
    "a letter": b"From the desk of nobody\nDear Sir,\n",
    "a web page": b"<!doctype html><html></html>",
    "a song": b"ID3\x04" + bytes(99),
    "music": b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42" + bytes(50),
    "a program": b"\x7fELF\2\1\1" + bytes(99),
    "a database": b"SQLite format 3\0" + bytes(99),
    "Korean": "사진이 아닙니다\n".encode() * 40,
    "UTF-16": "no picture\n".encode("utf-16") * 3,
}


@pytest.mark.parametrize(
    ("status", "name"), [(status, name) for status, made in KINDS.items() for name in made]
)
def test_what_may_hold_pictures_is_named(status: Status, name: str) -> None:
    found = other_content(KINDS[status][name], is_called_picture=False)
    assert found is not None
    assert found[0] is status
    assert found[1].endswith("not examined")


@pytest.mark.parametrize("name", NEITHER)
def test_what_holds_none_stays_no_image_under_any_name(name: str) -> None:
    assert other_content(NEITHER[name], is_called_picture=False) is None
    assert other_content(NEITHER[name], is_called_picture=True) is None


JPEG = encoded(noise(64, 48), "JPEG")
PICTURES = {
    "JPEG": JPEG,
    "PNG": encoded(noise(64, 48), "PNG"),
    "WEBP": encoded(noise(64, 48), "WEBP"),
    "AVIF": encoded(noise(64, 48), "AVIF"),
}
LOST: dict[str, Callable[[bytes], bytes]] = {
    "nothing but zeros": lambda data: bytes(len(data)),
    "zeros over its head": lambda data: bytes(512) + data[512:],
    "noise over its head": lambda data: bytes(range(7, 135)) * 4 + data[512:],
    "a byte-order mark": lambda data: b"\xef\xbb\xbf" + data,
    "a line": lambda data: b"\r\n" + data,
    "an answer of a server": lambda data: b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n" + data,
    "base64": base64.encodebytes,
    "base64 in a line": base64.b64encode,
    "an address of data": lambda data: b"data:image/jpeg;base64," + base64.b64encode(data),
    "hexadecimal digits": lambda data: data.hex().encode(),
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "encryption": lambda data: bytes(one ^ 0x5A for one in data),
}


@pytest.mark.parametrize("form", PICTURES)
@pytest.mark.parametrize("way", LOST)
def test_a_lost_picture_is_damage_and_no_text(form: str, way: str) -> None:
    found = other_content(LOST[way](PICTURES[form]), is_called_picture=True)
    assert found is not None
    assert found[0] is Status.CORRUPT
    assert found[1].isprintable()


def test_a_picture_after_blanks_is_damage_under_any_name() -> None:
    found = other_content(b"\n\xef\xbb\xbf" + JPEG, is_called_picture=False)
    assert found == (Status.CORRUPT, "its picture begins after 4 foreign bytes")
    assert other_content(b"words " + JPEG, is_called_picture=False) is None


def test_which_names_say_a_picture() -> None:
    assert is_called_picture(b"a/b.JPG")
    assert is_called_picture(b"x.heic")
    assert not is_called_picture(b"a.jpg/b.txt")
    assert not is_called_picture(b".jpg")
    assert not is_called_picture(b"jpg")


def test_the_whole_run(dfc: Runner, make_model: ModelMaker, tmp_path: Path) -> None:
    evidence = tmp_path / "Set"
    evidence.mkdir()
    files = {
        "a.zip": CONTAINERS["ZIP"], "b.pdf": DOCUMENTS["PDF"], "c.mp4": VIDEOS["MP4"],
        "d.jpg": bytes(512) + JPEG[512:], "e.jpg": JPEG, "f.jpg": CONTAINERS["ZIP"],
        "g.txt": b"words", "h.jpg": NEITHER["text"], "i.dat": bytes(512) + JPEG[512:],
    }  # fmt: skip
    for name, data in files.items():
        (evidence / name).write_bytes(data)
    done = dfc(evidence, "--model", make_model(), "--out", tmp_path / "r.csv", code=3)
    assert {row[2]: row[0] for row in rows(tmp_path / "r.exceptions.csv")[1:]} == {
        "a.zip": "container_inside", "b.pdf": "document", "c.mp4": "video", "d.jpg": "corrupt",
        "f.jpg": "container_inside", "g.txt": "not_an_image", "h.jpg": "not_an_image",
        "i.dat": "not_an_image",
    }  # fmt: skip
    assert "NOT OPENED: 2 container_inside, 1 document, 1 video" in done.err
    assert "9 listed = 1 scored" in done.out


def test_many_small_files_of_random_bytes_end_in_a_word() -> None:
    for seed in range(300):
        data = struct.pack("<Q", seed * 0x9E3779B97F4A7C15 % 2**64) * 40
        for called in (False, True):
            found = other_content(data, is_called_picture=called)
            assert found is None or found[1].isprintable()
