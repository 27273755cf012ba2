"""What a source says of its preprocessing becomes host steps that give the same pixels."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from exporters.preparation.huggingface import read_huggingface
from exporters.preparation.naming import preparation_named
from exporters.preparation.preparation import Preparation
from exporters.preparation.presets import PRESETS
from exporters.preparation.timm_transform import of_config, of_timm
from exporters.preparation.torchvision_transform import of_torchvision
from exporters.proof.pictures import pictures
from forensic_cli.errors import ExportError, UsageError
from forensic_cli.imaging.pixels import prepare
from forensic_cli.model_card.preprocessing import Preprocessing
from forensic_cli.model_card.steps import (
    OFFSETS,
    CenterCrop,
    ConvertRgb,
    ResizeShortestEdge,
    ResizeSquash,
)

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
NORMALISED: dict[str, Any] = {"do_normalize": True, "image_mean": MEAN, "image_std": STD}


def equal(preparation: Preparation, count: int = 10) -> bool:
    """Whether card and source give the same input for pictures of many shapes."""
    card = preparation.preprocessing
    mean, std = (np.array(value).reshape(3, 1, 1) for value in (card.mean, card.std))
    for image in pictures(count):
        assert preparation.pixels is not None
        wanted = preparation.pixels(image.convert("RGB"))
        found, _ = prepare(image, card)
        normalised = (found.transpose(2, 0, 1) / card.scale - mean) / std
        if wanted.shape != normalised.shape or np.abs(wanted - normalised).max() > 1e-5:
            return False
    return True


def processor(tmp_path: Path, **fields: Any) -> Preparation:
    path = tmp_path / "preprocessor_config.json"
    path.write_text(json.dumps(fields))
    return read_huggingface(tmp_path)


HUGGING_FACE: dict[str, dict[str, Any]] = {
    "vit": {
        "image_processor_type": "ViTImageProcessor", "do_resize": True, "do_rescale": True,
        "size": {"height": 224, "width": 224}, "resample": 3, "rescale_factor": 1 / 255,
    },
    "vit, wide, bilinear": {
        "image_processor_type": "ViTImageProcessor", "size": {"height": 96, "width": 128},
        "resample": 2,
    },
    "the old extractor, one number": {"feature_extractor_type": "ViTFeatureExtractor", "size": 224},
    "the old extractor, lanczos": {
        "feature_extractor_type": "ViTFeatureExtractor", "size": 160, "resample": 1,
    },
    "deit: resize and crop": {
        "image_processor_type": "DeiTImageProcessor", "do_resize": True, "do_center_crop": True,
        "size": {"height": 256, "width": 256}, "crop_size": {"height": 224, "width": 224},
        "resample": 3,
    },
    "bit: shortest edge and crop": {
        "image_processor_type": "BitImageProcessor", "do_resize": True, "do_center_crop": True,
        "size": {"shortest_edge": 256}, "crop_size": {"height": 224, "width": 224}, "resample": 3,
    },
    "convnext below 384": {
        "image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 224},
        "crop_pct": 0.875, "resample": 3,
    },
    "the old convnext extractor": {
        "feature_extractor_type": "ConvNextFeatureExtractor", "size": 224, "crop_pct": 0.875,
    },
    "convnext from 384 on": {
        "image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 384},
        "resample": 2,
    },
    "efficientnet, which normalises twice": {
        "image_processor_type": "EfficientNetImageProcessor", "include_top": True,
        "size": {"height": 128, "width": 128}, "resample": 0,
    },
    "mobilenet v2": {
        "image_processor_type": "MobileNetV2ImageProcessor", "size": {"shortest_edge": 256},
        "crop_size": {"height": 224, "width": 224}, "do_center_crop": True, "resample": 2,
    },
    "levit enlarges the edge": {
        "image_processor_type": "LevitImageProcessor", "size": {"shortest_edge": 192},
        "crop_size": {"height": 192, "width": 192},
    },
    "poolformer has a part that is cut out": {
        "image_processor_type": "PoolFormerImageProcessor", "size": {"shortest_edge": 224},
        "crop_pct": 0.95,
    },
    "mobilevit gives blue first": {
        "image_processor_type": "MobileViTImageProcessor", "do_flip_channel_order": True,
        "size": {"shortest_edge": 288}, "crop_size": {"height": 256, "width": 256}, "resample": 2,
    },
}  # fmt: skip


@pytest.mark.parametrize("name", HUGGING_FACE)
def test_hugging_face(tmp_path: Path, name: str) -> None:
    given = {} if name.startswith("mobilevit") else NORMALISED  # it is fed as it is
    assert equal(processor(tmp_path, **given, **HUGGING_FACE[name]))


def test_the_old_extractor_squashes(tmp_path: Path) -> None:
    """``"size": 224`` means both sides there, and the shortest edge elsewhere."""
    found = processor(tmp_path, feature_extractor_type="ViTFeatureExtractor", size=224)
    assert found.preprocessing.host[2:] == (ResizeSquash(224, 224, "bilinear"),)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"image_processor_type": "ViTImageProcessor", "do_resize": False}, "does not resize"),
        (
            {"image_processor_type": "BitImageProcessor", "size": {"shortest_edge": 224},
             "do_center_crop": False},
            "must fix the size",
        ),
        ({"image_processor_type": "NoSuchProcessor"}, "no image processor that transformers knows"),
    ],
)  # fmt: skip
def test_what_a_card_cannot_say(tmp_path: Path, fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ExportError, match=said):
        processor(tmp_path, **fields)


def test_a_processor_that_does_more_is_found_out(tmp_path: Path) -> None:
    """This one takes 1 off; the card would not, and the comparison shows it."""
    fields = {
        "image_processor_type": "EfficientNetImageProcessor", "rescale_offset": True,
        "size": {"height": 128, "width": 128}, "resample": 0, "include_top": False,
    }  # fmt: skip
    assert not equal(processor(tmp_path, **NORMALISED, **fields))


@pytest.mark.parametrize(
    "name",
    ["resnet50", "swin_small_patch4_window7_224", "vit_base_patch16_224", "inception_v3",
     "tf_efficientnetv2_b0", "densenet121", "mobilenetv3_large_100", "resnetv2_50"],
)  # fmt: skip
def test_timm(name: str) -> None:
    assert equal(of_timm(name))


def test_timm_squash_and_border() -> None:
    config = {"input_size": (3, 96, 96), "crop_pct": 1.0, "crop_mode": "squash",
              "interpolation": "bicubic", "mean": MEAN, "std": STD}  # fmt: skip
    assert equal(of_config(config, "a test"))
    with pytest.raises(ExportError, match="crop_mode 'border'"):
        of_config(config | {"crop_mode": "border"}, "a test")


@pytest.mark.parametrize(
    ("name", "weights"),
    [("resnet50", "IMAGENET1K_V1"), ("resnet50", "DEFAULT"), ("efficientnet_b6", "DEFAULT"),
     ("swin_t", "DEFAULT"), ("mobilenet_v3_small", "DEFAULT"), ("inception_v3", "DEFAULT")],
)  # fmt: skip
def test_torchvision(name: str, weights: str) -> None:
    assert equal(of_torchvision(name, weights))


def test_the_crop_of_torchvision_rounds_to_even() -> None:
    """35 are left over: Hugging Face cuts 17 off before, torchvision round(17.5) = 18."""
    ramp = np.arange(61, dtype=np.uint8)[None, :, None].repeat(61, 0).repeat(3, 2)
    firsts = {}
    for offset in OFFSETS:
        image = Image.fromarray(ramp)
        image.format = "PNG"
        steps = (ConvertRgb(), ResizeSquash(61, 61, "box"), CenterCrop(26, 26, offset))
        card = Preprocessing(steps, 1, (0, 0, 0), (1, 1, 1))
        firsts[offset] = int(prepare(image, card)[0][0, 0, 0])
    assert firsts == {"floor": 17, "half_even": 18}


@pytest.mark.parametrize("name", PRESETS)
def test_presets(name: str) -> None:
    pytest.importorskip("cv2")
    preparation = preparation_named(name, None)
    assert preparation.origin == f"the preset {name}"
    height, width = preparation.preprocessing.size
    found, _ = prepare(next(pictures(1)), preparation.preprocessing)
    assert found.shape == (height, width, 3)


def test_the_odd_normalisation_is_kept() -> None:
    """Pixels are divided by 225 there, as published."""
    card = PRESETS["fake-or-real"]
    assert card.scale == 225
    assert card.mean == (0.451251, 0.4218885, 0.39344847)
    assert card.std == (0.22973368, 0.22437534, 0.21690977)


def test_files(tmp_path: Path) -> None:
    card = PRESETS["imagenet-224"].as_record()
    for document in (card, {"name": "x", "preprocessing": card}):
        (tmp_path / "p.json").write_text(json.dumps(document))
        found = preparation_named(str(tmp_path / "p.json"), None)
        assert found.preprocessing == PRESETS["imagenet-224"]
    (tmp_path / "p.json").write_text(json.dumps({**NORMALISED, **HUGGING_FACE["vit"]}))
    assert equal(preparation_named(str(tmp_path / "p.json"), None), 3)
    (tmp_path / "p.json").write_text("{")
    with pytest.raises(ExportError, match="is not JSON"):
        preparation_named(str(tmp_path / "p.json"), None)
    (tmp_path / "p.json").write_text("{}")
    with pytest.raises(ExportError, match="cannot be used"):
        preparation_named(str(tmp_path / "p.json"), None)


def test_names(tmp_path: Path) -> None:
    found = preparation_named("torchvision:IMAGENET1K_V1", "torchvision:resnet50")
    assert found.preprocessing.host[2:] == (
        ResizeShortestEdge(256, "bilinear"),
        CenterCrop(224, 224, "half_even"),
    )
    assert preparation_named("timm", "timm:resnet50").origin.endswith("resnet50")
    for given, arch, said in (
        ("timm", None, "needs the network's name"),
        ("torchvision:V9", "resnet50", "no transforms"),
        ("timm:nothing", None, "no configuration"),
        (str(tmp_path / "none.json"), None, "neither a file nor a name"),
    ):
        with pytest.raises(UsageError, match=said):
            preparation_named(given, arch)
