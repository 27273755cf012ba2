"""Codings that a format allows and that are not decoded here, told from the file's structure."""

import re
import struct

from forensic_cli.imaging.structure.jpeg import jpeg_structure
from forensic_cli.imaging.structure.png import SIGNATURE
from forensic_cli.imaging.structure.tiff import (
    BITS,
    COMPRESSION,
    DNG_VERSION,
    PHOTOMETRIC,
    SAMPLE_FORMAT,
    SAMPLES,
    SUB_DIRECTORIES,
    main_page,
    pages,
)

_EIGHT = 8
_LOSSLESS, _JPEG_LS = {0xC3, 0xC7, 0xCB, 0xCF}, 0xF7
_HIERARCHICAL = {0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF}
_BMP_PACKING = {4: "JPEG", 5: "PNG"}
_BMP_HEADERS, _BMP_BITS, _BMP_PACKINGS = {"BMP": 14, "DIB": 0}, {1, 2, 4, 8, 16, 24, 32, 64}, 14
_BMP_SIZES, _MOST_COLOURS = {*range(12, 65, 4), 108, 124}, 1 << 16
_CFA, _LINEAR_RAW = 32803, 34892
_FLOAT, _COMPLEX = 3, {5, 6}
_TIFF_PACKING = {
    6: "JPEG of the older form", 9: "JBIG", 10: "JBIG", 32766: "NeXT", 32767: "camera raw (Sony)",
    32769: "camera raw (Epson)", 32770: "camera raw (Samsung)", 33003: "JPEG 2000",
    33004: "JPEG 2000", 33005: "JPEG 2000", 34661: "JBIG", 34676: "SGI LogLuv",
    34677: "SGI LogLuv", 34712: "JPEG 2000", 34713: "camera raw (Nikon)", 34715: "JBIG2",
    34887: "LERC", 34892: "lossy JPEG of a camera raw", 34925: "LZMA", 50000: "Zstandard",
    50001: "WebP", 50002: "JPEG XL", 52546: "JPEG XL", 65000: "camera raw (Kodak)",
    65535: "camera raw (Pentax)",
}  # fmt: skip
"""Packings that Pillow's libtiff does not have, or has in some builds only; used where it fails."""
_NOT_DECODED = re.compile(
    r"unknown (pixel|raw) mode|[Uu]nsupported (BMP|TIFF|color|bit|pixel)|unrecognized image mode"
    r"|not implemented|support is not configured|cannot decode|decoder \S+ not available"
    r"|unknown compression|Unknown photometric",
)


def coding_not_decoded(data: bytes, form: str) -> str | None:
    """The name of a file's coding, where the file is sound and the coding is not decoded here.

    Args:
        data: The whole file.
        form: Its format by content.
    """
    match form:
        case "JPEG":
            return _jpeg(data)
        case "PNG":
            is_ios = data.startswith(b"CgBI", len(SIGNATURE) + 4)
            return "PNG as iOS applications store it (CgBI)" if is_ios else None
        case "BMP":
            packing = int.from_bytes(data[30:34], "little") if data[14:15] > b"\x0c" else 0
            return f"BMP with {_BMP_PACKING[packing]} inside" if packing in _BMP_PACKING else None
        case "TIFF":
            try:
                return _tiff(data)
            except (struct.error, OverflowError):
                return None
        case _:
            return None


def coding_that_failed(data: bytes, form: str, said: str) -> str | None:
    """The same, where a decoder has given up on a file.

    Args:
        data: The whole file.
        form: Its format by content.
        said: What the decoder said.
    """
    if form == "TIFF":
        try:
            page = main_page(list(pages(data)))
        except (struct.error, OverflowError, IndexError):
            return None
        if (packing := page.first(COMPRESSION)) in _TIFF_PACKING:
            return f"TIFF with {_TIFF_PACKING[packing]} inside"
        if _NOT_DECODED.search(said):
            bits = ", ".join(map(str, page.tags.get(BITS, (1,))))
            return f"TIFF of {page.first(SAMPLES, 1)} x {bits} bits a pixel, in an unusual order"
    if form in _BMP_HEADERS and _NOT_DECODED.search(said):
        return _unusual_bmp(data, _BMP_HEADERS[form])
    return None


def _unusual_bmp(data: bytes, header: int) -> str | None:
    """Of bits and a packing that there are: other numbers are damage."""
    bits = int.from_bytes(data[header + 14 : header + 16], "little")
    packing = int.from_bytes(data[header + 16 : header + 20], "little")
    size = int.from_bytes(data[header : header + 4], "little")
    there_is = bits in _BMP_BITS and packing < _BMP_PACKINGS and size in _BMP_SIZES
    there_is &= int.from_bytes(data[header + 32 : header + 36], "little") <= _MOST_COLOURS
    return f"BMP of {bits} bits a pixel, in an unusual order" if there_is else None


def _jpeg(data: bytes) -> str | None:
    frame = jpeg_structure(data).frame
    if frame is None:
        return None
    if frame.marker == _JPEG_LS:
        return "JPEG-LS"
    if frame.marker in _LOSSLESS:
        return "lossless JPEG"
    if frame.marker in _HIERARCHICAL:
        return "hierarchical JPEG"
    return f"JPEG of {frame.precision} bits a sample" if frame.precision != _EIGHT else None


def _tiff(data: bytes) -> str | None:
    found = list(pages(data))
    if any(DNG_VERSION in page.tags for page in found):
        return "camera raw (DNG)"
    if not found:
        return None
    page = main_page(found)
    if page.first(PHOTOMETRIC) in {_CFA, _LINEAR_RAW}:
        return "camera raw (a TIFF of sensor values)"
    if page.is_reduced and SUB_DIRECTORIES in page.tags:
        return "camera raw (a TIFF with a preview)"
    kinds = set(page.tags.get(SAMPLE_FORMAT, ()))
    if page.first(SAMPLES, 1) > 1 and _FLOAT in kinds:
        return "TIFF of floating-point colours"
    return "TIFF of complex numbers" if kinds & _COMPLEX else None
