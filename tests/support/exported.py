"""Random-weight networks of Hugging Face, exported by hand with the uint8 front and a card."""

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers

from exporters.libraries import prepare

prepare()  # transformers imports torchvision where it is there

PIXELS = (0.485, 0.456, 0.406)
SPREAD = (0.229, 0.224, 0.225)


class Front(torch.nn.Module):
    """Takes uint8 NHWC, normalises, and gives the network's logits."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("mean", torch.tensor(PIXELS).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(SPREAD).view(1, 3, 1, 1))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        pixels = images.permute(0, 3, 1, 2).to(torch.float32) / 255
        logits: torch.Tensor = self.network((pixels - self.mean) / self.std).logits
        return logits


@dataclass(frozen=True)
class Exported:
    """A network, its Hugging Face processor, and the ONNX file made of it."""

    network: Any
    processor: Any
    path: Path


def resnet18() -> tuple[Any, Any, list[dict[str, Any]]]:
    """ResNet-18 with ConvNext's processor: shortest edge 256, centre crop 224."""
    config = transformers.ResNetConfig(
        embedding_size=64, hidden_sizes=[64, 128, 256, 512], depths=[2, 2, 2, 2],
        layer_type="basic", num_labels=2,
    )  # fmt: skip
    processor = transformers.ConvNextImageProcessorPil(
        size={"shortest_edge": 224}, crop_pct=0.875, resample=3, image_mean=PIXELS, image_std=SPREAD
    )
    host = [
        {"step": "resize", "mode": "shortest_edge", "edge": 256, "filter": "bicubic"},
        {"step": "center_crop", "height": 224, "width": 224},
    ]
    return transformers.ResNetForImageClassification(config), processor, host


def swin() -> tuple[Any, Any, list[dict[str, Any]]]:
    """Swin-tiny at half its depth, with ViT's processor: squashed to 224 x 224."""
    config = transformers.SwinConfig(num_labels=2, depths=[1, 1, 2, 1], attn_implementation="eager")
    processor = transformers.ViTImageProcessorPil(
        size={"height": 224, "width": 224}, resample=3, image_mean=PIXELS, image_std=SPREAD
    )
    squash = {"step": "resize", "mode": "squash", "height": 224, "width": 224, "filter": "bicubic"}
    return transformers.SwinForImageClassification(config), processor, [squash]


def export(name: str, folder: Path) -> Exported:
    """Make the network, spread its answers over both labels, and export it."""
    torch.manual_seed(305)
    network, processor, steps = {"resnet18": resnet18, "swin": swin}[name]()
    network = network.eval()
    network.config.id2label = {0: "artificial", 1: "human"}
    front = Front(network).eval()
    _spread_answers(front)
    path = folder / f"{name}.onnx"
    batch = torch.export.Dim("batch", min=1, max=1024)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own, about what it will deprecate
        program = torch.onnx.export(
            front,
            (torch.zeros(2, 224, 224, 3, dtype=torch.uint8),),
            None,
            input_names=["images"],
            output_names=["logits"],
            dynamic_shapes=({0: batch},),
            opset_version=18,
            dynamo=True,
            verbose=False,
        )
    program.model.metadata_props["dfc.card"] = json.dumps(_card(name, steps))
    program.save(path, external_data=False)
    return Exported(network, processor, path)


def _spread_answers(front: Front) -> None:
    """Scale and shift the head so that random pictures get both labels, with scores in between."""
    rng = np.random.default_rng(1)
    coarse = rng.integers(0, 256, (24, 3, 7, 7), dtype=np.uint8)
    pictures = torch.nn.functional.interpolate(torch.tensor(coarse).float(), size=(224, 224))
    images = pictures.permute(0, 2, 3, 1).to(torch.uint8)
    head = [part for part in front.network.modules() if isinstance(part, torch.nn.Linear)][-1]
    with torch.no_grad():
        logits = front(images)
        gain = 1.5 / (logits[:, 1] - logits[:, 0]).std()
        head.weight.mul_(gain)
        head.bias.mul_(gain)
        logits = front(images)
        head.bias[1] -= (logits[:, 1] - logits[:, 0]).median()


def _card(name: str, steps: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "schema": 1,
        "name": f"random {name}",
        "architecture": name,
        "classes": [{"name": "artificial", "label": 0}, {"name": "human", "label": 1}],
        "activation": "softmax",
        "preprocessing": {
            "host": [{"step": "exif_transpose"}, {"step": "rgb"}, *steps],
            "graph": {"scale": 255, "mean": PIXELS, "std": SPREAD},
        },
    }
