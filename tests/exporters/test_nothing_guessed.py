"""What shapes do not tell is asked, or listed as assumed; never guessed without a word."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from exporters.checkpoints.hints import Hints
from exporters.checkpoints.opening import open_checkpoint
from tests.exporters.test_weights import save
from tests.support import checkpoints
from tests.support.checkpoints import SMALL_OPTIONS
from tests.support.running import Runner


def resnet(name: str, outputs: int) -> dict[str, torch.Tensor]:
    import torchvision

    with torch.device("meta"):
        module = torchvision.models.get_model(name, num_classes=outputs)
    state = module.state_dict()
    return {key: torch.zeros(one.shape, dtype=one.dtype) for key, one in state.items()}


@pytest.mark.parametrize(
    ("name", "outputs"), [("resnet18", 2), ("resnet50", 1), ("resnext50_32x4d", 2)]
)
def test_a_residual_network_has_to_be_named(
    dfc_export: Runner, tmp_path: Path, name: str, outputs: int
) -> None:
    path = save(tmp_path, resnet(name, outputs))
    said = dfc_export("inspect", path, code=10).err
    assert f"torchvision:{name}, torchvision:{name}-nodown" in said
    assert "name the one that was trained with --arch" in said
    assert "no pictures" in said
    for arch in (f"torchvision:{name}", f"{name}-nodown"):
        assert arch in dfc_export("inspect", path, "--arch", arch).out


def test_without_downsampling_is_another_network(tmp_path: Path) -> None:
    """By Gragnaniello et al. 2021 and after: the first convolution and pooling go on by one."""
    import torchvision

    module = checkpoints.seeded(lambda: torchvision.models.resnet18(num_classes=1), 96)
    path = save(tmp_path, module.state_dict())
    pixels = torch.linspace(-1, 1, 3 * 96 * 96).reshape(1, 3, 96, 96)
    with torch.no_grad():
        usual = module(pixels).numpy()
        module.conv1.stride, module.maxpool.stride = (1, 1), 1
        other = module(pixels).numpy()
    assert abs(float((usual - other)[0, 0])) > 1e-2
    for arch, wanted in (("torchvision:resnet18", usual), ("resnet18-nodown", other)):
        subject = open_checkpoint(path, Hints(arch))
        assert subject.network.logits(pixels.numpy()) == pytest.approx(wanted, abs=1e-5)
        (assumed,) = subject.assumed
        assert assumed.startswith("strides, padding, pooling and activations: those of ")
        assert assumed.endswith(arch)


@pytest.mark.parametrize(
    ("fact", "value", "found"),
    [
        ("arch", "resnet18", "timm:resnet18"),
        ("model_name", "resnext50_32x4d", "timm:resnext50_32x4d"),
        ("architecture", "shufflenet_v2_x1_0", "torchvision:shufflenet_v2_x1_0"),
    ],
)
def test_what_the_checkpoint_says_is_no_guess(
    dfc_export: Runner, tmp_path: Path, fact: str, value: str, found: str
) -> None:
    path = save(tmp_path, {fact: value, "state_dict": resnet(value, 2)})
    said = dfc_export("inspect", path).out
    assert f"architecture   {found}" in said
    assert f"the checkpoint says {fact} = {value}" in said


def test_a_published_system_is_no_guess(dfc_export: Runner, tmp_path: Path) -> None:
    path = save(tmp_path, resnet("resnet18", 2))
    said = dfc_export(path, "--preprocessing", "cnn-vit", "--out", tmp_path / "m.onnx", code=10).err
    assert "--labels" in said  # what is asked next
    said = dfc_export(path, "--preprocessing", "imagenet-224", code=10).err
    assert "fit several networks" in said


def test_the_user_s_word_stands_in_the_card(
    dfc_export: Runner, dfc: Runner, small_checkpoint: Path, tmp_path: Path
) -> None:
    done = dfc_export(small_checkpoint, *SMALL_OPTIONS[:-1], "--out", tmp_path / "m.onnx")
    card = json.loads(dfc("inspect", tmp_path / "m.onnx", "--json").out)["card"]
    assert any(line.startswith("--labels ") for line in card["assumed"])
    assert any(line.startswith("--preprocessing ") for line in card["assumed"])
    assert all(f"assumed        {line}" in done.out for line in card["assumed"])


WRAPPERS: dict[str, Any] = {
    "backbone.": lambda state: {f"backbone.{key}": one for key, one in state.items()},
    "with its loss": lambda state: {
        **{f"model.{key}": one for key, one in state.items()}, "criterion.weight": torch.ones(2),
    },
    "head beside it": lambda state: {
        key if key.startswith("fc.") else f"encoder.{key}": one for key, one in state.items()
    },
    "odd": lambda state: {f"my_net.{key}": one for key, one in state.items()},
}  # fmt: skip


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_wrappers_names_are_taken_off(dfc_export: Runner, tmp_path: Path, wrapper: str) -> None:
    path = save(tmp_path, WRAPPERS[wrapper](resnet("resnet18", 2)))
    asked: tuple[object, ...] = ("inspect", path, "--arch", "torchvision:resnet18")
    if wrapper == "odd":
        assert "has no head 'fc'" in dfc_export(*asked, code=10).err
        asked = (*asked, "--prefix", "my_net.")
    assert "which was taken off" in dfc_export(*asked).out
    said = dfc_export(*asked[:4], "--prefix", "other.", code=10).err
    assert "'other.' is not before any name" in said


def test_code_of_one_s_own_is_shown_the_way(dfc_export: Runner, tmp_path: Path) -> None:
    path = save(tmp_path, {"strange.weight": torch.zeros(3, 3, 3), "odd.bias": torch.zeros(3)})
    said = dfc_export("inspect", path, code=10).err
    assert "torch.export.save(torch.export.export(" in said
    assert "dfc-export adopt" in said


PAIRS = (
    ("fake", "real"), ("AI", "human"), ("artificial", "authentic"), ("0_fake", "1_real"),
    ("1_fake", "0_real"), ("AI-generated", "Real photo"), ("ai", "hum"), ("Deepfake", "Realism"),
    ("AiArtData", "RealArt"), ("synthetic", "natural"), ("midjourney", "nature"), ("sd", "real"),
    ("dalle", "Human"), ("GAN", "original"), ("generated", "genuine"), ("가짜", "진짜"),
    ("AI이미지", "실제 사진"), ("생성", "원본"), ("假", "真"), ("合成", "真实"),
    ("Fake Faces", "Real Faces"),
    ("fake_images", "real_images"), ("AIGenerated", "HumanMade"), ("stable diffusion", "pristine"),
    ("LABEL_0", "LABEL_1"), ("cat", "dog"), ("positive", "negative"), ("0", "1"),
    ("not real", "real"), ("fake", "unknown"),
)  # fmt: skip


@pytest.mark.parametrize("order", ["as they are", "turned round"])
@pytest.mark.parametrize("pair", PAIRS)
def test_labels_the_wrong_way_round_are_refused_or_asked_for(
    pair: tuple[str, str], order: str
) -> None:
    from exporters.labels import meaning_of
    from forensic_cli.errors import ExportError

    names = pair if order == "as they are" else pair[::-1]
    right = "ai,real" if order == "as they are" else "real,ai"
    wrong = "real,ai" if order == "as they are" else "ai,real"
    labels = [0, 1] if order == "as they are" else [1, 0]
    assert [one.label for one in meaning_of(2, names, right).classes] == labels
    known = pair not in PAIRS[24:29]
    if known:
        with pytest.raises(ExportError, match="contradicts"):
            meaning_of(2, names, wrong)
    if pair in PAIRS[:24]:
        assert [one.label for one in meaning_of(2, names, None).classes] == labels
    else:
        with pytest.raises(ExportError, match="--labels"):
            meaning_of(2, names, None)
