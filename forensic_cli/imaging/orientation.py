"""How a picture is turned, and where that is written: the pixels are turned as Pillow does it."""

from collections.abc import Hashable

from PIL import Image

from forensic_cli.flags import OrientationSource
from forensic_cli.imaging.structure import iso_boxes

TAG = 0x0112
_RAW_PROFILE = "Raw profile type exif"
# Looked up as Pillow's own transposition does: 6.0 and the rational 6/1 are 6 there, too.
_NUMBERS: dict[Hashable, int] = {number: number for number in range(1, 9)}


def orientation(image: Image.Image) -> int:
    """The number by which ``ImageOps.exif_transpose`` turns it; 0 where there is none.

    Raises:
        Exception: Anything; sound pictures carry EXIF that breaks its reader.
    """
    value = image.getexif().get(TAG, 0)
    return _NUMBERS.get(value, 0) if isinstance(value, Hashable) else 0


def as_written(image: Image.Image, data: bytes) -> tuple[int, OrientationSource]:
    """How a picture is turned by the time that it is scored, by the numbers of EXIF.

    Args:
        image: A TIFF that is opened, not loaded: Pillow turns it while it loads it; any other one
            loaded: to ask an opened PNG loads it.
        data: Its file.

    Raises:
        Exception: As ``orientation``.
    """
    if image.format in {"HEIF", "AVIF"} and (turned := iso_boxes.orientation(data)) > 1:
        return turned, OrientationSource.CONTAINER
    if image.format == "HEIF":  # its EXIF turns nothing (ISO/IEC 23008-12, annex A.2)
        return 0, OrientationSource.NONE
    number = orientation(image)
    if not number:
        return 0, OrientationSource.NONE
    if TAG in getattr(image, "tag_v2", {}):
        return number, OrientationSource.TAG
    own = Image.Exif()
    if _RAW_PROFILE not in image.info:
        own.load(image.info.get("exif", b""))
    from_exif = _RAW_PROFILE in image.info or TAG in own
    return number, OrientationSource.EXIF if from_exif else OrientationSource.XMP
