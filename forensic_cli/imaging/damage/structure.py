"""Whether a file ends before its own structure does, whatever its decoder makes of it."""

import struct
from collections.abc import Callable, Mapping

from forensic_cli.imaging.damage.finding import Damage, corrupt, cut, ends_early
from forensic_cli.imaging.damage.tiff import tiff_damage
from forensic_cli.imaging.structure import gif, iso_boxes

_BOXED = b"\0\0\0\x0cjP"
_CODESTREAM, _END = b"\xff\x4f\xff\x51", b"\xff\xd9"
_MAIN_HEADER, _TILE_PART = 0xFF00, 0xFF90
_RIFF_HEADER = 8
_ICO_HEADER, _ICO_ENTRY = 6, 16
_OS2_HEADER, _NOT_PACKED = 12, {0, 3, 6}


def structural_damage(data: bytes, form: str) -> Damage | None:
    """What the structure of a file says is missing, or in the wrong place.

    Args:
        data: The whole file.
        form: Its format by content, one of those of ``STRUCTURES``.
    """
    try:
        return STRUCTURES[form](data)
    except (struct.error, OverflowError):  # a field of the structure itself is cut, or far outside
        return ends_early(form, 0)


def _bmp(data: bytes) -> Damage | None:
    """Bitmap file header: the size of the file at offset 2, and the rows from offset 10 on."""
    size, _, start, header = struct.unpack_from("<IIII", data, 2)
    if header > _OS2_HEADER:
        width, height, _, bits, packing = struct.unpack_from("<iiHHI", data, 18)
        if packing in _NOT_PACKED:
            size = start + (abs(width) * bits + 31) // 32 * 4 * abs(height)
    return ends_early("BMP", size - len(data)) if size > len(data) else None


def _riff(data: bytes) -> Damage | None:
    """Resource Interchange File Format: the size at offset 4 counts all that follows it."""
    size = int(struct.unpack_from("<I", data, 4)[0]) + _RIFF_HEADER
    return ends_early("WebP", size - len(data)) if size > len(data) else None


def _boxes(form: str) -> Callable[[bytes], Damage | None]:
    def look(data: bytes) -> Damage | None:
        stop = iso_boxes.stop(data)
        return ends_early(form, stop - len(data)) if stop > len(data) else None

    return look


def _jpeg2000(data: bytes) -> Damage | None:
    """ISO/IEC 15444-1, I.4: boxes around a codestream, or the codestream alone."""
    # Of the box with the codestream the stream itself says whether it is whole.
    for box in iso_boxes.boxes(data) if data.startswith(_BOXED) else ():
        if box.stop > len(data) and box.name != b"jp2c":
            return ends_early("JPEG 2000", box.stop - len(data))
    start = data.find(_CODESTREAM)
    return ends_early("JPEG 2000", 0) if start < 0 else _codestream(data, start + 2)


def _codestream(data: bytes, position: int) -> Damage | None:
    """ISO/IEC 15444-1, A.4: tile-parts that say how long they are, up to EOC."""
    while data[position : position + 2] != _END:
        marker, length = struct.unpack_from(">HH", data, position)
        if marker == _TILE_PART:
            (length,) = struct.unpack_from(">I", data, position + 6)
            if not length:  # up to the end
                found = data.find(_END, position) >= 0
                return None if found else cut("the file ends before the JPEG 2000's end marker")
            position += length
        elif _MAIN_HEADER <= marker < _TILE_PART:
            position += 2 + length
        else:
            return corrupt("the JPEG 2000 data are damaged: a part begins at no marker")
    return None


def _gif(data: bytes) -> Damage | None:
    try:
        for _ in gif.blocks(data):
            pass
    except gif.CutError:
        return ends_early("GIF", 0)
    except ValueError:  # between pictures some encoders write what is no block
        return None
    return None


def _ico(data: bytes) -> Damage | None:
    """Icon directory: a count at offset 4, then entries with size and offset of each picture."""
    (count,) = struct.unpack_from("<H", data, 4)
    missing = 0
    for index in range(count):
        size, start = struct.unpack_from("<II", data, _ICO_HEADER + index * _ICO_ENTRY + 8)
        missing = max(missing, start + size - len(data))
    return ends_early("ICO", missing) if missing > 0 else None


STRUCTURES: Mapping[str, Callable[[bytes], Damage | None]] = {
    "BMP": _bmp,
    "WEBP": _riff,
    "AVIF": _boxes("AVIF"),
    "HEIF": _boxes("HEIF"),
    "JPEG2000": _jpeg2000,
    "GIF": _gif,
    "TIFF": tiff_damage,
    "ICO": _ico,
}
"""By Pillow's name of the format; JPEG and PNG have modules of their own, DIB and PPM tell
nothing that their decoders do not notice."""
