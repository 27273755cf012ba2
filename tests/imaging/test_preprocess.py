"""The host steps give Pillow's own pixels, and the facts say what the picture was like."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageOps

from forensic_cli.errors import ItemRefusedError
from forensic_cli.imaging.decode import configure, decode
from forensic_cli.imaging.pixels import prepare
from forensic_cli.model_card.preprocessing import Preprocessing
from forensic_cli.model_card.steps import (
    CenterCrop,
    ConvertRgb,
    ExifTranspose,
    HostStep,
    ResizeShortestEdge,
    ResizeSquash,
)
from forensic_cli.records import Status
from tests.support.pictures import encoded

SQUASH = ResizeSquash(24, 20, "bicubic")


def steps(*host: HostStep) -> Preprocessing:
    return Preprocessing(host, 255.0, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


STANDARD = steps(ExifTranspose(), ConvertRgb(), SQUASH)


@pytest.fixture(autouse=True)
def limits() -> None:
    configure(1_000_000)


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    pixels = np.random.default_rng(7).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels).convert(mode)


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "P", "CMYK", "LA", "RGBA", "I;16", "F"])
def test_squash_is_pillow_s_resize(mode: str) -> None:
    image = noise(61, 40, "L" if mode == "I;16" else mode)
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image).astype(np.uint16) * 200)
    expected = np.asarray(image.convert("RGB").resize((20, 24), Image.Resampling.BICUBIC))
    pixels, facts = prepare(image.copy(), STANDARD)
    assert pixels.dtype == np.uint8
    assert np.array_equal(pixels, expected)
    assert (facts.width, facts.height, facts.mode) == (61, 40, image.mode)


@pytest.mark.parametrize("size", [(40, 60), (60, 40), (33, 33), (33, 100), (500, 41)])
def test_shortest_edge_and_crop_are_those_of_the_reference(size: tuple[int, int]) -> None:
    edge, crop = 36, 32
    image = noise(*size)
    pixels, _ = prepare(
        image.copy(),
        steps(ConvertRgb(), ResizeShortestEdge(edge, "bilinear"), CenterCrop(crop, crop)),
    )
    width, height = size
    short, long = min(size), max(size)
    other = int(edge * long / short)
    new = (edge, other) if width <= height else (other, edge)
    resized = np.asarray(image.resize(new, Image.Resampling.BILINEAR))
    top, left = (new[1] - crop) // 2, (new[0] - crop) // 2
    assert np.array_equal(pixels, resized[top : top + crop, left : left + crop])


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_exif_rotated_twins_are_alike(orientation: int, form: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if form == "WEBP" else {}
    data = encoded(noise(40, 30), form, exif=exif, **options)
    with Image.open(io.BytesIO(data)) as stored:
        upright = ImageOps.exif_transpose(stored).convert("RGB")
    pixels, facts = prepare(decode(data), STANDARD)
    twin, twin_facts = prepare(upright.copy(), STANDARD)
    assert np.array_equal(pixels, twin)
    assert facts.exif_orientation == orientation
    assert facts.rgb_sha256 == twin_facts.rgb_sha256
    assert (facts.width, facts.height) == (40, 30)


def test_without_the_step_nothing_is_turned() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    image = noise(40, 30)
    pixels, facts = prepare(decode(encoded(image, "PNG", exif=exif)), steps(ConvertRgb(), SQUASH))
    assert np.array_equal(pixels, np.asarray(image.resize((20, 24), Image.Resampling.BICUBIC)))
    assert facts.exif_orientation == 6


def test_exif_that_breaks_its_reader_is_flagged_and_scored() -> None:
    image = noise(40, 30)
    data = encoded(image, "PNG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + bytes(30))
    pixels, facts = prepare(decode(data), STANDARD)
    assert np.array_equal(pixels, np.asarray(image.resize((20, 24), Image.Resampling.BICUBIC)))
    assert facts.exif_orientation == 0


def test_a_reader_that_raises_is_flagged(monkeypatch: pytest.MonkeyPatch) -> None:
    image = noise(40, 30)

    def broken() -> Image.Exif:
        msg = "not a TIFF file"
        raise SyntaxError(msg)

    monkeypatch.setattr(image, "getexif", broken)
    _, facts = prepare(image, STANDARD)
    assert facts.flags == ("exif_error",)


@pytest.mark.parametrize("kind", [5, 11, 12])
def test_an_orientation_that_is_no_whole_number_turns_as_pillow_turns_it(kind: int) -> None:
    """RATIONAL, FLOAT and DOUBLE: 6/1 and 6.0 are 6 to Pillow's own transposition."""
    packed = {5: struct.pack("<II", 6, 1), 11: struct.pack("<f", 6), 12: struct.pack("<d", 6)}[kind]
    entry = struct.pack("<HHI", 0x0112, kind, 1)
    place = packed if len(packed) == 4 else struct.pack("<I", 26)
    exif = b"Exif\0\0II*\0\x08\0\0\0\1\0" + entry + place + bytes(4) + packed
    picture = noise(40, 30)
    data = encoded(picture, "PNG", exif=exif)
    with Image.open(io.BytesIO(data)) as opened:
        upright = ImageOps.exif_transpose(opened)
    assert upright.size == (30, 40)
    pixels, facts = prepare(decode(data), STANDARD)
    assert facts.exif_orientation == 6
    assert np.array_equal(pixels, prepare(upright, STANDARD)[0])


