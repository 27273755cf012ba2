"""The directories of a TIFF, without decoding them (TIFF 6.0, section 2; BigTIFF)."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SUBFILE_TYPE, OLD_SUBFILE_TYPE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = (
    254, 255, 256, 257, 258, 259, 262,
)  # fmt: skip
STRIP_PLACES, ORIENTATION, SAMPLES, ROWS_PER_STRIP, STRIP_LENGTHS = 273, 274, 277, 278, 279
TILE_PLACES, TILE_LENGTHS, SUB_DIRECTORIES, SAMPLE_FORMAT, JPEG_TABLES = 324, 325, 330, 339, 347
DNG_VERSION = 50706
_READ = {
    SUBFILE_TYPE, OLD_SUBFILE_TYPE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, STRIP_PLACES,
    ORIENTATION, SAMPLES, ROWS_PER_STRIP, STRIP_LENGTHS, TILE_PLACES, TILE_LENGTHS,
    SUB_DIRECTORIES, SAMPLE_FORMAT, JPEG_TABLES, DNG_VERSION,
}  # fmt: skip
_BIG = 43
_REDUCED = 2
_KINDS = {1: "B", 3: "H", 4: "I", 7: "B", 13: "I", 16: "Q", 18: "Q"}
"""Field types of whole numbers, with their form."""
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4,
          16: 8, 17: 8, 18: 8}  # fmt: skip
_MOST_PAGES, _MOST_ENTRIES = 1000, 1000


@dataclass(frozen=True, slots=True)
class Page:
    """A directory: one picture.

    Attributes:
        place: Where it is.
        index: Its number in the chain; None where another directory leads to it.
        tags: The whole numbers of the tags of this module, where they are sound.
        stop: The end of all that it holds besides the picture's data, as far as it says.
    """

    place: int
    index: int | None
    tags: dict[int, tuple[int, ...]]
    stop: int

    def first(self, tag: int, missing: int = 0) -> int:
        """The first value of a tag."""
        return next(iter(self.tags.get(tag, ())), missing)

    @property
    def area(self) -> int:
        """Pixels."""
        return self.first(WIDTH) * self.first(HEIGHT)

    @property
    def is_reduced(self) -> bool:
        """Whether it says that it is a smaller copy of another page."""
        return bool(self.first(SUBFILE_TYPE) & 1) or self.first(OLD_SUBFILE_TYPE) == _REDUCED

    @property
    def strips(self) -> list[tuple[int, int]]:
        """Place and length of each strip."""
        return self._pieces(STRIP_PLACES, STRIP_LENGTHS)

    @property
    def tiles(self) -> list[tuple[int, int]]:
        """Place and length of each tile."""
        return self._pieces(TILE_PLACES, TILE_LENGTHS)

    def _pieces(self, places: int, lengths: int) -> list[tuple[int, int]]:
        return list(zip(self.tags.get(places, ()), self.tags.get(lengths, ()), strict=False))


def pages(data: bytes) -> Iterator[Page]:
    """The directories, each followed by those below it.

    Args:
        data: A file.

    Raises:
        struct.error, OverflowError: One of them is outside the file.
    """
    order = "<" if data.startswith(b"I") else ">"
    is_big = _BIG in data[2:4]
    (place,) = struct.unpack_from(order + ("Q" if is_big else "I"), data, 8 if is_big else 4)
    seen: set[int] = set()
    index = 0
    while place and place not in seen and len(seen) < _MOST_PAGES:
        seen.add(place)
        page, place = _page(data, place, index, order, is_big=is_big)
        yield page
        for below in page.tags.get(SUB_DIRECTORIES, ()):
            if below and below not in seen and len(seen) < _MOST_PAGES:
                seen.add(below)
                yield _page(data, below, None, order, is_big=is_big)[0]
        index += 1


def main_page(found: Sequence[Page]) -> Page:
    """The page that is the picture: the largest one that no reduced copy is.

    The first page, unless it says that it is a reduced copy of another one (TIFF 6.0, section 8:
    NewSubfileType, bit 0; SubfileType 2).

    Args:
        found: The pages of a file, at least one.
    """
    if not found[0].is_reduced:
        return found[0]
    whole = [page for page in found if not page.is_reduced and page.area]
    return max(whole, key=lambda page: page.area, default=found[0])


def beginning_with(data: bytes, page: Page) -> bytes:
    """A file whose first directory is another one: for readers that know the first one only.

    Args:
        data: A file.
        page: One of its pages.
    """
    is_big = _BIG in data[2:4]
    start, form = (8, "Q") if is_big else (4, "I")
    place = struct.pack(("<" if data.startswith(b"I") else ">") + form, page.place)
    return data[:start] + place + data[start + len(place) :]


def _page(
    data: bytes, place: int, index: int | None, order: str, *, is_big: bool
) -> tuple[Page, int]:
    """A directory, and the place of the next one."""
    pointer, count, entry = ("Q", "Q", "HHQ8s") if is_big else ("I", "H", "HHI4s")
    inline, size = (8, 20) if is_big else (4, 12)
    (entries,) = struct.unpack_from(order + count, data, place)
    start = place + struct.calcsize(order + count)
    after = start + entries * size
    tags: dict[int, tuple[int, ...]] = {}
    stop = after
    for at in range(min(entries, _MOST_ENTRIES)):
        tag, kind, values, field = struct.unpack_from(order + entry, data, start + at * size)
        length = _SIZES.get(kind, 0) * values
        where = start + at * size + size - inline
        if length > inline:
            (where,) = struct.unpack(order + pointer, field)
        stop = max(stop, where + length)
        if tag in _READ and kind in _KINDS and where + length <= len(data):
            tags[tag] = struct.unpack_from(f"{order}{values}{_KINDS[kind]}", data, where)
    following = data[after : after + inline]
    whole = len(following) == inline
    return Page(place, index, tags, stop), (
        struct.unpack(order + pointer, following)[0] if whole else 0
    )
