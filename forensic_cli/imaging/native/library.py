"""Pillow's resize and packing of RGB in C (``pixels.c``), where it was compiled and is exact here.

An RGB picture's memory is read in place, through the Arrow interface that Pillow has for it.
"""

import ctypes
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import PIL
from PIL import Image

FILTERS = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)

_PATH = Path(__file__).with_name("pixels.so")
_LONGEST_SIDE = 1 << 24
"""Beyond, Pillow's own single-precision box rounds."""
_LARGEST_BLOCK = (1 << 31) - 1
_STEP = 1 << 15
_PILLOW = "13."
"""The versions whose resizing was compared; another may order its passes in another way."""
_TRIAL_SIZE = (61, 43)
# Smaller, larger, one side only, and both sides of where Pillow changes the order of the passes.
_TRIALS = ((20, 17), (90, 50), (61, 7), (9, 43), (90, 20), (50, 20), (49, 20))


class _ArrowArray(ctypes.Structure):
    """The beginning of ``struct ArrowArray`` of the Arrow C data interface."""


_ArrowArray._fields_ = [
    *((name, ctypes.c_int64) for name in ("length", "nulls", "offset", "n_buffers", "n_children")),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(_ArrowArray))),
]


def in_words() -> str:
    """What resizes, for the log."""
    return "native, AVX2, exact" if _library() else "Pillow"


def keep_in_one_piece(max_pixels: int) -> None:
    """Have Pillow take each picture's memory as one block, without which it cannot be shared.

    Args:
        max_pixels: Of a picture, at most. Pillow makes no single block for more than half a
            thousand million.
    """
    if 4 * max_pixels <= _LARGEST_BLOCK:
        Image.core.set_use_block_allocator(1)  # type: ignore[attr-defined] # not in Pillow's types


def resized(
    image: Image.Image, size: tuple[int, int], filter_: Image.Resampling
) -> Image.Image | None:
    """``image.resize(size, filter_)``, exactly; None where that has to be left to Pillow.

    Args:
        image: RGB, loaded.
        size: Width and height.
        filter_: One of ``FILTERS``.

    Raises:
        MemoryError: There is none left.
    """
    library = _library()
    return None if library is None else _resized(library, image, size, filter_)


def digest(image: Image.Image, state: "hashlib._Hash") -> bool:
    """Update a digest with a picture's pixels, row by row, three bytes each.

    Args:
        image: RGB, loaded.
        state: Is updated.

    Returns:
        Whether it was done here.
    """
    library = _library()
    if library is None or image.mode != "RGB":
        return False
    with _memory(image) as pixels:
        if pixels is None:
            return False
        buffer = bytearray(3 * _STEP)
        view, out = memoryview(buffer), (ctypes.c_char * len(buffer)).from_buffer(buffer)
        count = image.width * image.height
        for first in range(0, count, _STEP):
            step = min(_STEP, count - first)
            library.packed(pixels + 4 * first, out, step)
            state.update(view[: 3 * step])
    return True


def _resized(
    library: ctypes.CDLL, image: Image.Image, size: tuple[int, int], filter_: Image.Resampling
) -> Image.Image | None:
    if image.mode != "RGB" or image.size == size or max(*image.size, *size) >= _LONGEST_SIDE:
        return None
    if min(*image.size, *size) < 1 or filter_ not in FILTERS:
        return None
    with _memory(image) as pixels:
        if pixels is None:
            return None
        out = ctypes.create_string_buffer(4 * size[0] * size[1])
        if library.resized(pixels, *image.size, out, *size, int(filter_)):
            raise MemoryError
    made = Image.frombytes("RGB", size, out.raw, "raw", "RGBX")
    made.info = image.info.copy()  # a later step may ask for the orientation
    return made


@contextmanager
def _memory(image: Image.Image) -> Iterator[int | None]:
    """Where a picture's pixels lie, four bytes each, without gaps; None where they are in parts."""
    try:
        capsules = image.__arrow_c_array__()
    except (ValueError, MemoryError):
        yield None
        return
    pointer = ctypes.pythonapi.PyCapsule_GetPointer(capsules[1], b"arrow_array")
    array = ctypes.cast(pointer, ctypes.POINTER(_ArrowArray)).contents
    yield array.children[0].contents.buffers[1]
    del capsules  # they hold the memory until here


@cache
def _library() -> ctypes.CDLL | None:
    """The library, where there is one, this processor can run it, and it is as Pillow is."""
    try:
        library = ctypes.CDLL(str(_PATH))
        library.revision.restype = ctypes.c_char_p
        current = hashlib.sha256(_PATH.with_suffix(".c").read_bytes()).hexdigest()
        if library.revision() != current.encode():
            return None  # left from an earlier version
    except (OSError, AttributeError):
        return None
    library.resized.argtypes = [
        ctypes.c_void_p, ctypes.c_int, ctypes.c_int,
        ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_int,
    ]  # fmt: skip
    library.packed.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
    library.packed.restype = None
    ctypes.pythonapi.PyCapsule_GetPointer.restype = ctypes.c_void_p
    ctypes.pythonapi.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    keep_in_one_piece(0)
    known = PIL.__version__.startswith(_PILLOW)
    return library if known and library.usable() and _agrees(library) else None


def _agrees(library: ctypes.CDLL) -> bool:
    """Whether some pictures come out as Pillow's: a compiler may have been told otherwise."""
    width, height = _TRIAL_SIZE
    values = bytes((x * x * 7 + x // 5 * 31) % 256 for x in range(3 * width * height))
    picture = Image.frombytes("RGB", (width, height), values)
    return all(
        (found := _resized(library, picture, size, filter_)) is not None
        and found.tobytes() == picture.resize(size, filter_).tobytes()
        for size in _TRIALS
        for filter_ in FILTERS
    )
