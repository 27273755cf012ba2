"""The index of a JPEG of several pictures (CIPA DC-007, 5.2.3: the MP entries)."""

import struct
from collections.abc import Sequence

from forensic_cli.imaging.structure.jpeg import Segment

_APP2, _NAME = 0xE2, b"MPF\0"
_ENTRIES, _ENTRY_SIZE = 0xB002, 16
_HEADER = 4
"""Marker and length, before a segment's body."""


def places_of_pictures(segments: Sequence[Segment]) -> list[tuple[int, int]]:
    """Place and size of each picture after the first; empty where there is no index.

    Args:
        segments: Of the first picture.
    """
    for segment in segments:
        if segment.marker == _APP2 and segment.body.startswith(_NAME):
            base = segment.start + _HEADER + len(_NAME)
            try:
                return [(base + place, size) for size, place in _entries(segment.body[4:]) if place]
            except struct.error:
                return []
    return []


def _entries(index: bytes) -> list[tuple[int, int]]:
    """Size and place of each picture, the place from the index on; 0 for the first one."""
    order = "<" if index.startswith(b"II") else ">"
    (start,) = struct.unpack_from(order + "I", index, 4)
    (count,) = struct.unpack_from(order + "H", index, start)
    for at in range(count):
        tag, _, size, place = struct.unpack_from(order + "HHII", index, start + 2 + 12 * at)
        if tag == _ENTRIES:
            return [
                struct.unpack_from(order + "II", index, place + one + 4)
                for one in range(0, size, _ENTRY_SIZE)
            ]
    return []
