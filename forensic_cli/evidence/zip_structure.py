"""Where programs that read ZIP archives differ: what one shows of it, another does not.

Source: APPNOTE.TXT 6.3, sections 4.3.7 (local header), 4.3.9 (data descriptor), 4.3.14 and 4.3.16
(end of the directory). The directory at the end is the authority; programs that read from the
front know only the headers before each entry, and where the two differ nobody knows what is meant.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol
from zipfile import BadZipFile, ZipInfo

_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_LOCAL_HEADER = struct.Struct("<4s5H3L2H")
_END_RECORD = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64_RECORD = struct.Struct("<4sQ2H2L4Q")
_LONGEST_COMMENT = 1 << 16
_HAS_DESCRIPTOR = 0x8
_ELSEWHERE, _ELSEWHERE_COUNT = 0xFFFFFFFF, 0xFFFF
"""What stands in a field whose value is in a Zip64 record."""
_DESCRIPTORS = (0, 12, 16, 20, 24)
_STEP = 1 << 20


class ReadableAt(Protocol):
    """The archive.

    Attributes:
        size: Bytes.
    """

    size: int

    def read_at(self, offset: int, size: int) -> bytes:
        """Exactly ``size`` bytes from ``offset`` on."""
        ...


@dataclass(frozen=True, slots=True)
class LocalHeader:
    """What stands before an entry's content.

    Attributes:
        name: Raw bytes.
        end: Where the content begins.
        has_descriptor: Whether its sizes stand behind the content instead.
        method: Of compression.
        crc: CRC-32 of the content.
        packed: Bytes of the packed content.
        size: Bytes of the content.
    """

    name: bytes
    end: int
    has_descriptor: bool
    method: int
    crc: int
    packed: int
    size: int


def local_header(archive: ReadableAt, offset: int) -> LocalHeader | None:
    """The header of an entry; None where there is none."""
    if offset + _LOCAL_HEADER.size > archive.size:
        return None
    fields = _LOCAL_HEADER.unpack(archive.read_at(offset, _LOCAL_HEADER.size))
    magic, _, flags, method, _, _, crc, packed, size, name, extra = fields
    start = offset + _LOCAL_HEADER.size
    if magic != _LOCAL or start + name + extra > archive.size:
        return None
    descriptor = bool(flags & _HAS_DESCRIPTOR)
    content = start + name + extra
    return LocalHeader(archive.read_at(start, name), content, descriptor, method, crc, packed, size)


def contradiction(info: ZipInfo, header: LocalHeader | None) -> str:
    """Where an entry's header contradicts the directory, in words; nothing where it does not."""
    if header is None:
        return "there is no header before its content"
    said = [("compression method", info.compress_type, header.method)]
    if not header.has_descriptor:
        said += [
            ("packed size", info.compress_size, header.packed),
            ("size", info.file_size, header.size),
            ("checksum", info.CRC, header.crc),
        ]
    for what, listed, stored in said:
        if listed != stored and (what == "checksum" or stored != _ELSEWHERE):
            return f"its {what} is {listed} in the directory and {stored} before the content"
    return ""


def unlisted(archive: ReadableAt, start: int, stop: int) -> Iterator[LocalHeader]:
    """Entries between two that the directory lists, which it does not list.

    Args:
        archive: The archive.
        start: Where the content before ends; a data descriptor may follow.
        stop: Where the next entry, or the directory, begins.
    """
    for after in _DESCRIPTORS:
        header = local_header(archive, start + after) if start + after < stop else None
        if header is not None and header.end <= stop:
            yield header
            if not header.has_descriptor and header.packed < stop - header.end:
                yield from unlisted(archive, header.end + header.packed, stop)
            return


def check_whole(archive: ReadableAt, entries: int, first: int) -> None:
    """See that the directory is all there is.

    Args:
        archive: The archive.
        entries: How many the directory has.
        first: Where the first entry begins, or the directory where there is none.

    Raises:
        BadZipFile: It says another number of entries, or another archive stands before it.
    """
    said = _entries_said(archive)
    if said not in {None, entries} and said != entries & _ELSEWHERE_COUNT:
        msg = f"its directory has {entries} entries and says {said}; other programs show as many"
        raise BadZipFile(msg)
    if (end := _other_archive(archive, first)) is not None:
        msg = (
            f"another archive ends at byte {end}, in front of this one: other programs show that "
            "one's files; take them apart on a working copy"
        )
        raise BadZipFile(msg)


def disk_number(archive: ReadableAt) -> int:
    """How many parts come before this one, of an archive that is split."""
    found = _end_record(archive)
    number: int = found[1][1] if found else 0
    return 0 if number == _ELSEWHERE_COUNT else number


def _end_record(archive: ReadableAt) -> tuple[int, tuple[Any, ...]] | None:
    """Where the record of the directory's end is, and its fields."""
    begin = max(0, archive.size - _END_RECORD.size - _LONGEST_COMMENT)
    tail = archive.read_at(begin, archive.size - begin)
    place = len(tail) - _END_RECORD.size
    if not (tail[place:].startswith(_END) and tail.endswith(b"\0\0")):
        place = tail.rfind(_END)
    if place < 0 or place + _END_RECORD.size > len(tail):
        return None
    return begin + place, _END_RECORD.unpack_from(tail, place)


def _entries_said(archive: ReadableAt) -> int | None:
    found = _end_record(archive)
    if found is None:
        return None
    count: int = found[1][4]
    locator = found[0] - _END64_LOCATOR.size
    if count != _ELSEWHERE_COUNT or locator < 0:
        return count
    magic, _, offset, _ = _END64_LOCATOR.unpack(archive.read_at(locator, _END64_LOCATOR.size))
    if magic != b"PK\x06\x07" or offset + _END64_RECORD.size > archive.size:
        return count
    record = _END64_RECORD.unpack(archive.read_at(offset, _END64_RECORD.size))
    return int(record[7]) if record[0] == b"PK\x06\x06" else None


def _other_archive(archive: ReadableAt, stop: int) -> int | None:
    """Where an archive ends that stands before this one; a program may stand there."""
    for start in range(0, stop, _STEP):
        part = archive.read_at(start, min(_STEP + _END_RECORD.size, stop - start))
        place = part.find(_END)
        while 0 <= place <= len(part) - _END_RECORD.size:
            size = _END_RECORD.unpack_from(part, place)[5]
            directory = start + place - size
            is_empty = not size and not directory
            if is_empty or (size and directory >= 0 and archive.read_at(directory, 4) == _CENTRAL):
                return start + place
            place = part.find(_END, place + 1)
    return None
