"""What evidence is, told by its content and never by its name; and the source that reads it."""

import os
import tarfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import is_zipfile

from forensic_cli.errors import EvidenceError
from forensic_cli.evidence.ad1 import segments
from forensic_cli.evidence.ad1.source import Ad1Source
from forensic_cli.evidence.descending import DescendingSource
from forensic_cli.evidence.directory import DirectorySource
from forensic_cli.evidence.inner_containers import Budget
from forensic_cli.evidence.kinds import COMPRESSED_TARS, CONTAINERS_IN_WORDS, Compression, Kind
from forensic_cli.evidence.opening import EvidenceFile
from forensic_cli.evidence.options import DEFAULT, ReadingOptions
from forensic_cli.evidence.source import EvidenceSource
from forensic_cli.evidence.tar_source import TarSource
from forensic_cli.evidence.unpacking import Unpacked
from forensic_cli.evidence.zip_source import ZipSource

_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_UNPACK = "unpack it on a working copy and give the folder"
_MOUNT = "mount it, or export its files, and give the folder; verify-hash --md5 checks the file"
_DECRYPT = "decrypt it with FTK Imager and give the plain image"
_JOIN = "put its parts together on a working copy (zip -s 0 X.zip --out whole.zip); give that"
_END = -512
_REFUSED = (
    # (where, from the end where negative; bytes; what it is; what to do)
    (0, b"ADCRYPT\0", "an encrypted AD1 image (ADCRYPT)", _DECRYPT),
    (0, b"EVF\x09\x0d\x0a\xff\x00", "an EWF image (E01)", _MOUNT),
    (0, b"EVF2\x0d\x0a\x81\x00", "an EWF image (Ex01)", _MOUNT),
    (0, b"LVF\x09\x0d\x0a\xff\x00", "a logical EWF image (L01)", _MOUNT),
    (0, b"LEF2\x0d\x0a\x81\x00", "a logical EWF image (Lx01)", _MOUNT),
    (0, b"AFF10\r\n", "an AFF image", _MOUNT),
    (0, b"vhdxfile", "a VHDX disk image", _MOUNT),
    (0, b"conectix", "a VHD disk image", _MOUNT),
    (_END, b"conectix", "a VHD disk image", _MOUNT),
    (_END, b"koly", "a DMG disk image", _MOUNT),
    (0, b"KDMV", "a VMDK disk image", _MOUNT),
    (0, b"# Disk DescriptorFile", "the description of a VMDK disk image", _MOUNT),
    (0, b"QFI\xfb", "a QCOW disk image", _MOUNT),
    (64, b"\x7f\x10\xda\xbe", "a VDI disk image", _MOUNT),
    (0, b"MSWIM\0\0\0", "a WIM image", _MOUNT),
    (32769, b"CD001", "an ISO 9660 disk image", _MOUNT),
    (3, b"NTFS    ", "a disk image (NTFS)", _MOUNT),
    (3, b"EXFAT   ", "a disk image (exFAT)", _MOUNT),
    (512, b"EFI PART", "a disk image (GPT)", _MOUNT),
    (0, b"hsqs", "a SquashFS image", _MOUNT),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (0, b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (0, b"MSCF\0\0\0\0", "a cabinet file", _UNPACK),
    (0, b"PK\x07\x08PK\x03\x04", "the first part of a split ZIP archive", _JOIN),
)
"""What an examiner may have instead of a container that is read: named, with the way on."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """A kind of container: how it is told from others, and what reads it.

    Attributes:
        kind: Its kind.
        begins: Whether a file begins like one.
        opened: Its source.
        is_whole: False for a later segment of an image, or a compressed file without a tar inside.
    """

    kind: Kind
    begins: Callable[[EvidenceFile], bool]
    opened: Callable[[Path, ReadingOptions], EvidenceSource]
    is_whole: Callable[[EvidenceFile], bool] = lambda _: True


def _starts_with(*magics: bytes) -> Callable[[EvidenceFile], bool]:
    return lambda container: _head(container).startswith(magics)


def _is_zip(container: EvidenceFile) -> bool:
    """By its first bytes, or by its directory: a program may stand before it."""
    with container.stream() as stream:
        return _head(container).startswith(_ZIP) or is_zipfile(stream)


def _compressed_tar(compression: Compression, kind: Kind) -> Recognised:
    def holds_tar(container: EvidenceFile) -> bool:
        return _is_tar_header(Unpacked(container, compression).read(tarfile.BLOCKSIZE))

    def opened(path: Path, options: ReadingOptions) -> EvidenceSource:
        with closing(EvidenceFile(path)) as container:
            if not holds_tar(container):
                msg = f"{path.name!r} is a {compression} file that holds no tar archive; {_UNPACK}"
                raise EvidenceError(msg)
        return TarSource(path, kind, compression, options)

    return Recognised(kind, _starts_with(compression.magic), opened, holds_tar)


RECOGNISED = (
    Recognised(
        Kind.AD1,
        _starts_with(segments.MAGIC),
        lambda path, _: Ad1Source(path),
        lambda container: segments.is_first(_head(container)),
    ),
    *(_compressed_tar(compression, kind) for compression, kind in COMPRESSED_TARS.items()),
    Recognised(
        Kind.TAR,
        lambda container: _is_tar_header(_head(container)),
        lambda path, options: TarSource(path, Kind.TAR, None, options),
    ),
    Recognised(Kind.ZIP, _is_zip, ZipSource),
)
"""Every container that is read; the first that a file begins like is what it is. ZIP is the last:
its directory stands at the end, and a file of any other kind may end so."""


def open_evidence(
    path: Path, options: ReadingOptions = DEFAULT, budget: Budget | None = None
) -> EvidenceSource:
    """Open a folder or a container, and the containers in it, where that is asked for.

    Args:
        path: A folder, or a file whose content says what it is.
        options: How containers are read, where they do not say it themselves.
        budget: What inner containers may take.

    Raises:
        EvidenceError: Missing, not permitted, damaged, or of a kind that is not read.
    """
    outer = _opened(path, options)
    if not options.levels:
        return outer
    deeper = replace(options, levels=options.levels - 1)
    return DescendingSource(outer, lambda inner, left: open_evidence(inner, deeper, left), budget)


def _opened(path: Path, options: ReadingOptions) -> EvidenceSource:
    if os.path.isdir(path):  # noqa: PTH112 - it does not raise where a folder is locked
        return DirectorySource(path)
    with closing(EvidenceFile(path)) as container:
        _refuse_named(path, container)
        recognised = _recognised(container)
        is_empty = not container.size
    if recognised is not None:
        return recognised.opened(path, options)
    if is_empty:
        msg = f"{path.name!r} is empty; was it copied whole?"
        raise EvidenceError(msg)
    msg = (
        f"{path.name!r} is a file, and no container that is read here ({CONTAINERS_IN_WORDS}); "
        "give the folder that holds the pictures"
    )
    raise EvidenceError(msg)


def _refuse_named(path: Path, container: EvidenceFile) -> None:
    for place, magic, what, advice in _REFUSED:
        start = container.size + place if place < 0 else place
        if start < 0 or start + len(magic) > container.size:
            continue
        if container.read_at(start, len(magic)) == magic:
            msg = f"{path.name!r} is {what}, which is not read here: {advice}"
            raise EvidenceError(msg)


def _recognised(container: EvidenceFile) -> Recognised | None:
    return next((one for one in RECOGNISED if one.begins(container)), None)


def begins_as_container(path: Path) -> bool:
    """Whether a file's first bytes are those of a container, read here or refused by name.

    Raises:
        EvidenceError: It is not there, or may not be read.
    """
    with closing(EvidenceFile(path)) as container:
        _refuse_named(path, container)
        found = _recognised(container)
        return found is not None and (found.kind is not Kind.ZIP or _head(container)[:2] == b"PK")


def is_container(path: Path) -> bool:
    """Whether a file is a container, or the first segment of one, as far as its head says.

    Raises:
        EvidenceError: It is not there, or may not be read.
    """
    with closing(EvidenceFile(path)) as container:
        try:
            recognised = _recognised(container)
            return recognised is not None and recognised.is_whole(container)
        except EvidenceError:
            return False


def _head(container: EvidenceFile) -> bytes:
    return container.read_at(0, min(container.size, tarfile.BLOCKSIZE))


def files_of(path: Path) -> tuple[Path, ...]:
    """A file, and where it is the first segment of an AD1 image, the others with it.

    Raises:
        EvidenceError: It cannot be read, or a segment is missing.
    """
    with closing(EvidenceFile(path)) as container:
        head = _head(container)
    if not head.startswith(segments.MAGIC) or not segments.is_first(head):
        return (path,)
    found = segments.Segments(path)
    found.close()
    return (path, *(file.path for file in found.files[1:]))


def _is_tar_header(head: bytes) -> bool:
    try:
        tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True
