"""Weights fit their network to the last tensor, or the error says what does not."""

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support import checkpoints
from tests.support.checkpoints import SMALL_OPTIONS
from tests.support.running import Runner

RESNET = "torchvision:resnet18"


@pytest.fixture(scope="module")
def resnet18() -> Any:
    return checkpoints.tv("resnet18", "fc")


def save(tmp_path: Path, document: Any) -> Path:
    torch.save(document, tmp_path / "c.pt")
    return tmp_path / "c.pt"


def test_a_renamed_key(dfc_export: Runner, resnet18: Any, tmp_path: Path) -> None:
    state = dict(resnet18.state_dict())
    state["layer3.1.conv3.weight"] = state.pop("layer3.1.conv2.weight")
    done = dfc_export("inspect", save(tmp_path, state), "--arch", RESNET, code=10)
    assert "missing: layer3.1.conv2.weight" in done.err
    assert "left over: layer3.1.conv3.weight" in done.err
    assert "--arch" in dfc_export("inspect", save(tmp_path, state), code=10).err


def test_a_wrong_shape(dfc_export: Runner, resnet18: Any, tmp_path: Path) -> None:
    state = dict(resnet18.state_dict())
    state["layer1.0.conv1.weight"] = torch.zeros(64, 64, 5, 5)
    done = dfc_export("inspect", save(tmp_path, state), "--arch", RESNET, code=10)
    assert "of another shape: layer1.0.conv1.weight" in done.err
    assert "64x64x5x5 in the file, 64x64x3x3 in the network" in done.err


@pytest.mark.parametrize(
    ("arch", "said"),
    [
        ("torchvision:resnet50", "is not torchvision:resnet50"),
        ("swin-tiny", "is not swin-tiny"),
        ("fake-or-real", "is not fake-or-real"),
        ("aiornot-cnn", "is not aiornot-cnn: missing"),
        ("timm:efficientnet_b0", "is not timm:efficientnet_b0"),
    ],
)
def test_a_wrong_arch(
    dfc_export: Runner, resnet18: Any, tmp_path: Path, arch: str, said: str
) -> None:
    path = save(tmp_path, resnet18.state_dict())
    assert said in dfc_export("inspect", path, "--arch", arch, code=10).err


@pytest.mark.parametrize(
    ("arch", "said"),
    [
        ("vit", "no architecture 'vit'"),
        ("torchvision:nothing", "torchvision has no classifier 'nothing'"),
        ("resnet", "no architecture 'resnet'"),
    ],
)
def test_no_such_arch(
    dfc_export: Runner, resnet18: Any, tmp_path: Path, arch: str, said: str
) -> None:
    path = save(tmp_path, resnet18.state_dict())
    assert said in dfc_export("inspect", path, "--arch", arch, code=2).err


def test_a_wrong_type(dfc_export: Runner, resnet18: Any, tmp_path: Path) -> None:
    state = dict(resnet18.state_dict())
    state["layer1.0.conv1.weight"] = state["layer1.0.conv1.weight"].to(torch.int8)
    done = dfc_export("inspect", save(tmp_path, state), "--arch", RESNET, code=10)
    assert "of another type: layer1.0.conv1.weight (int8)" in done.err


def test_it_is_recognised(dfc_export: Runner, resnet18: Any, tmp_path: Path) -> None:
    state = checkpoints.training_dict(resnet18.state_dict())
    done = dfc_export("inspect", save(tmp_path, state), "--arch", RESNET)
    assert "architecture   torchvision:resnet18" in done.out
    assert "assumed        strides, padding, pooling and activations" in done.out
    assert "because        every name began with model., which was taken off" in done.out
    assert "parameters     11,177,538" in done.out
    assert "export needs   --labels" in done.out
    assert "export needs   --preprocessing" in done.out


def test_a_head_after_dropout(dfc_export: Runner, resnet18: Any, tmp_path: Path) -> None:
    """``fc = Sequential(Dropout, Linear)`` is as certain as ``fc = Linear``."""
    state = dict(resnet18.state_dict())
    state["fc.1.weight"], state["fc.1.bias"] = state.pop("fc.weight"), state.pop("fc.bias")
    assert "outputs        2" in dfc_export("inspect", save(tmp_path, state), "--arch", RESNET).out


def test_a_head_of_unknown_layers(dfc_export: Runner, resnet18: Any, tmp_path: Path) -> None:
    """What lies between two linear layers is in no file."""
    state = dict(resnet18.state_dict())
    state["fc.0.weight"], state["fc.0.bias"] = torch.zeros(64, 512), torch.zeros(64)
    state["fc.2.weight"], state["fc.2.bias"] = torch.zeros(2, 64), torch.zeros(2)
    del state["fc.weight"], state["fc.bias"]
    done = dfc_export("inspect", save(tmp_path, state), "--arch", RESNET, code=10)
    assert "what lies between those layers is in no file" in done.err


def test_networks_that_look_alike_must_be_named(dfc_export: Runner, tmp_path: Path) -> None:
    state = checkpoints.timm_model("efficientnet_b0").state_dict()
    done = dfc_export("inspect", save(tmp_path, state), code=10)
    assert "timm:efficientnet_b0, timm:tf_efficientnet_b0" in done.err


