"""The CNN of the aiornot competition's Keras entry, parameter for parameter.

Published layers: three blocks of two 3 x 3 convolutions (32, 64, 128) with a pool each, a dense
layer of 256 on the channels-last flattened 32 x 32 x 128, three one-dimensional convolutions over
a sequence of length one, and one sigmoid output. All padding is "same", so that the pools of the
sequence leave it as it is.
"""

from collections.abc import Mapping

import torch
from torch import nn

KERAS_EPSILON = 1e-3
Activation = type[nn.ReLU] | type[nn.Identity]


class AiornotCnn(nn.Module):
    """Takes N x 3 x 256 x 256, gives N x 1: the logit of the second class.

    Attributes:
        first: 3 x 3 x 32 with bias (896 parameters), then its activation.
        blocks: The other convolutions, normalised, with a pool after every second one.
        dense: 131,072 to 256, without bias.
        sequence: The one-dimensional convolutions, with bias, each with its activation.
        head: 1,024 to 1.
    """

    def __init__(
        self,
        first_activation: Activation = nn.ReLU,
        sequence_activation: Activation = nn.ReLU,
        epsilon: float = KERAS_EPSILON,
    ) -> None:
        """Make it with random weights.

        Args:
            first_activation: What follows the first convolution, which is not published.
            sequence_activation: The same after the one-dimensional convolutions.
            epsilon: The epsilon of the batch normalisations, Keras's by default.
        """
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, 32, 3, padding="same"), first_activation())
        self.blocks = nn.Sequential(
            *_convolution(32, 32, epsilon),
            nn.MaxPool2d(2),
            *_convolution(32, 64, epsilon),
            *_convolution(64, 64, epsilon),
            nn.MaxPool2d(2),
            *_convolution(64, 128, epsilon),
            *_convolution(128, 128, epsilon),
            nn.MaxPool2d(2),
        )
        self.dense = nn.Sequential(
            nn.Linear(32 * 32 * 128, 256, bias=False),
            nn.BatchNorm1d(256, eps=epsilon),
            nn.ReLU(),
        )
        self.sequence = nn.Sequential(
            nn.Conv1d(256, 512, 5, padding="same"),
            sequence_activation(),
            nn.Conv1d(512, 512, 5, padding="same"),
            sequence_activation(),
            nn.Conv1d(512, 1024, 3, padding="same"),
            sequence_activation(),
        )
        self.head = nn.Linear(1024, 1)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Logits, N x 1, of pixels N x 3 x 256 x 256."""
        features = self.blocks(self.first(pixels))
        flat = features.permute(0, 2, 3, 1).flatten(1)  # Keras flattens channels last
        logits: torch.Tensor = self.head(self.sequence(self.dense(flat)[:, :, None])[:, :, 0])
        return logits


def _convolution(inputs: int, outputs: int, epsilon: float) -> tuple[nn.Module, ...]:
    return (
        nn.Conv2d(inputs, outputs, 3, padding="same", bias=False),
        nn.BatchNorm2d(outputs, eps=epsilon),
        nn.ReLU(),
    )


def is_aiornot_cnn(tensors: Mapping[str, torch.Tensor]) -> bool:
    """Whether these names are this module's."""
    return {"first.0.weight", "dense.0.weight", "sequence.4.weight", "head.weight"} <= set(tensors)
