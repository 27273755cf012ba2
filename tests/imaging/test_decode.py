"""What is decoded, what is refused, and with which word; pixels are Pillow's own."""

import io
import re
import struct
import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin, TiffImagePlugin

from forensic_cli.errors import ItemRefusedError
from forensic_cli.flags import Flag
from forensic_cli.imaging.damage.examine import EXAMINED, damage_of
from forensic_cli.imaging.decode import configure, decode
from forensic_cli.imaging.formats import extension_differs, sniff
from forensic_cli.imaging.notes import NOTES
from forensic_cli.records import Status
from forensic_cli.settings import DEFAULT_MAX_PIXELS
from tests.support.heic import HEIC
from tests.support.hostile import noise
from tests.support.pictures import encoded, png


@pytest.fixture(autouse=True)
def limits() -> Iterator[None]:
    configure(1_000_000)
    yield
    configure(DEFAULT_MAX_PIXELS)


def refused(data: bytes) -> ItemRefusedError:
    with pytest.raises(ItemRefusedError) as error:
        decode(data)
    return error.value


def flags(data: bytes) -> set[Flag]:
    found: set[Flag] = decode(data).info[NOTES].flags
    return found


def scene(mode: str = "RGB") -> Image.Image:
    y, x = np.mgrid[0:48, 0:64]
    pixels = np.stack([x * 4, y * 5, (x * y) % 256], axis=-1).astype(np.uint8)
    return Image.fromarray(pixels).convert(mode)


@pytest.mark.parametrize(
    "form", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "DIB", "TIFF", "AVIF", "JPEG2000", "ICO", "PPM"]
)
def test_formats_that_are_decoded(form: str) -> None:
    data = encoded(scene(), form)
    image = decode(data)
    assert image.format == form
    with Image.open(io.BytesIO(data)) as reference:
        assert image.tobytes() == reference.tobytes()
    if form != "DIB":  # a BMP without the part that can be told by its content
        assert sniff(data) == (form, True)


def test_multi_picture_jpeg_is_decoded() -> None:
    data = encoded(scene(), "MPO", save_all=True, append_images=[scene()])
    assert decode(data).format == "MPO"


NAMED = {
    "HEIF with AVC": b"\0\0\0\x18ftypavci\0\0\0\0mif1avci" + bytes(40),
    "XPM": b"/* XPM */\nstatic char *x[] = {",
    "Photo CD": bytes(2048) + b"PCD_OPA" + bytes(20),
    "IM": b"Image type: Greyscale image\r\n",
    "MNG": b"\x8aMNG\r\n\x1a\n" + bytes(20),
    "JPEG XL": b"\xff\x0a" + bytes(20),
    "PDF": b"%PDF-1.7\n",
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "SVG": b'<?xml version="1.0"?>\n<!-- x -->\n<svg xmlns="http://www.w3.org/2000/svg"/>',
    "OpenEXR": b"\x76\x2f\x31\x01" + bytes(9),
    "DICOM": bytes(128) + b"DICM" + bytes(9),
    "Photoshop": b"8BPS\0\x01" + bytes(9),
    "FITS": b"SIMPLE  =                    T" + b" " * 50,
    "Windows metafile": b"\xd7\xcd\xc6\x9a" + bytes(30),
    "PAM": b"P7\nWIDTH 2\n",
    "Radiance HDR": b"#?RADIANCE\n",
    "JPEG XR": b"II\xbc\x01" + bytes(20),
    "TGA": bytes(40) + b"TRUEVISION-XFILE.\0",
    "PCX": encoded(Image.new("L", (9, 9)), "PCX"),
    "SGI": encoded(Image.new("L", (9, 9)), "SGI"),
    "camera raw (Canon)": b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + bytes(9),
}


@pytest.mark.parametrize("name", NAMED)
def test_formats_that_are_only_named(name: str) -> None:
    found = refused(NAMED[name])
    assert found.status is Status.UNSUPPORTED_FORMAT
    assert name in found.reason


@pytest.mark.parametrize(
    "data",
    [
        b"just text\n",
        b"<!doctype html><html></html>",
        b"version https://git-lfs.github.com/spec/v1\n",
        bytes(5000),
        b"BM is how this text begins, and it is no bitmap",
        b"P5 of the report",
        b"PK\x03\x04" + bytes(60),
        b"\0",
    ],
)
def test_what_is_no_picture(data: bytes) -> None:
    assert refused(data).status is Status.NOT_AN_IMAGE


