"""Which entries of a ZIP archive are not read, and why."""

from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile, ZipInfo

from forensic_cli.errors import EvidenceError, ItemRefusedError
from forensic_cli.evidence.deflate64 import is_available
from forensic_cli.evidence.zip_structure import (
    LocalHeader,
    ReadableAt,
    contradiction,
    disk_number,
)
from forensic_cli.records import Status

_ENCRYPTED = 0x1
_LOCAL_HEADER = 30
_AES, DEFLATE64 = 99, 9
_LIMITS = {
    ZIP_STORED: 1032, ZIP_DEFLATED: 1032, DEFLATE64: 5000, ZIP_BZIP2: 5000, ZIP_LZMA: 10_000,
}  # fmt: skip
"""Methods that are read, with the most that a byte may unpack to: deflate can do no more, the
others can, and do not with pictures."""
_METHODS = {
    1: "Shrink", 6: "Implode", DEFLATE64: "Deflate64", 93: "Zstandard", 95: "XZ", 97: "WavPack",
    98: "PPMd", _AES: "AES",
}  # fmt: skip


def overlapping(infos: list[ZipInfo], directory: int) -> set[int]:
    """Places of entries, by offset, that share bytes with another or with the directory."""
    found = set()
    furthest, owner = 0, -1
    for position, info in enumerate(infos):
        if info.header_offset < furthest:
            found |= {owner, position}
        end = info.header_offset + _LOCAL_HEADER + info.compress_size
        if end > directory:
            found.add(position)
        if end > furthest:
            furthest, owner = end, position
    return found


def refuse_whole(path: Path, archive: ZipFile, file: ReadableAt) -> None:
    """Refuse an archive of which nothing could be read, once and not entry by entry.

    Raises:
        EvidenceError: It is a part of a split one, all of it is encrypted, or it is an AFF4 image.
    """
    name = path.name
    disks = disk_number(file)
    if disks:
        msg = (
            f"{name!r} is the last part of a ZIP archive split into {disks + 1}; put them together "
            f"on a working copy (zip -s 0 {name} --out whole.zip) and give that"
        )
        raise EvidenceError(msg)
    infos = [info for info in archive.infolist() if not info.filename.endswith("/")]
    names = {info.filename for info in infos}
    if "information.turtle" in names or "container.description" in names:
        msg = (
            f"{name!r} is an AFF4 image, which is not read here: mount it or export its files, and "
            "give the folder; verify-hash --md5 checks the file"
        )
        raise EvidenceError(msg)
    if infos and all(info.flag_bits & _ENCRYPTED for info in infos):
        kind = "AES" if any(info.compress_type == _AES for info in infos) else "ZIP's older way"
        msg = (
            f"{name!r} is encrypted ({kind}), all of its {len(infos)} entries are; decrypt it on a "
            "working copy and give that"
        )
        raise EvidenceError(msg)


def refusal_of(
    info: ZipInfo, header: LocalHeader | None, *, shares_bytes: bool
) -> ItemRefusedError | None:
    """Why an entry is not read, if it is not.

    Args:
        info: What the directory says of it.
        header: What stands before its content.
        shares_bytes: Whether another has some of its bytes.
    """
    contradicts = contradiction(info, header)
    if shares_bytes:
        reason = (
            "it shares its bytes with another entry or with the directory: a part of the archive "
            "is missing, or it is a decompression bomb"
        )
    elif info.flag_bits & _ENCRYPTED:
        reason = "it is encrypted; decrypt the archive on a working copy and give that"
    elif info.compress_type == DEFLATE64 and not is_available():
        reason = (
            "it is packed with Deflate64; install that (pip install 'dfc-classify[deflate64]'), or "
            "unpack the archive on a working copy and give the folder"
        )
    elif info.compress_type not in _LIMITS:
        method = _METHODS.get(info.compress_type, str(info.compress_type))
        reason = (
            f"compression method {method} is not read here; "
            "unpack the archive on a working copy and give the folder"
        )
    elif info.file_size > (info.compress_size + 1) * _LIMITS[info.compress_type]:
        reason = (
            f"{info.compress_size} bytes claim to hold {info.file_size}, more than sound content "
            "packs to; a decompression bomb, or damage"
        )
    elif info.filename.endswith("/"):
        reason = "its name is that of a folder, and it has content, which other programs leave out"
    elif info.compress_type == ZIP_STORED and info.compress_size != info.file_size:
        reason = (
            f"it is stored as it is, in {info.compress_size} bytes, and claims to have "
            f"{info.file_size}"
        )
    elif contradicts:
        reason = f"the archive contradicts itself: {contradicts}"
    else:
        return None
    return ItemRefusedError(Status.READ_ERROR, reason)
