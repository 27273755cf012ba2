"""Whether a file holds more than eight bits a channel, which Pillow's modes do not always tell."""

import re
from collections.abc import Callable, Mapping

from PIL import Image

_EIGHT = 8
_BITS_PER_SAMPLE = 258
_PNG_DEPTH = 24
_MAXVAL = re.compile(rb"P[2356]\s+(?:(?:#[^\n]*\n\s*)*\d+\s+){2}(?:#[^\n]*\n\s*)*(\d+)")
_J2K_START = b"\xff\x4f\xff\x51"
_J2K_DEPTH = 42
_AV1_BOX, _AV1_FLAGS, _HIGH_BIT_DEPTH = b"av1C", 6, 0x40


def is_deep(image: Image.Image, data: bytes) -> bool:
    """Whether the first channel of a picture has more than eight bits.

    By TIFF's tag 258, PNG's IHDR, Netpbm's maximum, JPEG 2000's SIZ (ISO/IEC 15444-1, A.5.1), the
    av1C box of AVIF, what libheif says of HEIF; other formats that are decoded have eight.

    Args:
        image: Opened.
        data: Its file.
    """
    depth = _DEPTHS.get(image.format or "")
    return depth is not None and depth(image, data) > _EIGHT


def _tiff(image: Image.Image, _: bytes) -> int:
    bits = getattr(image, "tag_v2", {}).get(_BITS_PER_SAMPLE, ())
    return max(bits, default=0) if isinstance(bits, tuple) else int(bits)


def _png(_: Image.Image, data: bytes) -> int:
    return data[_PNG_DEPTH]


def _netpbm(_: Image.Image, data: bytes) -> int:
    found = _MAXVAL.match(data[:4096])
    return int(found[1][:9]).bit_length() if found else 0


def _jpeg2000(_: Image.Image, data: bytes) -> int:
    start = data.find(_J2K_START)
    return (data[start + _J2K_DEPTH] & 0x7F) + 1 if start >= 0 else 0


def _avif(_: Image.Image, data: bytes) -> int:
    box = data.find(_AV1_BOX)
    return _EIGHT + bool(data[box + _AV1_FLAGS] & _HIGH_BIT_DEPTH) if box >= 0 else 0


def _heif(image: Image.Image, _: bytes) -> int:
    depth = image.info.get("bit_depth")
    return depth if isinstance(depth, int) else 0


_DEPTHS: Mapping[str, Callable[[Image.Image, bytes], int]] = {
    "TIFF": _tiff,
    "PNG": _png,
    "PPM": _netpbm,
    "JPEG2000": _jpeg2000,
    "AVIF": _avif,
    "HEIF": _heif,
}
