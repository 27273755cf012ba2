"""Checkpoints in the layouts of the published systems, with random weights that answer variedly."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from exporters.libraries import prepare

prepare()

import timm  # after prepare
import torchvision
import transformers

from exporters.architectures.aiornot_cnn import AiornotCnn
from exporters.architectures.cnn_vit import ViTWithHead
from exporters.architectures.fake_or_real import BackboneAndHead
from exporters.proof.pictures import pictures

SMALL_OPTIONS = ("--preprocessing", "timm:test_resnet", "--labels", "ai,real", "--quiet")
State = dict[str, torch.Tensor]

IMAGENET_MEAN, IMAGENET_STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
AI_FIRST = {0: "artificial", 1: "human"}

# Hugging Face's names of version 4 for what version 5 calls otherwise, part by part.
_VERSION_4_SWIN = (
    (".attention.q_proj.", ".attention.self.query."),
    (".attention.k_proj.", ".attention.self.key."),
    (".attention.v_proj.", ".attention.self.value."),
    (".attention.o_proj.", ".attention.output.dense."),
    (
        ".attention.relative_position_bias.relative_position_bias_table",
        ".attention.self.relative_position_bias_table",
    ),
    (".mlp.fc1.", ".intermediate.dense."),
    (".mlp.fc2.", ".output.dense."),
)
_VERSION_4_VIT = (
    ("vit.layers.", "vit.encoder.layer."),
    (".attention.q_proj.", ".attention.attention.query."),
    (".attention.k_proj.", ".attention.attention.key."),
    (".attention.v_proj.", ".attention.attention.value."),
    (".attention.o_proj.", ".attention.output.dense."),
    (".mlp.fc1.", ".intermediate.dense."),
    (".mlp.fc2.", ".output.dense."),
)


def renamed(state: Mapping[str, torch.Tensor], pairs: tuple[tuple[str, str], ...]) -> State:
    """A state_dict under other names."""
    made = {}
    for key, tensor in state.items():
        for new, old in pairs:
            key = key.replace(new, old)  # noqa: PLW2901 - step by step
        made[key] = tensor
    return made


def version_4_swin(state: Mapping[str, torch.Tensor]) -> State:
    return renamed(state, _VERSION_4_SWIN)


def version_4_vit(state: Mapping[str, torch.Tensor]) -> State:
    return renamed(state, _VERSION_4_VIT)


def logits_of(module: Any, pixels: torch.Tensor) -> torch.Tensor:
    answer = module(pixels)
    logits: torch.Tensor = getattr(answer, "logits", answer)
    return logits


def seeded(make: Callable[[], Any], size: int, spread: float = 2.0) -> Any:
    """A random network whose answers vary and fall on both sides, as a trained one's do.

    ``spread`` is the deviation of its answers. The deeper a random network, the more of an answer
    is the rounding of its own arithmetic, which PyTorch in batches of 1 and of 8 shows too.
    """
    torch.manual_seed(305)
    module = make().eval()
    drawn = [np.asarray(image.resize((size, size)), np.float32) for image in [*pictures()][::3]]
    pixels = (torch.tensor(np.stack(drawn)).permute(0, 3, 1, 2).contiguous() / 255 - 0.45) / 0.225
    _settle_norms(module, pixels)
    layers = torch.nn.Linear | torch.nn.Conv2d
    head = [part for part in module.modules() if isinstance(part, layers)][-1]
    with torch.no_grad():
        logits = logits_of(module, pixels)
        margin = logits[:, -1] - logits[:, 0] if logits.shape[1] > 1 else logits[:, 0]
        gain = spread / margin.std()
        head.weight.mul_(gain)
        head.bias.mul_(gain)
        head.bias[-1] -= gain * margin.median()
    return module


def _settle_norms(module: Any, pixels: torch.Tensor) -> None:
    """Give batch normalisations the statistics of some pictures, as training would."""
    norms = [part for part in module.modules() if isinstance(part, torch.nn.modules.batchnorm._BatchNorm)]  # fmt: skip  # noqa: E501
    for norm in norms:
        norm.momentum = None
        norm.train()
    if norms:
        with torch.no_grad():
            logits_of(module, pixels)
    for norm in norms:  # a channel that hardly varied would blow up on other pictures
        norm.running_var.clamp_(min=1.0 * float(norm.running_var.mean()))
    module.eval()


def linear_head(module: Any, path: str, classes: int = 2) -> Any:
    """Replace a head's last layer, as fine-tuning scripts do."""
    parent, _, leaf = path.rpartition(".")
    owner = module.get_submodule(parent)
    last = owner[int(leaf)] if leaf.isdecimal() else getattr(owner, leaf)
    made = torch.nn.Linear(last.in_features, classes)
    if leaf.isdecimal():
        owner[int(leaf)] = made
    else:
        setattr(owner, leaf, made)
    return module


def tv(name: str, head: str, size: int = 224, spread: float = 2.0) -> Any:
    """A network of torchvision with two classes."""
    return seeded(lambda: linear_head(torchvision.models.get_model(name), head), size, spread)


def timm_model(name: str, size: int = 224) -> Any:
    """A network of timm with two classes."""
    return seeded(lambda: timm.create_model(name, num_classes=2), size)


def swin(width: int = 96, depths: tuple[int, ...] = (2, 2, 6, 2), heads: int = 3) -> Any:
    """Hugging Face's Swin with two classes."""
    config = transformers.SwinConfig(
        embed_dim=width,
        depths=list(depths),
        num_heads=[heads * 2**stage for stage in range(len(depths))],
        num_labels=2,
        id2label=AI_FIRST,
        label2id={name: index for index, name in AI_FIRST.items()},
        attn_implementation="eager",
    )
    return seeded(lambda: transformers.SwinForImageClassification(config), 224)


