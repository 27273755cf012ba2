"""Damage in a PNG: every chunk has a checksum, and the header says how many rows there are."""

import zlib

from forensic_cli.imaging.damage.finding import Damage, corrupt, cut, ends_early
from forensic_cli.imaging.structure.png import (
    SIGNATURE,
    Chunk,
    agrees,
    chunks,
    length_of_pixels,
)

_ORIENTATION, _XMP = b"eXIf", b"XML:com.adobe.xmp"
_STEP = 1 << 20


def png_damage(data: bytes) -> Damage | None:
    """What is wrong with the picture; a damaged comment is nothing.

    Args:
        data: A whole file; what follows the picture is not looked at.
    """
    found = list(chunks(data))
    if not found or found[0].name != b"IHDR":
        return None if len(data) > len(SIGNATURE) + 8 else ends_early("PNG", 0)
    share, is_sound = _unpacked(data, found)
    percent = int(100 * share)
    wrong = _wrong_checksum(data, found)
    last = found[-1]
    if wrong is not None:
        return corrupt(f"the PNG data are damaged: the checksum of a chunk {wrong} is wrong")
    if not is_sound:
        return corrupt(f"the PNG data are damaged after {percent} % of the picture")
    if share < 1:
        return cut(f"the PNG data stop after {percent} % of the picture")
    if not last.is_whole:
        return ends_early("PNG", last.stop - len(data))
    return None if last.name == b"IEND" else cut("the PNG ends without its end chunk (IEND)")


def _wrong_checksum(data: bytes, found: list[Chunk]) -> str | None:
    """The name of the first chunk of the picture that is not what it was."""
    for chunk in found:
        if chunk.is_whole and not chunk.is_description and not agrees(data, chunk):
            return chunk.name.decode()
    return None


def without_descriptions(data: bytes) -> tuple[bytes, bool]:
    """A PNG without what describes it, over which decoders stumble where it is damaged.

    Args:
        data: A whole file.

    Returns:
        The file; and whether what says how the picture is turned was damaged.
    """
    parts, turned = [data[: len(SIGNATURE)]], False
    for chunk in chunks(data):
        says_turn = chunk.name == _ORIENTATION or data.startswith(_XMP, chunk.data)
        sound = chunk.is_whole and agrees(data, chunk)
        if not chunk.is_description or (says_turn and sound):
            parts.append(data[chunk.start : chunk.stop])
        turned |= says_turn and not sound
    return b"".join(parts), turned


def _unpacked(data: bytes, found: list[Chunk]) -> tuple[float, bool]:
    """How much of the picture its data unpack to, and whether they can be unpacked.

    1 where that cannot be said.
    """
    header = found[0]
    expected = length_of_pixels(data[header.data : header.data + header.size])
    if not expected or any(one.name == b"CgBI" for one in found):
        return 1.0, True
    unpacker = zlib.decompressobj()
    size = 0
    try:
        for chunk in found:
            rest = data[chunk.data : chunk.data + chunk.size] if chunk.name == b"IDAT" else b""
            while rest and size < expected and not unpacker.eof:
                size += len(unpacker.decompress(rest, _STEP))
                rest = unpacker.unconsumed_tail
        if size < expected:
            size += len(unpacker.flush())
    except zlib.error:
        return min(1.0, size / expected), False
    return min(1.0, size / expected), True
