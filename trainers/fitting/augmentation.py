"""What happens to training pictures, and only to those: torchvision's transforms, by name.

All draw from PyTorch's global generator, which the caller seeds per picture and epoch.
"""

from collections.abc import Callable, Sequence
from io import BytesIO

import torch
from PIL import Image
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional

from trainers.recipes.recipe import Augmentation

Step = Callable[[Image.Image], Image.Image]

CROPPING = frozenset({"random_resized_crop", "random_crop"})
"""Steps that give the network's size themselves, out of the whole picture."""


def steps_of(names: Sequence[Augmentation], size: int) -> tuple[Step, ...]:
    """The steps, in order.

    Args:
        names: The augmentations that a recipe names.
        size: Side of the network's input (pixels).
    """
    return tuple(_step(name, size) for name in names)


def _step(name: Augmentation, size: int) -> Step:  # noqa: PLR0911, PLR0912, C901 - one per name
    match name:
        case "random_resized_crop":
            return _of(v2.RandomResizedCrop(size, antialias=True))
        case "random_crop":
            crop = v2.RandomCrop(size)
            return lambda image: crop(mirrored(image, size))
        case "flip":
            return _of(v2.RandomHorizontalFlip())
        case "quarter_turn":
            return lambda image: image.rotate(90 * _below(4))
        case "rotation":
            return _of(v2.RandomRotation(15, interpolation=v2.InterpolationMode.BILINEAR))
        case "affine":
            return _sometimes(
                v2.RandomAffine(
                    10,
                    translate=(0.06, 0.06),
                    scale=(0.9, 1.1),
                    interpolation=v2.InterpolationMode.BILINEAR,
                )
            )
        case "blur":
            return _sometimes(v2.GaussianBlur(3, sigma=(0.1, 1.5)))
        case "colour_jitter":
            return _sometimes(v2.ColorJitter(0.2, 0.2, 0.2, 0.05))
        case "noise":
            return _sometimes(_noise)
        case "optical_distortion":
            return _sometimes(_optical_distortion)
        case "elastic":
            return _sometimes(v2.ElasticTransform(alpha=30.0, sigma=5.0))
        case "rescale":
            return lambda image: _rescaled(image, size) if _chance(0.3) else image
        case "jpeg":
            return lambda image: _encoded(image) if _chance(0.3) else image


def mirrored(image: Image.Image, size: int) -> Image.Image:
    """The picture, its sides continued as in mirrors until it is at least this size."""
    while image.width < size or image.height < size:
        right = min(max(0, size - image.width), image.width - 1 or 1)
        below = min(max(0, size - image.height), image.height - 1 or 1)
        mode = "reflect" if min(image.size) > 1 else "edge"
        image = functional.pad(image, [0, 0, right, below], padding_mode=mode)
    return image


def _of(transform: Callable[[Image.Image], Image.Image]) -> Step:
    return transform


def _sometimes(transform: Callable[[Image.Image], Image.Image]) -> Step:
    return lambda image: transform(image) if _chance(0.5) else image


def _chance(share: float) -> bool:
    return bool(torch.rand(()) < share)


def _below(end: int) -> int:
    return int(torch.randint(end, ()))


def _between(low: float, high: float) -> float:
    return float(torch.empty(()).uniform_(low, high))


def _noise(image: Image.Image) -> Image.Image:
    pixels = functional.pil_to_tensor(image).float()
    noisy = pixels + torch.randn(pixels.shape) * _between(2, 10)
    made: Image.Image = functional.to_pil_image(noisy.round().clamp(0, 255).byte())
    return made


def _optical_distortion(image: Image.Image) -> Image.Image:
    """Barrel or cushion: points move along the radius, by a share of its cube."""
    strength = _between(-0.15, 0.15)
    y, x = torch.meshgrid(
        torch.linspace(-1, 1, image.height), torch.linspace(-1, 1, image.width), indexing="ij"
    )
    grid = torch.stack((x, y), dim=-1)
    displacement = grid * (strength * grid.square().sum(dim=-1, keepdim=True))
    made: Image.Image = functional.elastic(image, displacement[None])
    return made


def _rescaled(image: Image.Image, size: int) -> Image.Image:
    """Smaller by any share down to six tenths, not below the network's size, by any filter."""
    least = min(1.0, size / min(image.size))
    factor = max(_between(0.6, 1.0), least)
    filters = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)
    width, height = (max(1, round(side * factor)) for side in image.size)
    return image.resize((width, height), filters[_below(len(filters))])


def _encoded(image: Image.Image) -> Image.Image:
    """Through JPEG, of a quality from 70 to 98."""
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=70 + _below(29), subsampling=2 * _below(2))
    return Image.open(BytesIO(buffer.getvalue())).convert("RGB")
