"""The network: statistics, standardised by what training pictures had, and one linear layer."""

import torch
from torch import nn

from exporters.architectures.picture_statistics.blocks import Blocks
from exporters.architectures.picture_statistics.contrast import contrasts
from exporters.architectures.picture_statistics.histograms import Histograms
from exporters.architectures.picture_statistics.planes import exact_planes, scaled, square_3
from exporters.architectures.picture_statistics.prediction import predictions

GROUPS = {
    "colours": 504,
    "neighbours": 273,
    "prediction": 76,
    "contrast": 156,
    "coefficients": 525,
    "phases": 84,
}
"""How many figures of each kind."""

_LIMIT = 4.0  # standard deviations: one odd figure must not decide


class PictureStatistics(nn.Module):
    """Logits of whole-number RGB pictures of at least 64 x 64 pixels."""

    def __init__(self, outputs: int) -> None:
        """Set up an untrained one.

        Args:
            outputs: Classes.
        """
        super().__init__()
        count = sum(GROUPS.values())
        self.histograms = Histograms()
        self.blocks = Blocks()
        self.register_buffer("mean", torch.zeros(count))
        self.register_buffer("spread", torch.ones(count))
        # Groups weigh alike, however many figures they have.
        shares = [torch.full((size,), (size * len(GROUPS)) ** -0.5) for size in GROUPS.values()]
        self.register_buffer("shares", torch.cat(shares), persistent=False)
        self.head = nn.Linear(count, outputs)

    def statistics(self, rgb: torch.Tensor) -> torch.Tensor:
        """The figures as they come.

        Args:
            rgb: N x 3 x H x W, whole numbers from 0 to 255, float32.

        Returns:
            N x 1,618, float32.
        """
        colours, neighbours = self.histograms(rgb)
        whole = exact_planes(rgb)
        planes = scaled(whole)
        others = (
            predictions(rgb, whole),
            contrasts(planes),
            self.blocks.coefficients(planes),
            self.blocks.phases(planes, scaled(square_3(whole)) / 4),
        )
        return torch.cat((colours, neighbours, *(part.float() for part in others)), dim=1)

    def standardised(self, figures: torch.Tensor) -> torch.Tensor:
        """In units of the training pictures' spread, limited, each group of equal weight."""
        units = (figures - self.mean) / self.spread
        return torch.clamp(units, -_LIMIT, _LIMIT) * self.shares

    def forward(self, rgb: torch.Tensor) -> torch.Tensor:
        """Logits, N x outputs."""
        logits: torch.Tensor = self.head(self.standardised(self.statistics(rgb)))
        return logits
