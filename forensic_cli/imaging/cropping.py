"""Host steps that cut pictures and put margins round them; nothing is resampled."""

from PIL import Image

from forensic_cli.errors import ItemRefusedError
from forensic_cli.model_card.steps import CenterCrop, CropStep, FiveCrop, NativeCrop, Pad, TenCrop
from forensic_cli.records import Status


def perform(step: CropStep, image: Image.Image) -> Image.Image:
    """One step on one picture; several crops are one below the other.

    Raises:
        ItemRefusedError: The picture is smaller than a crop that its library refuses then.
    """
    match step:
        case CenterCrop(height, width, offset):
            return _cut(image, *_middle(image, height, width, offset), height, width)
        case NativeCrop(height, width):
            return _native_crop(image, height, width)
        case Pad():
            return _padded(image, step)
        case FiveCrop(height, width):
            return _stacked(_five(image, height, width))
        case TenCrop(height, width):
            mirrored = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
            return _stacked([*_five(image, height, width), *_five(mirrored, height, width)])


def _middle(image: Image.Image, height: int, width: int, offset: str) -> tuple[int, int]:
    return _start(image.width - width, offset), _start(image.height - height, offset)


def _start(over: int, offset: str) -> int:
    if offset == "floor":
        return over // 2
    if over < 0:  # torchvision puts black round it first, less of it before than after
        return -(-over // 2)
    return round(over / 2)  # Python's: halves to the even side


def _cut(image: Image.Image, left: int, top: int, height: int, width: int) -> Image.Image:
    # Not crop(): it checks --max-pixels, which is about the picture, not about this. What lies
    # outside the picture is black.
    box = (left, top, left + width, top + height)
    return image.transform((width, height), Image.Transform.EXTENT, box)


def _padded(image: Image.Image, step: Pad) -> Image.Image:
    side = max(image.size)
    height = max(step.height or side, image.height)
    width = max(step.width or side, image.width)
    if (width, height) == image.size:
        return image
    made = Image.new("RGB", (width, height), (step.fill,) * 3)
    made.paste(image, ((width - image.width) // 2, (height - image.height) // 2))
    return made


def _five(image: Image.Image, height: int, width: int) -> list[Image.Image]:
    """The corners, row by row, and the middle: the order of torchvision's ``five_crop``."""
    right, below = image.width - width, image.height - height
    if right < 0 or below < 0:
        reason = (
            f"{image.width} x {image.height} pixels are less than the {width} x {height} that the "
            "model cuts out"
        )
        raise ItemRefusedError(Status.UNSUPPORTED_FORMAT, reason)
    middle = _middle(image, height, width, "half_even")
    places = ((0, 0), (right, 0), (0, below), (right, below), middle)
    return [_cut(image, left, top, height, width) for left, top in places]


def _stacked(crops: list[Image.Image]) -> Image.Image:
    width, height = crops[0].size
    made = Image.new("RGB", (width, height * len(crops)))
    for index, crop in enumerate(crops):
        made.paste(crop, (0, index * height))
    return made


def _native_crop(image: Image.Image, height: int, width: int) -> Image.Image:
    left, top = (
        max(0, over // 2) // 8 * 8 for over in (image.width - width, image.height - height)
    )
    right, below = min(width, image.width), min(height, image.height)
    part = _cut(image, left, top, below, right)
    if (right, below) == (width, height):
        return part
    import numpy as np  # noqa: PLC0415 - decode workers start sooner without

    missing = ((0, height - below), (0, width - right), (0, 0))
    return Image.fromarray(np.pad(np.asarray(part), missing, mode="symmetric"))
