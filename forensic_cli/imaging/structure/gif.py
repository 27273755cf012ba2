"""The blocks of a GIF, without decoding them (GIF89a specification, sections 15 to 27)."""

from collections.abc import Iterator

_SCREEN, _SCREEN_FLAGS = 13, 10
_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_DESCRIPTOR, _DESCRIPTOR_FLAGS = 10, 9
_HAS_COLOURS, _COLOURS = 0x80, 0x07


class CutError(Exception):
    """The file ends within a block, or without a trailer."""


def blocks(data: bytes) -> Iterator[tuple[int, int]]:
    """Kind and place of each block, in order, up to and including the trailer.

    Raises:
        CutError: The file ends before its structure does.
        ValueError: Something else than a block.
    """
    position = _SCREEN + _colours(_at(data, _SCREEN_FLAGS))
    while True:
        kind = _at(data, position)
        if kind not in {_IMAGE, _EXTENSION, _TRAILER}:
            msg = f"no block at {position}"
            raise ValueError(msg)
        yield kind, position
        if kind == _TRAILER:
            return
        if kind == _IMAGE:
            local = _colours(_at(data, position + _DESCRIPTOR_FLAGS))
            position = _after_sub_blocks(data, position + _DESCRIPTOR + local + 1)
        else:
            position = _after_sub_blocks(data, position + 2)


def images(data: bytes) -> Iterator[int]:
    """Where the image descriptors are, in order.

    Raises:
        CutError: The file ends before its structure does.
        ValueError: Something else than a block.
    """
    return (position for kind, position in blocks(data) if kind == _IMAGE)


def is_animated(data: bytes) -> bool:
    """Whether there is more than one image, as far as the file is sound."""
    found = images(data)
    try:
        return next(found, None) is not None and next(found, None) is not None
    except (CutError, ValueError):
        return False


def end(data: bytes) -> int | None:
    """What follows the trailer begins here; None where the file is not sound up to it."""
    try:
        return [position for _, position in blocks(data)][-1] + 1
    except (CutError, ValueError):
        return None


def _colours(flags: int) -> int:
    return 3 << ((flags & _COLOURS) + 1) if flags & _HAS_COLOURS else 0


def _after_sub_blocks(data: bytes, position: int) -> int:
    while size := _at(data, position):
        position += size + 1
    return position + 1


def _at(data: bytes, position: int) -> int:
    if position >= len(data):
        raise CutError
    return data[position]
