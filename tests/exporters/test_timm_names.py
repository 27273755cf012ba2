"""Networks of timm whose weights have other names, another head or another size."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import timm
import torch

from exporters.checkpoints.hints import Hints
from exporters.checkpoints.opening import open_checkpoint
from tests.exporters.test_weights import save

pytestmark = pytest.mark.slow
State = Mapping[str, torch.Tensor]


def as_it_is(state: State) -> dict[str, torch.Tensor]:
    return dict(state)


def official_convnext(state: State) -> dict[str, torch.Tensor]:
    """Meta's names."""
    pairs = (
        (r"^stem\.", "downsample_layers.0."), (r"stages\.(\d+)\.blocks\.(\d+)", r"stages.\1.\2"),
        (r"stages\.(\d+)\.downsample", r"downsample_layers.\1"), ("conv_dw", "dwconv"),
        (r"mlp\.fc1", "pwconv1"), (r"mlp\.fc2", "pwconv2"), (r"head\.fc", "head"),
        (r"head\.norm", "norm"),
    )  # fmt: skip
    return _renamed(state, pairs)


def official_swin(state: State) -> dict[str, torch.Tensor]:
    """Microsoft's names: a stage's end holds what timm has at the next one's beginning."""
    found = _renamed(state, ((r"head\.fc", "head"),))

    def earlier(found: re.Match[str]) -> str:
        return f"layers.{int(found[1]) - 1}.downsample"

    moved = {
        re.sub(r"layers\.(\d+)\.downsample", earlier, key): tensor for key, tensor in found.items()
    }
    return {**moved, "layers.0.blocks.1.attn_mask": torch.zeros(64, 49, 49)}


def _renamed(state: State, pairs: tuple[tuple[str, str], ...]) -> dict[str, torch.Tensor]:
    found = {}
    for key, tensor in state.items():
        name = key
        for pattern, replacement in pairs:
            name = re.sub(pattern, replacement, name)
        found[name] = tensor
    return found


@pytest.mark.parametrize(
    ("name", "side", "names"),
    [
        ("levit_128s", 224, as_it_is),
        ("repvit_m0_9", 224, as_it_is),
        ("vit_tiny_patch16_224", 160, as_it_is),
        ("convnext_atto", 224, official_convnext),
        ("swin_tiny_patch4_window7_224", 224, official_swin),
    ],
)
def test_it_is_the_same_network(
    tmp_path: Path, name: str, side: int, names: Callable[[State], dict[str, torch.Tensor]]
) -> None:
    size = None if side == 224 else (side, side)
    made = {} if size is None else {"img_size": side}
    module = timm.create_model(name, num_classes=2, **made).eval()
    path = save(tmp_path, names(module.state_dict()))
    subject = open_checkpoint(path, Hints(f"timm:{name}", image_size=size))
    pixels = torch.randn(2, 3, side, side)
    with torch.no_grad():
        wanted = module(pixels).numpy()
    assert subject.network.logits(pixels.numpy()) == pytest.approx(wanted, abs=1e-5)
    assert any("translated by timm" in line for line in subject.reasoning) == (
        names is not as_it_is
    )
    assert subject.assumed


def test_a_folder_of_transformers_around_timm(tmp_path: Path) -> None:
    """``timm_wrapper``: its preparation stands in config.json, as timm's pretrained_cfg."""
    transformers = pytest.importorskip("transformers")
    config = transformers.TimmWrapperConfig(
        architecture="test_resnet", num_labels=2,
        id2label={0: "fake", 1: "real"}, label2id={"fake": 0, "real": 1},
        pretrained_cfg=timm.get_pretrained_cfg("test_resnet").to_dict(),
    )  # fmt: skip
    module = transformers.TimmWrapperForImageClassification(config).eval()
    module.save_pretrained(tmp_path / "wrapped")
    subject = open_checkpoint(tmp_path / "wrapped", Hints())
    pixels = torch.randn(2, 3, 160, 160)
    with torch.no_grad():
        wanted = module(pixel_values=pixels).logits.numpy()
    assert subject.network.logits(pixels.numpy()) == pytest.approx(wanted, abs=1e-5)
    assert subject.class_names == ("fake", "real")
    assert subject.preparation is not None
    assert subject.preparation.preprocessing.network_size == (160, 160)
