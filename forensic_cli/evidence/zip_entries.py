"""Which entries of a ZIP archive are not read, and why."""

from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipInfo

from forensic_cli.errors import ItemRefusedError
from forensic_cli.evidence.zip_structure import LocalHeader, contradiction
from forensic_cli.records import Status

_ENCRYPTED = 0x1
_LOCAL_HEADER = 30
_DEFLATE_LIMIT = 1032


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
    elif info.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        reason = (
            f"compression method {info.compress_type} is not read here; "
            "unpack the archive on a working copy and give the folder"
        )
    elif info.file_size > (info.compress_size + 1) * _DEFLATE_LIMIT:
        reason = (
            f"{info.compress_size} bytes claim to hold {info.file_size}, more than deflate can; "
            "a decompression bomb, or damage"
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
