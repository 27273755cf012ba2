"""Joint histograms of quantised residuals: over neighbours, and over the three colours.

After Fridrich and Kodovsky (2012) and their colour version by Goljan, Fridrich and Cogranne (2014).
Counts are whole numbers and their residuals exact, so that these figures are the same on every
device. Bins that a mirrored or negated picture would exchange are added up.
"""

from itertools import product

import torch
from torch import nn

from exporters.architectures.picture_statistics.planes import (
    difference,
    square_3,
    square_5,
    turned,
)

_LEVELS = 5  # -2 ... 2
_FLOOR = 1e-7

Residual = tuple[torch.Tensor, torch.Tensor]


class Histograms(nn.Module):
    """Square roots of relative frequencies; ``colours`` and ``neighbours`` are groups of them."""

    def __init__(self) -> None:
        """Find out which bins are the same up to mirroring and sign."""
        super().__init__()
        self.register_buffer("mirrored", _symmetries(reverse=True), persistent=False)
        self.register_buffer("signed", _symmetries(reverse=False), persistent=False)

    def forward(self, rgb: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Both groups.

        Args:
            rgb: N x 3 x H x W, whole numbers from 0 to 255.

        Returns:
            N x 504 over the colours at one place, N x 273 over three neighbours.
        """
        first = (difference(rgb), difference(turned(rgb)))
        second = _again(first)
        third = _again(second)
        small, large = square_3(rgb), square_5(rgb)
        halved = _over(second, 2)
        directed = (first, halved, _over(third, 3))
        round_about = (_over((small, turned(small)), 4), _over((large, turned(large)), 12))
        colours = [
            self._colours(residual, step)
            for residual in (first, halved, round_about[0][:1], round_about[1][:1])
            for step in (1.0, 2.0)
        ]
        neighbours = [self._neighbours(residual) for residual in (*directed, *round_about)]
        neighbours += [self._neighbours(_turned(residual)) for residual in (first, halved)]
        return torch.cat(colours, dim=1), torch.cat(neighbours, dim=1)

    def _colours(self, residual: tuple[torch.Tensor, ...], step: float) -> torch.Tensor:
        levels = [_quantised(part, step) for part in residual]
        counts = sum(_joint(part[:, 0], part[:, 1], part[:, 2]) for part in levels)
        return _frequencies(counts, self.signed)

    def _neighbours(self, residual: Residual) -> torch.Tensor:
        levels = [_quantised(part, 1.0) for part in residual]
        counts = sum(_joint(p[..., :-2], p[..., 1:-1], p[..., 2:]) for p in levels)
        return _frequencies(counts, self.mirrored)


def _again(residual: Residual) -> Residual:
    return difference(residual[0]), difference(residual[1])


def _over(residual: Residual, divisor: int) -> Residual:
    return residual[0] / divisor, residual[1] / divisor


def _turned(residual: Residual) -> Residual:
    return turned(residual[0]), turned(residual[1])


def _quantised(residual: torch.Tensor, step: float) -> torch.Tensor:
    return torch.clamp(torch.round(residual / step), -2.0, 2.0)


def _joint(first: torch.Tensor, second: torch.Tensor, third: torch.Tensor) -> torch.Tensor:
    """How often each triple of levels occurs, N x 125."""
    triples = (first * _LEVELS + second) * _LEVELS + third + _LEVELS**3 // 2
    places = triples.flatten(1).long()
    counts = torch.zeros(places.shape[0], _LEVELS**3, device=places.device)
    return counts.scatter_add(1, places, torch.ones_like(places, dtype=counts.dtype))


def _frequencies(counts: torch.Tensor, same: torch.Tensor) -> torch.Tensor:
    shares = torch.matmul(counts, same) / counts.sum(dim=1, keepdim=True)
    return torch.sqrt(shares + _FLOOR)


def _symmetries(*, reverse: bool) -> torch.Tensor:
    """125 x bins: which triples are added up."""
    triples = list(product(range(-2, 3), repeat=3))
    place = {triple: number for number, triple in enumerate(triples)}

    def smallest(triple: tuple[int, ...]) -> int:
        negated = tuple(-level for level in triple)
        alike = [triple, negated]
        if reverse:
            alike += [triple[::-1], negated[::-1]]
        return min(place[one] for one in alike)

    representatives = [smallest(triple) for triple in triples]
    bins = sorted(set(representatives))
    same = torch.zeros(_LEVELS**3, len(bins))
    for number, representative in enumerate(representatives):
        same[number, bins.index(representative)] = 1.0
    return same
