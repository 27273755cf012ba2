"""Crops and margins are those of the libraries that networks were trained with, to the pixel."""

import numpy as np
import pytest
from PIL import Image, ImageOps

from forensic_cli.errors import ItemRefusedError
from forensic_cli.imaging.decode import configure
from forensic_cli.imaging.pixels import prepare
from forensic_cli.model_card.preprocessing import Preprocessing
from forensic_cli.model_card.steps import (
    Bgr,
    CenterCrop,
    ConvertRgb,
    ExifTranspose,
    FiveCrop,
    HostStep,
    OpenCvResizeLongest,
    Pad,
    ResizeShortestEdge,
    ResizeSquash,
    TenCrop,
)

SIZES = 2000


@pytest.fixture(autouse=True)
def limits() -> None:
    configure(10_000_000)


def preprocessing(*host: HostStep) -> Preprocessing:
    made = Preprocessing(
        (ExifTranspose(), ConvertRgb(), *host), 255.0, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    )
    return Preprocessing.from_json(made.as_record())


def ours(image: Image.Image, *host: HostStep) -> np.ndarray:
    return prepare(image.copy(), preprocessing(*host))[0]


def drawn(rng: np.random.Generator, longest: int = 90) -> Image.Image:
    height, width = (int(side) for side in rng.integers(1, longest, 2))
    return Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))


def transforms() -> object:
    pytest.importorskip("torch", reason="needs the extra: parity")
    from exporters.libraries import prepare as libraries

    libraries()
    return pytest.importorskip("torchvision.transforms", reason="needs the extra: parity")


@pytest.mark.slow
@pytest.mark.parity
def test_a_crop_without_a_resize_is_torchvision_s() -> None:
    """With black round pictures that are smaller, in either or both directions."""
    crop = transforms().CenterCrop  # type: ignore[attr-defined]
    rng = np.random.default_rng(1)
    smaller = 0
    for _ in range(SIZES):
        image = drawn(rng)
        height, width = (int(side) for side in rng.integers(1, 70, 2))
        smaller += image.height < height or image.width < width
        theirs = np.asarray(crop((height, width))(image))
        assert np.array_equal(ours(image, CenterCrop(height, width, "half_even")), theirs)
    assert smaller > SIZES / 4


@pytest.mark.slow
@pytest.mark.parity
def test_a_crop_without_a_resize_is_hugging_face_s() -> None:
    transformers = pytest.importorskip("transformers", reason="needs the extra: parity")
    processor = transformers.ViTImageProcessorPil(do_resize=False, do_normalize=False)
    rng = np.random.default_rng(2)
    for _ in range(200):
        image = drawn(rng)
        height, width = (int(side) for side in rng.integers(1, 70, 2))
        theirs = processor(
            image, do_center_crop=True, crop_size={"height": height, "width": width},
            do_rescale=False, return_tensors="np",
        )["pixel_values"][0]  # fmt: skip
        found = ours(image, CenterCrop(height, width)).transpose(2, 0, 1)
        assert np.array_equal(found, theirs), (image.size, height, width)


@pytest.mark.slow
@pytest.mark.parity
@pytest.mark.parametrize(("step", "name"), [(FiveCrop, "FiveCrop"), (TenCrop, "TenCrop")])
def test_several_crops_are_torchvision_s(step: type[FiveCrop] | type[TenCrop], name: str) -> None:
    crops = getattr(transforms(), name)
    rng = np.random.default_rng(3)
    tried = 0
    while tried < SIZES / 2:
        image = drawn(rng)
        height, width = (int(side) for side in rng.integers(1, 60, 2))
        if image.height < height or image.width < width:
            continue
        tried += 1
        theirs = np.concatenate([np.asarray(one) for one in crops((height, width))(image)])
        assert np.array_equal(ours(image, step(height, width)), theirs)


def test_a_picture_smaller_than_its_crops_is_refused_as_unsupported() -> None:
    with pytest.raises(ItemRefusedError, match="20 x 30 pixels are less than the 24 x 24"):
        ours(Image.new("RGB", (20, 30)), FiveCrop(24, 24))