def test_empty() -> None:
    assert refused(b"").status is Status.EMPTY_FILE


FORMS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "JPEG2000", "ICO", "PPM")


@pytest.mark.parametrize("part", [0.05, 0.3, 0.6, 0.95])
@pytest.mark.parametrize("form", [*FORMS, "HEIF"])
def test_a_cut_picture_is_called_so(form: str, part: float) -> None:
    data = HEIC if form == "HEIF" else encoded(scene(), form)
    assert refused(data[: max(16, int(len(data) * part))]).status is Status.TRUNCATED


def test_compressed_tiff_that_is_cut() -> None:
    data = encoded(scene(), "TIFF", compression="tiff_lzw")
    assert refused(data[: len(data) // 2]).status is Status.TRUNCATED


@given(
    form=st.sampled_from([*FORMS, "HEIF", "other"]),
    data=st.binary(max_size=80),
    begun=st.booleans(),
)
def test_looking_for_the_end_never_fails(form: str, data: bytes, *, begun: bool) -> None:
    heads = {"TIFF": b"II*\0", "ICO": b"\0\0\1\0", "GIF": b"GIF89a", "WEBP": b"RIFF"}
    found = damage_of(heads.get(form, b"") + data if begun else data, form)
    assert found is None or (form in EXAMINED and found.reason.isprintable())


@pytest.mark.parametrize(
    "data",
    [
        b"II*\0\xff\xff\xff\x7f" + bytes(20),
        b"MM\0\x2b\0\x08\0\0" + b"\xff" * 8,
        b"II\x2b\0\x08\0\0\0" + b"\xff" * 8,
    ],
)
def test_a_directory_far_outside_the_file(data: bytes) -> None:
    assert refused(data).status is Status.TRUNCATED


def test_what_a_transfer_as_text_does_to_a_png() -> None:
    sound = encoded(scene(), "PNG")
    for data in (sound.replace(b"\r\n", b"\n"), sound[1:]):
        assert refused(data).status is Status.CORRUPT


@pytest.mark.parametrize("name", ["gAMA", "cHRM", "pHYs"])
def test_a_description_that_is_too_short_is_passed_over(name: str) -> None:
    found = decode(with_short_chunk(name))
    assert found.tobytes() == scene().tobytes()
    assert found.info[NOTES].flags == {Flag.DAMAGED_METADATA}


def test_a_chunk_of_the_picture_that_is_too_short_is_damage() -> None:
    assert refused(with_short_chunk("tRNS")).status is Status.CORRUPT


def with_short_chunk(name: str) -> bytes:
    sound = encoded(scene(), "PNG")
    body = name.encode() + b"\1"
    short = struct.pack(">I", 1) + body + struct.pack(">I", zlib.crc32(body))
    return sound[:33] + short + sound[33:]


@pytest.mark.parametrize("form", ["GIF", "JPEG2000", "PNG"])
def test_what_stands_after_a_damaged_picture_does_not_make_it_a_cut_one(form: str) -> None:
    sound = bytearray(encoded(noise(30, 30), form))
    middle = sound.find(b"IDAT") + 20 if form == "PNG" else len(sound) // 2
    if form == "JPEG2000":
        middle = sound.find(b"\xff\x4f\xff\x51") + 6  # in SIZ
    sound[middle : middle + 4] = b"\xaa\xbb\xcc\xdd"
    if form == "GIF":
        sound[sound.find(b",", 700) + 10] = 200  # the code size
    found = refused(bytes(sound))
    assert found.status is Status.CORRUPT, found.reason
    assert refused(bytes(sound) + b"text").status is Status.CORRUPT


def test_names_by_which_text_is_not_taken_for_a_picture() -> None:
    for text in (
        b"#define X 1\n#include <a.h>\n", b"\n\x05abc", b"Image type: a letter, sent on Monday\n",
        b"FLIFted and other words", b"FOVbar", b"#?RADIANCEx", b"P1 2024 report about nothing\n",
    ):  # fmt: skip
        assert refused(text).status is Status.NOT_AN_IMAGE, text
    assert sniff(b"#define x_width 16\n#define x_height 16\n") == ("XBM", False)


def test_a_damaged_netpbm_or_dib_is_damage() -> None:
    assert refused(b"P6\n5\xff 40\n255\n" + bytes(600)).status is Status.CORRUPT
    sound = encoded(scene(), "DIB")
    assert decode(sound).format == "DIB"
    assert refused(sound[:20] + b"\xff").status is Status.TRUNCATED
    assert refused(sound[:16] + b"\xff\xff" + sound[18:]).status is Status.CORRUPT


def test_a_signature_that_pillow_would_not_take() -> None:
    data = encoded(scene(), "AVIF")
    assert refused(data[:8] + b"xvif" + data[12:]).status is Status.CORRUPT


DEEP_PPM = b"P6\n2 2\n%d\n" % 1023 + bytes(24)


@pytest.mark.parametrize(
    ("data", "deep"),
    [
        (encoded(Image.new("RGB", (720, 3)), "BMP"), False),  # rows of 2160 bytes
        (encoded(Image.new("1", (1280, 3)), "BMP"), False),  # rows of 160
        (encoded(Image.new("RGB", (160, 16)), "PPM"), False),
        (b"P5\n2 2\n160\n" + bytes(4), False),
        (DEEP_PPM, True),
        (encoded(Image.fromarray(np.zeros((9, 9), np.uint16)), "JPEG2000"), True),
        (encoded(scene(), "JPEG2000"), False),
        (encoded(scene(), "TIFF", compression="tiff_lzw"), False),
        (encoded(scene(), "AVIF"), False),
        (HEIC, False),
    ],
)
def test_depth_is_the_file_s_not_a_number_in_its_layout(data: bytes, *, deep: bool) -> None:
    assert (Flag.HIGH_BIT_DEPTH in flags(data)) is deep


def test_animation_is_more_than_one_picture() -> None:
    frames = [scene(), scene().rotate(90, expand=False)]
    more: dict[str, object] = {"save_all": True, "append_images": frames[1:]}
    animated = {
        "GIF": encoded(frames[0], "GIF", **more),
        "GIF that repeats": encoded(frames[0], "GIF", loop=0, **more),
        "PNG": encoded(frames[0], "PNG", **more),
        "WEBP": encoded(frames[0], "WEBP", **more),
    }
    single = {
        "GIF": encoded(frames[0], "GIF"),
        "GIF that repeats": encoded(frames[0], "GIF", save_all=True, loop=0),
        "PNG": encoded(frames[0], "PNG"),
    }
    found = {name for name, data in animated.items() if Flag.ANIMATED in flags(data)}
    assert found == set(animated)
    assert not any(Flag.ANIMATED in flags(data) for data in single.values())


def test_a_heic_is_decoded() -> None:
    image = decode(HEIC)
    assert (image.format, image.size, image.mode) == ("HEIF", (64, 48), "RGB")
    found = np.asarray(image).astype(int)
    y, x = np.mgrid[0:48, 0:64]
    expected = np.stack([x * 4, y * 5, np.full_like(x, 128)], axis=-1)
    assert abs(found - expected).mean() < 6


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_a_tga_of_the_older_form_is_told_by_its_header(bits: int) -> None:
    mode = {8: "L", 16: "RGB", 24: "RGB", 32: "RGBA"}[bits]
    data = encoded(scene(mode), "TGA", compression=None)
    data = data.removesuffix(data[-26:]) if data.endswith(b"XFILE.\0") else data
    if bits == 16:
        data = data[:16] + b"\x10" + data[17:]
    assert sniff(data) == ("TGA", False)
    assert sniff(data[:40]) is None  # the pixels that the header announces are not there


def test_limits_of_text_are_not_called_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("workflow", "x" * 17_000_000, zip=True)
    found = refused(encoded(scene(), "PNG", pnginfo=info))
    assert found.status is Status.TOO_LARGE
    assert "16777216" in found.reason
    monkeypatch.setattr(PngImagePlugin, "MAX_TEXT_MEMORY", 1000)
    info = PngImagePlugin.PngInfo()
    info.add_text("workflow", "x" * 2000)
    assert refused(encoded(scene(), "PNG", pnginfo=info)).status is Status.TOO_LARGE


def test_a_broken_header_is_corrupt() -> None:
    assert refused(b"\x89PNG\r\n\x1a\n" + bytes(30)).status is Status.CORRUPT
    assert refused(b"\xff\xd8\xff\xe0" + bytes(30)).status is Status.CORRUPT


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("width", "height"), [(1001, 1000), (1500, 1000), (65535, 65535)])
def test_too_many_pixels_are_refused_from_the_header(width: int, height: int) -> None:
    assert refused(png_header(width, height)).status is Status.TOO_MANY_PIXELS


def test_the_limit_itself_is_allowed() -> None:
    assert decode(encoded(Image.new("L", (1000, 1000)), "PNG")).size == (1000, 1000)


def test_a_large_text_chunk_does_not_keep_a_picture_back() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("workflow", "x" * 3_000_000, zip=True)
    assert decode(encoded(scene(), "PNG", pnginfo=info)).size == (64, 48)


def damaged_files() -> Iterator[bytes]:
    for form in ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "JPEG2000", "AVIF", "ICO", "PPM"):
        yield encoded(scene(), form)


