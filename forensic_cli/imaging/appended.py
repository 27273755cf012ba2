"""What follows the end of a picture in its file: a film, another picture, a remnant."""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from forensic_cli.imaging.formats import sniff
from forensic_cli.imaging.structure import gif, iso_boxes, png
from forensic_cli.imaging.structure.jpeg import jpeg_structure
from forensic_cli.imaging.structure.mpf import places_of_pictures

_FILLING = b"\0\xff\r\n\t "
_FILLING_BEFORE = b"\0\r\n\t "
"""FF begins a JPEG."""
_FILM = b"ftyp"
_LOOK = 64 * 1024
_KINDS = (
    (b"PK\x03\x04", "ZIP archive"),
    (b"Rar!\x1a\x07", "RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip archive"),
    (b"\x1f\x8b\x08", "gzip data"),
    (b"RIFF", "RIFF data"),
    (b"SEFH", "notes of a Samsung telephone"),
    (b"MPVD", "film of a Samsung telephone"),
)
_CODESTREAM_END = b"\xff\xd9"


@dataclass(frozen=True, slots=True)
class Appended:
    """Bytes after a picture.

    Attributes:
        start: Where they begin.
        size: How many there are.
        kind: What they are, as far as their beginning tells.
    """

    start: int
    size: int
    kind: str

    def __str__(self) -> str:
        """In words, for the details."""
        return f"{self.size} bytes at {self.start}: {self.kind}"


def appended_to(data: bytes, form: str) -> Appended | None:
    """What follows the end of a picture that is whole.

    Args:
        data: The whole file.
        form: Its format by content.

    Returns:
        None where nothing follows but filling, and for formats that do not say where they end.
    """
    end = _ENDS[form](data) if form in _ENDS else None
    if end is None or end >= len(data) or not data[end:].strip(_FILLING):
        return None
    return Appended(end, len(data) - end, _kind(data, end))


def _riff_end(data: bytes) -> int:
    size = int(struct.unpack_from("<I", data, 4)[0]) + 8
    return size + size % 2


def _bmp_end(data: bytes) -> int | None:
    return int(struct.unpack_from("<I", data, 2)[0]) or None


def _codestream_end(data: bytes) -> int | None:
    """Of a bare codestream; in boxes it is not the last thing."""
    at = -1 if data.startswith(b"\0") else data.rfind(_CODESTREAM_END)
    return at + 2 if at >= 0 else None


def _jpeg_end(data: bytes) -> int | None:
    """After the last of the pictures that the file's own index names (CIPA DC-007)."""
    structure = jpeg_structure(data)
    end = structure.end
    if end is None:
        return None
    for start, size in places_of_pictures(structure.segments):
        if end <= start + size <= len(data):
            end = start + size
    return end


_ENDS: Mapping[str, Callable[[bytes], int | None]] = {
    "JPEG": _jpeg_end,
    "PNG": png.end,
    "GIF": gif.end,
    "WEBP": _riff_end,
    "BMP": _bmp_end,
    "HEIF": iso_boxes.stop,
    "AVIF": iso_boxes.stop,
    "JPEG2000": _codestream_end,
}
"""By format: where the picture ends. A TIFF and an ICO lie about in their file."""


def _kind(data: bytes, start: int) -> str:
    head = data[start : start + _LOOK]
    film = head.find(_FILM) - 4
    if film >= 0 and not head[:film].strip(_FILLING):
        return "MP4 film"
    head = head.lstrip(_FILLING_BEFORE)
    for signature, name in _KINDS:
        if head.startswith(signature):
            return name
    if (found := sniff(head)) is not None:
        return f"{found[0]} picture"
    if film >= 0:
        return "MP4 film, with something before it"
    if head[:200].isascii() and head[:200].decode().isprintable():
        return "text"
    return "data of no kind that is known here, a remnant perhaps"
