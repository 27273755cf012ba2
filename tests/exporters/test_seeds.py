"""Each published system, end to end: its checkpoint, dfc-export, dfc-classify, the same labels.

The reference is the system's own way: its layout in its own framework, its own preprocessing,
written down here apart from the exporter's.
"""

import csv
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import pytest
import torch
from PIL import Image, ImageOps

from tests.support import checkpoints
from tests.support.running import SAMPLES, Runner

pytestmark = [pytest.mark.slow, pytest.mark.parity]

Floats = npt.NDArray[np.float32]
Prepare = Callable[[Image.Image], Floats]

SET = SAMPLES / "ImageSet"
NOT_SCORED = {"cut.jpg", "notes.png"}
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
STD = np.array([0.229, 0.224, 0.225], np.float32)


def samples() -> dict[str, Image.Image]:
    """The pictures that can be scored, upright, by the name that the CSV has for them."""
    return {
        path.relative_to(SAMPLES).as_posix(): upright(path)
        for path in sorted(SET.rglob("*"))
        if path.is_file() and path.name not in NOT_SCORED
    }


def upright(path: Path) -> Image.Image:
    return ImageOps.exif_transpose(Image.open(path)).convert("RGB")


def chw(pixels: npt.NDArray[np.floating[Any]]) -> Floats:
    return np.ascontiguousarray(pixels.transpose(2, 0, 1), np.float32)


def hugging_face(image: Image.Image) -> Floats:
    """ViTFeatureExtractor with one number: squashed, bicubic."""
    pixels = np.asarray(image.resize((224, 224), Image.Resampling.BICUBIC), np.float32) / 255
    return chw((pixels - MEAN) / STD)


def cnn_vit(image: Image.Image) -> Floats:
    """Denoised, equalised and resized by OpenCV beforehand, normalised by torchvision."""
    cv2 = pytest.importorskip("cv2")
    bgr = np.ascontiguousarray(np.asarray(image)[:, :, ::-1])
    clean = cv2.fastNlMeansDenoisingColored(bgr, None, 10, 10, 7, 21)
    yuv = cv2.cvtColor(clean, cv2.COLOR_BGR2YUV)
    yuv[:, :, 0] = cv2.equalizeHist(yuv[:, :, 0])
    small = cv2.resize(cv2.cvtColor(yuv, cv2.COLOR_YUV2BGR), (224, 224))
    pixels = cv2.cvtColor(small, cv2.COLOR_BGR2RGB).astype(np.float32) / 255
    return chw((pixels - MEAN) / STD)


def apples(image: Image.Image) -> Floats:
    """torchvision's transforms: shortest edge 256, bilinear, centre 224."""
    from torchvision import transforms

    steps = transforms.Compose(
        [
            transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(),
            transforms.Normalize(MEAN.tolist(), STD.tolist()),
        ]
    )  # fmt: skip
    return np.asarray(steps(image))


def fake_or_real(image: Image.Image) -> Floats:
    """Albumentations: resized by OpenCV, Normalize with max_pixel_value=225."""
    cv2 = pytest.importorskip("cv2")
    pixels = cv2.resize(np.asarray(image), (224, 224), interpolation=cv2.INTER_LINEAR)
    mean = np.array([0.451251, 0.4218885, 0.39344847], np.float32) * 225
    std = np.array([0.22973368, 0.22437534, 0.21690977], np.float32) * 225
    return chw((pixels.astype(np.float32) - mean) / std)


def balanced(module: Any, prepare: Prepare) -> dict[str, Floats]:
    """Shift the last bias until half the samples fall on either side; the logits by name."""
    pictures = samples()
    pixels = torch.from_numpy(np.stack([prepare(image) for image in pictures.values()]))
    layers = [part for part in module.modules() if isinstance(part, torch.nn.Linear)]
    with torch.no_grad():
        logits = checkpoints.logits_of(module, pixels)
        layers[-1].bias[-1] -= (logits[:, -1] - logits[:, 0]).median() + 0.01
        logits = checkpoints.logits_of(module, pixels)
    return dict(zip(pictures, logits.numpy(), strict=True))


def classified(
    dfc_export: Runner, dfc: Runner, checkpoint: Path, tmp_path: Path, *options: str
) -> dict[str, tuple[int, float]]:
    """Label and score of each sample, by our tools."""
    model, out = tmp_path / "m.onnx", tmp_path / "r.csv"
    dfc_export(checkpoint, *options, "--out", model, "--quiet")
    dfc(SET, "--model", model, "--out", out, "--device", "cpu", code=3)
    with out.open(encoding="utf-8", newline="") as stream:
        return {
            row["filename"]: (int(row["label"]), float(row["score"]))
            for row in csv.DictReader(stream)
        }


def compare(found: dict[str, tuple[int, float]], wanted: dict[str, Floats], ai_at: int) -> None:
    """The same label for every picture, in this project's polarity, and the same score."""
    assert found.keys() == wanted.keys()
    for name, logits in wanted.items():
        label, score = found[name]
        assert label == (0 if int(np.argmax(logits)) == ai_at else 1), name
        weights = np.exp(logits.astype(np.float64) - logits.max())
        assert score == pytest.approx(weights.max() / weights.sum(), abs=1e-4), name
    assert {label for label, _ in found.values()} == {0, 1}


