"""Containers of the same files, in every form that is read, and all that is read of one."""

import io
import os
import subprocess
import tarfile
import zipfile
from contextlib import closing
from pathlib import Path

import ad1_writer

from forensic_cli.errors import ItemRefusedError
from forensic_cli.evidence.recognition import open_evidence
from forensic_cli.evidence.source import contents

Files = dict[bytes, bytes]

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
