"""What is no classifier is refused with the way that works; a slip in an option is exit code 2."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.exporters.test_weights import save
from tests.support.checkpoints import SMALL_OPTIONS
from tests.support.running import Runner


def test_a_head_alone(dfc_export: Runner, tmp_path: Path) -> None:
    state = {"fc.weight": torch.zeros(1, 768), "fc.bias": torch.zeros(1)}
    for document in (state, {"model": state}, {"weight": torch.zeros(2, 512)}):
        said = dfc_export("inspect", save(tmp_path, document), code=10).err
        assert "a head without its network" in said
        assert "--head" in said


@pytest.mark.parametrize("prefix", ["", "base_model.model.vit."])
def test_an_adapter_alone(dfc_export: Runner, tmp_path: Path, prefix: str) -> None:
    state = {
        f"{prefix}layer.0.query.lora_A.weight": torch.zeros(8, 64),
        f"{prefix}layer.0.query.lora_B.weight": torch.zeros(64, 8),
    }
    assert "merge_and_unload()" in dfc_export("inspect", save(tmp_path, state), code=10).err


def test_a_folder_of_an_adapter(dfc_export: Runner, tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text('{"peft_type": "LORA"}')
    assert "merge_and_unload()" in dfc_export("inspect", tmp_path, code=10).err


def test_a_folder_of_diffusers(dfc_export: Runner, tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text('{"_class_name": "StableDiffusionPipeline"}')
    assert "makes pictures and judges none" in dfc_export("inspect", tmp_path, code=10).err


def test_a_folder_with_code_of_its_own(dfc_export: Runner, tmp_path: Path) -> None:
    config = {
        "model_type": "mine",
        "auto_map": {"AutoModelForImageClassification": "modeling_mine.Mine"},
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "modeling_mine.py").write_text("raise SystemExit('it was run')")
    said = dfc_export("inspect", tmp_path, code=10).err
    assert "modeling_mine.Mine" in said
    assert "never run here" in said
    assert "trust_remote_code=True" in said
    assert "torch.export.save" in said


def test_a_head_of_several_layers_without_a_name(dfc_export: Runner, tmp_path: Path) -> None:
    state = {
        "stem.weight": torch.zeros(8, 3, 3, 3),
        "fc.0.weight": torch.zeros(4, 8),
        "fc.3.weight": torch.zeros(2, 4),
    }
    said = dfc_export("inspect", save(tmp_path, state), code=10).err
    assert "several layers (fc.0.weight, fc.3.weight)" in said
    assert "what lies between is in no file" in said
    assert "torch.export.save" in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--preprocessing", "imagenet224"), "did you mean imagenet-224?"),
        (("--preprocessing", "nowhere.json"), "neither a file nor a name"),
        (("--preprocessing", "timm:nothing"), "timm has no configuration of 'nothing'"),
        (("--preprocessing", "torchvision:V9", "--arch", "resnet18"), "no transforms"),
        (("--arch", "resnet"), "no architecture 'resnet'"),
        (("--arch", "timm:nothing"), "timm has no classifier"),
        (("--labels", "ai,real,ai"), "names 3 classes"),
        (("--labels", "yes,no"), "is neither"),
        (("--head", "h.pt", "--arch", "timm:test_resnet"), "need --arch clip or clip-gelu"),
    ],
)
def test_a_slip_in_an_option(
    dfc_export: Runner, small_checkpoint: Path, tmp_path: Path, options: Any, said: str
) -> None:
    given = dict(zip(SMALL_OPTIONS[::2], SMALL_OPTIONS[1::2], strict=False))
    given |= {"--arch": "timm:test_resnet"}
    given |= dict(zip(options[::2], options[1::2], strict=True))
    line = [part for pair in given.items() for part in pair if part != "--quiet"]
    out = tmp_path / "m.onnx"
    done = dfc_export(small_checkpoint, *line, "--out", out, code=2)
    assert said in done.err
    assert not out.exists()
