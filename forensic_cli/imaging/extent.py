"""Whether a file ends before its own structure does: what tells a cut file from a damaged one.

Asked only of files that a decoder has refused; libraries differ in whether they say so themselves.
"""

import struct
from collections.abc import Callable, Mapping

_BOX_HEADER = 8
_LONG_BOX = 16
_END_OF_CODESTREAM = b"\xff\xd9"
_RIFF_HEADER = 8
_GIF_TRAILER = b";"
_ICO_HEADER, _ICO_ENTRY = 6, 16
_BIG_TIFF = 43


def ends_early(data: bytes, form: str) -> bool:
    """Whether a file is shorter than its structure says.

    Args:
        data: The whole file.
        form: Its format by content; False is the answer for those that are not looked into.
    """
    look = _LOOKS.get(form)
    try:
        return look is not None and look(data)
    except (struct.error, OverflowError):  # a field of the structure itself is cut, or far outside
        return True


def _riff(data: bytes) -> bool:
    """Resource Interchange File Format: the size at offset 4 counts all that follows it."""
    return int(struct.unpack_from("<I", data, 4)[0]) + _RIFF_HEADER > len(data)


def _boxes(data: bytes) -> bool:
    """ISO/IEC 14496-12, 4.2: a box has a size and a name; 1: a long size follows; 0: to the end."""
    position = 0
    while position < len(data):
        (size,) = struct.unpack_from(">I", data, position)
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, position + _BOX_HEADER)
            if size < _LONG_BOX:
                return False
        elif size == 0 or size < _BOX_HEADER:
            return False
        position += size
    return position > len(data)


def _jpeg2000(data: bytes) -> bool:
    """ISO/IEC 15444-1, A.4.4: a codestream ends with EOC; in a JP2 it is a box of its own."""
    boxed = not data.startswith(b"\xff\x4f")
    return (boxed and _boxes(data)) or not data.rstrip(b"\0").endswith(_END_OF_CODESTREAM)


def _gif(data: bytes) -> bool:
    """GIF89a, 27: the last block is a trailer."""
    return not data.rstrip(b"\0").endswith(_GIF_TRAILER)


def _tiff(data: bytes) -> bool:
    """TIFF 6.0, section 2, and BigTIFF: the first directory, all of it, is in the file."""
    order = "<" if data.startswith(b"I") else ">"
    if _BIG_TIFF in data[2:4]:
        (start,) = struct.unpack_from(f"{order}Q", data, 8)
        (entries,) = struct.unpack_from(f"{order}Q", data, start)
        return bool(start + 8 + 20 * entries > len(data))
    (start,) = struct.unpack_from(f"{order}I", data, 4)
    (entries,) = struct.unpack_from(f"{order}H", data, start)
    return bool(start + 2 + 12 * entries > len(data))


def _ico(data: bytes) -> bool:
    """Icon directory: a count at offset 4, then entries with size and offset of each picture."""
    (count,) = struct.unpack_from("<H", data, 4)
    for index in range(count):
        size, start = struct.unpack_from("<II", data, _ICO_HEADER + index * _ICO_ENTRY + 8)
        if start + size > len(data):
            return True
    return False


_LOOKS: Mapping[str, Callable[[bytes], bool]] = {
    "WEBP": _riff,
    "AVIF": _boxes,
    "HEIF": _boxes,
    "JPEG2000": _jpeg2000,
    "GIF": _gif,
    "TIFF": _tiff,
    "ICO": _ico,
}
