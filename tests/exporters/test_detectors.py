"""The published detectors that are known: the table is sound, and an entry exports its layout."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
import torchvision
import transformers
from PIL import Image

from exporters.checkpoints.hints import Hints
from exporters.checkpoints.opening import open_checkpoint
from exporters.detectors.academic import ACADEMIC
from exporters.detectors.detector import Detector
from exporters.detectors.folders import FOLDERS
from exporters.detectors.impossible import IMPOSSIBLE
from exporters.detectors.known import DETECTORS, Given, applied
from exporters.labels import meaning_of
from exporters.preparation.presets import PRESETS
from exporters.proof.pictures import pictures
from forensic_cli.errors import ExportError, UsageError
from forensic_cli.imaging.pixels import prepare
from forensic_cli.records import LABEL_AI
from tests.exporters.test_older_names import openai_names
from tests.support.running import Runner

pytestmark = pytest.mark.slow
IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
CLIP = ([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711])


def test_names_are_unique_and_entries_whole() -> None:
    assert len(DETECTORS) == len(FOLDERS) + len(ACADEMIC) + len(IMPOSSIBLE)
    for one in DETECTORS.values():
        assert bool(one.cannot) != bool(one.command), one.name
        assert bool(one.cannot) != bool(one.verified), one.name
        if "preprocessing" in one.options:
            assert one.options["preprocessing"] in PRESETS, one.name


@pytest.mark.parametrize("one", FOLDERS, ids=lambda one: one.name)
def test_the_class_names_of_folders_are_read_as_the_entry_says(one: Detector) -> None:
    names = one.classes.split(":")[0].removeprefix("one logit, ").split(", ")
    outputs = 1 if one.classes.startswith("one logit") else len(names)
    labels = one.options.get("labels")
    found = meaning_of(outputs, names if outputs > 1 else None, labels)
    assert len(found.classes) == max(2, outputs)
    if labels is None:
        assert any(entry.label == LABEL_AI for entry in found.classes)


def test_the_list_and_one_of_it(dfc_export: Runner) -> None:
    listed = dfc_export("detectors").out
    assert all(name in listed for name in DETECTORS)
    assert "cannot be, for a reason:" in listed
    one = dfc_export("detectors", "univfd").out
    assert "command       dfc-export export CHECKPOINT --arch clip --features projected" in one
    assert "--head fc_weights.pth" in one
    assert "the published weights were not at hand" in one
    records = json.loads(dfc_export("detectors", "--json").out)
    assert set(records) == set(DETECTORS)
    assert "did you mean univfd?" in dfc_export("detectors", "univf", code=2).err


def test_what_cannot_be_exported_says_why(dfc_export: Runner, tmp_path: Path) -> None:
    said = dfc_export("corvi2023", tmp_path / "weights.pth", code=10).err
    assert "it takes the whole picture" in said
    with pytest.raises(ExportError, match="a diffusion model first"):
        applied("dire", Given())


def test_an_entry_is_not_contradicted() -> None:
    assert applied("drct-convnext", Given(preprocessing="drct-224")).preprocessing == "drct-224"
    with pytest.raises(UsageError, match="leave out --labels ai,real, or the name"):
        applied("cnndetection", Given(labels="ai,real"))
    with pytest.raises(UsageError, match="did you mean cnndetection"):
        applied("cnndetectoin", Given())


def tower(activation: str) -> Any:
    config = transformers.CLIPVisionConfig(
        hidden_size=128, intermediate_size=128, num_hidden_layers=2, num_attention_heads=2,
        image_size=224, patch_size=32, projection_dim=48, hidden_act=activation,
    )  # fmt: skip
    torch.manual_seed(4)
    made = transformers.CLIPVisionModelWithProjection(config).eval()
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return made


def head_of(layer: torch.nn.Linear) -> dict[str, torch.Tensor]:
    return {"weight": layer.weight.detach(), "bias": layer.bias.detach()}


def cnndetection(folder: Path) -> Any:
    net = torchvision.models.resnet50(num_classes=1).eval()
    torch.save({"model": net.state_dict(), "optimizer": {}, "total_steps": 1}, folder / "c.pth")
    return net, None


def univfd(folder: Path) -> Any:
    vision, layer = tower("quick_gelu"), torch.nn.Linear(48, 1)
    torch.save(openai_names(vision), folder / "c.pth")
    torch.save(head_of(layer), folder / "h.pth")
    return lambda x: layer(vision(pixel_values=x).image_embeds), folder / "h.pth"


def c2p_clip(folder: Path) -> Any:
    vision, layer = tower("quick_gelu"), torch.nn.Linear(48, 1)
    state = {f"model.{key}": one for key, one in vision.state_dict().items()}
    torch.save({**state, "model.fc.weight": layer.weight, "model.fc.bias": layer.bias}, folder / "c.pth")  # fmt: skip  # noqa: E501

    def answer(pixels: torch.Tensor) -> torch.Tensor:
        embedding = vision(pixel_values=pixels).image_embeds
        made: torch.Tensor = layer(embedding / embedding.norm(p=2, dim=-1, keepdim=True))
        return made

    return answer, None


def clipdet(folder: Path) -> Any:
    vision, layer = tower("gelu"), torch.nn.Linear(128, 1)
    torch.save(openai_names(vision), folder / "c.pth")
    torch.save({"model": {f"fc.{key}": one for key, one in head_of(layer).items()}}, folder / "h.pth")  # fmt: skip  # noqa: E501

    def answer(pixels: torch.Tensor) -> torch.Tensor:
        pooled = vision.vision_model(pixel_values=pixels).pooler_output
        made: torch.Tensor = layer(torch.nn.functional.normalize(pooled, dim=-1))
        return made

    return answer, folder / "h.pth"


def drct(folder: Path) -> Any:
    body = timm.create_model("convnext_base", num_classes=1024).eval()
    layer = torch.nn.Linear(1024, 2)
    state = {f"model.{key}": one for key, one in body.state_dict().items()}
    torch.save({**state, "fc.weight": layer.weight, "fc.bias": layer.bias}, folder / "c.pth")
    return lambda x: layer(body(x)), None


def community_forensics(folder: Path) -> Any:
    body = timm.create_model("vit_small_patch16_384", num_classes=1).eval()
    state = {f"vit.{key}": one for key, one in body.state_dict().items()}
    torch.save({"model": state}, folder / "c.pth")
    return body, None


def torchvision_steps(*steps: Any, mean: list[float], std: list[float]) -> Any:
    from torchvision import transforms

    return transforms.Compose([*steps, transforms.ToTensor(), transforms.Normalize(mean, std)])


def published(name: str) -> Any:
    """The preparation as the publication writes it down."""
    from torchvision.transforms import CenterCrop, InterpolationMode, Resize

    def margin_and_middle(image: Image.Image) -> torch.Tensor:
        pixels = np.asarray(image)
        rows, columns = max(0, 224 - pixels.shape[0]), max(0, 224 - pixels.shape[1])
        before = (rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2), (0, 0)
        pixels = np.pad(pixels, before)
        top, left = (pixels.shape[0] - 224) // 2, (pixels.shape[1] - 224) // 2
        return torchvision_steps(mean=IMAGENET[0], std=IMAGENET[1])(
            Image.fromarray(pixels[top : top + 224, left : left + 224])
        )

    ways = {
        "cnndetection": ([CenterCrop(224)], IMAGENET),
        "univfd": ([CenterCrop(224)], CLIP),
        "c2p-clip": ([Resize(224), CenterCrop(224)], CLIP),
        "clipdet": ([Resize(224, InterpolationMode.BICUBIC), CenterCrop((224, 224))], CLIP),
        "community-forensics": ([Resize(440), CenterCrop(384)], IMAGENET),
    }
    if name == "drct-convnext":
        return margin_and_middle
    steps, (mean, std) = ways[name]
    return torchvision_steps(*steps, mean=mean, std=std)


LAYOUTS = {
    "cnndetection": cnndetection, "univfd": univfd, "c2p-clip": c2p_clip, "clipdet": clipdet,
    "drct-convnext": drct, "community-forensics": community_forensics,
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_an_entry_opens_its_layout_and_prepares_its_pictures(tmp_path: Path, name: str) -> None:
    answer, head = LAYOUTS[name](tmp_path)
    given = applied(name, Given())
    assert given.preprocessing is not None
    card = PRESETS[given.preprocessing]
    hints = Hints(arch=given.arch, features=given.features, head=head, size=card.network_size)
    subject = open_checkpoint(tmp_path / "c.pth", hints)
    theirs = published(name)
    for count, image in enumerate(pictures(12)):
        wanted = theirs(image.copy()).numpy()
        made = prepare(image.copy(), card)[0].transpose(2, 0, 1).astype(np.float32)
        mean, std = (np.array(one, np.float32).reshape(3, 1, 1) for one in (card.mean, card.std))
        assert np.abs((made / np.float32(card.scale) - mean) / std - wanted).max() < 1e-5
        if count < 2:
            with torch.no_grad():
                logits = answer(torch.from_numpy(wanted)[None]).numpy()
            assert subject.network.logits(wanted[None]) == pytest.approx(logits, abs=1e-4)


def test_a_name_is_all_that_it_takes(dfc_export: Runner, tmp_path: Path) -> None:
    _, head = univfd(tmp_path)
    torch.save({"weight": 50 * torch.randn(1, 48), "bias": torch.zeros(1)}, head)
    out = tmp_path / "m.onnx"
    done = dfc_export("univfd", tmp_path / "c.pth", "--head", head, "--out", out)
    assert "classes        real = 1, ai = 0" in done.out
    assert "assumed        --labels real,ai: the word of whoever exported it, who says" in done.out
    assert "that it is univfd" in done.out
    assert out.exists()
