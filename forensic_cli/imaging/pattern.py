"""Test pictures made by integer arithmetic: the same bytes everywhere, without a file."""

import struct
from itertools import chain

import numpy as np

SHAPES = ((200, 320), (320, 200), (257, 257))
"""Height and width (pixels) of the test pictures: wide, high, square and odd."""

_FILE_HEADER = 14
_INFO_HEADER = 40


def pattern_file(index: int) -> bytes:
    """A test picture as the bytes of a BMP file (24 bits, bottom row first, rows padded to 4).

    Args:
        index: Which picture, from 0. Shapes repeat after ``SHAPES``.

    Returns:
        The file. A pixel's channel c (0 = R) is ``(7x + 13y + 29c + 53 index + xy // 16) mod 256``.
    """
    height, width = SHAPES[index % len(SHAPES)]
    y, x, channel = np.ogrid[:height, :width, :3]
    values = (7 * x + 13 * y + 29 * channel + 53 * index + x * y // 16) % 256
    rows = values.astype(np.uint8)[::-1, :, ::-1]
    padding = bytes(-3 * width % 4)
    body = b"".join(chain.from_iterable((row.tobytes(), padding) for row in rows))
    start = _FILE_HEADER + _INFO_HEADER
    head = struct.pack("<2sIHHI", b"BM", start + len(body), 0, 0, start)
    info = struct.pack("<IiiHHIIiiII", _INFO_HEADER, width, height, 1, 24, 0, len(body), 0, 0, 0, 0)
    return head + info + body
