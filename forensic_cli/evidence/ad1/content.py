"""The content of an item: zlib streams of a fixed size, found through a table of addresses."""

import struct
import zlib
from collections.abc import Iterator
from itertools import pairwise

from forensic_cli.evidence.ad1.item import Item, Page, unreadable

_U64 = struct.Struct("<Q")
_ADDRESSES = 8192
"""How many addresses of a chunk table are held at a time."""


def chunks(page: Page, item: Item, chunk_size: int) -> Iterator[bytes]:
    """The content of an item, piece by piece.

    Raises:
        ItemRefusedError: It is damaged, or not as long as the item says.
        EvidenceError: It lies outside the image, or cannot be read.
    """
    count = -(-item.size // chunk_size)
    if not count:
        return
    if not item.table:
        msg = f"{item.size} bytes are listed, and no content is stored"
        raise unreadable(msg)
    (said,) = _U64.unpack(page.read(item.table, _U64.size))
    if said != count:
        msg = f"{count} chunks are needed, the table has {said}"
        raise unreadable(msg)
    left = item.size
    for index, (start, end) in enumerate(_bounds(page, item.table + _U64.size, count), 1):
        size = min(chunk_size, left)
        # zlib makes nothing longer than its input by more than a few bytes a block.
        if not 0 < end - start <= 2 * chunk_size + 1024:
            msg = f"chunk {index} of {count} cannot be {end - start} bytes"
            raise unreadable(msg)
        if not item.address < item.table < start < end <= item.stop:
            msg = f"chunk {index} of {count} lies in another item's content"
            raise unreadable(msg)
        yield _inflated(page.read(start, end - start), size, f"{index} of {count}")
        left -= size


def _bounds(page: Page, address: int, count: int) -> Iterator[tuple[int, int]]:
    for first in range(0, count, _ADDRESSES):
        number = min(_ADDRESSES, count - first) + 1
        data = page.read(address + first * _U64.size, number * _U64.size)
        addresses = struct.unpack(f"<{number}Q", data)
        yield from pairwise(addresses)


def _inflated(data: bytes, size: int, which: str) -> bytes:
    stream = zlib.decompressobj()
    try:
        content = stream.decompress(data, size + 1)
    except zlib.error as error:
        msg = f"chunk {which} is damaged"
        raise unreadable(msg) from error
    if len(content) != size or not stream.eof or stream.unused_data:
        msg = f"chunk {which} does not hold the {size} bytes it should"
        raise unreadable(msg)
    return content
