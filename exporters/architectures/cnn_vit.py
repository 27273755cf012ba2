"""The ViT of the CNN-against-ViT system: Hugging Face's ViTModel, and a head of two layers."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn


class ViTWithHead(nn.Module):
    """A ViT and ``classifier`` = Dropout, Linear, GELU, Dropout, Linear on its CLS token."""

    def __init__(self, vit: Any, hidden: int, outputs: int) -> None:  # noqa: ANN401 - a ViTModel
        """Put an untrained head on a ViT.

        Args:
            vit: A ``transformers.ViTModel``.
            hidden: Width of the head's first layer (384 as published).
            outputs: Classes.
        """
        super().__init__()
        self.vit = vit
        self.classifier = nn.Sequential(
            nn.Dropout(),
            nn.Linear(vit.config.hidden_size, hidden),
            nn.GELU(),
            nn.Dropout(),
            nn.Linear(hidden, outputs),
        )

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Logits of normalised pixels."""
        tokens = self.vit(pixel_values=pixels).last_hidden_state
        logits: torch.Tensor = self.classifier(tokens[:, 0])
        return logits


def is_vit_with_head(tensors: Mapping[str, torch.Tensor]) -> bool:
    """Whether these names are a ViT's below ``vit.`` and the two layers'."""
    return {"classifier.1.weight", "classifier.4.weight"} <= set(tensors) and any(
        name.startswith("vit.") for name in tensors
    )
