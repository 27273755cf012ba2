"""The segments of a JPEG, without decoding them (ISO/IEC 10918-1, annex B)."""

import re
import struct
from dataclasses import dataclass

_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_BARE = {0x01, _SOI, *range(0xD0, 0xD8)}
"""Markers without a length."""
_JPEG_LS = 0xF7
_FRAMES = {*range(0xC0, 0xD0), _JPEG_LS} - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)
"""What ends entropy-coded data: all but stuffed bytes, fill bytes and restart markers."""
_MOST_COEFFICIENTS = 64


@dataclass(frozen=True, slots=True)
class Frame:
    """What a frame header says.

    Attributes:
        marker: Its second byte: which coding it is.
        precision: Bits a sample.
        components: Their identifiers.
    """

    marker: int
    precision: int
    components: tuple[int, ...]

    @property
    def is_progressive(self) -> bool:
        """Whether it comes in scans that refine one another."""
        return self.marker in _PROGRESSIVE


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan header says.

    Attributes:
        components: Whose data it holds.
        first: Of the coefficients in it.
        last: Of the coefficients in it.
        low: Bits that are still missing after it.
        data: Where its data begin; the three bytes before say which coefficients and bits.
    """

    components: tuple[int, ...]
    first: int
    last: int
    low: int
    data: int


@dataclass(frozen=True, slots=True)
class Segment:
    """A marker segment before the picture's data.

    Attributes:
        marker: Its second byte.
        start: Where the marker is.
        body: What follows its length.
    """

    marker: int
    start: int
    body: bytes


@dataclass(frozen=True, slots=True)
class JpegStructure:
    """The first picture of a file.

    Attributes:
        segments: Up to the first scan, whose header is the last of them.
        frame: None where there is no frame header before the first scan.
        scans: In order.
        end: What follows the end marker begins here; None where there is no such marker.
        is_cut: Whether the file ends within a segment, or after one that another has to follow.
    """

    segments: tuple[Segment, ...]
    frame: Frame | None
    scans: tuple[Scan, ...]
    end: int | None
    is_cut: bool

    @property
    def lacks_scans(self) -> bool:
        """Whether a coefficient of a component, or its last bits, are in no scan."""
        if self.frame is None:
            return False
        if not self.frame.is_progressive:
            there = {one for scan in self.scans for one in scan.components}
            return not there.issuperset(self.frame.components)
        missing = dict.fromkeys(
            (one, at) for one in self.frame.components for at in range(_MOST_COEFFICIENTS)
        )
        for scan in self.scans:
            for one in scan.components:
                for at in range(scan.first, min(scan.last, _MOST_COEFFICIENTS - 1) + 1):
                    if scan.low == 0:
                        missing.pop((one, at), None)
        return bool(missing)


def jpeg_structure(data: bytes, start: int = 0) -> JpegStructure:
    """The structure of the picture that begins at ``start``, as far as it can be followed.

    Args:
        data: A file.
        start: Where its start-of-image marker is.
    """
    segments: list[Segment] = []
    scans: list[Scan] = []
    frame, end, cut = None, None, False
    position = start + 2
    while (found := _MARKER.search(data, position)) is not None:  # decoders skip what is between
        position, marker = found.start(), data[found.start() + 1]
        if marker == _EOI:
            end = position + 2
            break
        if marker in _BARE:
            position += 2
            continue
        (length,) = struct.unpack(">H", data[position + 2 : position + 4].rjust(2, b"\0"))
        body = data[position + 4 : position + 2 + length]
        if len(body) + 2 < length or position + 4 > len(data):
            cut = True
            break
        if not scans:
            segments.append(Segment(marker, position, body))
        if frame is None and marker in _FRAMES:
            frame = _frame(marker, body)
        position += 2 + max(2, length)
        if marker == _SOS and (scan := _scan(body, position)) is not None:
            scans.append(scan)
    cut |= end is None and (bool(scans) or position + 2 > len(data))
    return JpegStructure(tuple(segments), frame, tuple(scans), end, cut)


def _frame(marker: int, body: bytes) -> Frame | None:
    if len(body) < 6 or len(body) < 6 + 3 * body[5]:  # noqa: PLR2004
        return None
    return Frame(marker, body[0], tuple(body[6 + 3 * at] for at in range(body[5])))


def _scan(body: bytes, data: int) -> Scan | None:
    if not body or len(body) < 4 + 2 * body[0]:
        return None
    count = body[0]
    first, last, bits = body[1 + 2 * count : 4 + 2 * count]
    return Scan(tuple(body[1 + 2 * at] for at in range(count)), first, last, bits & 0x0F, data)
