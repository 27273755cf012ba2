"""Planes of a picture and their differences; everything keeps N x planes x height x width."""

import torch
from torch.nn import functional

# ITU-R BT.601, as JPEG uses it, in thousandths: whole numbers below 2**24, which float32 holds
# exactly, so that what is added up of them is exact on every device.
_LUMA = (299.0, 587.0, 114.0)
LEVEL = 1000.0
"""One grey level of Y in the exact planes."""
_CHROMA_SCALES = (1 / LEVEL, 0.5 / 886, 0.5 / 701)

# Fridrich and Kodovsky, Rich Models for Steganalysis of Digital Images, 2012: SQUARE 3x3 and 5x5.
# Whole numbers, so that a residual of whole pixels is exact on every device.
_SQUARE_3 = ((-1, 2, -1), (2, -4, 2), (-1, 2, -1))
_SQUARE_5 = (
    (-1, 2, -2, 2, -1),
    (2, -6, 8, -6, 2),
    (-2, 8, -12, 8, -2),
    (2, -6, 8, -6, 2),
    (-1, 2, -2, 2, -1),
)


def exact_planes(rgb: torch.Tensor) -> torch.Tensor:
    """Multiples of Y, Cb, Cr as whole numbers; ``scaled`` makes values of them."""
    red, green, blue = rgb[:, 0:1], rgb[:, 1:2], rgb[:, 2:3]
    luma = _LUMA[0] * red + _LUMA[1] * green + _LUMA[2] * blue
    return torch.cat((luma, LEVEL * blue - luma, LEVEL * red - luma), dim=1)


def scaled(planes: torch.Tensor) -> torch.Tensor:
    """Y, Cb, Cr (chroma around 0), float64, of their exact multiples."""
    scales = torch.tensor(_CHROMA_SCALES, dtype=torch.float64, device=planes.device)
    return planes.double() * scales[None, :, None, None]


def turned(planes: torch.Tensor) -> torch.Tensor:
    """Rows and columns exchanged: what is computed along rows then runs along columns."""
    return planes.transpose(-1, -2)


def difference(planes: torch.Tensor) -> torch.Tensor:
    """Of horizontal neighbours."""
    return planes[..., 1:] - planes[..., :-1]


def square_3(planes: torch.Tensor) -> torch.Tensor:
    """Four times the SQUARE 3x3 residual."""
    return _filtered(planes, _SQUARE_3)


def square_5(planes: torch.Tensor) -> torch.Tensor:
    """Twelve times the SQUARE 5x5 residual."""
    return _filtered(planes, _SQUARE_5)


def _filtered(planes: torch.Tensor, kernel: tuple[tuple[int, ...], ...]) -> torch.Tensor:
    weights = torch.tensor(kernel, dtype=planes.dtype, device=planes.device)
    return shared_filters(planes, weights[None])


def shared_filters(planes: torch.Tensor, kernels: torch.Tensor) -> torch.Tensor:
    """The same filters on every plane, without margins.

    Args:
        planes: N x planes x H x W, float32.
        kernels: filters x height x width, whole numbers.

    Returns:
        N x (planes * filters) x ..., the filters of a plane together.
    """
    count = planes.shape[1]
    weights = kernels[:, None].repeat(count, 1, 1, 1)
    return functional.conv2d(planes, weights, groups=count)
