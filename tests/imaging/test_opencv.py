"""OpenCV's steps are OpenCV's, bit for bit; without it a card that asks for them is refused."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from forensic_cli.imaging.opencv import load_opencv
from forensic_cli.imaging.pixels import prepare
from forensic_cli.model_card.preprocessing import Preprocessing
from forensic_cli.model_card.steps import (
    ConvertRgb,
    HostStep,
    OpenCvDenoise,
    OpenCvEqualizeLuma,
    OpenCvResize,
)
from tests.support.models import ModelMaker
from tests.support.running import Runner

HOST = [
    {"step": "exif_transpose"},
    {"step": "rgb"},
    {"step": "opencv_denoise", "h": 10, "h_color": 10, "template": 7, "search": 21},
    {"step": "opencv_equalize_luma"},
    {"step": "opencv_resize", "height": 16, "width": 16},
]
GRAPH = {"scale": 255, "mean": [0, 0, 0], "std": [1, 1, 1]}


@pytest.fixture
def picture() -> Image.Image:
    rng = np.random.default_rng(7)
    coarse = Image.fromarray(rng.integers(0, 256, (9, 7, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize((90, 61)), np.int64)
    noisy = smooth + rng.integers(-9, 10, smooth.shape)
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def prepared(picture: Image.Image, *steps: HostStep) -> Any:
    preprocessing = Preprocessing((ConvertRgb(), *steps), 255, (0, 0, 0), (1, 1, 1))
    image = picture.copy()
    image.format = "PNG"
    return prepare(image, preprocessing)[0]


def test_denoise(picture: Image.Image) -> None:
    """As the published code does: read by OpenCV, so BGR, and written back."""
    cv2 = pytest.importorskip("cv2")
    bgr = np.ascontiguousarray(np.asarray(picture)[:, :, ::-1])
    wanted = cv2.fastNlMeansDenoisingColored(bgr, None, 10, 10, 7, 21)[:, :, ::-1]
    found = prepared(picture, OpenCvDenoise(10, 10, 7, 21))
    assert np.array_equal(found, wanted)
    assert not np.array_equal(found, np.asarray(picture))
    other = cv2.fastNlMeansDenoisingColored(np.asarray(picture), None, 10, 10, 7, 21)
    assert not np.array_equal(other, wanted)  # so the order of the channels is seen


def test_equalize(picture: Image.Image) -> None:
    cv2 = pytest.importorskip("cv2")
    yuv = cv2.cvtColor(np.ascontiguousarray(np.asarray(picture)[:, :, ::-1]), cv2.COLOR_BGR2YUV)
    yuv[:, :, 0] = cv2.equalizeHist(yuv[:, :, 0])
    wanted = cv2.cvtColor(yuv, cv2.COLOR_YUV2BGR)[:, :, ::-1]
    found = prepared(picture, OpenCvEqualizeLuma())
    assert np.array_equal(found, wanted)
    assert not np.array_equal(found, np.asarray(picture))


def test_resize(picture: Image.Image) -> None:
    cv2 = pytest.importorskip("cv2")
    wanted = cv2.resize(np.asarray(picture), (24, 20), interpolation=cv2.INTER_LINEAR)
    assert np.array_equal(prepared(picture, OpenCvResize(20, 24)), wanted)


def test_a_run_with_opencv(
    dfc: Runner, evidence: Path, tmp_path: Path, make_model: ModelMaker
) -> None:
    pytest.importorskip("cv2")
    model = make_model(preprocessing={"host": HOST, "graph": GRAPH})
    plain = make_model("plain.onnx")
    dfc(evidence, "--model", model, "--out", tmp_path / "r.csv")
    assert (tmp_path / "r.csv").read_text().count("\n") == 10
    dfc(evidence, "--model", plain, "--out", tmp_path / "plain.csv")


def test_without_opencv_such_a_model_is_refused(
    dfc: Runner,
    evidence: Path,
    tmp_path: Path,
    make_model: ModelMaker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    load_opencv.cache_clear()
    model = make_model(preprocessing={"host": HOST, "graph": GRAPH})
    done = dfc(evidence, "--model", model, "--out", tmp_path / "r.csv", code=6)
    load_opencv.cache_clear()
    assert "dfc-classify[opencv]" in done.err
    assert not (tmp_path / "r.csv").exists()
