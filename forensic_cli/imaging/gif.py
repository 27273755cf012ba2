"""The blocks of a GIF, without decoding them (GIF89a specification, sections 15 to 27)."""

from collections.abc import Iterator

_SCREEN, _SCREEN_FLAGS = 13, 10
_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_DESCRIPTOR, _DESCRIPTOR_FLAGS = 10, 9
_HAS_COLOURS, _COLOURS = 0x80, 0x07


class CutError(Exception):
    """The file ends within a block, or without a trailer."""


def images(data: bytes) -> Iterator[int]:
    """Where the image descriptors are, in order, up to the trailer.

    Raises:
        CutError: The file ends before its structure does.
        ValueError: Something else than a block.
    """
    position = _SCREEN + _colours(_at(data, _SCREEN_FLAGS))
    while (kind := _at(data, position)) != _TRAILER:
        if kind == _IMAGE:
            yield position
            local = _colours(_at(data, position + _DESCRIPTOR_FLAGS))
            position = _after_sub_blocks(data, position + _DESCRIPTOR + local + 1)
        elif kind == _EXTENSION:
            position = _after_sub_blocks(data, position + 2)
        else:
            msg = f"no block at {position}"
            raise ValueError(msg)


def is_animated(data: bytes) -> bool:
    """Whether there is more than one image, as far as the file is sound."""
    found = images(data)
    try:
        return next(found, None) is not None and next(found, None) is not None
    except (CutError, ValueError):
        return False


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
