"""Pixels against the mean and contrast of their surroundings, in two sizes.

The distribution of such values and of their products is what BRISQUE measures (Mittal, Moorthy and
Bovik, No-Reference Image Quality Assessment in the Spatial Domain, 2012), here without its fits.
"""

import math

import torch

_SIGMA = 7 / 6
_REACH = 3
_CONTRASTS = (0.5, 1.0, 2.0, 4.0)
_WEIGHTS = tuple(math.exp(-(step**2) / (2 * _SIGMA**2)) for step in range(-_REACH, _REACH + 1))


def contrasts(planes: torch.Tensor) -> torch.Tensor:
    """The group of figures.

    Args:
        planes: Y, Cb, Cr: N x 3 x H x W, float64.

    Returns:
        N x 156.
    """
    made = []
    for _ in range(2):
        made += _figures(planes)
        planes = _halved(planes)
    return torch.cat(made, dim=1)


def _figures(planes: torch.Tensor) -> list[torch.Tensor]:
    local, square = _smoothed(torch.cat((planes, planes.square()), dim=1)).chunk(2, dim=1)
    spread = torch.sqrt(torch.clamp(square - local.square(), min=0.0) + 1e-4)
    inner = planes[..., _REACH:-_REACH, _REACH:-_REACH]
    value = (inner - local) / (spread + 1)
    energy = _mean(value.square()) + 1e-6
    logarithm = torch.log(spread + 0.2)
    figures = [
        torch.log(energy),
        _mean(value.abs()) / torch.sqrt(energy),
        torch.log(_mean(value.square().square()) / energy.square() + 1e-3),
        torch.log(_mean(spread) + 0.1),
        _mean(logarithm),
        _mean(logarithm.square()),
    ]
    steep = (spread + 0.1).square() ** 3
    figures += [_mean(steep / (steep + cut**6)) for cut in _CONTRASTS]
    for product in (
        value[..., 1:] * value[..., :-1],
        value[..., 1:, :] * value[..., :-1, :],
        value[..., 1:, 1:] * value[..., :-1, :-1],
        value[..., 1:, :-1] * value[..., :-1, 1:],
    ):
        above = torch.clamp(product, min=0.0)
        below = above - product
        figures += [
            _mean(product),
            torch.log(_mean(above.square()) + 1e-4),
            torch.log(_mean(below.square()) + 1e-4),
            _mean(product.abs()).square() / (_mean(product.square()) + 1e-5),
        ]
    return figures


def _mean(planes: torch.Tensor) -> torch.Tensor:
    return planes.mean(dim=(2, 3))


def _smoothed(planes: torch.Tensor) -> torch.Tensor:
    """Gaussian mean; the margin is lost."""
    height, width = planes.shape[-2] - 2 * _REACH, planes.shape[-1] - 2 * _REACH
    # A tensor, not numbers: the export would round those to single precision, and variances are
    # small differences of large means.
    weights = torch.tensor(_WEIGHTS, dtype=planes.dtype, device=planes.device)
    weights = (weights / weights.sum())[:, None, None, None, None]
    steps = range(2 * _REACH + 1)
    rows = torch.stack([planes[..., step : step + height, :] for step in steps])
    smoothed = (rows * weights).sum(dim=0)
    columns = torch.stack([smoothed[..., step : step + width] for step in steps])
    return (columns * weights).sum(dim=0)


def _halved(planes: torch.Tensor) -> torch.Tensor:
    height, width = (side // 2 * 2 for side in planes.shape[-2:])
    whole = planes[..., :height, :width]
    left = whole[..., ::2, ::2] + whole[..., 1::2, ::2]
    right = whole[..., ::2, 1::2] + whole[..., 1::2, 1::2]
    return (left + right) / 4
