"""Layouts of published detectors, end to end: their own preparation, written down here apart."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from exporters.networks.network import Floats
from tests.exporters.test_seeds import MEAN, STD, chw, classified, samples
from tests.support import checkpoints
from tests.support.running import Runner

pytestmark = [pytest.mark.slow, pytest.mark.parity]
CLIP_MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
CLIP_STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)


def normalised(pixels: Any, mean: Floats, std: Floats) -> Floats:
    return chw((np.asarray(pixels, np.float32) / 255 - mean) / std)


def judged(
    found: dict[str, tuple[int, float]], module: Any, inputs: dict[str, Floats]
) -> dict[str, float]:
    """Compare labels and scores with the plain network's; one logit, 1 = AI. The logits."""
    assert found.keys() == inputs.keys()
    logits = {}
    for name, pixels in inputs.items():
        with torch.no_grad():
            logit = float(module(torch.from_numpy(pixels)).mean())
        p_ai = 1 / (1 + np.exp(-np.float64(logit)))
        label, score = found[name]
        assert label == (0 if p_ai >= 0.5 else 1), name
        assert score == pytest.approx(max(p_ai, 1 - p_ai), abs=1e-4), name
        logits[name] = logit
    return logits


def test_a_crop_of_the_picture_as_it_is(dfc_export: Runner, dfc: Runner, tmp_path: Path) -> None:
    """CNNDetection (Wang et al. 2020): one logit, torchvision's CenterCrop(224), no resize."""
    from torchvision import transforms

    module = checkpoints.tv("resnet18", "fc")
    module.fc = torch.nn.Linear(512, 1)
    torch.nn.init.normal_(module.fc.weight, std=0.05)
    steps = transforms.Compose([
        transforms.CenterCrop(224), transforms.ToTensor(),
        transforms.Normalize(MEAN.tolist(), STD.tolist()),
    ])  # fmt: skip
    inputs = {name: np.asarray(steps(image))[None] for name, image in samples().items()}
    _centred(module, module.fc, inputs)
    torch.save({"model": module.state_dict(), "total_steps": 9}, tmp_path / "blur_jpg.pth")
    options = (
        "--arch", "torchvision:resnet18", "--labels", "real,ai",
        "--preprocessing", "center-crop-224",
    )  # fmt: skip
    found = classified(dfc_export, dfc, tmp_path / "blur_jpg.pth", tmp_path, *options)
    judged(found, module, inputs)
    assert {label for label, _ in found.values()} == {0, 1}


def _centred(module: Any, head: torch.nn.Linear, inputs: dict[str, Floats]) -> None:
    with torch.no_grad():
        all_logits = [float(module(torch.from_numpy(one)).mean()) for one in inputs.values()]
        head.bias -= float(np.median(all_logits)) + 1e-3


@pytest.mark.parametrize("features", ["projected", "projected-unit", "pooled"])
def test_a_clip_tower_and_a_layer_apart(
    dfc_export: Runner, dfc: Runner, tmp_path: Path, features: str
) -> None:
    """UnivFD (Ojha et al. 2023) and after: CLIP's embedding, one linear layer, CenterCrop(224)."""
    import transformers
    from torchvision import transforms

    torch.manual_seed(3)
    sides = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
    config = transformers.CLIPConfig(
        vision_config={**sides, "num_attention_heads": 2, "image_size": 224, "patch_size": 32},
        text_config={**sides, "num_attention_heads": 2, "vocab_size": 99},
        projection_dim=16,
    )
    model = transformers.CLIPModel(config).eval()
    model.save_pretrained(tmp_path / "clip")
    head = torch.nn.Linear(32 if features == "pooled" else 16, 1)
    steps = transforms.Compose([
        transforms.CenterCrop(224), transforms.ToTensor(),
        transforms.Normalize(CLIP_MEAN.tolist(), CLIP_STD.tolist()),
    ])  # fmt: skip
    inputs = {name: np.asarray(steps(image))[None] for name, image in samples().items()}

    def whole(pixels: torch.Tensor) -> torch.Tensor:
        pooled = model.vision_model(pixel_values=pixels).pooler_output
        found = pooled if features == "pooled" else model.visual_projection(pooled)
        if features == "projected-unit":
            found = torch.nn.functional.normalize(found, dim=-1)
        answer: torch.Tensor = head(found)
        return answer

    _centred(whole, head, inputs)
    torch.save({f"fc.{key}": one for key, one in head.state_dict().items()}, tmp_path / "fc.pth")
    options: tuple[str, ...] = (
        "--head", str(tmp_path / "fc.pth"), "--labels", "real,ai",
        "--preprocessing", "clip-center-crop-224",
    )  # fmt: skip
    said = dfc_export(tmp_path / "clip", *options, "--out", tmp_path / "m.onnx", code=2).err
    assert "--features" in said
    options = (*options, "--features", features)
    found = classified(dfc_export, dfc, tmp_path / "clip", tmp_path, *options)
    judged(found, whole, inputs)
    assert {label for label, _ in found.values()} == {0, 1}


