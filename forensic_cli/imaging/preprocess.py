"""Perform a card's host steps, and note what the picture was like."""

import hashlib
import struct

from PIL import Image, ImageOps

from forensic_cli.errors import DfcError, ItemRefusedError
from forensic_cli.flags import Flag
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.imaging import cropping
from forensic_cli.imaging.native import library as native
from forensic_cli.imaging.notes import NOTES, Notes
from forensic_cli.imaging.orientation import orientation
from forensic_cli.model_card.preprocessing import Preprocessing
from forensic_cli.model_card.steps import (
    Bgr,
    CenterCrop,
    ConvertRgb,
    CropStep,
    ExifTranspose,
    FiveCrop,
    NativeCrop,
    OpenCvDenoise,
    OpenCvEqualizeLuma,
    OpenCvResize,
    OpenCvResizeLongest,
    OpenCvStep,
    Pad,
    ResizeShortestEdge,
    ResizeSquash,
    TenCrop,
)
from forensic_cli.records import ImageFacts, Status

_RESAMPLING = {
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "hamming": Image.Resampling.HAMMING,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


def apply_steps(image: Image.Image, preprocessing: Preprocessing) -> tuple[Image.Image, ImageFacts]:
    """A decoded picture after all of the card's steps.

    Args:
        image: Decoded; may be changed in place.
        preprocessing: The card's steps.

    Returns:
        The picture, RGB, of the card's size; and the facts.

    Raises:
        ItemRefusedError: A step fails on this picture (memory, an impossible shape).
    """
    form, stored, mode = image.format or "", image.size, image.mode
    rgb_sha256 = ""
    try:
        notes = image.info.get(NOTES) or Notes()
        flags = set(notes.flags)
        number = _orientation(image, flags)
        for step in preprocessing.host:
            if isinstance(step, ExifTranspose):
                image = _upright(image, number, flags)
            else:
                image = perform(step, image)
            if isinstance(step, ConvertRgb):
                rgb_sha256 = _pixel_digest(image)
    except MemoryError as error:
        reason = "preparing it needs more memory than there is"
        raise ItemRefusedError(Status.OUT_OF_MEMORY, reason) from error
    except (ItemRefusedError, DfcError):
        raise
    except Exception as error:
        reason = on_screen(f"cannot be prepared: {type(error).__name__}: {error}")
        raise ItemRefusedError(Status.CORRUPT, reason) from error
    width, height = stored
    facts = ImageFacts(
        format=form,
        width=width,
        height=height,
        mode=mode,
        exif_orientation=notes.orientation,
        orientation_source=notes.source,
        rgb_sha256=rgb_sha256,
        appended=notes.appended,
        flags=tuple(sorted(flags)),
    )
    return image, facts


def upright_rgb(image: Image.Image) -> Image.Image:
    """A decoded picture as every card begins: turned upright by its EXIF, 8-bit RGB."""
    upright = _upright(image, _orientation(image, set()), set())
    return perform(ConvertRgb(), upright)


def _orientation(image: Image.Image, flags: set[Flag]) -> int:
    try:
        return orientation(image)
    except Exception:  # noqa: BLE001 - sound pictures carry EXIF that breaks its reader in any way
        flags.add(Flag.EXIF_ERROR)
        return 0


def _upright(image: Image.Image, number: int, flags: set[Flag]) -> Image.Image:
    if number <= 1:  # exif_transpose would copy the picture for nothing
        return image
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001 - as above: then the picture is scored as it is stored
        flags.add(Flag.EXIF_ERROR)
        return image


def perform(
    step: ConvertRgb | ResizeSquash | ResizeShortestEdge | Bgr | CropStep | OpenCvStep,
    image: Image.Image,
) -> Image.Image:
    """One step on one picture.

    Raises:
        ItemRefusedError: It would have more pixels than allowed.
    """
    match step:
        case ConvertRgb():
            return image if image.mode == "RGB" else image.convert("RGB")
        case ResizeSquash(height, width, filter_):
            return _resized(image, (width, height), _RESAMPLING[filter_])
        case ResizeShortestEdge(edge, filter_):
            size = _shortest_edge(image.size, edge)
            if size[0] * size[1] > (Image.MAX_IMAGE_PIXELS or 0):
                # 1 x 60000 pixels, made 224 wide, would take gigabytes.
                reason = f"resized to {size[0]} x {size[1]} it has more pixels than --max-pixels"
                raise ItemRefusedError(Status.TOO_MANY_PIXELS, reason)
            return _resized(image, size, _RESAMPLING[filter_])
        case Bgr():
            red, green, blue = image.split()
            return Image.merge("RGB", (blue, green, red))
        case CenterCrop() | NativeCrop() | Pad() | FiveCrop() | TenCrop():
            return cropping.perform(step, image)
        case OpenCvDenoise() | OpenCvEqualizeLuma() | OpenCvResize() | OpenCvResizeLongest():
            from forensic_cli.imaging import opencv  # noqa: PLC0415 - it needs numpy

            return opencv.perform(step, image)


def _resized(image: Image.Image, size: tuple[int, int], filter_: Image.Resampling) -> Image.Image:
    return native.resized(image, size, filter_) or image.resize(size, filter_)


def _shortest_edge(size: tuple[int, int], edge: int) -> tuple[int, int]:
    width, height = size
    if width <= height:
        return edge, int(edge * height / width)
    return int(edge * width / height), edge


def _pixel_digest(image: Image.Image) -> str:
    state = hashlib.sha256(struct.pack(">II", image.width, image.height))
    if not native.digest(image, state):
        state.update(image.tobytes())
    return state.hexdigest()
