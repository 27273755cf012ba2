"""Networks of other and older libraries: other names, the same arithmetic."""

import re
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
import torchvision
import transformers

from exporters.architectures import clip_tower, efficientnet_pytorch, naming
from exporters.architectures.efficientnet_pytorch import SIZES
from exporters.checkpoints.hints import Hints
from exporters.checkpoints.opening import open_checkpoint
from forensic_cli.errors import ExportError, UsageError
from tests.exporters.test_weights import save
from tests.support.running import Runner

pytestmark = pytest.mark.slow
State = dict[str, torch.Tensor]


def answers(module: Any, side: int) -> torch.Tensor:
    drawn = torch.Generator().manual_seed(1)
    with torch.no_grad():
        answer: torch.Tensor = module.eval()(torch.randn(2, 3, side, side, generator=drawn))
    return answer


def scattered(module: Any) -> Any:
    """Statistics that a norm does not have by default."""
    torch.manual_seed(2)
    for part in module.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.running_mean.normal_(0, 0.1)
            part.running_var.uniform_(0.5, 1.5)
    return module.eval()


def of_the_package(state: Mapping[str, torch.Tensor]) -> State:
    """timm's names turned into those of efficientnet_pytorch."""
    blocks = list(dict.fromkeys(key.split(".")[1:3] and ".".join(key.split(".")[:3]) for key in state if key.startswith("blocks.")))  # fmt: skip  # noqa: E501
    around = {
        "conv_stem": "_conv_stem", "bn1": "_bn0", "conv_head": "_conv_head", "bn2": "_bn1",
        "classifier": "_fc",
    }  # fmt: skip
    plain = {"conv_dw": "_depthwise_conv", "bn1": "_bn1", "se.conv_reduce": "_se_reduce",
             "se.conv_expand": "_se_expand", "conv_pw": "_project_conv", "bn2": "_bn2"}  # fmt: skip
    expanding = {"conv_pw": "_expand_conv", "bn1": "_bn0", "conv_dw": "_depthwise_conv",
                 "bn2": "_bn1", "se.conv_reduce": "_se_reduce", "se.conv_expand": "_se_expand",
                 "conv_pwl": "_project_conv", "bn3": "_bn2"}  # fmt: skip
    made = {}
    for key, tensor in state.items():
        path, _, leaf = key.rpartition(".")
        if key.startswith("blocks."):
            block = ".".join(key.split(".")[:3])
            names = expanding if f"{block}.conv_pwl.weight" in state else plain
            inner = names[path.removeprefix(f"{block}.")]
            made[f"_blocks.{blocks.index(block)}.{inner}.{leaf}"] = tensor
        else:
            made[f"{around[path]}.{leaf}"] = tensor
    return made


@pytest.mark.parametrize("name", ["b0", "b1"])
def test_efficientnet_pytorch(tmp_path: Path, name: str) -> None:
    """Compared with the package itself once, by hand: b0, b1, b3 and b4 to 1e-8."""
    plain = scattered(timm.create_model(f"tf_efficientnet_{name}", num_classes=2))
    path = save(tmp_path, {"net": of_the_package(plain.state_dict())})
    subject = open_checkpoint(path, Hints())
    assert subject.architecture == f"efficientnet_pytorch:{name}"
    assert f"padding for pictures of {SIZES[name]} x {SIZES[name]}" in subject.assumed[0]
    pixels = torch.randn(2, 3, SIZES[name], SIZES[name])
    with torch.no_grad():
        wanted = plain(pixels)
    assert torch.allclose(torch.from_numpy(subject.network.logits(pixels.numpy())), wanted)


def test_its_padding_is_that_of_one_size() -> None:
    """b1 is padded for 240 pixels: at 236 the padding at hand would be another."""
    plain = scattered(timm.create_model("tf_efficientnet_b1", num_classes=2))
    made = efficientnet_pytorch.build(of_the_package(plain.state_dict())).module
    assert torch.allclose(answers(made, 240), answers(plain, 240))
    assert not torch.allclose(answers(made, 250), answers(plain, 250), atol=1e-6)
    strided = [part for part in made.modules() if isinstance(part, torch.nn.ZeroPad2d)]
    assert [part.padding for part in strided] == [
        (0, 1, 0, 1), (0, 1, 0, 1), (1, 2, 1, 2), (0, 1, 0, 1), (2, 2, 2, 2),
    ]  # fmt: skip


def test_names_without_the_widths() -> None:
    state = of_the_package(timm.create_model("tf_efficientnet_b0", num_classes=2).state_dict())
    del state["_blocks.15._bn1.weight"]
    with pytest.raises(ExportError, match="of no b0 to b7"):
        efficientnet_pytorch.build(state)