SOUND = tuple(damaged_files())


@settings(max_examples=300)
@given(st.data())
def test_damage_ends_in_a_word_of_the_list_and_always_the_same(data: st.DataObject) -> None:
    file = bytearray(data.draw(st.sampled_from(SOUND)))
    for _ in range(data.draw(st.integers(1, 6))):
        position = data.draw(st.integers(0, len(file) - 1))
        file[position] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del file[data.draw(st.integers(0, len(file) - 1)) :]
    results: list[object] = []
    for _ in range(2):
        try:
            results.append(decode(bytes(file)).tobytes())
        except ItemRefusedError as refusal:
            results.append(str(refusal))
            assert refusal.status is not Status.SCORED
            assert not re.search("0x[0-9a-f]{6}", refusal.reason)
    assert results[0] == results[1]


@pytest.mark.parametrize(
    ("path", "form", "differs"),
    [
        (b"a/b.PNG", "PNG", False),
        (b"a.jpeg", "MPO", False),
        (b"a.png", "JPEG", True),
        (b"a.jpg.exe", "JPEG", True),
        (b"noext", "JPEG", False),
        (b".png", "JPEG", False),
        (b"a.b/noext", "JPEG", False),
        (b"a.\xff", "JPEG", True),
    ],
)
def test_extensions_never_decide_but_are_compared(path: bytes, form: str, *, differs: bool) -> None:
    assert extension_differs(path, form) is differs


