"""Damage in a TIFF: directories and strips outside the file, and strips that cannot be unpacked."""

import zlib

from forensic_cli.imaging.damage.finding import Damage, corrupt, ends_early
from forensic_cli.imaging.damage.jpeg import jpeg_damage
from forensic_cli.imaging.structure.tiff import (
    BITS,
    COMPRESSION,
    HEIGHT,
    JPEG_TABLES,
    ROWS_PER_STRIP,
    SAMPLES,
    WIDTH,
    Page,
    main_page,
    pages,
)

_PLAIN, _JPEG = 1, 7
_DEFLATE = {8, 32946}
_MOST_JPEG_PIECES = 10_000
_STEP = 1 << 20


def tiff_damage(data: bytes) -> Damage | None:
    """What is wrong with any of the pages, and with the data of the main one.

    Args:
        data: A whole file.

    Raises:
        struct.error, OverflowError: A directory is outside the file.
    """
    found = list(pages(data))
    missing = 0
    for page in found:
        stops = [place + length for place, length in (*_strips(page), *page.tiles)]
        missing = max(missing, page.stop - len(data), *(stop - len(data) for stop in stops))
    if missing > 0:
        return ends_early("TIFF", missing)
    return _packed_damage(data, main_page(found)) if found else None


def _strips(page: Page) -> list[tuple[int, int]]:
    """Place and length of each strip; of rows that are not packed, no more than they need."""
    if page.first(COMPRESSION, _PLAIN) != _PLAIN:
        return page.strips
    rows = page.first(ROWS_PER_STRIP, page.first(HEIGHT))
    bits = page.first(BITS, 1) * page.first(SAMPLES, 1)
    needed = min(rows, page.first(HEIGHT)) * ((page.first(WIDTH) * bits + 7) // 8)
    return [(place, min(length, needed)) for place, length in page.strips]


def _packed_damage(data: bytes, page: Page) -> Damage | None:
    """Damage in the pieces of a page whose packing carries checksums or codes."""
    pieces = page.strips or page.tiles
    packing = page.first(COMPRESSION, _PLAIN)
    if packing != _JPEG and packing not in _DEFLATE:
        return None
    for number, (place, length) in enumerate(pieces[:_MOST_JPEG_PIECES], 1):
        if not length:  # a plane that is not there
            continue
        piece = data[place : place + length]
        where = f"the TIFF data are damaged in part {number} of {len(pieces)}"
        if packing in _DEFLATE and not _unpacks(piece):
            return corrupt(f"{where}: they cannot be unpacked")
        if packing == _JPEG:
            tables = bytes(page.tags.get(JPEG_TABLES, ()))
            whole = tables[:-2] + piece[2:] if tables else piece
            if (damage := jpeg_damage(whole)) is not None:
                return corrupt(f"{where}: {damage.reason}")
    return None


def _unpacks(piece: bytes) -> bool:
    unpacker = zlib.decompressobj()
    try:
        while piece and not unpacker.eof:
            unpacker.decompress(piece, _STEP)
            piece = unpacker.unconsumed_tail
        unpacker.flush()
    except zlib.error:
        return False
    return unpacker.eof