@pytest.mark.parametrize(
    ("name", "head", "renamed"),
    [
        ("legacy_xception", "fc", "last_linear"),
        ("legacy_xception", "fc", "last_linear.1"),
        ("mobilenetv3_small_050", "classifier", "classifier.2"),
        ("vit_tiny_patch16_224", "head", "head.1"),
        ("convnext_atto", "head.fc", "head.fc.1"),
    ],
)
def test_a_head_elsewhere(name: str, head: str, renamed: str) -> None:
    plain = scattered(timm.create_model(name, num_classes=2))
    state = {
        re.sub(rf"^{re.escape(head)}\.", f"{renamed}.", key): one
        for key, one in plain.state_dict().items()
    }
    made = naming.build(f"timm:{name}", state).module
    assert torch.equal(answers(made, 224), answers(plain, 224))


def test_a_head_of_two_layers_is_none_of_them() -> None:
    state = timm.create_model("test_resnet", num_classes=2).state_dict()
    width = state["fc.weight"].shape[1]
    del state["fc.weight"], state["fc.bias"]
    state |= {"fc.0.weight": torch.zeros(8, width), "fc.2.weight": torch.zeros(2, 8)}
    with pytest.raises(ExportError, match=r"has no fc\.weight"):
        naming.build("timm:test_resnet", state)


def test_one_more_layer_on_a_whole_network(dfc_export: Runner, tmp_path: Path) -> None:
    """DRCT's layout: timm's network below ``model.`` gives an embedding, ``fc`` stands beside."""
    body = timm.create_model("test_convnext", num_classes=32).eval()
    layer = torch.nn.Linear(32, 2)
    state = {f"model.{key}": one for key, one in body.state_dict().items()}
    state |= {"fc.weight": layer.weight.detach(), "fc.bias": layer.bias.detach()}
    path = save(tmp_path, state)
    done = dfc_export("inspect", path, "--arch", "timm:test_convnext+linear")
    assert "outputs        2" in done.out
    assert "assumed        nothing between the network and the layer on it" in done.out
    subject = open_checkpoint(path, Hints(arch="timm:test_convnext+linear"))
    pixels = torch.randn(2, 3, 160, 160)
    with torch.no_grad():
        wanted = layer(body(pixels))
    assert torch.allclose(torch.from_numpy(subject.network.logits(pixels.numpy())), wanted)
    options = ("--arch", "timm:test_convnext", "--prefix", "model.")
    assert "left over: fc.weight" in dfc_export("inspect", path, *options, code=10).err


def test_weights_from_before_a_renaming() -> None:
    """torchvision's ViT had other names for its MLPs; its own hooks know them."""
    plain = torchvision.models.get_model("vit_b_32", num_classes=2)
    state = plain.state_dict()
    older = OrderedDict(
        (re.sub(r"mlp\.(0|3)\.", lambda m: f"mlp.linear_{1 if m[1] == '0' else 2}.", key), one)
        for key, one in state.items()
    )
    assert older.keys() != state.keys()
    made = naming.build("torchvision:vit_b_32", older).module
    assert torch.equal(answers(made, 224), answers(plain, 224))


def test_weights_without_versions_are_not_taken_for_old_ones(tmp_path: Path) -> None:
    """MNASNet rebuilds its first layers where a file does not say how new it is."""
    plain = scattered(torchvision.models.get_model("mnasnet0_5", num_classes=2))
    for state in (plain.state_dict(), dict(plain.state_dict())):
        path = save(tmp_path, {"state_dict": state})
        subject = open_checkpoint(path, Hints(arch="torchvision:mnasnet0_5"))
        pixels = torch.randn(1, 3, 96, 96)
        with torch.no_grad():
            assert torch.equal(
                torch.from_numpy(subject.network.logits(pixels.numpy())), plain(pixels)
            )


def clip(activation: str) -> Any:
    config = transformers.CLIPVisionConfig(
        hidden_size=128, intermediate_size=256, num_hidden_layers=2, num_attention_heads=2,
        image_size=64, patch_size=16, projection_dim=48, hidden_act=activation,
    )  # fmt: skip
    torch.manual_seed(3)
    made = transformers.CLIPVisionModelWithProjection(config).eval()
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return made