def test_flags() -> None:
    def flags(image: Image.Image, form: str = "PNG", **options: object) -> tuple[str, ...]:
        data = encoded(image, form, **options)
        return prepare(decode(data), STANDARD)[1].flags

    deep = Image.fromarray(np.arange(900, dtype=np.uint16).reshape(30, 30) * 60)
    frames = [noise(30, 30), noise(31, 31).resize((30, 30))]
    assert flags(noise(30, 30)) == ()
    assert flags(noise(30, 30, "RGBA")) == ("alpha",)
    assert flags(noise(30, 30, "P"), transparency=0) == ("alpha",)
    assert flags(deep) == ("clipped", "high_bit_depth")
    assert flags(frames[0], save_all=True, append_images=frames[1:]) == ("animated",)
    assert flags(frames[0], "WEBP", save_all=True, append_images=frames[1:]) == ("animated",)


def sixteen_bit_rgb() -> bytes:
    """A 16-bit RGB PNG, which Pillow reads and cannot write."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    rows = b"".join(b"\0" + bytes(range(48)) for _ in range(8))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 16, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def test_sixteen_bits_are_flagged_where_the_mode_does_not_tell() -> None:
    image = decode(sixteen_bit_rgb())
    assert image.mode == "RGB"
    assert prepare(image, STANDARD)[1].flags == ("high_bit_depth",)


def test_alpha_is_dropped_not_composited() -> None:
    clear = Image.new("RGBA", (30, 30), (200, 100, 50, 0))
    pixels, _ = prepare(clear, STANDARD)
    assert (pixels == (200, 100, 50)).all()


def test_the_first_frame_is_the_one() -> None:
    first, second = Image.new("RGB", (30, 30), "red"), Image.new("RGB", (30, 30), "blue")
    data = encoded(first, "GIF", save_all=True, append_images=[second])
    pixels, _ = prepare(decode(data), STANDARD)
    assert (pixels == (255, 0, 0)).all()


def test_rgb_digest_knows_shape_and_content() -> None:
    images = [
        Image.new("RGB", (10, 20)),
        Image.new("RGB", (20, 10)),
        Image.new("RGB", (10, 20), (0, 0, 1)),
        Image.new("L", (10, 20)),
    ]
    digests = [prepare(image, STANDARD)[1].rgb_sha256 for image in images]
    assert len(set(digests)) == 3
    assert digests[0] == digests[3]


@pytest.mark.parametrize("size", [(1, 60_000), (60_000, 1)])
def test_a_thread_of_a_picture_is_not_blown_up(size: tuple[int, int]) -> None:
    host = steps(ConvertRgb(), ResizeShortestEdge(224, "bicubic"), CenterCrop(224, 224))
    with pytest.raises(ItemRefusedError) as error:
        prepare(Image.new("RGB", size), host)
    assert error.value.status is Status.TOO_MANY_PIXELS


def test_the_limit_of_pixels_is_about_pictures_not_about_the_card() -> None:
    configure(200)
    host = steps(ConvertRgb(), ResizeSquash(30, 30, "box"), CenterCrop(20, 20))
    pixels, _ = prepare(Image.new("RGB", (10, 10), (1, 2, 3)), host)
    assert pixels.shape == (20, 20, 3)
    assert (pixels == (1, 2, 3)).all()
