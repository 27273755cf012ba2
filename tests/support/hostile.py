"""Files made to do harm, and files that keep a decoder busy: small on disk, large in effect."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

_SOS = 0xDA
_EOI = 0xD9


def chunk(kind: bytes, data: bytes) -> bytes:
    """A PNG chunk."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width: int, height: int, rows: bytes, *extra: bytes) -> bytes:
    """An 8-bit RGB PNG with these bytes as its image data."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            *extra,
            chunk(b"IDAT", zlib.compress(rows)),
            chunk(b"IEND", b""),
        ]
    )


def small_png(*extra: bytes) -> bytes:
    """A sound picture of 8 x 8 with more chunks."""
    return png_of(8, 8, bytes(8 * (1 + 3 * 8)), *extra)


def scans(side: int, count: int) -> bytes:
    """A progressive JPEG whose last scan comes so many times more; each is a pass over it all."""
    stream = io.BytesIO()
    Image.new("L", (side, side), 128).save(stream, "JPEG", progressive=True)
    head, segments = b"\xff\xd8", _segments(stream.getvalue())
    return head + b"".join(segments) + segments[-1] * count + b"\xff\xd9"


def _segments(data: bytes) -> list[bytes]:
    """The segments of a JPEG between SOI and EOI, each scan with its coded data."""
    found = []
    position = 2
    while data[position + 1] != _EOI:
        (length,) = struct.unpack_from(">H", data, position + 2)
        end = position + 2 + length
        if data[position + 1] == _SOS:
            while data[end] != 0xFF or data[end + 1] == 0 or 0xD0 <= data[end + 1] <= 0xD7:
                end += 1
        found.append(data[position:end])
        position = end
    return found


def jp2_with_length(name: bytes, length: int) -> bytes:
    """A JPEG 2000 file one of whose boxes says another length."""
    stream = io.BytesIO()
    Image.new("RGB", (64, 64), (10, 20, 30)).save(stream, "JPEG2000")
    data = bytearray(stream.getvalue())
    at = data.index(name) - 4
    data[at : at + 4] = struct.pack(">I", length)
    return bytes(data)


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    """A picture that no compression makes small."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)
