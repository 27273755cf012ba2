"""Which picture of a file is scored, how it is turned, and what is said besides."""

import io
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from forensic_cli.errors import ItemRefusedError
from forensic_cli.flags import Flag, OrientationSource
from forensic_cli.imaging.decode import decode
from forensic_cli.imaging.notes import NOTES, Notes
from forensic_cli.imaging.preprocess import apply_steps
from forensic_cli.imaging.structure import iso_boxes
from forensic_cli.imaging.structure.tiff import pages
from forensic_cli.records import ImageFacts, Status
from tests.decode_workers.test_workers import PREPROCESSING
from tests.support.heic import HEIC
from tests.support.hostile import noise
from tests.support.pictures import encoded


def notes(data: bytes) -> Notes:
    found: Notes = decode(data).info[NOTES]
    return found


def facts(data: bytes) -> ImageFacts:
    return apply_steps(decode(data), PREPROCESSING)[1]


def page(size: tuple[int, int], **tags: int) -> tuple[Image.Image, Mapping[int, int]]:
    numbers = {"subfile": 254, "old_subfile": 255}
    return noise(*size), {numbers[name]: value for name, value in tags.items()}


def tiff_of(*made: tuple[Image.Image, Mapping[int, int]]) -> bytes:
    stream = io.BytesIO()
    with TiffImagePlugin.AppendingTiffWriter(stream, new=True) as writer:
        for image, tags in made:
            info = TiffImagePlugin.ImageFileDirectory_v2()
            for tag, value in tags.items():
                info[tag] = value
            image.save(writer, "TIFF", tiffinfo=info)
            writer.newFrame()
    return stream.getvalue()


SMALL = (24, 16)
LARGE = (96, 64)


@pytest.mark.parametrize("tags", [{"subfile": 1}, {"old_subfile": 2}, {"subfile": 5}])
def test_a_reduced_copy_on_the_first_page_is_not_the_picture(tags: dict[str, int]) -> None:
    picture = noise(*LARGE, seed=3)
    data = tiff_of(page(SMALL, **tags), (picture, {}))
    found = decode(data)
    assert found.tobytes() == picture.tobytes()
    assert Flag.ANIMATED not in found.info[NOTES].flags


def test_the_first_of_several_equal_pages_stays_the_picture() -> None:
    first = noise(*SMALL, seed=1)
    found = decode(tiff_of((first, {}), (noise(*LARGE, seed=2), {})))
    assert found.tobytes() == first.tobytes()
    assert Flag.ANIMATED in found.info[NOTES].flags


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_picture_lies_in_a_directory_below_the_first(order: str) -> None:
    data = tiff_with_sub_directory(order, subfile=1)
    assert decode(data).size == (8, 6)
    assert decode(data).getpixel((0, 0)) == 77
    assert decode(tiff_with_sub_directory(order, subfile=0)).size == (4, 3)


def tiff_with_sub_directory(order: str, subfile: int) -> bytes:
    """Grey: 4 x 3 of 11 on the first page, 8 x 6 of 77 in the directory below it."""
    below = 300

    def directory(width: int, height: int, at: int, more: list[tuple[int, int]]) -> bytes:
        entries = [
            (256, width), (257, height), (258, 8), (259, 1), (262, 1), (273, at), (277, 1),
            (278, height), (279, width * height), *more,
        ]  # fmt: skip
        body = b"".join(struct.pack(order + "HHII", tag, 4, 1, one) for tag, one in sorted(entries))
        return struct.pack(order + "H", len(entries)) + body + bytes(4)

    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    first = directory(4, 3, 200, [(254, subfile), (330, below)])
    data = (head + first).ljust(200, b"\0") + b"\x0b" * 12
    return data.ljust(below, b"\0") + directory(8, 6, 500, []).ljust(200, b"\0") + b"\x4d" * 48


def test_the_pages_of_a_file_that_leads_in_circles() -> None:
    data = bytearray(tiff_with_sub_directory("<", subfile=0))
    count = struct.unpack_from("<H", data, 8)[0]
    struct.pack_into("<I", data, 10 + 12 * count, 8)  # the first page follows itself
    assert len(list(pages(bytes(data)))) == 2


@pytest.mark.parametrize("number", range(1, 9))
def test_how_a_tiff_is_turned_is_recorded(number: int) -> None:
    info = TiffImagePlugin.ImageFileDirectory_v2()
    info[274] = number
    data = encoded(noise(30, 20), "TIFF", tiffinfo=info)
    found = facts(data)
    assert (found.exif_orientation, found.orientation_source) == (number, OrientationSource.TAG)


XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF tiff:Orientation="%d"/></x:xmpmeta>'


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_where_it_is_written_how_a_picture_is_turned(form: str) -> None:
    image = noise(30, 20)
    exif = Image.Exif()
    exif[274] = 6
    options: dict[str, Any] = {"xmp": XMP % 3}
    if form == "PNG":
        from PIL.PngImagePlugin import PngInfo

        text = PngInfo()
        text.add_itxt("XML:com.adobe.xmp", (XMP % 3).decode())
        options = {"pnginfo": text}
    found = facts(encoded(image, form, exif=exif, **options))
    assert (found.exif_orientation, found.orientation_source) == (6, OrientationSource.EXIF)
    found = facts(encoded(image, form, **options))
    assert (found.exif_orientation, found.orientation_source) == (3, OrientationSource.XMP)
    found = facts(encoded(image, form))
    assert (found.exif_orientation, found.orientation_source) == (0, OrientationSource.NONE)


@pytest.mark.parametrize("number", range(2, 9))
def test_how_an_avif_is_turned_is_in_its_boxes(number: int) -> None:
    exif = Image.Exif()
    exif[274] = number
    found = facts(encoded(noise(32, 20), "AVIF", exif=exif))
    expected = (number, OrientationSource.CONTAINER)
    assert (found.exif_orientation, found.orientation_source) == expected


@pytest.mark.parametrize(("turn", "number"), [(1, 8), (2, 3), (3, 6)])
def test_how_a_heic_is_turned_is_in_its_boxes(turn: int, number: int) -> None:
    at = HEIC.index(b"\0\0\0\x28clap")
    instead = b"\0\0\0\x09irot" + bytes([turn]) + b"\0\0\0\x1ffree"
    turned = HEIC[:at] + instead + HEIC[at + len(instead) :]
    assert len(turned) == len(HEIC)
    assert iso_boxes.orientation(turned) == number
    assert iso_boxes.orientation(HEIC) == 0


def deep(values: Any, form: str, **options: Any) -> bytes:
    return encoded(Image.fromarray(values), form, **options)


RAMP = np.arange(900).reshape(30, 30)


@pytest.mark.parametrize(
    ("data", "clipped"),
    [
        (deep((RAMP * 70).astype(np.uint16), "PNG"), True),
        (deep((RAMP * 70).astype(np.uint16), "TIFF"), True),
        (deep((RAMP - 500).astype(np.int32), "TIFF"), True),
        (deep((RAMP / 900).astype(np.float32), "TIFF"), True),
        (deep((RAMP * 70).astype(np.uint16), "JPEG2000"), True),
        (b"P5\n2 1\n65535\n\xff\xff\0\1", True),
        (deep((RAMP % 200).astype(np.uint16), "PNG"), False),
        (deep((RAMP % 200).astype(np.uint8), "PNG"), False),
    ],
)
def test_a_conversion_that_loses_the_picture_is_flagged(data: bytes, *, clipped: bool) -> None:
    assert (Flag.CLIPPED in notes(data).flags) is clipped


def blank(colour: int = 255) -> Image.Image:
    return Image.new("RGB", (40, 30), (colour, colour, colour))


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP", "TIFF"])
def test_a_blank_first_frame_is_flagged_where_another_has_more(form: str) -> None:
    options: dict[str, Any] = {"lossless": True} if form == "WEBP" else {}
    more = encoded(blank(), form, save_all=True, append_images=[noise(40, 30)], **options)
    found = decode(more)
    assert {Flag.BLANK_FIRST_FRAME, Flag.ANIMATED} <= found.info[NOTES].flags
    assert found.convert("RGB").tobytes() == blank().tobytes()
    all_blank = encoded(blank(), form, save_all=True, append_images=[blank(9)], **options)
    assert Flag.BLANK_FIRST_FRAME not in notes(all_blank).flags
    assert Flag.BLANK_FIRST_FRAME not in notes(encoded(blank(), form, **options)).flags


JPEG = encoded(noise(40, 30), "JPEG")
MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(range(200))


