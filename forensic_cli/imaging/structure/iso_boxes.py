"""The boxes of HEIF, AVIF and JPEG 2000 files, without decoding them (ISO/IEC 14496-12, 4.2)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_HEADER = struct.Struct(">I4s")
_MOST = 10_000
_META, _ITEM_PLACES = b"meta", b"iloc"


@dataclass(frozen=True, slots=True)
class Box:
    """A box.

    Attributes:
        name: Its type.
        start: Where its header is.
        data: Where its content begins.
        stop: Where it ends, which may be outside the file.
    """

    name: bytes
    start: int
    data: int
    stop: int


def boxes(data: bytes, start: int = 0, stop: int | None = None) -> Iterator[Box]:
    """The boxes of a file, or inside a box, in order.

    Args:
        data: A file.
        start: Where the first one is.
        stop: Where they end; None: the end of the file.

    Raises:
        struct.error: A long size is cut.
    """
    last = len(data) if stop is None else min(stop, len(data))
    for _ in range(_MOST):
        if start + _HEADER.size > last:  # the end, or a few bytes after it
            return
        size, name = _HEADER.unpack_from(data, start)
        content = start + _HEADER.size
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, content)
            content += 8
        elif size == 0:  # to the end
            size = last - start
        if start + size < content or not (name.isascii() and name.strip().isalnum()):
            return  # what was appended
        yield Box(name, start, content, start + size)
        start += size


def stop(data: bytes) -> int:
    """Where a HEIF or AVIF file should end: the last of its boxes and of its items' data.

    Args:
        data: A file.

    Raises:
        struct.error: A field is cut.
    """
    last = 0
    for box in boxes(data):
        last = max(last, box.stop)
        if box.name == _META and box.stop <= len(data):
            for inner in boxes(data, box.data + 4, box.stop):
                if inner.name == _ITEM_PLACES:
                    last = max(last, *_extents(data, inner.data))
    return last


def _extents(data: bytes, at: int) -> Iterator[int]:
    """Where the data of each item end that lie in the file itself (8.11.3)."""
    yield 0
    version, sizes, more = data[at], data[at + 4], data[at + 5]
    widths = (sizes >> 4, sizes & 15, more >> 4, (more & 15) if version in {1, 2} else 0)
    offset_size, length_size, base_size, index_size = widths
    large = version == 2  # noqa: PLR2004
    count, at = _number(data, at + 6, 4 if large else 2)
    for _ in range(min(count, _MOST)):
        at += 4 if large else 2
        method = 0
        if version in {1, 2}:
            method, at = _number(data, at, 2)
        at += 2
        base, at = _number(data, at, base_size)
        extents, at = _number(data, at, 2)
        for _ in range(extents):
            at += index_size
            offset, at = _number(data, at, offset_size)
            length, at = _number(data, at, length_size)
            if method & 15 == 0:
                yield base + offset + length


def _number(data: bytes, at: int, size: int) -> tuple[int, int]:
    """A number of some bytes, and where it ends."""
    if at + size > len(data):
        msg = "a number ends outside"
        raise struct.error(msg)
    return int.from_bytes(data[at : at + size], "big"), at + size


def orientation(data: bytes) -> int:
    """How the boxes turn the primary picture, by the numbers of EXIF; 0 where they say nothing.

    ISO/IEC 23008-12, 6.5.10 and 6.5.12: a turn by quarters against the clock, then a mirror.

    Args:
        data: A file.
    """
    try:
        properties = _properties(data)
    except (struct.error, IndexError):
        return 0
    turn, mirror = properties.get(b"irot"), properties.get(b"imir")
    if turn is None and mirror is None:
        return 0
    quarters = turn[0] & 3 if turn else 0
    return _TURNS[quarters, None if mirror is None else mirror[0] & 1]


_TURNS = {
    (0, None): 1, (1, None): 8, (2, None): 3, (3, None): 6,
    (0, 0): 4, (1, 0): 5, (2, 0): 2, (3, 0): 7,
    (0, 1): 2, (1, 1): 7, (2, 1): 4, (3, 1): 5,
}  # fmt: skip


def _properties(data: bytes) -> dict[bytes, bytes]:
    """The properties of the primary item, by the names of their boxes (8.11.14 of 14496-12)."""
    meta = next((box for box in boxes(data) if box.name == _META), None)
    if meta is None:
        return {}
    inside = {box.name: box for box in boxes(data, meta.data + 4, meta.stop)}
    if not {b"pitm", b"iprp"} <= inside.keys():
        return {}
    primary = inside[b"pitm"]
    item, _ = _number(data, primary.data + 4, 4 if data[primary.data] else 2)
    parts = {box.name: box for box in boxes(data, inside[b"iprp"].data, inside[b"iprp"].stop)}
    if not {b"ipco", b"ipma"} <= parts.keys():
        return {}
    known = list(boxes(data, parts[b"ipco"].data, parts[b"ipco"].stop))
    found = {}
    for index in _associated(data, parts[b"ipma"].data, item):
        if 0 < index <= len(known):
            box = known[index - 1]
            found[box.name] = data[box.data : box.stop]
    return found


def _associated(data: bytes, at: int, wanted: int) -> list[int]:
    """The numbers of an item's properties."""
    version, wide = data[at], data[at + 3] & 1
    count, at = _number(data, at + 4, 4)
    for _ in range(min(count, _MOST)):
        item, at = _number(data, at, 4 if version else 2)
        many, at = _number(data, at, 1)
        numbers = [
            _number(data, at + one * (1 + wide), 1 + wide)[0] & (0x7FFF if wide else 0x7F)
            for one in range(many)
        ]
        at += many * (1 + wide)
        if item == wanted:
            return numbers
    return []