def vit_config(layers: int = 12, **options: Any) -> Any:
    return transformers.ViTConfig(num_hidden_layers=layers, attn_implementation="eager", **options)


def vit_with_head(layers: int = 12) -> Any:
    """The ViT of the CNN-against-ViT system."""
    return seeded(lambda: ViTWithHead(transformers.ViTModel(vit_config(layers)), 384, 2), 224)


def aiornot_cnn() -> Any:
    return seeded(AiornotCnn, 256)


def fake_or_real() -> Any:
    return seeded(lambda: BackboneAndHead(torchvision.models.efficientnet_b6(), 1000, 2), 224, 0.05)


def hugging_face_folder(
    folder: Path,
    module: Any,
    *,
    version: int = 4,
    safe: bool = True,
    processor: Mapping[str, Any] | None = None,
) -> Path:
    """A folder as ``save_pretrained`` of version 4 or 5 leaves it."""
    folder.mkdir(parents=True)
    module.config.save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text())
    config["architectures"] = [type(module).__name__]
    config.pop("transformers_version", None)
    (folder / "config.json").write_text(json.dumps(config))
    convert = version_4_swin if config["model_type"] == "swin" else version_4_vit
    state = {k: v.clone() for k, v in module.state_dict().items()}
    state = convert(state) if version == 4 else state
    if safe:
        from safetensors.torch import save_file

        save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    else:
        torch.save(state, folder / "pytorch_model.bin")
    made = processor or {
        "image_processor_type": "ViTImageProcessor", "do_resize": True, "do_rescale": True,
        "do_normalize": True, "size": {"height": 224, "width": 224}, "resample": 3,
        "rescale_factor": 1 / 255, "image_mean": IMAGENET_MEAN, "image_std": IMAGENET_STD,
    }  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(made))
    return folder


# As umm-maybe/AI-image-detector has it: the old class, one number for the size.
OLD_PROCESSOR = {
    "feature_extractor_type": "ViTFeatureExtractor", "do_normalize": True, "do_resize": True,
    "image_mean": IMAGENET_MEAN, "image_std": IMAGENET_STD, "resample": 3, "size": 224,
}  # fmt: skip


def training_dict(state: Mapping[str, torch.Tensor], prefix: str = "model.") -> dict[str, Any]:
    """A training script's checkpoint, as the CNN-against-ViT system saves it."""
    return {
        "epoch": 7,
        "model_state_dict": {f"{prefix}{key}": value for key, value in state.items()},
        "optimizer_state_dict": {"state": {}, "param_groups": [{"lr": 1e-4, "params": [0, 1]}]},
        "metrics": {"val_acc": 96.3, "val_f1": 0.87},
        "model_config": {"num_classes": 2, "pretrained": True},
    }


def wrapped_vit(layers: int = 12) -> Any:
    """The second ViT of the CNN-against-ViT system."""
    config = vit_config(layers, num_labels=2)
    return seeded(lambda: transformers.ViTForImageClassification(config), 224)


KERAS_SCRIPT = """\
import os, sys
os.environ["KERAS_BACKEND"] = "torch"
import keras, numpy
from keras import layers as L
keras.utils.set_random_seed(305)
def convolution(width, bias=False, **options):
    return L.Conv2D(width, 3, padding="same", use_bias=bias, **options)
parts = [L.Input((256, 256, 3)), convolution(32, True, activation="relu"),
         convolution(32), L.BatchNormalization(), L.ReLU(), L.MaxPooling2D(), L.Dropout(0.2)]
for width in (64, 128):
    for _ in range(2):
        parts += [convolution(width), L.BatchNormalization(), L.Activation("relu")]
    parts += [L.MaxPooling2D(), L.Dropout(0.2)]
parts += [L.Flatten(), L.Dense(256, use_bias=False), L.BatchNormalization(), L.ReLU(),
          L.Dropout(0.5), L.Reshape((1, 256))]
for width, kernel in ((512, 5), (512, 5), (1024, 3)):
    parts.append(L.Conv1D(width, kernel, padding="same", activation="relu"))
    if width == 512:
        parts.append(L.MaxPooling1D(2, padding="same"))
parts += [L.Flatten(), L.Dense(1, activation="sigmoid")]
model = keras.Sequential(parts)
random = numpy.random.default_rng(1)
for layer in model.layers:
    if isinstance(layer, L.BatchNormalization):
        gamma, beta, mean, variance = layer.get_weights()
        size = len(gamma)
        layer.set_weights([random.uniform(0.5, 1.5, size), random.normal(0, 0.3, size),
                           random.normal(0, 0.1, size), random.uniform(0.05, 0.3, size)])
kernel, bias = model.layers[-1].get_weights()
model.layers[-1].set_weights([kernel * 6, bias + float(sys.argv[2])])
model.save(sys.argv[1])
if len(sys.argv) > 3:
    numpy.save(sys.argv[4], model.predict(numpy.load(sys.argv[3]), verbose=0))
"""


def keras_file(
    folder: Path, name: str = "best.keras", pixels: Path | None = None, bias: float = 0.0
) -> Path:
    """The aiornot CNN as Keras saves it, and its answers to an array of pixels beside it."""
    path = folder / name
    arguments = [str(path), str(bias)]
    if pixels is not None:
        arguments += [str(pixels), str(path.with_suffix(".npy"))]
    done = subprocess.run(
        [sys.executable, "-c", KERAS_SCRIPT, *arguments],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return path
