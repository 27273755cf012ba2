"""The EfficientNet-B6 of the Fake or Real entry: a whole ImageNet classifier, and a layer on it."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn


class BackboneAndHead(nn.Module):
    """``backbone`` with its own classes (1,000), dropout, and ``classifier`` = Linear on those."""

    def __init__(self, backbone: Any, classes: int, outputs: int) -> None:  # noqa: ANN401 - torchvision's
        """Put an untrained layer on a classifier.

        Args:
            backbone: Gives N x ``classes``.
            classes: The classes of the backbone.
            outputs: The outputs of the layer.
        """
        super().__init__()
        self.backbone = backbone
        self.dropout = nn.Dropout(0.5)
        self.classifier = nn.Linear(classes, outputs)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Logits of normalised pixels."""
        logits: torch.Tensor = self.classifier(self.dropout(self.backbone(pixels)))
        return logits


def is_backbone_and_head(tensors: Mapping[str, torch.Tensor]) -> bool:
    """Whether these names are an EfficientNet's below ``backbone.`` and one layer's."""
    return {"backbone.features.0.0.weight", "backbone.classifier.1.weight", "classifier.weight"} <= set(tensors)  # fmt: skip  # noqa: E501
