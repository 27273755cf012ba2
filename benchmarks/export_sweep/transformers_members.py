"""Every image classifier of transformers, in the smallest sensible configuration of each."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import timm
import torch
import transformers
from PIL import Image
from transformers.models.auto.image_processing_auto import IMAGE_PROCESSOR_MAPPING_NAMES
from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES

from benchmarks.export_sweep.members import CLASSES, Floats, Member, Source, settled

_VIT = {
    "hidden_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 96,
}
_TEXT = {**_VIT, "vocab_size": 99, "projection_dim": 32}
_DUAL = {
    "vision_config": {**_VIT, "projection_dim": 32},
    "text_config": _TEXT,
    "projection_dim": 32,
}
_STAGES = {"hidden_sizes": [16, 32, 48, 64], "depths": [1, 1, 1, 1]}
_TIMM = timm.get_pretrained_cfg("test_resnet").to_dict()
_SWIN = {"embed_dim": 24, "depths": [2, 2], "num_heads": [3, 6]}

SMALL: dict[str, Mapping[str, Any]] = {
    "beit": _VIT,
    "bit": {**_STAGES, "hidden_sizes": [32, 64, 96, 128], "embedding_size": 32, "num_groups": 8},
    "clip": _DUAL,
    "convnext": _STAGES,
    "convnextv2": _STAGES,
    "cvt": {"embed_dim": [16, 48, 96], "num_heads": [1, 3, 6], "depth": [1, 2, 3]},
    "data2vec-vision": _VIT,
    "deit": _VIT,
    "dinat": {"embed_dim": 24, "depths": [1, 1], "num_heads": [2, 4]},
    "dinov2": _VIT,
    "dinov2_with_registers": _VIT,
    "donut-swin": _SWIN,
    "efficientnet": {"width_coefficient": 0.5, "depth_coefficient": 0.4, "hidden_dim": 640,
                     "initializer_range": 0.3},
    "focalnet": {"embed_dim": 24, "hidden_sizes": [24, 48, 96, 192], "depths": [1, 1, 1, 1]},
    "hgnet_v2": {},
    "hiera": {"embed_dim": 24, "depths": [1, 1, 1, 1]},
    "ijepa": _VIT,
    "imagegpt": {"n_embd": 32, "n_layer": 2, "n_head": 2},
    "levit": {"hidden_sizes": [32, 48, 64], "num_attention_heads": [2, 3, 4], "depths": [1, 1, 1]},
    "metaclip_2": _DUAL,
    "mobilenet_v1": {"depth_multiplier": 0.25},
    "mobilenet_v2": {"depth_multiplier": 0.35},
    "mobilevit": {"hidden_sizes": [64, 80, 96]},
    "mobilevitv2": {"width_multiplier": 0.5},
    "perceiver": {
        "num_latents": 16, "d_latents": 32, "num_blocks": 1, "num_self_attends_per_block": 1,
        "num_self_attention_heads": 1, "num_cross_attention_heads": 1,
    },
    "poolformer": _STAGES,
    "pp_lcnet": {},
    "pvt": {**_STAGES, "hidden_sizes": [16, 32, 80, 128]},
    "pvt_v2": _STAGES | {"hidden_sizes": [16, 32, 80, 128]},
    "regnet": {**_STAGES, "embedding_size": 16, "groups_width": 16},
    "resnet": {**_STAGES, "embedding_size": 16, "layer_type": "basic"},
    "segformer": {},
    "shieldgemma2": {},
    "siglip": _DUAL,
    "siglip2": _DUAL,
    "swiftformer": {"embed_dims": [16, 32, 48, 64], "depths": [1, 1, 1, 1]},
    "swin": _SWIN,
    "swinv2": _SWIN,
    "textnet": {},
    "timm_wrapper": {"architecture": "test_resnet", "pretrained_cfg": _TIMM},
    "vit": _VIT,
    "vit_msn": _VIT,
}  # fmt: skip
"""Settings that make a family small; pictures stay as large as the library has them."""
_BORROWED = {
    "dinov2_with_registers": "BitImageProcessorPil",
    "hgnet_v2": "ViTImageProcessorPil",
}
"""Families for which the library names no processor, and one that its checkpoints come with."""
_OTHER_PROCESSORS = (("donut-swin", "ViTImageProcessorPil"), ("textnet", "ViTImageProcessorPil"))
"""Second processors of families, tried beside the first."""


_NEEDED = {
    "imagegpt": {"clusters": [[0, 0, 0], [255, 255, 255]]},
    "timm_wrapper": {"pretrained_cfg": _TIMM},
}
"""What a processor cannot be made without."""


def members() -> Iterator[Member]:
    """One member per class of every family, and one more for each further processor."""
    for family, kinds in MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES.items():
        for kind in (kinds,) if isinstance(kinds, str) else kinds:
            name = family if isinstance(kinds, str) else kind
            yield _member(family, name, kind, _processor(family))
    for family, processor in _OTHER_PROCESSORS:
        kind = str(MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES[family])
        yield _member(family, f"{family}, {processor.removesuffix('Pil')}", kind, processor)


def _member(family: str, name: str, kind: str, processor: str | None) -> Member:
    return Member("transformers", family, name, partial(_folder, family, kind, processor), {})


def _processor(family: str) -> str | None:
    named = IMAGE_PROCESSOR_MAPPING_NAMES.get(family) or {}
    return _BORROWED.get(family) or named.get("pil")


def _folder(family: str, kind: str, processor: str | None, folder: Path) -> tuple[Path, Source]:
    """A folder as ``save_pretrained`` writes it, with the processor that the library has for it."""
    config = transformers.AutoConfig.for_model(
        family, **SMALL[family], num_labels=len(CLASSES), id2label=CLASSES,
        label2id={name: index for index, name in CLASSES.items()},
    )  # fmt: skip
    torch.manual_seed(305)
    if processor is None:
        msg = f"transformers has no Pillow processor for {family}"
        raise LookupError(msg)
    reader = getattr(transformers, processor)(**_NEEDED.get(family, {}))
    _same_size(reader, config)

    def pixels(image: Image.Image) -> Floats:
        return np.asarray(reader(image, return_tensors="pt")["pixel_values"][0], np.float32)

    module = getattr(transformers, kind)(config)
    source = settled(Source(module.eval(), pixels))
    module.save_pretrained(folder)
    if family == "timm_wrapper":  # its configuration holds the preparation
        return folder, source
    reader.save_pretrained(folder)
    return folder, source


def _same_size(reader: Any, config: Any) -> None:
    """Let a processor make what the network's configuration asks for, where they differ."""
    wanted = getattr(getattr(config, "vision_config", config), "image_size", None)
    size = dict(getattr(reader, "size", None) or {})
    if isinstance(wanted, int) and set(size) == {"height", "width"} and size["height"] != wanted:
        reader.size = {"height": wanted, "width": wanted}
