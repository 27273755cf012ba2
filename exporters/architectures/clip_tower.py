"""CLIP's picture tower from a file of weights, under OpenAI's, open_clip's or Hugging Face's names.

What no tensor shows is the activation (OpenAI's own networks have a quicker form of GELU, most of
open_clip's GELU itself) and how many heads the attention has: the first is told by name, the second
follows from the width as in every published tower.
"""

import re
from collections.abc import Mapping
from typing import Any

import torch

from exporters.architectures.fitting import Built, Tensors
from exporters.architectures.tower import tied
from exporters.architectures.transformers_models import loaded
from exporters.libraries import require
from forensic_cli.errors import ExportError

ACTIVATIONS = {"clip": "quick_gelu", "clip-gelu": "gelu"}
"""Names of ``--arch``, and the activation that each stands for."""
_HEADS = {1280: 16, 1408: 16, 1664: 16}
_HEAD_WIDTH = 64
_PAIR = 2
_OF_TEXT = re.compile(
    r"(?:text_model|text_projection|token_embedding|transformer|ln_final|text)\b|"
    r"positional_embedding$|logit_scale$|logit_bias$|context_length$|input_resolution$|vocab_size$"
)
_AROUND = {
    "class_embedding": "vision_model.embeddings.class_embedding",
    "positional_embedding": "vision_model.embeddings.position_embedding.weight",
    "conv1.weight": "vision_model.embeddings.patch_embedding.weight",
    "proj": "visual_projection.weight",
}
_NAMES = (
    (r"^ln_pre\.", "vision_model.pre_layrnorm."),
    (r"^ln_post\.", "vision_model.post_layernorm."),
    (r"^transformer\.resblocks\.", "vision_model.encoder.layers."),
    (r"\.ln_1\.", ".layer_norm1."),
    (r"\.ln_2\.", ".layer_norm2."),
    (r"\.attn\.out_proj\.", ".self_attn.out_proj."),
    (r"\.mlp\.c_fc\.", ".mlp.fc1."),
    (r"\.mlp\.c_proj\.", ".mlp.fc2."),
)


def build(name: str, tensors: Tensors, head: Tensors | None, features: str | None) -> Built:
    """A tower and its head.

    Args:
        name: ``clip`` or ``clip-gelu``.
        tensors: The tower's weights, the text side's too, and maybe a head beside them.
        head: The head's weights, where they are in a file of their own.
        features: ``--features``.

    Raises:
        ExportError: They are no such tower's, or there is no head.
        UsageError: What the head takes has to be said.
    """
    require("transformers")
    import transformers  # noqa: PLC0415 - heavy

    own, beside = _sorted_out(tensors)
    head = head if head is not None else beside
    if not head:
        msg = (
            "the checkpoint is a tower without a head, which gives no classes: give the file of "
            "the layer that was trained on it as --head"
        )
        raise ExportError(msg)
    config = _config(name, own)
    kind = transformers.CLIPVisionModelWithProjection
    tower = loaded(kind, config, own, f"a picture tower of CLIP ({name})")
    heads = f"{config.num_attention_heads} attention heads, {ACTIVATIONS[name]} (--arch {name})"
    return tied(tower, head, features, name, (heads,))


def _sorted_out(tensors: Tensors) -> tuple[dict[str, torch.Tensor], Tensors]:
    """The tower's tensors under Hugging Face's names; and what else there is but text."""
    is_hugging_face = any(key.startswith("vision_model.") for key in tensors)
    has_text = any(key.startswith("visual.") for key in tensors)
    own: dict[str, torch.Tensor] = {}
    beside = {}
    for key, tensor in tensors.items():
        if is_hugging_face and key.startswith(("vision_model.", "visual_projection.")):
            if not key.endswith("position_ids"):
                own[key] = tensor.float()
        elif has_text and key.startswith("visual."):
            own.update(_renamed(key.removeprefix("visual."), tensor))
        elif not has_text and not is_hugging_face and _is_own(key):
            own.update(_renamed(key, tensor))
        elif not _OF_TEXT.match(key):
            beside[key] = tensor.float()
    return own, beside


def _is_own(key: str) -> bool:
    return key in _AROUND or key.startswith(("ln_pre.", "ln_post.", "transformer.resblocks."))


def _renamed(key: str, tensor: torch.Tensor) -> Mapping[str, torch.Tensor]:
    tensor = tensor.float()
    if key in _AROUND:
        return {_AROUND[key]: tensor.t().contiguous() if key == "proj" else tensor}
    for pattern, replacement in _NAMES:
        key = re.sub(pattern, replacement, key)
    found = re.fullmatch(r"(.*)\.attn\.in_proj_(weight|bias)", key)
    if found is None:
        return {key: tensor}
    thirds = zip("qkv", tensor.chunk(3), strict=True)
    return {f"{found[1]}.self_attn.{one}_proj.{found[2]}": part for one, part in thirds}


def _config(name: str, own: dict[str, torch.Tensor]) -> Any:  # noqa: ANN401 - a library's
    import transformers  # noqa: PLC0415 - heavy

    patches = own.get("vision_model.embeddings.patch_embedding.weight")
    places = own.get("vision_model.embeddings.position_embedding.weight")
    projection = own.get("visual_projection.weight")
    inner = own.get("vision_model.encoder.layers.0.mlp.fc1.weight")
    if patches is None or places is None or inner is None or patches.ndim != 4:  # noqa: PLR2004
        msg = f"the checkpoint is not {name}: it has no picture tower under names that are known"
        raise ExportError(msg)
    if projection is None:  # kept apart, or never used: an identity changes nothing
        projection = torch.eye(patches.shape[0])
        own["visual_projection.weight"] = projection
    width, _, patch, _ = map(int, patches.shape)
    layers = {key.split(".")[3] for key in own if key.startswith("vision_model.encoder.layers.")}
    return transformers.CLIPVisionConfig(
        hidden_size=width,
        intermediate_size=int(inner.shape[0]),
        projection_dim=int(projection.shape[0]),
        num_hidden_layers=len(layers),
        num_attention_heads=_HEADS.get(width, max(1, width // _HEAD_WIDTH)),
        image_size=patch * round((places.shape[0] - 1) ** 0.5),
        patch_size=patch,
        hidden_act=ACTIVATIONS[name],
    )
