"""A whole classifier whose classes, or embedding, go through one more linear layer."""

from dataclasses import replace

import torch
from torch import nn

from exporters.architectures.fitting import Built, Tensors
from forensic_cli.errors import ExportError

SUFFIX = "+linear"
"""Ending of the names of such networks."""
_PAIR = 2


class OnClasses(nn.Module):
    """``body``, and a linear layer on its outputs; nothing between."""

    def __init__(self, body: nn.Module, layer: nn.Linear) -> None:
        """Tie the two together."""
        super().__init__()
        self.body = body
        self.layer = layer

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Logits of normalised pictures, N x 3 x height x width."""
        logits: torch.Tensor = self.layer(self.body(pixels))
        return logits


def parts(tensors: Tensors) -> tuple[Tensors, nn.Linear]:
    """The body's tensors, and the layer that stands beside it (``fc``, ``classifier``, ``head``).

    Raises:
        ExportError: There is no such layer.
    """
    found = [
        key.removesuffix(".weight")
        for key, tensor in tensors.items()
        if key in {"fc.weight", "classifier.weight", "head.weight", "linear.weight"}
        and tensor.ndim == _PAIR
    ]
    if len(found) != 1:
        msg = (
            f"a network named with {SUFFIX} has one more layer beside it (fc, classifier, head or "
            f"linear); this checkpoint has {', '.join(found) or 'none'}"
        )
        raise ExportError(msg)
    own = f"{found[0]}."
    layer = _linear(tensors[f"{own}weight"], tensors.get(f"{own}bias"))
    return {key: one for key, one in tensors.items() if not key.startswith(own)}, layer


def _linear(weight: torch.Tensor, bias: torch.Tensor | None) -> nn.Linear:
    outputs, width = map(int, weight.shape)
    layer = nn.Linear(width, outputs, bias=bias is not None)
    with torch.no_grad():
        layer.weight.copy_(weight)
        if bias is not None:
            layer.bias.copy_(bias)
    return layer


def joined(body: Built, layer: nn.Linear) -> Built:
    """A body and the layer on it.

    Raises:
        ExportError: The layer takes another number of values than the body gives.
    """
    if body.outputs != layer.in_features:
        msg = f"{body.name} gives {body.outputs} values, the layer on it takes {layer.in_features}"
        raise ExportError(msg)
    return replace(
        body,
        name=body.name + SUFFIX,
        module=OnClasses(body.module, layer),
        outputs=layer.out_features,
        reasoning=(*body.reasoning, f"a layer of {layer.in_features} x {layer.out_features} on it"),
        assumed=(*body.assumed, "nothing between the network and the layer on it"),
    )
