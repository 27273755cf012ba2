"""A network with its loss, as the training library wants them."""

from collections.abc import Mapping

import torch
from torch import nn
from torch.nn import functional

from exporters.networks.torch_network import only_logits
from trainers.recipes.recipe import Recipe


class Classifier(nn.Module):
    """Any network that answers logits; a single one is a sigmoid's, the second class's."""

    def __init__(self, network: nn.Module, recipe: Recipe) -> None:
        """Wrap a network.

        Args:
            network: Takes N x 3 x H x W.
            recipe: Says the loss.
        """
        super().__init__()
        self.network = network
        self._smoothing = recipe.label_smoothing
        self._gamma = recipe.focal_gamma if recipe.loss == "focal" else 0.0

    def forward(
        self,
        pixel_values: torch.Tensor,
        labels: torch.Tensor | None = None,
        weights: torch.Tensor | None = None,
    ) -> Mapping[str, torch.Tensor]:
        """Logits, two per picture, and the loss where the answers are given.

        Args:
            pixel_values: N x 3 x H x W, normalised.
            labels: Output indices.
            weights: The weights of each picture in the loss.
        """
        logits = only_logits(self.network(pixel_values)).float()
        if logits.shape[1] == 1:
            logits = torch.cat((torch.zeros_like(logits), logits), dim=1)
        if labels is None:
            return {"logits": logits}
        losses = self._losses(logits, labels)
        counted = losses if weights is None else losses * weights
        return {"loss": counted.mean(), "logits": logits}

    def _losses(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        losses = functional.cross_entropy(
            logits, labels, reduction="none", label_smoothing=self._smoothing
        )
        if self._gamma:
            sure = functional.softmax(logits, dim=1).gather(1, labels[:, None])[:, 0]
            losses = losses * (1 - sure) ** self._gamma
        return losses