def test_dfc_305(dfc_export: Runner, dfc: Runner, tmp_path: Path) -> None:
    """A fine-tuned AI-image-detector: names of version 4, .bin, the old extractor; 0 = AI."""
    module = checkpoints.swin(96, (1, 1, 2, 1))
    wanted = balanced(module, hugging_face)
    folder = checkpoints.hugging_face_folder(
        tmp_path / "hf", module, safe=False, processor=checkpoints.OLD_PROCESSOR
    )
    compare(classified(dfc_export, dfc, folder, tmp_path), wanted, ai_at=0)
    model = onnx.load(tmp_path / "m.onnx")
    weights = sum(len(tensor.raw_data) for tensor in model.graph.initializer)
    assert (tmp_path / "m.onnx").stat().st_size <= 1.02 * weights
    assert not [node for node in model.graph.node if node.op_type == "Pad"]


def test_cnn_against_vit_the_cnn(dfc_export: Runner, dfc: Runner, tmp_path: Path) -> None:
    """ResNet-18 below ``model.``, denoised and equalised pictures; 1 = AI."""
    module = checkpoints.tv("resnet18", "fc")
    wanted = balanced(module, cnn_vit)
    torch.save(checkpoints.training_dict(module.state_dict()), tmp_path / "best.pth")
    options = ("--labels", "real,ai", "--preprocessing", "cnn-vit")
    found = classified(dfc_export, dfc, tmp_path / "best.pth", tmp_path, *options)
    compare(found, wanted, ai_at=1)


def test_cnn_against_vit_the_vit(dfc_export: Runner, dfc: Runner, tmp_path: Path) -> None:
    """Names of version 4, a head of two layers on the CLS token; 1 = AI."""
    module = checkpoints.vit_with_head(layers=2)
    wanted = balanced(module, cnn_vit)
    state = checkpoints.version_4_vit(module.state_dict())
    torch.save(checkpoints.training_dict(state, ""), tmp_path / "best.pth")
    options = ("--labels", "real,ai", "--preprocessing", "cnn-vit")
    found = classified(dfc_export, dfc, tmp_path / "best.pth", tmp_path, *options)
    compare(found, wanted, ai_at=1)


def test_aiornot_cnn(dfc_export: Runner, dfc: Runner, tmp_path: Path) -> None:
    """A Keras file and Keras's own probabilities; one sigmoid output, 0 = AI."""
    if find_spec("keras") is None:
        pytest.skip("needs the extra: parity")
    pictures = samples()
    squashed = [image.resize((256, 256), Image.Resampling.BILINEAR) for image in pictures.values()]
    np.save(tmp_path / "in.npy", np.stack([np.asarray(i, np.float32) / 255 for i in squashed]))
    path = checkpoints.keras_file(tmp_path, "first.keras", tmp_path / "in.npy")
    first = np.load(path.with_suffix(".npy"))[:, 0].astype(np.float64)
    shift = -float(np.median(np.log(first / (1 - first)))) + 1e-3
    path = checkpoints.keras_file(tmp_path, "best.keras", tmp_path / "in.npy", shift)
    theirs = dict(zip(pictures, np.load(path.with_suffix(".npy"))[:, 0], strict=True))
    options = ("--labels", "ai,real", "--preprocessing", "aiornot")
    found = classified(dfc_export, dfc, path, tmp_path, *options)
    assert found.keys() == theirs.keys()
    for name, p in theirs.items():
        assert found[name][0] == (1 if p >= 0.5 else 0), name
        assert found[name][1] == pytest.approx(max(p, 1 - p), abs=1e-4), name
    assert {label for label, _ in found.values()} == {0, 1}


def test_apples(dfc_export: Runner, dfc: Runner, tmp_path: Path) -> None:
    """torchvision's ResNet-50 as a bare state_dict."""
    module = checkpoints.tv("resnet50", "fc")
    wanted = balanced(module, apples)
    torch.save(module.state_dict(), tmp_path / "apples.pth")
    options = (
        "--labels", "ai,real", "--arch", "torchvision:resnet50",
        "--preprocessing", "torchvision:IMAGENET1K_V1",
    )  # fmt: skip
    found = classified(dfc_export, dfc, tmp_path / "apples.pth", tmp_path, *options)
    compare(found, wanted, ai_at=0)


def test_fake_or_real(dfc_export: Runner, dfc: Runner, tmp_path: Path) -> None:
    """EfficientNet-B6 with a layer on its 1,000 classes, pixels divided by 225; 1 = AI."""
    module = checkpoints.fake_or_real()
    wanted = balanced(module, fake_or_real)
    torch.save(module.state_dict(), tmp_path / "best.pt")
    options = ("--labels", "real,ai", "--preprocessing", "fake-or-real")
    found = classified(dfc_export, dfc, tmp_path / "best.pt", tmp_path, *options)
    compare(found, wanted, ai_at=1)
