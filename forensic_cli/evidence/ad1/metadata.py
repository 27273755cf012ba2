"""The metadata of an item: a chain of keys and values, of which few are read here."""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from forensic_cli.evidence.ad1.item import Item, Page, damaged, unreadable
from forensic_cli.evidence.ad1.segments import Segments
from forensic_cli.hashing import Digest

_RECORD = struct.Struct("<Q 3I")  # next, category, key, size
_MAX_VALUE = 1 << 20


class Key(IntEnum):
    """The metadata that is read here."""

    CLASS = 0x2
    MD5 = 0x5001
    SHA1 = 0x5002


class Class(IntEnum):
    """What FTK Imager says an item is, where that is no plain file or folder."""

    SLACK = 6
    LINK = 9
    OTHER_LINK = 11


@dataclass(frozen=True, slots=True)
class Record:
    """One piece of metadata: a key, ASCII text, and the record's own bytes."""

    key: int
    value: bytes
    raw: bytes


def records(space: Segments, item: Item) -> Iterator[Record]:
    """The metadata of an item.

    Raises:
        EvidenceError: The chain is damaged.
    """
    page = Page(space)
    address, end = item.metadata, item.address
    while address:
        fixed = page.read(address, _RECORD.size)
        after, _, key, size = _RECORD.unpack(fixed)
        if not end < address <= item.stop - _RECORD.size - size or size > _MAX_VALUE:
            msg = f"the metadata at {address} are not those of the item at {item.address}"
            raise damaged(msg)
        value = page.read(address + _RECORD.size, size)
        yield Record(key, value, fixed + value)
        address, end = after, address + len(fixed) + len(value) - 1


def digests_in(records: Iterable[Record]) -> tuple[Digest, ...]:
    """The digests of a file's content that its metadata hold.

    Raises:
        ItemRefusedError: What stands there is no digest.
    """
    stored = []
    for record in records:
        if record.key in {Key.MD5, Key.SHA1}:
            algorithm = Key(record.key).name.lower()
            try:
                stored.append(Digest(algorithm, record.value.decode("ascii").lower()))
            except ValueError as error:
                msg = f"the {algorithm} stored with it is none"
                raise unreadable(msg) from error
    return tuple(stored)


def class_in(records: Iterable[Record]) -> int:
    """What FTK Imager says the item is, 0 where it does not say."""
    values = [record.value for record in records if record.key == Key.CLASS]
    return int(values[0]) if values and values[0].isdigit() and len(values[0]) < 4 else 0  # noqa: PLR2004