def test_what_no_tensor_shows_must_be_named(dfc_export: Runner, tmp_path: Path) -> None:
    """torchvision's Inception renormalises its input if it began with torchvision's weights."""
    import torchvision

    network = torchvision.models.inception_v3(num_classes=2, init_weights=False)
    path = save(tmp_path, network.state_dict())
    done = dfc_export("inspect", path, code=10)
    assert "torchvision:inception_v3, torchvision:inception_v3+transform_input" in done.err
    found = dfc_export("inspect", path, "--arch", "torchvision:inception_v3+transform_input")
    assert "outputs        2" in found.out


def test_several_sets_of_weights_must_be_named(
    dfc_export: Runner, small: Any, tmp_path: Path
) -> None:
    document = {"arch": "test_resnet", "model": small.state_dict(), "ema": small.state_dict()}
    path = save(tmp_path, document)
    done = dfc_export("inspect", path, code=10)
    assert "several sets of weights: model, ema; name one with --weights" in done.err
    assert "weights in 'ema'" in dfc_export("inspect", path, "--weights", "ema").out
    assert "'net'; its keys are" in dfc_export("inspect", path, "--weights", "net", code=10).err


@pytest.mark.parametrize(
    ("key", "prefix"),
    [
        ("model", "module."), ("state_dict", "model."), ("model_state_dict", "_orig_mod."),
        ("net", "module.model."), ("ema", ""),
    ],
)  # fmt: skip
def test_wrappers(dfc_export: Runner, small: Any, tmp_path: Path, key: str, prefix: str) -> None:
    state = {f"{prefix}{name}": tensor for name, tensor in small.state_dict().items()}
    found = dfc_export("inspect", save(tmp_path, {"arch": "test_resnet", key: state, "epoch": 1}))
    assert "architecture   timm:test_resnet" in found.out
    assert f"weights in {key!r}" in found.out


def test_no_weights_at_all(dfc_export: Runner, tmp_path: Path) -> None:
    done = dfc_export("inspect", save(tmp_path, {"epoch": 3, "loss": [1.0]}), code=10)
    assert "holds no weights; its keys are epoch, loss" in done.err
    done = dfc_export("inspect", save(tmp_path, [torch.zeros(2)]), code=10)
    assert "holds a list" in done.err


def test_nothing_says_the_preprocessing(dfc_export: Runner, small: Any, tmp_path: Path) -> None:
    path = save(tmp_path, {"arch": "test_resnet", "state_dict": small.state_dict()})
    done = dfc_export(path, "--labels", "ai,real", "--out", tmp_path / "m.onnx", code=10)
    assert "give --preprocessing" in done.err
    done = dfc_export(path, *SMALL_OPTIONS[:2], "--out", tmp_path / "m.onnx", code=10)
    assert "give --labels" in done.err


def test_the_wrong_size(dfc_export: Runner, tmp_path: Path) -> None:
    """A ViT has its size in its weights."""
    path = save(tmp_path, checkpoints.wrapped_vit(1).state_dict())
    options = ("--preprocessing", "aiornot", "--labels", "ai,real")
    done = dfc_export(path, *options, "--out", tmp_path / "m.onnx", code=10)
    assert "does not take pictures of 256 x 256" in done.err


@pytest.mark.parametrize("version", [4, 5])
def test_hugging_face_names_of_both_versions(
    dfc_export: Runner, tmp_path: Path, version: int
) -> None:
    swin = checkpoints.swin(24, (2, 2), 2)
    state = swin.state_dict()
    state = checkpoints.version_4_swin(state) if version == 4 else state
    found = dfc_export("inspect", save(tmp_path, dict(state)))
    assert "width 24, blocks 2-2, window 7" in found.out
    folder = checkpoints.hugging_face_folder(tmp_path / "hf", swin, version=version)
    assert "artificial = 0, human = 1" in dfc_export("inspect", folder).out


def test_a_folder_with_a_renamed_key(dfc_export: Runner, tmp_path: Path) -> None:
    """transformers would go on with random weights in its place."""
    folder = checkpoints.hugging_face_folder(
        tmp_path / "hf", checkpoints.swin(24, (2, 2), 2), safe=False
    )
    state = torch.load(folder / "pytorch_model.bin")
    state["swin.layernorm.wait"] = state.pop("swin.layernorm.weight")
    torch.save(state, folder / "pytorch_model.bin")
    done = dfc_export("inspect", folder, code=10)
    assert "missing: swin.layernorm.weight" in done.err
    assert "left over: swin.layernorm.wait" in done.err


def test_a_folder_of_something_else(dfc_export: Runner, tmp_path: Path) -> None:
    folder = checkpoints.hugging_face_folder(tmp_path / "hf", checkpoints.swin(24, (2, 2), 2))
    (folder / "config.json").write_text('{"model_type": "bert"}')
    assert "cannot be loaded as an image classifier" in dfc_export("inspect", folder, code=10).err
    (folder / "config.json").write_text("{")
    assert "config.json" in dfc_export("inspect", folder, code=10).err
