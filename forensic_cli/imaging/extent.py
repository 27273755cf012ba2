"""Whether a file ends before its own structure does: what tells a cut file from a damaged one.

Asked only of files that a decoder has refused; libraries differ in whether they say so themselves.
"""

import struct
from collections.abc import Callable, Mapping

from forensic_cli.imaging import gif

_MARKER, _SCAN = 0xFF, 0xDA
_BARE = {0x01, 0xFF, *range(0xD0, 0xD9)}
"""JPEG markers without a length, and the fill byte."""
_END = b"\xff\xd9"
_CODESTREAM = b"\xff\x4f\xff\x51"
_BOX_HEADER, _MOST_BOXES = 8, 10_000
_RIFF_HEADER = 8
_ICO_HEADER, _ICO_ENTRY = 6, 16
_BIG_TIFF, _MOST_ENTRIES = 43, 1000
_STRIPS = ((273, 279), (324, 325))
"""TIFF tags: places and lengths of strips, and of tiles."""
_PLACES = {tag for pair in _STRIPS for tag in pair}
_WHOLE = {3: "H", 4: "I", 16: "Q"}


def ends_early(data: bytes, form: str) -> bool | None:
    """Whether a file is shorter than its structure says.

    Args:
        data: The whole file.
        form: Its format by content.

    Returns:
        None for formats that are not looked into.
    """
    look = _LOOKS.get(form)
    if look is None:
        return None
    try:
        return look(data)
    except (struct.error, OverflowError):  # a field of the structure itself is cut, or far outside
        return True


def _jpeg(data: bytes) -> bool:
    """ISO/IEC 10918-1, annex B: segments up to a scan; after that only EOI is an FF D9."""
    position = 2
    while position + 2 <= len(data):
        marker, kind = data[position], data[position + 1]
        if marker != _MARKER:
            return False
        if kind == _SCAN:
            return data.find(_END, position) < 0
        if kind in _BARE:
            position += 1 if kind == _MARKER else 2
            continue
        (length,) = struct.unpack_from(">H", data, position + 2)
        position += 2 + length
    return True


def _png(data: bytes) -> bool:
    """PNG, 5.3: chunks of a length, a name, data and a checksum, the last one IEND."""
    position = 8
    while True:
        length, name = struct.unpack_from(">I4s", data, position)
        if not name.isalpha():
            return False
        position += 12 + length
        if position > len(data):
            return True
        if name == b"IEND":
            return False


def _bmp(data: bytes) -> bool:
    """Bitmap file header: the size of the file at offset 2."""
    return int(struct.unpack_from("<I", data, 2)[0]) > len(data)


def _riff(data: bytes) -> bool:
    """Resource Interchange File Format: the size at offset 4 counts all that follows it."""
    return int(struct.unpack_from("<I", data, 4)[0]) + _RIFF_HEADER > len(data)


def _boxes(data: bytes) -> bool:
    """ISO/IEC 14496-12, 4.2: a box has a size and a name; 1: a long size follows; 0: to the end."""
    position = 0
    for _ in range(_MOST_BOXES):
        if position >= len(data):
            return bool(position > len(data))
        size, name = struct.unpack_from(">I4s", data, position)
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, position + _BOX_HEADER)
        if size < _BOX_HEADER:
            return False
        position += size
        if name == b"jp2c":  # the picture; what follows it may be anything
            return bool(position > len(data))
    return False


def _jpeg2000(data: bytes) -> bool:
    """ISO/IEC 15444-1, A.4.4: a codestream, in a box or bare, ends with EOC, FF D9 nowhere else."""
    start = data.find(_CODESTREAM)
    return start < 0 or data.find(_END, start) < 0 or (start > 0 and _boxes(data))


def _gif(data: bytes) -> bool:
    try:
        return sum(0 for _ in gif.images(data)) > 0
    except gif.CutError:
        return True
    except ValueError:
        return False


def _tiff(data: bytes) -> bool:
    """TIFF 6.0, section 2, and BigTIFF: the first directory and its strips or tiles are there."""
    order = "<" if data.startswith(b"I") else ">"
    big = _BIG_TIFF in data[2:4]
    offset, count, entry = ("Q", "Q", "HHQ8s") if big else ("I", "H", "HHI4s")
    (start,) = struct.unpack_from(order + offset, data, 8 if big else 4)
    (entries,) = struct.unpack_from(order + count, data, start)
    start += struct.calcsize(order + count)
    size = struct.calcsize(order + entry)
    if start + entries * size > len(data):
        return True
    found: dict[int, tuple[int, ...]] = {}
    for index in range(min(entries, _MOST_ENTRIES)):
        tag, kind, values, place = struct.unpack_from(order + entry, data, start + index * size)
        if tag in _PLACES and kind in _WHOLE and values <= len(data):
            form = f"{order}{values}{_WHOLE[kind]}"
            inline = struct.calcsize(form) <= len(place)
            at = 0 if inline else struct.unpack(order + offset, place)[0]
            found[tag] = struct.unpack_from(form, place if inline else data, at)
    return any(
        where + length > len(data)
        for places, lengths in _STRIPS
        for where, length in zip(found.get(places, ()), found.get(lengths, ()), strict=False)
    )


def _ico(data: bytes) -> bool:
    """Icon directory: a count at offset 4, then entries with size and offset of each picture."""
    (count,) = struct.unpack_from("<H", data, 4)
    for index in range(count):
        size, start = struct.unpack_from("<II", data, _ICO_HEADER + index * _ICO_ENTRY + 8)
        if start + size > len(data):
            return True
    return False


_LOOKS: Mapping[str, Callable[[bytes], bool]] = {
    "JPEG": _jpeg,
    "PNG": _png,
    "BMP": _bmp,
    "WEBP": _riff,
    "AVIF": _boxes,
    "HEIF": _boxes,
    "JPEG2000": _jpeg2000,
    "GIF": _gif,
    "TIFF": _tiff,
    "ICO": _ico,
}
