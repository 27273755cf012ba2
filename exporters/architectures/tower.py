"""A picture tower of Hugging Face with a head of its own: CLIP, SigLIP or DINO, and one layer.

What the head was trained on stands in neither file: it is told by ``--features``, or by a width
that only one kind of features has.
"""

from enum import StrEnum
from pathlib import Path
from typing import Any

import torch
from torch import nn

from exporters.architectures.fitting import Built, Tensors
from exporters.libraries import require
from forensic_cli.errors import ExportError, UsageError
from forensic_cli.foundation.path_text import on_screen


class Features(StrEnum):
    """What of a tower's answer its head takes."""

    PROJECTED = "projected"
    PROJECTED_UNIT = "projected-unit"
    POOLED = "pooled"
    POOLED_UNIT = "pooled-unit"

    @property
    def meaning(self) -> str:
        """In words."""
        match self:
            case Features.PROJECTED:
                return "CLIP's embedding of the picture, as it is"
            case Features.PROJECTED_UNIT:
                return "CLIP's embedding of the picture, divided by its length"
            case Features.POOLED:
                return "the tower's pooled output, before any projection"
            case Features.POOLED_UNIT:
                return "the tower's pooled output, before any projection, divided by its length"


_OF_TEXT = ("text_model.", "text_projection.", "logit_scale", "logit_bias")
_KINDS = {
    "clip": "CLIPVisionModelWithProjection",
    "clip_vision_model": "CLIPVisionModelWithProjection",
    "siglip": "SiglipVisionModel",
    "siglip_vision_model": "SiglipVisionModel",
    "dinov2": "Dinov2Model",
    "dinov2_with_registers": "Dinov2WithRegistersModel",
    "vit": "ViTModel",
}
_PAIR = 2


class TowerWithHead(nn.Module):
    """Takes pictures, gives logits."""

    def __init__(self, tower: Any, head: nn.Linear, features: Features) -> None:  # noqa: ANN401
        """Tie the two together."""
        super().__init__()
        self.tower = tower
        self.head = head
        self._features = features

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Logits of normalised pictures, N x 3 x height x width."""
        answer = self.tower(pixel_values=pixels)
        if self._features in {Features.POOLED, Features.POOLED_UNIT}:
            found = getattr(answer, "pooler_output", None)
            if found is None:  # CLIP's class with a projection gives the projected alone
                inner = self.tower.vision_model(pixel_values=pixels)
                found = inner.pooler_output
        else:
            found = answer.image_embeds
        if self._features in {Features.PROJECTED_UNIT, Features.POOLED_UNIT}:
            found = found / found.norm(dim=-1, keepdim=True)
        logits: torch.Tensor = self.head(found)
        return logits


def with_head(folder: Path, tensors: Tensors, features: str | None) -> Built:
    """A tower and its head.

    Args:
        folder: Of Hugging Face, with the tower.
        tensors: The head's.
        features: ``--features``.

    Raises:
        ExportError: The tower is not known, or the head does not fit.
        UsageError: What the head takes has to be said.
    """
    require("transformers")
    import transformers  # noqa: PLC0415 - heavy

    config = transformers.AutoConfig.from_pretrained(folder, trust_remote_code=False)
    if config.model_type not in _KINDS:
        known = ", ".join(_KINDS)
        msg = f"--head is for towers of {known}; this is {on_screen(config.model_type)}"
        raise ExportError(msg)
    own = getattr(config, "vision_config", config)
    if hasattr(config, "projection_dim"):
        own.projection_dim = config.projection_dim
    kind = getattr(transformers, _KINDS[config.model_type])
    try:
        tower, info = kind.from_pretrained(
            folder,
            config=own,
            output_loading_info=True,
            attn_implementation="eager",
            local_files_only=True,
        )
    except Exception as error:
        lines = [line for line in str(error).splitlines() if line.strip()]
        said = on_screen(lines[0] if lines else type(error).__name__, 300)
        msg = f"the tower in {str(folder)!r} cannot be loaded: {said}"
        raise ExportError(msg) from error
    strange = [key for key in info["unexpected_keys"] if not key.startswith(_OF_TEXT)]
    if info["missing_keys"] or strange or info["mismatched_keys"]:
        wrong = on_screen(", ".join(map(str, [*info["missing_keys"], *strange][:4])))
        msg = f"the weights in {str(folder)!r} do not fit its config.json: {wrong}"
        raise ExportError(msg)
    return tied(tower, tensors, features, f"transformers:{config.model_type}", ())


def tied(
    tower: Any,  # noqa: ANN401 - a library's
    tensors: Tensors,
    features: str | None,
    name: str,
    assumed: tuple[str, ...],
) -> Built:
    """A tower with the head that was trained on it.

    Args:
        tower: Of transformers.
        tensors: The head's: one linear layer.
        features: ``--features``.
        name: The tower's.
        assumed: What no tensor of the tower shows.

    Raises:
        ExportError: The head does not fit.
        UsageError: What the head takes has to be said.
    """
    head = _linear(tensors)
    chosen = _chosen(features, head.in_features, _widths(tower))
    name = f"{name} with a linear head"
    reasoning = (f"a head of {head.in_features} x {head.out_features}",)
    assumed = (*assumed, f"the head takes {chosen.meaning} (--features {chosen})")
    return Built(name, TowerWithHead(tower, head, chosen), head.out_features, reasoning, assumed)


def _linear(tensors: Tensors) -> nn.Linear:
    weights = [key for key, one in tensors.items() if one.ndim == _PAIR]
    rest = [key for key in tensors if key not in weights]
    bias = weights and f"{weights[0].removesuffix('weight')}bias"
    if len(weights) != 1 or rest not in ([], [bias]):
        shown = on_screen(", ".join(list(tensors)[:6]))
        msg = (
            f"--head takes one linear layer, a weight and a bias; this holds {shown}. What lies "
            "between several layers is in no file: export it from Python as .pt2"
        )
        raise ExportError(msg)
    outputs, width = map(int, tensors[weights[0]].shape)
    head = nn.Linear(width, outputs, bias=bool(rest))
    with torch.no_grad():
        head.weight.copy_(tensors[weights[0]])
        if rest:
            head.bias.copy_(tensors[rest[0]])
    return head


def _widths(tower: Any) -> dict[Features, int]:  # noqa: ANN401 - a library's
    pooled = int(tower.config.hidden_size)
    widths = {Features.POOLED: pooled, Features.POOLED_UNIT: pooled}
    if hasattr(tower, "visual_projection"):
        projected = int(tower.visual_projection.out_features)
        widths |= {Features.PROJECTED: projected, Features.PROJECTED_UNIT: projected}
    return widths


def _chosen(asked: str | None, width: int, widths: dict[Features, int]) -> Features:
    fitting = [one for one, found in widths.items() if found == width]
    if asked is None and len(fitting) == 1:
        return fitting[0]
    if asked is not None and asked in fitting:
        return Features(asked)
    if not fitting:
        said = ", ".join(f"{one} {found}" for one, found in widths.items())
        msg = f"the head takes {width} numbers, and the tower gives {said}"
        raise ExportError(msg)
    choices = "; ".join(f"{one}: {one.meaning}" for one in fitting)
    if asked is None:
        msg = f"what the head was trained on is in no file; say it with --features ({choices})"
        raise UsageError(msg)
    msg = f"--features {asked} does not fit a head that takes {width} numbers; {choices}"
    raise UsageError(msg)
