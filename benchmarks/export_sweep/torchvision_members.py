"""One small network of every family of torchvision, with the transforms of its own weights."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torchvision import models

from benchmarks.export_sweep.members import CLASSES, Floats, Member, Source, settled

NETWORKS = (
    "alexnet", "convnext_tiny", "densenet121", "efficientnet_b0", "efficientnet_v2_s", "googlenet",
    "inception_v3", "maxvit_t", "mnasnet0_5", "mobilenet_v2", "mobilenet_v3_small",
    "regnet_x_400mf", "regnet_y_400mf", "resnet18", "resnext50_32x4d", "shufflenet_v2_x0_5",
    "squeezenet1_1", "swin_t", "swin_v2_t", "vgg11", "vit_b_32", "wide_resnet50_2",
)  # fmt: skip
"""The smallest of each family."""
_RENORMALISING = ("googlenet", "inception_v3")


def members() -> Iterator[Member]:
    """One member per family."""
    for name in NETWORKS:
        options = {"arch": f"torchvision:{name}", "preprocessing": "torchvision", "labels": "ai,real"}  # fmt: skip  # noqa: E501
        yield Member("torchvision", models.get_model_builder(name).__module__.split(".")[-1], name, partial(_file, name), options)  # fmt: skip  # noqa: E501


def _file(name: str, folder: Path) -> tuple[Path, Source]:
    torch.manual_seed(305)
    given: dict[str, Any] = {"num_classes": len(CLASSES)}
    if name in _RENORMALISING:
        given |= {"aux_logits": False, "init_weights": False}
    module = models.get_model(name, weights=None, **given)
    transforms = models.get_model_weights(name)["DEFAULT"].transforms()

    def pixels(image: Image.Image) -> Floats:
        return np.asarray(transforms(image), np.float32)

    source = settled(Source(module, pixels))
    torch.save(module.state_dict(), folder / "best.pt")
    return folder / "best.pt", source
