"""Damage in a JPEG: libjpeg notices most of it and goes on; here it is asked to stop.

The picture's data are decoded once more, to an eighth of the size, which costs half of decoding
it. Text, profiles and what else stands in the header take no part in that. Where the warnings are
heard that come up as the picture itself is decoded (``native/jpeg_warnings.py``), only pictures
over which there were any are decoded so.
"""

import re
from collections.abc import Set as AbstractSet

from forensic_cli.imaging.damage.finding import Damage, corrupt, cut
from forensic_cli.imaging.structure.jpeg import JpegStructure, jpeg_structure
from forensic_cli.imaging.structure.mpf import places_of_pictures

_TABLES = {0xDB, 0xC4, 0xDD, 0xCC}
"""Segments without which the data mean nothing: quantisation, codes, restarts, conditioning."""
_BEGIN = b"\xff\xd8\xff"
_COLOURS, _APP1 = {0xE0, 0xEE}, 0xE1
"""JFIF and Adobe's segment say how colours are stored; EXIF and XMP are in APP1."""
_WHOLE_BAND = bytes((0, 63, 0))
_FACTOR = 8
_CMYK = 4
_NO_DATA = 128
"""What libjpeg makes of blocks for which there are no data: the middle grey."""
_STOPS = re.compile("Premature end of JPEG file|.*premature end of data segment")
_LEFT_OVER = re.compile(r".*: (\d+) extraneous bytes before marker (0x[0-9a-f]+)")
_END_MARKER = "0xd9"
_WORDS = (
    (re.compile(".*bad Huffman code"), "a code occurs that the file does not define"),
    (_LEFT_OVER, "{0} bytes of the data belong to no part of the picture"),
    (re.compile(".*found marker .* instead of RST"), "a part of the picture is missing or doubled"),
    (
        re.compile("Unsupported (marker|JPEG process)|Invalid JPEG file structure|Bogus"),
        "foreign bytes are in them",
    ),
    (re.compile("Inconsistent progression"), "the scans contradict one another"),
    (re.compile("Corrupt JPEG data"), "the decoder met what cannot be"),
)
"""Warnings and errors of libjpeg that mean damage; others do not (an unknown version, say)."""


def jpeg_damage(data: bytes, *, was_decoded: bool = False) -> Damage | None:
    """What is wrong with the picture's data; nothing is said of its header.

    Args:
        data: A whole file; what follows the picture is not looked at.
        was_decoded: Whether a libjpeg has decoded it, or will, whose warnings are heard: then only
            what it does not warn of is looked for.
    """
    structure = jpeg_structure(data)
    if structure.frame is None or not structure.scans:
        return cut("the file ends within the JPEG's header") if structure.is_cut else None
    said, picture = ("", b"") if was_decoded else _decoded(data, structure)
    if said and _STOPS.match(said):
        return _stop(picture, structure)
    if said and (damage := _in_words(said, data, structure)) is not None:
        return damage
    if structure.lacks_scans:
        return _coarse()
    return _later_picture_missing(data, structure) if structure.end else _without_end()


def _later_picture_missing(data: bytes, structure: JpegStructure) -> Damage | None:
    """A file that ends before the last of the pictures in its own index does.

    Programs that change a header leave the index as it is: nothing is missing where another whole
    picture follows.
    """
    if all(place + size <= len(data) for place, size in places_of_pictures(structure.segments)):
        return None
    start = data.find(_BEGIN, structure.end)
    if start >= 0 and jpeg_structure(data, start).end is not None:
        return None
    return cut("the file ends before the last of its pictures does")


def _stop(picture: bytes, structure: JpegStructure) -> Damage:
    """The data end too early, at the end of the picture or in the middle of it."""
    progressive = structure.frame is not None and structure.frame.is_progressive
    if not progressive and (share := _share(picture, structure)) < 1:
        return cut(f"the JPEG data stop after {int(100 * share)} % of the picture")
    if structure.end is None:
        return _without_end()
    if progressive and structure.lacks_scans:
        return _coarse()
    return corrupt("the JPEG data are damaged: a part of the picture stops too early")


def _without_end() -> Damage:
    return cut("the file ends before the JPEG's end marker")


def load_strict_decoder() -> None:
    """Have the decoder loaded that says what is wrong: most evidence needs none."""
    import simplejpeg  # noqa: F401, PLC0415


def _coarse() -> Damage:
    return cut("the JPEG lacks scans: only a coarse form of the picture is there")


def _in_words(said: str, data: bytes, structure: JpegStructure) -> Damage | None:
    if (found := _LEFT_OVER.match(said)) is not None and structure.end is not None:
        count, marker = int(found[1]), found[2]
        left = data[structure.end - 2 - count : structure.end - 2]
        if marker == _END_MARKER and len(set(left)) <= 1:
            return None  # cameras fill up the last sector
    for pattern, words in _WORDS:
        if (found := pattern.match(said)) is not None:
            return corrupt(f"the JPEG data are damaged: {words.format(*found.groups(''))}")
    return None


def _decoded(data: bytes, structure: JpegStructure) -> tuple[str, bytes]:
    """The first thing that libjpeg has to say, and the stream it said it of."""
    import simplejpeg  # noqa: PLC0415 - only JPEG needs it, and it needs numpy

    stream = _bare(data, structure, _TABLES)
    try:
        simplejpeg.decode_jpeg(stream, _colours(structure), min_factor=_FACTOR, strict=True)
    except ValueError as error:
        return str(error), stream
    return "", stream


def _share(stream: bytes, structure: JpegStructure) -> float:
    """How much of the picture there are data for, from its top."""
    import simplejpeg  # noqa: PLC0415

    try:
        small = simplejpeg.decode_jpeg(
            stream, _colours(structure), min_factor=_FACTOR, strict=False
        )
    except ValueError:
        return 0.0
    empty = (small == _NO_DATA).all(axis=2).ravel()[::-1]
    return 1.0 if not empty[0] else 1.0 - (float(empty.argmin() or len(empty)) / len(empty))


def _colours(structure: JpegStructure) -> str:
    is_cmyk = structure.frame is not None and len(structure.frame.components) == _CMYK
    return "CMYK" if is_cmyk else "GRAY"


def bare_jpeg(data: bytes) -> tuple[bytes, bool]:
    """A JPEG without what describes it, but for what its colours depend on.

    Args:
        data: A whole file.

    Returns:
        The file; and whether what says how the picture is turned is not in it.
    """
    structure = jpeg_structure(data)
    if not structure.scans:
        return data, False
    turned = any(one.marker == _APP1 for one in structure.segments)
    return _bare(data, structure, _TABLES | _COLOURS), turned


def _bare(data: bytes, structure: JpegStructure, kept: AbstractSet[int]) -> bytes:
    """The picture without text, profiles and other things over which libjpeg may stumble."""
    parts = [b"\xff\xd8"]
    for segment in structure.segments:
        is_frame = structure.frame is not None and segment.marker == structure.frame.marker
        if segment.marker in kept or is_frame:
            length = len(segment.body) + 2
            parts += [bytes((0xFF, segment.marker)), length.to_bytes(2, "big"), segment.body]
    start = structure.segments[-1].start
    rest = bytearray(data[start : structure.end])
    if structure.frame is not None and not structure.frame.is_progressive:
        for scan in structure.scans:  # some encoders write nonsense, which means nothing here
            rest[scan.data - start - 3 : scan.data - start] = _WHOLE_BAND
    return b"".join([*parts, rest])