@pytest.mark.parametrize(
    ("tail", "kind"),
    [
        (MP4, "MP4 film"),
        (b"\0" * 50 + MP4, "MP4 film"),
        (JPEG, "JPEG picture"),
        (encoded(noise(9, 9), "PNG"), "PNG picture"),
        (b"PK\x03\x04" + bytes(range(40)), "ZIP archive"),
        (b"a message to whoever looks", "text"),
        (bytes(range(1, 200)), "data of no kind that is known here, a remnant perhaps"),
    ],
)
@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "BMP"])
def test_what_follows_a_picture_is_named(form: str, tail: bytes, kind: str) -> None:
    picture = encoded(noise(40, 30), form)
    found = notes(picture + tail)
    assert Flag.APPENDED_DATA in found.flags
    assert found.appended == f"{len(tail)} bytes at {len(picture)}: {kind}"
    assert facts(picture + tail).appended == found.appended


@pytest.mark.parametrize("tail", [b"", b"\0" * 5000, b"\xff" * 40, b"\r\n"])
@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "AVIF", "JPEG2000", "TIFF"])
def test_filling_is_nothing(form: str, tail: bytes) -> None:
    found = notes(encoded(noise(40, 30), form) + tail)
    assert Flag.APPENDED_DATA not in found.flags
    assert found.appended == ""


def test_pictures_that_a_file_names_itself_are_not_appended() -> None:
    several = encoded(noise(40, 30), "MPO", save_all=True, append_images=[noise(40, 30)])
    assert notes(several).flags == {Flag.ANIMATED}
    assert notes(several + MP4).appended.endswith("MP4 film")


CODINGS: dict[str, tuple[str, bytes]] = {
    "12 bits": ("JPEG of 12 bits", JPEG.replace(b"\xff\xc0\0\x11\x08", b"\xff\xc1\0\x11\x0c")),
    "lossless": ("lossless JPEG", JPEG.replace(b"\xff\xc0\0\x11", b"\xff\xc3\0\x11")),
    "hierarchical": ("hierarchical JPEG", JPEG.replace(b"\xff\xc0\0\x11", b"\xff\xc5\0\x11")),
    "JPEG-LS": ("JPEG-LS", b"\xff\xd8\xff\xf7\0\x0b\x08\0\x10\0\x10\1\1\x11\0" + bytes(40)),
    "CgBI": ("CgBI", (png := encoded(noise(9, 9), "PNG"))[:8] + b"\0\0\0\4CgBI\x50\0\x20\2"
             b"\x2b\xd5\xb3\x7f" + png[8:]),
    "BMP with JPEG": ("BMP with JPEG", b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54 + len(JPEG), 0, 0,
                      54, 40, 40, 30, 1, 0, 4, len(JPEG), 0, 0, 0, 0) + JPEG),
    "BMP with PNG": ("BMP with PNG", b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54 + len(png), 0, 0,
                     54, 40, 9, 9, 1, 0, 5, len(png), 0, 0, 0, 0) + png),
    "10 bits in a BMP": ("BMP of 32 bits", b"BM" + struct.pack("<IHHIIiiHHIIiiII", 70, 0, 0,
                         66, 40, 1, 1, 1, 32, 3, 4, 0, 0, 0, 0)
                         + struct.pack("<III", 0x3FF00000, 0xFFC00, 0x3FF) + bytes(4)),
}  # fmt: skip


@pytest.mark.parametrize("name", CODINGS)
def test_a_sound_coding_that_is_not_decoded_is_named(name: str) -> None:
    words, data = CODINGS[name]
    with pytest.raises(ItemRefusedError) as refused:
        decode(data)
    assert refused.value.status is Status.UNSUPPORTED_FORMAT, refused.value.reason
    assert words in refused.value.reason


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({262: 32803}, "camera raw"),
        ({262: 34892}, "camera raw"),
        ({277: 3, 258: 32, 339: 3}, "floating-point"),
        ({259: 34712}, "JPEG 2000"),
        ({259: 50002}, "JPEG XL"),
        ({259: 34887}, "LERC"),
        ({339: 6}, "complex"),
    ],
)
def test_a_tiff_of_another_kind_is_named(tags: dict[int, int], words: str) -> None:
    entries = {256: 4, 257: 3, 258: 8, 259: 1, 262: 1, 273: 200, 277: 1, 278: 3, 279: 12, **tags}
    body = b"".join(struct.pack("<HHII", tag, 4, 1, one) for tag, one in sorted(entries.items()))
    data = b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + body + bytes(4)
    with pytest.raises(ItemRefusedError) as refused:
        decode(data.ljust(200, b"\0") + bytes(144))
    assert refused.value.status is Status.UNSUPPORTED_FORMAT, refused.value.reason
    assert words in refused.value.reason
