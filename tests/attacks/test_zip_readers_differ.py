"""ZIP archives of which other programs show something else: never without a word."""

import io
import struct
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from forensic_cli.errors import EvidenceError
from forensic_cli.evidence.recognition import open_evidence
from tests.support.containers import as_zip, read_all, refusals
from tests.support.pictures import png

ONE, TWO = png((1, 2, 3)), png((9, 9, 9))
FILES = {b"a.png": ONE, b"b.png": TWO}
END = b"PK\x05\x06"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "X.zip"


def zipped(files: dict[bytes, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytearray:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name.decode(), content)
    return bytearray(stream.getvalue())


@pytest.mark.parametrize("between", [b"", bytes(70_000), b"#!/bin/sh\n"])
def test_joined_archives(path: Path, between: bytes) -> None:
    path.write_bytes(zipped({b"first.png": ONE}) + between + zipped(FILES))
    with pytest.raises(EvidenceError, match="another archive ends at byte"):
        read_all(path)


def test_an_empty_archive_in_front(path: Path) -> None:
    path.write_bytes(zipped({}) + zipped(FILES))
    with pytest.raises(EvidenceError, match="another archive"):
        read_all(path)


def test_a_program_in_front_is_none(path: Path) -> None:
    """It may hold the marks that it looks for."""
    path.write_bytes(b"MZ" + END + bytes(900) + b"PK\x01\x02" + bytes(100) + zipped(FILES))
    assert read_all(path) == FILES


@pytest.mark.parametrize("said", [0, 1, 3, 65535])
def test_a_wrong_number_of_entries(path: Path, said: int) -> None:
    data = zipped(FILES)
    struct.pack_into("<2H", data, data.rindex(END) + 8, said, said)
    path.write_bytes(data)
    with pytest.raises(EvidenceError, match=r"2 entries and says|cannot be read"):
        read_all(path)


def test_a_folder_with_content(path: Path) -> None:
    data = zipped({**FILES, b"c.pngx": TWO})
    path.write_bytes(data.replace(b"c.pngx", b"c.png/"))
    assert "that of a folder, and it has content" in refusals(path)[b"c.png"]
    assert read_all(path)[b"a.png"] == ONE


def directory_of(data: bytearray, name: bytes) -> int:
    """Where the directory's record of an entry begins."""
    return data.rindex(name) - 46


@pytest.mark.parametrize("more", [-1, 1, 100])
def test_a_stored_entry_whose_size_lies(path: Path, more: int) -> None:
    data = zipped(FILES, zipfile.ZIP_STORED)
    struct.pack_into("<L", data, directory_of(data, b"a.png") + 24, len(ONE) + more)
    path.write_bytes(data)
    assert "stored as it is" in refusals(path)[b"a.png"]
    assert read_all(path)[b"b.png"] == TWO


@pytest.mark.parametrize(
    ("place", "what"), [(14, "checksum"), (18, "packed size"), (22, "size"), (8, "method")]
)
def test_headers_that_contradict_the_directory(path: Path, place: int, what: str) -> None:
    data = zipped(FILES)
    data[place] ^= 1
    path.write_bytes(data)
    assert f"{what} is" in refusals(path)[b"a.png"]
    assert read_all(path)[b"b.png"] == TWO


def taken_off_the_directory(data: bytearray, name: bytes) -> bytes:
    """The archive with an entry that stays, and is not listed."""
    begin = directory_of(data, name)
    size = 46 + len(name)
    end = data.rindex(END)
    count, _, length = struct.unpack_from("<2HL", data, end + 8)
    struct.pack_into("<2HL", data, end + 8, count - 1, count - 1, length - size)
    return bytes(data[:begin] + data[begin + size :])


@pytest.mark.parametrize("name", [b"a.png", b"b.png", b"c.png"])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_entry_that_is_not_listed(path: Path, name: bytes, method: int) -> None:
    files = {**FILES, b"c.png": b"".join((ONE, TWO))}
    path.write_bytes(taken_off_the_directory(zipped(files, method), name))
    found = read_all(path)
    assert set(found) == set(files)
    assert "the archive's directory does not list it" in str(found.pop(name))
    assert found == {other: files[other] for other in files if other != name}


def test_several_entries_that_are_not_listed(path: Path) -> None:
    data = zipped({**FILES, b"c.png": ONE, b"d.png": TWO})
    data = bytearray(taken_off_the_directory(data, b"b.png"))
    path.write_bytes(taken_off_the_directory(data, b"c.png"))
    assert set(refusals(path)) == {b"b.png", b"c.png"}


def test_an_archive_that_was_written_as_a_stream(path: Path) -> None:
    """Sizes stand behind the content; that is no contradiction, and no entry of its own."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes, /) -> int:  # type: ignore[override]
            self.data += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in FILES.items():
            archive.writestr(name.decode(), content)
    path.write_bytes(pipe.data)
    assert read_all(path) == FILES


def test_more_entries_than_a_small_archive_can_count(path: Path) -> None:
    files = {f"{index:05d}".encode(): b"" for index in range(65_600)}
    as_zip(path, files, zipfile.ZIP_STORED)
    with closing(open_evidence(path)) as source:
        assert len(source.listing(lambda _: None)) == 65_600