def test_png_helper_makes_pictures() -> None:
    assert decode(png((1, 2, 3))).getpixel((0, 0)) == (1, 2, 3)


@pytest.mark.parametrize(
    "data",
    [
        b"<!---->" * 500,
        b"<?xml ?>" + b"<!-- x -->\n" * 300,
        b" " * 5000,
        b"P6" + b" " * 4000,
        b"<svg" * 9,
    ],
)
def test_text_made_to_keep_a_parser_busy_is_done_with_at_once(data: bytes) -> None:
    # Backtracking would take longer than the age of the universe: reaching the end is the test.
    expected = {Status.NOT_AN_IMAGE, Status.UNSUPPORTED_FORMAT, Status.CORRUPT}
    assert refused(data).status in expected


def test_a_page_with_a_drawing_in_it_is_no_drawing() -> None:
    assert sniff(b"<!-- a page --><html><svg></svg></html>") is None
    assert sniff(b"\xef\xbb\xbf <!-- a drawing --><svg></svg>") == ("SVG", False)


def test_a_canon_raw_is_named() -> None:
    assert "Canon" in refused(b"II*\0\x10\0\0\0CR\x02\0" + bytes(40)).reason


def tiff(**tags: int) -> bytes:
    names = {"dng": 50706, "subfile": 254, "sub_ifds": 330}
    info = TiffImagePlugin.ImageFileDirectory_v2()
    for name, value in tags.items():
        info[names[name]] = value
    return encoded(scene(), "TIFF", tiffinfo=info)


def test_the_preview_in_a_camera_raw_is_not_the_picture() -> None:
    for tags in ({"dng": 1}, {"subfile": 1, "sub_ifds": 8}):
        assert refused(tiff(**tags)).status is Status.UNSUPPORTED_FORMAT
    assert decode(tiff(subfile=0)).size == (64, 48)
    assert decode(tiff(subfile=1)).size == (64, 48)


def test_nonsense_in_a_tag_does_not_keep_a_sound_picture_back() -> None:
    info = TiffImagePlugin.ImageFileDirectory_v2()
    info.tagtype[254] = 2  # ASCII, where a number belongs
    info[254] = "reduced"
    assert decode(encoded(scene(), "TIFF", tiffinfo=info)).size == (64, 48)
