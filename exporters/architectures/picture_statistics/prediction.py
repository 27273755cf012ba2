"""Linear prediction: how each pixel follows from its neighbours, and what is left over.

The coefficients show how a picture was interpolated: by a camera's colour filter, by a resize, by
a generator's upsampling (Popescu and Farid, Exposing Digital Forgeries by Detecting Traces of
Resampling, 2005, estimate the same quantities). Double precision: neighbours are nearly collinear.
"""

import torch

from exporters.architectures.picture_statistics.planes import LEVEL, shared_filters

_MARGIN = 3
_OFFSETS = (
    (0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (2, 1), (1, 2), (2, 2), (0, 3), (3, 0),
)  # fmt: skip
_NEAR = 5  # of the offsets, for one colour from another
_RIDGE = 1e-4


def predictions(rgb: torch.Tensor, planes: torch.Tensor) -> torch.Tensor:
    """The group of figures.

    Args:
        rgb: N x 3 x H x W, whole numbers, float32.
        planes: ``exact_planes`` of it.

    Returns:
        N x 76.
    """
    around = _around(planes)
    figures, errors = _predicted(around[:, :, :1], around[:, :, 1:], LEVEL)
    colours = _around(rgb)[:, :, : _NEAR + 1]
    green = colours[:, 1:2]
    apart = colours[:, ::2] - green  # of red and blue
    steps = (green[:, :, 1:] - green[:, :, :1]).expand(-1, 2, -1, -1)
    known = torch.cat((apart[:, :, 1:], steps), dim=2)
    interpolated, _ = _predicted(apart[:, :, :1], known, 1.0)
    pairs = torch.cat((_correlations(errors), _correlations(errors.abs())), dim=1)
    return torch.cat((figures.flatten(1), interpolated.flatten(1), pairs), dim=1)


def _around(planes: torch.Tensor) -> torch.Tensor:
    """Each place's own value, and the mean of the neighbours at each distance.

    Returns:
        N x 3 x (1 + distances) x places, float64. Exact: means are of one, two or four.
    """
    side = 2 * _MARGIN + 1
    kernels = torch.zeros(1 + len(_OFFSETS), side, side)
    kernels[0, _MARGIN, _MARGIN] = 1.0
    for number, (down, right) in enumerate(_OFFSETS, start=1):
        places = {(down, right), (-down, right), (down, -right), (-down, -right)}
        for row, column in places:
            kernels[number, _MARGIN + row, _MARGIN + column] = 1.0 / len(places)
    values = shared_filters(planes, kernels.to(planes.device)).flatten(2)
    return values.reshape(-1, planes.shape[1], len(kernels), values.shape[2]).double()


def _predicted(
    target: torch.Tensor, known: torch.Tensor, level: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """The best linear prediction of each plane.

    Args:
        target: N x planes x 1 x places.
        known: N x planes x predictors x places.
        level: One grey level in the units of both.

    Returns:
        Coefficients and figures of the error, N x planes x (predictors + 4); and the error.
    """
    basis = known - known.mean(dim=3, keepdim=True)
    target = target - target.mean(dim=3, keepdim=True)
    size = known.shape[2]
    turned = basis.transpose(2, 3)
    products = torch.matmul(basis, turned) / known.shape[3]
    wanted = torch.matmul(target, turned).transpose(2, 3) / known.shape[3]
    unit = torch.eye(size, dtype=products.dtype, device=products.device)
    trace = (products * unit).sum(dim=(2, 3), keepdim=True) / size
    added = _RIDGE * (trace + level**2)  # a flat picture has no variance of its own
    coefficients = _solved(products + added * unit, wanted, size)
    error = target - torch.matmul(coefficients.transpose(2, 3), basis)
    squares = error.square()
    least = 1e-6 * level**2
    spread = torch.sqrt(squares.mean(dim=3) + least)
    before = torch.sqrt(target.square().mean(dim=3) + least)
    fourth = squares.square().mean(dim=3) / spread.square().square()
    figures = (
        coefficients[..., 0],
        torch.log(spread),
        torch.log(spread / before),
        torch.log(fourth + 1e-3),
        error.abs().mean(dim=3) / spread,
    )
    return torch.cat(figures, dim=2), error


def _solved(matrix: torch.Tensor, wanted: torch.Tensor, size: int) -> torch.Tensor:
    """Gauss-Jordan, written out: ONNX has no solver. The matrix is positive definite."""
    both = torch.cat((matrix, wanted), dim=3)
    unit = torch.eye(size, dtype=both.dtype, device=both.device)
    for pivot in range(size):
        column = both[..., pivot : pivot + 1]
        row = both[:, :, pivot : pivot + 1] / column[:, :, pivot : pivot + 1]
        both = both - (column - unit[:, pivot : pivot + 1]) * row
    return both[..., size:]


def _correlations(errors: torch.Tensor) -> torch.Tensor:
    """Of Y with Cb, Y with Cr, Cb with Cr: N x 3."""
    flat = errors[:, :, 0]
    flat = flat - flat.mean(dim=2, keepdim=True)
    products = torch.matmul(flat, flat.transpose(1, 2)) / flat.shape[2]
    own = torch.stack([products[:, plane, plane] for plane in range(3)], dim=1) + LEVEL**2 * 1e-6
    both = torch.cat((products[:, 0, 1:], products[:, 1, 2:]), dim=1)
    spreads = torch.cat((own[:, :1] * own[:, 1:], own[:, 1:2] * own[:, 2:]), dim=1)
    return both / torch.sqrt(spreads)