def openai_names(tower: Any) -> State:
    """OpenAI's names, half precision as they publish it."""
    made: State = {}
    state = {re.sub(r"^vision_model\.encoder\.", "", key): one for key, one in tower.state_dict().items()}  # fmt: skip  # noqa: E501
    for key, one in state.items():
        name = key.removeprefix("vision_model.")
        name = re.sub(r"^layers\.", "transformer.resblocks.", name)
        for new, old in (
            ("layer_norm1", "ln_1"), ("layer_norm2", "ln_2"),
            ("self_attn.out_proj", "attn.out_proj"),
            ("mlp.fc1", "mlp.c_fc"), ("mlp.fc2", "mlp.c_proj"), ("pre_layrnorm", "ln_pre"),
            ("post_layernorm", "ln_post"), ("embeddings.class_embedding", "class_embedding"),
            ("embeddings.patch_embedding", "conv1"),
            ("embeddings.position_embedding.weight", "positional_embedding"),
        ):  # fmt: skip
            name = name.replace(new, old)
        found = re.fullmatch(r"(.*)self_attn\.([qkv])_proj\.(weight|bias)", name)
        if found and found[2] == "q":
            thirds = [state[key.replace("q_proj", f"{one}_proj")] for one in "qkv"]
            made[f"visual.{found[1]}attn.in_proj_{found[3]}"] = torch.cat(thirds)
        elif name == "visual_projection.weight":
            made["visual.proj"] = one.t()
        elif not found:
            made[f"visual.{name}"] = one
    text = {"positional_embedding": torch.zeros(77, 48),
            "token_embedding.weight": torch.ones(9, 48),
            "transformer.resblocks.0.ln_1.weight": torch.ones(48), "logit_scale": torch.ones(()),
            "text_projection": torch.ones(48, 48), "ln_final.weight": torch.ones(48)}  # fmt: skip
    return {**made, **text}


@pytest.mark.parametrize("arch", list(clip_tower.ACTIVATIONS))
@pytest.mark.parametrize("layout", ["openai", "visual alone", "hugging face", "head beside"])
def test_clip_in_a_file(tmp_path: Path, arch: str, layout: str) -> None:
    """Compared with open_clip itself once, by hand: ViT-B-32 with both activations, to 6e-6."""
    tower, layer = clip(clip_tower.ACTIVATIONS[arch]), torch.nn.Linear(48, 1)
    head = {"fc.weight": layer.weight.detach(), "fc.bias": layer.bias.detach()}
    torch.save(head, tmp_path / "head.pth")
    given: Path | None = tmp_path / "head.pth"
    state = openai_names(tower)
    if layout == "visual alone":
        state = {k.removeprefix("visual."): t for k, t in state.items() if k.startswith("visual.")}
    elif layout == "hugging face":
        state = {f"model.{key}": one for key, one in tower.state_dict().items()}
    elif layout == "head beside":
        state, given = {**state, **head}, None
    path = save(tmp_path, state)
    hints = Hints(arch=arch, head=given, features="projected")
    subject = open_checkpoint(path, hints)
    pixels = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        wanted = layer(tower(pixel_values=pixels).image_embeds)
    found = torch.from_numpy(subject.network.logits(pixels.numpy()))
    assert torch.allclose(found, wanted, atol=1e-4)
    other = next(name for name in clip_tower.ACTIVATIONS if name != arch)
    wrong = open_checkpoint(path, Hints(arch=other, head=given, features="projected"))
    assert not torch.allclose(
        torch.from_numpy(wrong.network.logits(pixels.numpy())), wanted, atol=1e-3
    )
    assert clip_tower.ACTIVATIONS[arch] in subject.assumed[0]


def test_openais_own_file(tmp_path: Path) -> None:
    """It is TorchScript; with --arch clip its weights are read, and nothing of it is run."""

    tower, layer = clip("quick_gelu"), torch.nn.Linear(48, 1)
    state = {key: one for key, one in openai_names(tower).items() if key.startswith("visual.")}
    holder = _nested(state)
    torch.jit.script(holder).save(str(tmp_path / "ViT.pt"))
    torch.save({"weight": layer.weight.detach(), "bias": layer.bias.detach()}, tmp_path / "h.pth")
    hints = Hints(arch="clip", head=tmp_path / "h.pth", features="projected")
    subject = open_checkpoint(tmp_path / "ViT.pt", hints)
    pixels = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        wanted = layer(tower(pixel_values=pixels).image_embeds)
    assert torch.allclose(
        torch.from_numpy(subject.network.logits(pixels.numpy())), wanted, atol=1e-4
    )


def _nested(state: State) -> torch.nn.Module:
    """A module whose state_dict has these names."""

    class Holder(torch.nn.Module):
        def forward(self, pixels: torch.Tensor) -> torch.Tensor:
            return pixels

    root = Holder()
    for key, one in state.items():
        *path, leaf = key.split(".")
        at: torch.nn.Module = root
        for part in path:
            if not hasattr(at, part):
                at.add_module(part, Holder())
            at = getattr(at, part)
        at.register_buffer(leaf, one)
    return root


def test_a_tower_without_a_head(tmp_path: Path) -> None:
    path = save(tmp_path, openai_names(clip("gelu")))
    with pytest.raises(ExportError, match="a tower without a head"):
        open_checkpoint(path, Hints(arch="clip"))
    torch.save({"weight": torch.zeros(1, 48)}, tmp_path / "h.pth")
    with pytest.raises(UsageError, match="--features"):
        open_checkpoint(path, Hints(arch="clip", head=tmp_path / "h.pth"))
