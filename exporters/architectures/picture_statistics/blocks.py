"""Figures on the grid of eight pixels: DCT coefficients, and energy by phase.

JPEG leaves its grid in both; upsampling in a generator leaves periods of two, four and eight.
"""

import math

import torch
from torch import nn

from exporters.architectures.picture_statistics.planes import difference, turned

_SIDE = 8
_HALF = 5  # frequencies 0 ... 4 of eight


class Blocks(nn.Module):
    """DCT coefficients of blocks on the grid and between, and energy by phase."""

    def __init__(self) -> None:
        """Write the transforms down."""
        super().__init__()
        places = torch.arange(_SIDE, dtype=torch.float64)
        waves = torch.cos(math.pi / _SIDE * (places[None] + 0.5) * places[:, None])
        waves = waves * torch.where(places[:, None] == 0, math.sqrt(1 / 8), math.sqrt(2 / 8))
        self._cosines = torch.kron(waves, waves).T.contiguous()  # 64 pixels x 64 coefficients
        angle = 2 * math.pi / _SIDE * places[:, None] * places[None]
        self._real, self._imaginary = torch.cos(angle), torch.sin(angle)
        upper = torch.triu_indices(_SIDE, _SIDE)[:, 1:]
        self._above = (upper[0] * _SIDE + upper[1]).tolist()
        self._below = (upper[1] * _SIDE + upper[0]).tolist()

    def coefficients(self, planes: torch.Tensor) -> torch.Tensor:
        """Of Y, Cb, Cr (float64): spread, peakedness and share of small ones, by frequency.

        Returns:
            N x 525.
        """
        made = []
        for offset in (0, 4):
            blocks = torch.matmul(_blocks(planes[..., offset:, offset:]), self._cosines)
            spread = torch.sqrt(blocks.square().mean(dim=2) + 1e-4)
            peaked = blocks.abs().mean(dim=2) / spread
            small = torch.exp(-4.0 * blocks.square()).mean(dim=2)
            if offset == 0:
                made.append(torch.log(spread))
            made += [peaked, small]
        return torch.cat([self._folded(figures) for figures in made], dim=1)

    def phases(self, planes: torch.Tensor, residual: torch.Tensor) -> torch.Tensor:
        """How residual and gradient energy varies with the grid.

        Args:
            planes: Y, Cb, Cr, float64.
            residual: Their SQUARE 3x3 residual.

        Returns:
            N x 84.
        """
        energy = residual.abs()
        limit = 8 * energy.mean(dim=(2, 3), keepdim=True) + 1
        cells = _cells(torch.minimum(energy, limit)).mean(dim=(2, 4))
        real = self._real @ cells @ self._real - self._imaginary @ cells @ self._imaginary
        imaginary = self._real @ cells @ self._imaginary + self._imaginary @ cells @ self._real
        size = torch.sqrt(real.square() + imaginary.square())
        size = size / (cells.sum(dim=(2, 3), keepdim=True) + 1e-6)
        both = (size + size.transpose(-1, -2))[..., :_HALF, :_HALF].flatten(2)[..., 1:]
        along = self._along(difference(planes)) + self._along(difference(turned(planes)))
        return torch.cat((torch.log(both + 1e-4), torch.log(along + 1e-4)), dim=2).flatten(1)

    def _along(self, gradients: torch.Tensor) -> torch.Tensor:
        columns = gradients.abs().mean(dim=2)
        whole = columns.shape[-1] // _SIDE * _SIDE
        cells = columns[..., :whole].reshape(*columns.shape[:2], -1, _SIDE).mean(dim=2)
        real, imaginary = cells @ self._real, cells @ self._imaginary
        size = torch.sqrt(real.square() + imaginary.square())[..., 1:_HALF]
        return size / (cells.sum(dim=2, keepdim=True) + 1e-6)

    def _folded(self, figures: torch.Tensor) -> torch.Tensor:
        """Rows and columns alike: the upper triangle of N x planes x 64, without the mean."""
        both = (figures[..., self._above] + figures[..., self._below]) / 2
        return both.flatten(1)


def _cells(planes: torch.Tensor) -> torch.Tensor:
    """N x planes x rows x 8 x columns x 8, what is over left out."""
    height, width = (side // _SIDE * _SIDE for side in planes.shape[-2:])
    whole = planes[..., :height, :width]
    return whole.reshape(*planes.shape[:2], height // _SIDE, _SIDE, width // _SIDE, _SIDE)


def _blocks(planes: torch.Tensor) -> torch.Tensor:
    """N x planes x blocks x 64 pixels."""
    cells = _cells(planes).transpose(3, 4)
    return cells.reshape(*planes.shape[:2], -1, _SIDE * _SIDE)