def test_the_longest_side_and_a_margin(dfc_export: Runner, dfc: Runner, tmp_path: Path) -> None:
    """DRCT (Chen et al. 2024): albumentations' LongestMaxSize and PadIfNeeded, ConvNeXt."""
    cv2 = pytest.importorskip("cv2")
    import timm

    torch.manual_seed(4)
    module = timm.create_model("convnext_atto", num_classes=1).eval()
    torch.nn.init.normal_(module.head.fc.weight, std=0.5)
    inputs = {}
    for name, image in samples().items():
        pixels = np.asarray(image)
        scale = 224 / max(pixels.shape[:2])
        size = [max(1, round(side * scale)) for side in pixels.shape[1::-1]]
        small = cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR)
        top, left = (224 - small.shape[0]) // 2, (224 - small.shape[1]) // 2
        square = np.zeros((224, 224, 3), np.uint8)
        square[top : top + small.shape[0], left : left + small.shape[1]] = small
        inputs[name] = normalised(square, MEAN, STD)[None]
    _centred(module, module.head.fc, inputs)
    torch.save(module.state_dict(), tmp_path / "drct.pth")
    options = (
        "--arch", "timm:convnext_atto", "--labels", "real,ai", "--preprocessing", "drct-224",
    )  # fmt: skip
    found = classified(dfc_export, dfc, tmp_path / "drct.pth", tmp_path, *options)
    judged(found, module, inputs)
    assert {label for label, _ in found.values()} == {0, 1}


def test_ten_crops_are_averaged(dfc_export: Runner, dfc: Runner, tmp_path: Path) -> None:
    """Logits of torchvision's TenCrop, averaged, as RINE's protocol and others publish it."""
    import timm
    from torchvision import transforms

    module = checkpoints.seeded(lambda: timm.create_model("test_resnet", num_classes=1), 96)
    steps = transforms.Compose([transforms.Resize(110), transforms.TenCrop(96)])
    inputs = {
        name: np.stack([normalised(crop, MEAN, STD) for crop in steps(image)])
        for name, image in samples().items()
    }
    head = module.get_classifier()
    _centred(module, head, inputs)
    torch.save({"arch": "test_resnet", "state_dict": module.state_dict()}, tmp_path / "t.pth")
    preparation = {
        "host": [
            {"step": "exif_transpose"}, {"step": "rgb"},
            {"step": "resize", "mode": "shortest_edge", "edge": 110, "filter": "bilinear"},
            {"step": "ten_crop", "height": 96, "width": 96},
        ],
        "graph": {"scale": 255, "mean": MEAN.tolist(), "std": STD.tolist()},
    }  # fmt: skip
    (tmp_path / "p.json").write_text(json.dumps(preparation))
    options = ("--labels", "real,ai", "--preprocessing", str(tmp_path / "p.json"))
    found = classified(dfc_export, dfc, tmp_path / "t.pth", tmp_path, *options)
    logits = judged(found, module, inputs)
    assert {label for label, _ in found.values()} == {0, 1}
    first = {name: float(module(torch.from_numpy(one[4:5]))) for name, one in inputs.items()}
    assert any(abs(first[name] - logits[name]) > 1e-3 for name in logits)  # not one crop alone
