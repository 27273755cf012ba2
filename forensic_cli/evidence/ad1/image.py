"""AD1, the logical image of AccessData's FTK Imager: its tree of items and their contents.

Format, with its sources: ``docs/ad1.md``. Everything an image says is checked against the bytes
that are there before it is believed. On disk the items are in the order of the walk, a folder
before what it holds, each followed by its content; that is how FTK Imager writes them, and its
image hash rests on it. So checked, a walk ends, nothing is reached twice and no two items share
content, without a list of what was seen.
"""

import struct
from collections.abc import Iterator
from dataclasses import replace

from forensic_cli.errors import EvidenceError
from forensic_cli.evidence.ad1.content import chunks
from forensic_cli.evidence.ad1.item import Item, Page, damaged
from forensic_cli.evidence.ad1.metadata import Record, records
from forensic_cli.evidence.ad1.segments import Segments

_MAGIC = b"ADLOGICALIMAGE\0\0"
_HEADER = struct.Struct("<16s 3I 2Q I")  # magic, version, 1, chunk size, metadata, first, name size
_HEADER_4 = struct.Struct("<4s 5Q")  # "AD", source name, ATTRGUID, 0, LOCSGUID, 0
_ITEM = struct.Struct("<5Q 2I")  # next, child, metadata, chunk table, size, type, name size
_U64 = struct.Struct("<Q")

_MAX_CHUNK = 16 << 20
_MAX_NAME = 32 << 10
_MAX_PATH = 32 << 10


class Image:
    """An image whose segments are open."""

    def __init__(self, space: Segments) -> None:
        """Read the logical header.

        Raises:
            EvidenceError: It is damaged, or of a version that is not known.
        """
        self.space = space
        fixed = space.read(0, min(space.size, _HEADER.size + _HEADER_4.size))
        if len(fixed) < _HEADER.size or not fixed.startswith(_MAGIC):
            msg = "its first segment holds no logical image"
            raise damaged(msg)
        _, self.version, _, self.chunk_size, _, self.first, name_size = _HEADER.unpack_from(fixed)
        if self.version not in {3, 4}:
            msg = f"an AD1 image of version {self.version}; versions 3 and 4 can be read"
            raise EvidenceError(msg)
        if not 0 < self.chunk_size <= _MAX_CHUNK or name_size > _MAX_NAME:
            msg_0 = "its header asks for more memory than an image needs"
            raise damaged(msg_0)
        self.tables = space.size
        name_at = _HEADER.size
        if self.version == 4:  # noqa: PLR2004 - the version
            if len(fixed) < _HEADER.size + _HEADER_4.size:
                msg_0 = "its header is cut"
                raise damaged(msg_0)
            _, name_at, self.tables, *_ = _HEADER_4.unpack_from(fixed, _HEADER.size)
        self.source_name = space.read(name_at, name_size)
        if self.first > space.size or self.tables > space.size:
            msg_0 = "its header points outside"
            raise damaged(msg_0)

    def walk(self) -> Iterator[tuple[Item, bytes]]:
        """Every item with its path (``/`` between names), a folder before what it holds.

        This is the order on disk.

        Raises:
            EvidenceError: The tree is damaged.
        """
        found = self._walk()
        here = next(found, None)
        while here is not None:
            following = next(found, None)
            item, path = here
            yield replace(item, stop=following[0].address if following else self.tables), path
            here = following

    def _walk(self) -> Iterator[tuple[Item, bytes]]:
        page = Page(self.space)
        room = self.space.size + (16 << 20)
        # One entry a level: the next item to visit there, its parent, and the path of that.
        levels = [(self.first, 0, b"")] if self.first else []
        last = 0
        while levels:
            address, parent, above = levels.pop()
            if address <= last:
                msg = f"the item at {last} leads back to {address}: a loop"
                raise damaged(msg)
            last = address
            item = _item(page, address, self.tables)
            if item.parent != parent:
                msg = f"the item at {address} says {item.parent} is above it, not {parent}"
                raise damaged(msg)
            path = above + item.name
            room -= len(path)
            if len(path) > _MAX_PATH or room < 0:
                msg = "the paths in it are longer than any that a system can hold"
                raise damaged(msg)
            yield item, path
            if item.next:
                levels.append((item.next, parent, above))
            if item.child:
                levels.append((item.child, address, path + b"/"))

    def item(self, address: int, stop: int) -> Item:
        """An item that the walk found.

        Args:
            address: The address of the item.
            stop: Where the next one begins.

        Raises:
            EvidenceError: It cannot be read any more.
        """
        return _item(Page(self.space), address, stop)

    def records(self, item: Item) -> Iterator[Record]:
        """The metadata of an item; raises like ``metadata.records``."""
        return records(self.space, item)

    def chunks(self, item: Item) -> Iterator[bytes]:
        """The content of an item; raises like ``content.chunks``."""
        return chunks(Page(self.space, item.address, item.stop), item, self.chunk_size)


def _item(page: Page, address: int, stop: int) -> Item:
    fixed = page.read(address, _ITEM.size)
    after, child, metadata, table, size, kind, name_size = _ITEM.unpack(fixed)
    if name_size > _MAX_NAME:
        msg = f"the item at {address} has a name of {name_size} bytes"
        raise damaged(msg)
    rest = page.read(address + _ITEM.size, name_size + _U64.size)
    name, (parent,) = rest[:name_size], _U64.unpack_from(rest, name_size)
    return Item(
        address, after, child, metadata, table, size, kind, name, parent, fixed + rest, stop
    )
