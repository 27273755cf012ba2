"""The chunks of a PNG, without decoding them (Portable Network Graphics, third edition)."""

import re
import struct
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER = struct.Struct(">I4s")
_LOWER = 0x20
_NEEDED = {b"tRNS", b"fcTL", b"fdAT", b"acTL"}
"""Chunks that decoders may pass over, and that are of the picture nevertheless."""
_OF_THE_PICTURE = re.compile(rb"IDAT|PLTE|IEND")
_MOST_TRIES = 100
"""Checksums that are computed in looking for the picture, in all: a file may lead astray."""
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_ADAM7 = (
    (0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2),
    (0, 1, 1, 2),
)  # fmt: skip
"""First column, step of columns, first row, step of rows of each pass (8.1)."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk.

    Attributes:
        name: Its type.
        start: Where its length is.
        data: Where its data begin.
        size: Bytes of data.
        is_whole: Whether all of it is there.
    """

    name: bytes
    start: int
    data: int
    size: int
    is_whole: bool

    @property
    def is_description(self) -> bool:
        """Whether a picture can be made without it: text, profiles, what has no name (5.4)."""
        if not self.name.isalpha():
            return True
        return bool(self.name[0] & _LOWER) and self.name not in _NEEDED

    @property
    def stop(self) -> int:
        """Where the next one begins."""
        return self.data + self.size + 4


def chunks(data: bytes) -> Iterator[Chunk]:
    """The chunks in order, up to and including IEND, as far as they can be followed.

    After a description whose length is damaged the picture is looked for: the next chunk of it
    whose checksum is right. What lies between is given as one chunk.

    Args:
        data: A file.
    """
    position = len(SIGNATURE)
    tries = _MOST_TRIES
    while position + _HEADER.size <= len(data):
        chunk = _chunk(data, position)
        if chunk.is_description and not (chunk.is_whole and _begins(data, chunk.stop)):
            after, tries = _next_of_the_picture(data, position + 8, tries)
            if after is None:
                yield chunk
                return
            size = after - chunk.data - 4
            chunk = Chunk(chunk.name, position, chunk.data, size, is_whole=True)
        yield chunk
        if chunk.name == b"IEND":
            return
        position = chunk.stop


def _next_of_the_picture(data: bytes, position: int, tries: int) -> tuple[int | None, int]:
    """Where the next sound chunk of the picture begins, and how many tries are left."""
    for found in _OF_THE_PICTURE.finditer(data, position + 4):
        if not tries:
            break
        tries -= 1
        chunk = _chunk(data, found.start() - 4)
        if chunk.is_whole and agrees(data, chunk):
            return chunk.start, tries
    return None, tries


def _chunk(data: bytes, start: int) -> Chunk:
    size, name = _HEADER.unpack_from(data, start)
    return Chunk(name, start, start + 8, size, start + 12 + size <= len(data))


def _begins(data: bytes, position: int) -> bool:
    """Whether a chunk can begin there, or the file ends."""
    return data[position + 4 : position + 8].isalpha() or position >= len(data)


def agrees(data: bytes, chunk: Chunk) -> bool:
    """Whether a chunk's checksum is that of its bytes."""
    (stored,) = struct.unpack_from(">I", data, chunk.stop - 4)
    return bool(zlib.crc32(memoryview(data)[chunk.start + 4 : chunk.stop - 4]) == stored)


def end(data: bytes) -> int | None:
    """What follows IEND begins here; None where there is none."""
    last = deque(chunks(data), maxlen=1)
    return last[0].stop if last and last[0].name == b"IEND" else None


def length_of_pixels(header: bytes) -> int | None:
    """How many bytes the picture's data unpack to.

    Args:
        header: The data of IHDR.

    Returns:
        None where the header means nothing.
    """
    if len(header) != 13:  # noqa: PLR2004
        return None
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if colour not in _CHANNELS or interlaced > 1:
        return None
    bits = depth * _CHANNELS[colour]
    passes = _ADAM7 if interlaced else ((0, 1, 0, 1),)
    total = 0
    for left, across, top, down in passes:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + (columns * bits + 7) // 8)
    return total