@pytest.mark.parametrize("fill", [0, 127, 255])
def test_a_square_is_pillow_s_pad(fill: int) -> None:
    """``ImageOps.pad`` to the longer side does not resize, and centres alike."""
    rng = np.random.default_rng(4)
    for _ in range(SIZES):
        image = drawn(rng)
        side = max(image.size)
        left, top = (side - image.width) // 2, (side - image.height) // 2
        theirs = ImageOps.expand(
            image, (left, top, side - image.width - left, side - image.height - top), (fill,) * 3
        )
        found = ours(image, Pad(fill=fill), ResizeSquash(side, side, "nearest"))
        assert np.array_equal(found, np.asarray(theirs))


@pytest.mark.slow
def test_the_longest_side_and_a_margin_are_albumentations() -> None:
    """``LongestMaxSize`` and ``PadIfNeeded`` of its versions 0.4 to 1.4, by their arithmetic."""
    cv2 = pytest.importorskip("cv2", reason="needs the extra: opencv")
    rng = np.random.default_rng(5)
    for _ in range(SIZES):
        image = drawn(rng, 120)
        edge = int(rng.integers(8, 80))
        pixels = np.asarray(image)
        scale = edge / max(pixels.shape[:2])
        size = [max(1, round(side * scale)) for side in pixels.shape[1::-1]]
        small = pixels if scale == 1 else cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR)
        rows, columns = small.shape[:2]
        top, left = int((edge - rows) / 2.0), int((edge - columns) / 2.0)
        theirs = cv2.copyMakeBorder(
            small, top, edge - rows - top, left, edge - columns - left, cv2.BORDER_CONSTANT, value=0
        )
        assert np.array_equal(ours(image, OpenCvResizeLongest(edge), Pad(edge, edge)), theirs)


def test_blue_first() -> None:
    image = drawn(np.random.default_rng(6))
    found = ours(image, ResizeSquash(9, 9, "box"), Bgr())
    assert np.array_equal(found, ours(image, ResizeSquash(9, 9, "box"))[:, :, ::-1])


@pytest.mark.parametrize(
    ("host", "size", "crops"),
    [
        ((CenterCrop(7, 9),), (7, 9), 1),
        ((ResizeShortestEdge(20, "box"), CenterCrop(24, 24)), (24, 24), 1),
        ((Pad(), ResizeSquash(8, 8, "box")), (8, 8), 1),
        ((OpenCvResizeLongest(30), Pad()), (30, 30), 1),
        ((OpenCvResizeLongest(30), Pad(32, 40)), (32, 40), 1),
        ((ResizeSquash(30, 30, "box"), FiveCrop(8, 9)), (40, 9), 5),
        ((ResizeShortestEdge(30, "box"), TenCrop(8, 9), Bgr()), (80, 9), 10),
    ],
)
def test_the_size_that_steps_give(
    host: tuple[HostStep, ...], size: tuple[int, int], crops: int
) -> None:
    made = preprocessing(*host)
    assert (made.size, made.crops) == (size, crops)
    assert made.network_size == (size[0] // crops, size[1])


@pytest.mark.parametrize(
    "host",
    [
        (),
        (Bgr(),),
        (Pad(),),
        (Pad(8, 8),),
        (ResizeShortestEdge(9, "box"),),
        (ResizeShortestEdge(9, "box"), Pad(9, 9)),
        (OpenCvResizeLongest(30),),
        (OpenCvResizeLongest(30), Pad(20, 40)),
        (FiveCrop(8, 8), TenCrop(8, 8)),
        (FiveCrop(8, 8), ResizeSquash(4, 4, "box")),
    ],
)
def test_steps_that_fix_no_size_are_refused(host: tuple[HostStep, ...]) -> None:
    with pytest.raises(ValueError, match=r"must fix the size|several crops once"):
        preprocessing(*host)
