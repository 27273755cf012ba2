"""Containers of the same files, in every form that is read, and all that is read of one."""

import csv
import hashlib
import io
import json
import os
import struct
import subprocess
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from forensic_cli.errors import ItemRefusedError
from forensic_cli.evidence.contents import contents
from forensic_cli.evidence.kinds import Kind
from forensic_cli.evidence.recognition import open_evidence
from tests.support import ad1_writer
from tests.support.pictures import png

Files = dict[bytes, bytes]

PICTURES = {
    f"{'sub/' * (index % 3)}p{index % 7}-{index:03d}.png".encode(): png(
        (index % 256, index * 7 % 256, 255 - index % 256), (9 + index % 5, 7)
    )
    for index in range(300)
}
FILES = dict(list(PICTURES.items())[:12])

ODD_NAMES = (
    "한국/그림 1.png".encode(), "图片.png".encode(), b"sub/deep/a.png", b"a, b.png", b" leading",
    b"back\\slash.png", b'quote".png', b"percent%0A.png",
)  # fmt: skip
NOT_UTF8 = b"bad\xff\xfe.png"


def as_folder(path: Path, files: Files) -> Path:
    path.mkdir(parents=True)
    for name, content in files.items():
        place = os.path.join(os.fsencode(path), name)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "wb") as stream:
            stream.write(content)
    return path


def as_zip(path: Path, files: Files, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name.decode(), content)
    return path


def tar_bytes(files: Files, form: int = tarfile.PAX_FORMAT) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(
        fileobj=stream, mode="w", format=form, encoding="utf-8", errors="surrogateescape"
    ) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name.decode("utf-8", "surrogateescape"))
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def as_tar(path: Path, files: Files, program: str = "") -> Path:
    """A tar archive, compressed by the program of that name, if any."""
    data = tar_bytes(files)
    if program:
        data = subprocess.run([program, "-c"], input=data, capture_output=True, check=True).stdout
    path.write_bytes(data)
    return path


def as_ad1(path: Path, files: Files, segments: int = 1) -> Path:
    ad1_writer.write(path, ad1_writer.tree(files), segments)
    return path


@dataclass(frozen=True)
class Made:
    """How the tests make evidence of a kind.

    Attributes:
        name: What it is called.
        make: Makes it of files.
        any_name: Whether it holds names that are no UTF-8.
    """

    name: str
    make: Callable[[Path, Files], Path]
    any_name: bool = True


def _as_zstd(path: Path, files: Files) -> Path:
    with pa.CompressedOutputStream(str(path), "zstd") as stream:
        stream.write(tar_bytes(files))
    return path


MADE = {
    Kind.FOLDER: Made("Set", as_folder),
    Kind.AD1: Made("Set.ad1", as_ad1),
    Kind.ZIP: Made("Set.zip", as_zip, any_name=False),
    Kind.TAR: Made("Set.tar", as_tar),
    Kind.TAR_GZIP: Made("Set.tar.gz", lambda path, files: as_tar(path, files, "gzip")),
    Kind.TAR_BZIP2: Made("Set.tar.bz2", lambda path, files: as_tar(path, files, "bzip2")),
    Kind.TAR_XZ: Made("Set.tar.xz", lambda path, files: as_tar(path, files, "xz")),
    Kind.TAR_ZSTD: Made("Set.tar.zst", _as_zstd),
}
"""A maker for every kind of evidence: tests/evidence/test_source_contract.py tries them all."""

Read = dict[bytes, bytes | ItemRefusedError]


def read_all(path: Path, max_bytes: int = 1 << 30) -> Read:
    """Content of each entry by its path, or why there is none."""
    found: Read = {}
    with closing(open_evidence(path)) as source:
        listing = source.listing(lambda _: None)
        items = [listing[index] for index in source.in_reading_order(range(len(listing)))]
        for item, read in contents(source, items, max_bytes):
            try:
                found[item.path] = read()
            except ItemRefusedError as refused:
                found[item.path] = refused
    return found


def refusals(path: Path) -> dict[bytes, str]:
    """Status and reason of each entry that is refused."""
    return {name: str(what) for name, what in read_all(path).items() if not isinstance(what, bytes)}


def rows(path: Path) -> list[list[str]]:
    """A result without the evidence root's name."""
    with path.open(newline="", encoding="utf-8") as stream:
        found = list(csv.reader(stream))
    column = found[0].index("filename")
    for row in found[1:]:
        row[column] = row[column].partition("/")[2]
    return found


def log_of(path: Path) -> dict[str, Any]:
    lines = path.with_suffix(".audit.jsonl").read_text(encoding="ascii").splitlines()
    return {line["event"]: line["data"] for line in map(json.loads, lines)}


def md5_of(*paths: Path) -> str:
    return hashlib.md5(b"".join(path.read_bytes() for path in paths)).hexdigest()


def zip_bomb(entries: int, size: int) -> bytes:
    """Entries that all lead to the same deflated bytes, as in D. Fifield's bomb."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    content = deflate.compress(bytes(size)) + deflate.flush()
    crc = zlib.crc32(bytes(size))
    fixed = struct.pack("<5HI2I", 20, 0, 8, 0, 0, crc, len(content), size)
    stream = io.BytesIO()
    stream.write(b"PK\x03\x04" + fixed + struct.pack("<2H", 1, 0) + b"a" + content)
    start = stream.tell()
    for number in range(entries):
        name = b"%05d" % number
        stream.write(b"PK\x01\x02\x14\0" + fixed + struct.pack("<5H2I", 5, 0, 0, 0, 0, 0, 0))
        stream.write(name)
    end = stream.tell()
    stream.write(
        b"PK\x05\x06" + struct.pack("<4H2IH", 0, 0, entries, entries, end - start, start, 0)
    )
    return stream.getvalue()
