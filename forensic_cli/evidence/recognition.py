"""What evidence is, told by its content and never by its name; and the source that reads it."""

import os
import tarfile
from pathlib import Path
from zipfile import is_zipfile

from forensic_cli.errors import EvidenceError
from forensic_cli.evidence.ad1 import segments
from forensic_cli.evidence.ad1.source import Ad1Source
from forensic_cli.evidence.directory import DirectorySource
from forensic_cli.evidence.opening import Container
from forensic_cli.evidence.source import EvidenceSource
from forensic_cli.evidence.tar_source import TarSource
from forensic_cli.evidence.unpacking import Unpacked
from forensic_cli.evidence.zip_source import ZipSource

_COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_UNPACK = "unpack it on a working copy and give the folder"
_MOUNT = "mount it, or export its files, and give the folder; verify-hash --md5 checks the file"
_REFUSED = {
    b"ADCRYPT\0": (
        "an encrypted AD1 image (ADCRYPT)",
        "decrypt it with FTK Imager and give the plain image",
    ),
    b"EVF\x09\x0d\x0a\xff\x00": ("an EWF image (E01)", _MOUNT),
    b"EVF2\x0d\x0a\x81\x00": ("an EWF image (Ex01)", _MOUNT),
    b"LVF\x09\x0d\x0a\xff\x00": ("a logical EWF image (L01)", _MOUNT),
    b"LEF2\x0d\x0a\x81\x00": ("a logical EWF image (Lx01)", _MOUNT),
    b"7z\xbc\xaf\x27\x1c": ("a 7z archive", _UNPACK),
    b"Rar!\x1a\x07": ("a RAR archive", _UNPACK),
}


def open_evidence(path: Path) -> EvidenceSource:
    """Open a folder or a container.

    Args:
        path: A folder, or a file whose content says what it is.

    Raises:
        EvidenceError: Missing, not permitted, damaged, or of a kind that is not read.
    """
    if os.path.isdir(path):  # noqa: PTH112 - it does not raise where a folder is locked
        return DirectorySource(path)
    container = Container(path)
    try:
        source = _source_of(path, container)
    finally:
        container.close()
    if source is not None:
        return source
    if not container.size:
        msg = f"{path.name!r} is empty; was it copied whole?"
        raise EvidenceError(msg)
    msg = (
        f"{path.name!r} is a file, and no container that is read here (AD1, ZIP, tar); give the "
        "folder that holds the pictures"
    )
    raise EvidenceError(msg)


def _source_of(path: Path, container: Container) -> EvidenceSource | None:
    head = _head(container)
    for magic, (what, advice) in _REFUSED.items():
        if head.startswith(magic):
            msg = f"{path.name!r} is {what}, which is not read here: {advice}"
            raise EvidenceError(msg)
    match _kind(container):
        case "ad1":
            return Ad1Source(path)
        case "zip":
            return ZipSource(path)
        case "tar":
            return TarSource(path, "")
        case "":
            return None
        case compression if _holds_tar(container, compression):
            return TarSource(path, compression)
        case compression:
            msg = f"{path.name!r} is a {compression} file that holds no tar archive; {_UNPACK}"
            raise EvidenceError(msg)


def is_container(path: Path) -> bool:
    """Whether a file is a container, or the first segment of one, as far as its head says.

    Raises:
        EvidenceError: It is not there, or may not be read.
    """
    container = Container(path)
    try:
        match _kind(container):
            case "ad1":
                return segments.is_first(_head(container))
            case "zip" | "tar":
                return True
            case "":
                return False
            case compression:
                return _holds_tar(container, compression)
    except EvidenceError:
        return False
    finally:
        container.close()


def _kind(container: Container) -> str:
    """``ad1``, ``zip``, ``tar``, the name of a compression, or nothing."""
    head = _head(container)
    if head.startswith(segments.MAGIC):
        return "ad1"
    for magic, compression in _COMPRESSED.items():
        if head.startswith(magic):
            return compression
    if _is_tar(head):
        return "tar"
    with container.stream() as stream:
        return "zip" if head.startswith(_ZIP) or is_zipfile(stream) else ""


def _head(container: Container) -> bytes:
    return container.read_at(0, min(container.size, tarfile.BLOCKSIZE))


def _holds_tar(container: Container, compression: str) -> bool:
    return _is_tar(Unpacked(container, compression).read(tarfile.BLOCKSIZE))


def files_of(path: Path) -> tuple[Path, ...]:
    """A file, and where it is the first segment of an AD1 image, the others with it.

    Raises:
        EvidenceError: It cannot be read, or a segment is missing.
    """
    container = Container(path)
    try:
        head = _head(container)
    finally:
        container.close()
    if not head.startswith(segments.MAGIC) or not segments.is_first(head):
        return (path,)
    found = segments.Segments(path)
    found.close()
    return (path, *(file.path for file in found.files[1:]))


def _is_tar(head: bytes) -> bool:
    try:
        tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True
