"""What is remarkable about a picture, noticed while its file is at hand."""

import struct
from dataclasses import dataclass, field
from typing import cast

from PIL import Image

from forensic_cli.flags import Flag, OrientationSource
from forensic_cli.imaging.appended import appended_to
from forensic_cli.imaging.depth import is_deep
from forensic_cli.imaging.orientation import as_written
from forensic_cli.imaging.structure import gif
from forensic_cli.imaging.structure.tiff import pages

NOTES = "dfc-classify.notes"
"""Key of ``Image.info`` under which a decoded picture has its notes."""
_MOST_FRAMES = 64
"""Frames or pages that are looked at where the first one is blank."""
_EIGHT_BITS = 255
_BIG_ENDIAN = "I;16B"
"""A mode for which Pillow knows no extremes."""


@dataclass(slots=True)
class Notes:
    """What was noticed.

    Attributes:
        flags: What is remarkable.
        orientation: How the picture is turned by the time that it is scored, 0 where nothing says.
        source: Where that is written.
        appended: What follows its end, in words.
    """

    flags: set[Flag] = field(default_factory=set)
    orientation: int = 0
    source: OrientationSource = OrientationSource.NONE
    appended: str = ""


def noticed(image: Image.Image, data: bytes, form: str) -> Notes:
    """What shows before a picture is loaded.

    Args:
        image: Opened.
        data: Its file.
        form: Its format by content.
    """
    notes = Notes()
    if is_deep(image, data):
        notes.flags.add(Flag.HIGH_BIT_DEPTH)
    if _has_more_frames(image, data):
        notes.flags.add(Flag.ANIMATED)
    if form == "TIFF":  # which Pillow turns, and strips of its tag, while it loads it
        _notice_orientation(image, data, notes)
    try:
        after = appended_to(data, form)
    except struct.error:
        after = None
    if after is not None:
        notes.flags.add(Flag.APPENDED_DATA)
        notes.appended = str(after)
    return notes


def notice_loaded(image: Image.Image, data: bytes, form: str, notes: Notes) -> None:
    """Add what shows only once a picture is loaded; a PNG may have its EXIF after its pixels.

    Args:
        image: Loaded.
        data: Its file.
        form: Its format by content.
        notes: Added to.
    """
    if form != "TIFF":
        _notice_orientation(image, data, notes)
    if image.has_transparency_data:
        notes.flags.add(Flag.ALPHA)
    if image.mode.startswith(("I", "F")):
        notes.flags.add(Flag.HIGH_BIT_DEPTH)
        if _loses(image):
            notes.flags.add(Flag.CLIPPED)


def _notice_orientation(image: Image.Image, data: bytes, notes: Notes) -> None:
    try:
        notes.orientation, notes.source = as_written(image, data)
    except Exception:  # noqa: BLE001 - sound pictures carry EXIF that breaks its reader in any way
        notes.flags.add(Flag.EXIF_ERROR)


def is_blank(image: Image.Image) -> bool:
    """Whether a picture has one colour only."""
    found = image.getextrema()
    bands = found if isinstance(found[0], tuple) else (found,)
    return all(band[0] == band[1] for band in bands)


def another_has_more(image: Image.Image) -> bool:
    """Whether a frame or page after the first has more than one colour.

    Args:
        image: Opened anew: looking at its frames changes it.
    """
    try:
        for number in range(1, _MOST_FRAMES):
            image.seek(number)
            if not is_blank(image):
                return True
    except Exception:  # noqa: BLE001 - the end, or damage in what is not scored
        return False
    return False


def _loses(image: Image.Image) -> bool:
    """Whether conversion to eight bits loses more than the bits that ``high_bit_depth`` names."""
    if image.mode.startswith("F"):
        return True
    plain = image.convert("I") if image.mode == _BIG_ENDIAN else image
    low, high = cast("tuple[float, float]", plain.getextrema())
    return low < 0 or high > _EIGHT_BITS


def _has_more_frames(image: Image.Image, data: bytes) -> bool:
    """Only where the header says so: the properties of some plugins seek through the file."""
    if image.format == "GIF":
        return gif.is_animated(data)
    if image.format == "HEIF":
        return bool(getattr(image, "is_animated", False))
    if image.format == "TIFF":
        return _has_more_pages(data)
    kind = str(vars(image).get("custom_mimetype"))
    return bool(vars(image).get("is_animated")) or kind.endswith("-sequence")


def _has_more_pages(data: bytes) -> bool:
    try:
        whole = [page for page in pages(data) if page.index is not None and not page.is_reduced]
    except (struct.error, OverflowError):
        return False
    return len(whole) > 1
