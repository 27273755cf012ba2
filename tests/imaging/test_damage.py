"""Damage that a file's bytes prove, though its decoder makes a picture of it without a word."""

import io
import random
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile, JpegImagePlugin

from forensic_cli.decode_workers.pool import DecodeWorkers
from forensic_cli.errors import ItemRefusedError
from forensic_cli.flags import Flag
from forensic_cli.imaging.damage.examine import damage_of
from forensic_cli.imaging.decode import decode
from forensic_cli.imaging.notes import NOTES
from forensic_cli.imaging.structure.jpeg import jpeg_structure
from forensic_cli.imaging.structure.png import chunks
from forensic_cli.records import Status
from tests.decode_workers.test_workers import of
from tests.support.containers import rows
from tests.support.heic import HEIC
from tests.support.models import ModelMaker
from tests.support.pictures import encoded
from tests.support.running import Runner

CLUSTER = 4096


def photograph(width: int = 960, height: int = 640) -> Image.Image:
    """Something with detail everywhere, so that every cluster of its file matters."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[0:height, 0:width]
    waves = [128 + 80 * np.sin(x / 97 + at) + 40 * np.cos(y / 53 - at) for at in range(3)]
    pixels = np.stack(waves, axis=-1) + rng.normal(0, 9, (height, width, 3))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


PHOTOGRAPH = photograph()
BASELINE = encoded(PHOTOGRAPH, "JPEG", quality=85)
JPEGS = {
    "baseline": BASELINE,
    "progressive": encoded(PHOTOGRAPH, "JPEG", quality=85, progressive=True),
    "with restarts": encoded(PHOTOGRAPH, "JPEG", quality=85, restart_marker_rows=2),
    "in full colour": encoded(PHOTOGRAPH, "JPEG", quality=85, subsampling=0),
    "grey": encoded(PHOTOGRAPH.convert("L"), "JPEG", quality=85),
    "CMYK": encoded(PHOTOGRAPH.convert("CMYK"), "JPEG", quality=85),
}


def begin_of_data(data: bytes) -> int:
    return jpeg_structure(data).scans[0].data


def damaged_copies(data: bytes, count: int = 12) -> Iterator[tuple[str, bytes]]:
    """A picture after what drives, transfers and editors do to it."""
    rng = random.Random(5)  # noqa: S311 - not for secrets
    first, last = begin_of_data(data), len(data) - CLUSTER - 2
    for _ in range(count):
        at = rng.randrange(first, last)
        yield "a cluster of zeros", data[:at] + bytes(CLUSTER) + data[at + CLUSTER :]
        yield "FF 00", data[:at] + b"\xff\0" * (CLUSTER // 2) + data[at + CLUSTER :]
        yield "another file's bytes", data[:at] + rng.randbytes(CLUSTER) + data[at + CLUSTER :]
        yield "cut and closed", data[:at] + b"\xff\xd9"
        yield "zeros from there on", data[:at] + bytes(len(data) - at)
        yield "cut", data[:at]


@pytest.mark.parametrize("name", JPEGS)
def test_damage_that_libjpeg_notices_and_conceals(name: str) -> None:
    found: dict[str, list[bool]] = {}
    for kind, data in damaged_copies(JPEGS[name]):
        damage = damage_of(data, "JPEG")
        found.setdefault(kind, []).append(damage is not None)
        if damage is not None:
            assert damage.status in {Status.TRUNCATED, Status.CORRUPT}
            assert "JPEG" in damage.reason
    missed = {kind: each.count(False) for kind, each in found.items() if not all(each)}
    if name == "progressive":  # zeros in a refining scan are a scan without refinements
        missed.pop("a cluster of zeros", None)
    assert not missed


@pytest.mark.parametrize("name", JPEGS)
@pytest.mark.parametrize("cut", [1, 2, 3, 50, 5000])
def test_any_number_of_bytes_cut_off(name: str, cut: int) -> None:
    with pytest.raises(ItemRefusedError) as refused:
        decode(JPEGS[name][:-cut])
    assert refused.value.status is Status.TRUNCATED


def test_how_much_of_the_picture_there_are_data_for() -> None:
    first = begin_of_data(BASELINE)
    half = first + (len(BASELINE) - first) // 2
    damage = damage_of(BASELINE[:half] + b"\xff\xd9", "JPEG")
    assert damage is not None
    assert damage.status is Status.TRUNCATED
    percent = int(damage.reason.removeprefix("the JPEG data stop after ").split(" ")[0])
    assert 45 <= percent <= 55


def test_a_progressive_picture_reduced_to_its_first_scans() -> None:
    data = JPEGS["progressive"]
    scans = jpeg_structure(data).scans
    assert len(scans) > 5
    for scan in scans[1:]:
        header = data.rfind(b"\xff\xda", 0, scan.data)
        tables = data.rfind(b"\xff\xc4", 0, header)
        end = tables if tables > scans[0].data else header
        damage = damage_of(data[:end] + b"\xff\xd9", "JPEG")
        assert damage is not None, scan
        assert damage.status is Status.TRUNCATED
        assert "coarse" in damage.reason or "stop" in damage.reason


def with_segment(data: bytes, marker: int, body: bytes) -> bytes:
    return data[:2] + bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body + data[2:]


SOUND: dict[str, bytes] = {
    **JPEGS,
    "of 1 x 1": encoded(Image.new("RGB", (1, 1)), "JPEG"),
    "of several pictures": encoded(PHOTOGRAPH, "MPO", save_all=True, append_images=[PHOTOGRAPH]),
    "with a film after it": BASELINE + b"\0\0\0\x18ftypmp42" + bytes(500),
    "filled up to a sector": BASELINE[:-2] + bytes(300) + b"\xff\xd9",
    "with fill bytes": BASELINE.replace(b"\xff\xda", b"\xff\xff\xff\xda", 1),
    "with a comment of markers": with_segment(BASELINE, 0xFE, b"\xff\xd9\xff\xda\xff\xd8" * 9),
    "of an unknown JFIF version": BASELINE.replace(b"JFIF\0\1\1", b"JFIF\0\x09\x09", 1),
    "with junk between segments": BASELINE[:20] + b"junk" + BASELINE[20:],
    "with bad scan parameters": BASELINE[: begin_of_data(BASELINE) - 3] + b"\0\0\0"
    + BASELINE[begin_of_data(BASELINE) :],
}  # fmt: skip


@pytest.mark.parametrize("name", SOUND)
def test_sound_pictures_are_never_called_damaged(name: str) -> None:
    assert damage_of(SOUND[name], "JPEG") is None
    with Image.open(io.BytesIO(SOUND[name])) as reference:
        assert decode(SOUND[name]).tobytes() == reference.tobytes()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def rebuilt(data: bytes, change: Callable[[bytes, bytes], bytes]) -> bytes:
    """A PNG with chunks replaced."""
    parts = [change(one.name, data[one.start : one.stop]) for one in chunks(data)]
    return b"".join([data[:8], *parts])


PNG = encoded(PHOTOGRAPH.resize((120, 80)), "PNG")
PNG_16 = encoded(Image.fromarray(np.arange(9600, dtype=np.uint16).reshape(80, 120)), "PNG")


def with_pixels(data: bytes, part: float) -> bytes:
    """A PNG whose data are those of its first rows, correctly packed and summed."""
    pixels = b"".join(data[one.data : one.stop - 4] for one in chunks(data) if one.name == b"IDAT")
    rows = zlib.decompress(pixels)
    fewer = chunk(b"IDAT", zlib.compress(rows[: int(len(rows) * part)]))
    done = []

    def change(name: bytes, whole: bytes) -> bytes:
        if name != b"IDAT":
            return whole
        done.append(name)
        return fewer if len(done) == 1 else b""

    return rebuilt(data, change)


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0x20]) + data[at + 1 :]


@pytest.mark.parametrize("sound", [PNG, PNG_16])
@pytest.mark.parametrize("part", [0.0, 0.3, 0.99])
def test_a_png_with_missing_rows(sound: bytes, part: float) -> None:
    damage = damage_of(with_pixels(sound, part), "PNG")
    assert damage is not None
    assert damage.status is Status.TRUNCATED
    assert f"after {int(100 * part) - (part == 0.99)} %" in damage.reason or part == 0.99
    assert damage_of(with_pixels(sound, 1), "PNG") is None


@pytest.mark.parametrize("name", [b"IHDR", b"IDAT", b"IEND"])
def test_a_png_whose_checksum_is_wrong(name: bytes) -> None:
    damaged = rebuilt(
        PNG, lambda one, whole: flipped(whole, len(whole) - 1) if one == name else whole
    )
    with pytest.raises(ItemRefusedError) as refused:
        decode(damaged)
    assert refused.value.status is Status.CORRUPT
    assert name.decode() in refused.value.reason


@pytest.mark.parametrize("cut", [1, 4, 8, 12, 13, 40, 4000])
def test_a_png_without_its_end(cut: int) -> None:
    with pytest.raises(ItemRefusedError) as refused:
        decode(PNG[:-cut])
    assert refused.value.status is Status.TRUNCATED


COMMENT = chunk(b"tEXt", b"Comment\0" + b"words " * 20)
DAMAGED_COMMENTS = {
    "its text": flipped(COMMENT, 30),
    "its checksum": flipped(COMMENT, len(COMMENT) - 1),
    "its name": flipped(COMMENT, 5)[:5] + b"\0" + COMMENT[6:],
    "its length, too long": struct.pack(">I", 10**6) + COMMENT[4:],
    "its length, too short": struct.pack(">I", 17) + COMMENT[4:],
    "its compression": chunk(b"zTXt", b"Comment\0\x07xxxx"),
    "its profile": chunk(b"iCCP", b"x"),
}


@pytest.mark.parametrize("name", DAMAGED_COMMENTS)
def test_a_damaged_comment_does_not_keep_a_picture_back(name: str) -> None:
    data = PNG[:33] + DAMAGED_COMMENTS[name] + PNG[33:]
    found = decode(data)
    assert found.tobytes() == decode(PNG).tobytes()
    assert Flag.DAMAGED_METADATA in found.info[NOTES].flags or name == "its profile"


def test_a_jpeg_whose_descriptions_stop_pillow_is_decoded_without_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stops(*_: object) -> None:
        msg = "broken EXIF"
        raise SyntaxError(msg)

    expected = decode(BASELINE).tobytes()
    data = with_segment(BASELINE, 0xED, b"Photoshop 3.0\0" + b"8BIM\xff")
    monkeypatch.setitem(JpegImagePlugin.MARKER, 0xFFED, ("APP13", "", stops))
    found = decode(data)
    assert found.tobytes() == expected
    assert found.info[NOTES].flags == {Flag.DAMAGED_METADATA}


def others() -> dict[str, tuple[str, bytes]]:
    frames = [PHOTOGRAPH.resize((120, 80)), PHOTOGRAPH.rotate(90).resize((120, 80))]
    small = frames[0]
    more = {"save_all": True, "append_images": frames[1:]}
    return {
        "GIF": ("GIF", encoded(small, "GIF")),
        "animated GIF": ("GIF", encoded(small, "GIF", **more)),
        "APNG": ("PNG", encoded(small, "PNG", **more)),
        "MPO": ("JPEG", encoded(small, "MPO", **more)),
        "ICO": ("ICO", encoded(small.resize((64, 64)), "ICO", sizes=[(16, 16), (64, 64)])),
        "TIFF": ("TIFF", encoded(small, "TIFF")),
        "TIFF, LZW": ("TIFF", encoded(small, "TIFF", compression="tiff_lzw")),
        "TIFF, Deflate": ("TIFF", encoded(small, "TIFF", compression="tiff_adobe_deflate")),
        "TIFF, JPEG": ("TIFF", encoded(small, "TIFF", compression="jpeg")),
        "TIFF of pages": (
            "TIFF",
            encoded(small.copy(), "TIFF", save_all=True, append_images=[frames[1].copy()]),
        ),
        "WebP": ("WEBP", encoded(small, "WEBP")),
        "lossless WebP": ("WEBP", encoded(small, "WEBP", lossless=True)),
        "animated WebP": ("WEBP", encoded(small, "WEBP", **more)),
        "AVIF": ("AVIF", encoded(small, "AVIF")),
        "HEIC": ("HEIF", HEIC),
        "JPEG 2000": ("JPEG2000", encoded(small, "JPEG2000")),
        "JPEG 2000, bare": ("JPEG2000", encoded(small, "JPEG2000", no_jp2=True)),
        "BMP": ("BMP", encoded(small, "BMP")),
        "PPM": ("PPM", encoded(small, "PPM")),
    }


OTHERS = others()


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("cut", [1, 2, 7, 64, 0.25, 0.6, 0.9])
def test_an_end_that_is_cut_off_is_found_for_every_format(name: str, cut: float) -> None:
    form, data = OTHERS[name]
    assert damage_of(data, form) is None
    data = data.rstrip(b"\0") if form == "TIFF" else data  # filled up to sixteen bytes
    with pytest.raises(ItemRefusedError) as refused:
        decode(data[: -int(cut if cut >= 1 else len(data) * cut)])
    assert refused.value.status is Status.TRUNCATED, refused.value.reason
    assert "HEIF" not in refused.value.reason or form == "HEIF"
    assert "Error" not in refused.value.reason


@pytest.mark.parametrize("name", ["TIFF, Deflate", "TIFF, JPEG", "TIFF, LZW", "GIF"])
def test_a_hole_in_what_is_packed_with_codes(name: str) -> None:
    data = OTHERS[name][1]
    middle = len(data) // 2
    with pytest.raises(ItemRefusedError) as refused:
        decode(data[:middle] + bytes(200) + data[middle + 200 :])
    assert refused.value.status in {Status.CORRUPT, Status.TRUNCATED}


def test_damaged_pictures_are_scored_where_that_is_asked_for() -> None:
    first = begin_of_data(BASELINE)
    data = BASELINE[: first + 9000] + b"\xff\xd9"
    found = decode(data, allow_damaged=True)
    assert found.size == PHOTOGRAPH.size
    assert Flag.DAMAGED_DATA in found.info[NOTES].flags
    assert Flag.DAMAGED_DATA not in decode(BASELINE, allow_damaged=True).info[NOTES].flags
    assert not ImageFile.LOAD_TRUNCATED_IMAGES
    with pytest.raises(ItemRefusedError):  # nothing is invented where the decoder gives up
        decode(data[:-2], allow_damaged=True)


def test_the_whole_run(dfc: Runner, make_model: ModelMaker, tmp_path: Path) -> None:
    evidence = tmp_path / "Set"
    evidence.mkdir()
    middle = len(BASELINE) // 2
    (evidence / "closed.jpg").write_bytes(BASELINE[:middle] + b"\xff\xd9")
    (evidence / "rows.png").write_bytes(with_pixels(PNG, 0.5))
    (evidence / "sound.jpg").write_bytes(BASELINE)
    model, out = make_model(), tmp_path / "r.csv"
    dfc(evidence, "--model", model, "--out", out, code=3)
    assert [row[2] for row in rows(out)[1:]] == ["sound.jpg"]
    exceptions = rows(tmp_path / "r.exceptions.csv")[1:]
    assert [(row[0], row[2]) for row in exceptions] == [
        ("truncated", "closed.jpg"), ("truncated", "rows.png"),
    ]  # fmt: skip
    assert exceptions[1][1] == "the PNG data stop after 50 % of the picture"
    dfc(evidence, "--model", model, "--out", out, "--allow-damaged", "--force")
    assert [row[2] for row in rows(out)[1:]] == ["closed.jpg", "rows.png", "sound.jpg"]


@pytest.mark.parametrize("size", [200_000, 2_000_000])
def test_a_png_made_to_keep_its_reader_busy_is_done_with_at_once(size: int) -> None:
    # Quadratic in time it would take minutes: reaching the end is the test.
    head = PNG[:33]
    for filling in (bytes(size), b"\0\0\0\0IDAT" * (size // 8), b"\0\1\0\0tEXt" * (size // 8)):
        with pytest.raises(ItemRefusedError):
            decode(head + filling)


def test_the_warnings_of_pillow_s_libjpeg_are_heard() -> None:
    """In a process of its own, as decode workers are: before Pillow is imported."""
    script = (
        "import forensic_cli.decode_workers\n"
        "from forensic_cli.imaging.native import jpeg_warnings as warnings\n"
        "from PIL import Image\n"
        "import io, sys\n"
        "print(warnings.is_listening())\n"
        "data = sys.stdin.buffer.read()\n"
        "before = warnings.heard()\n"
        "Image.open(io.BytesIO(data)).load()\n"
        "print(warnings.heard() - before)\n"
        "cut = data[: len(data) // 2] + b'\\xff\\xd9'\n"
        "Image.open(io.BytesIO(cut)).load()\n"
        "print(warnings.heard() - before > 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], input=BASELINE, capture_output=True, check=True
    )
    assert done.stdout.split() == [b"True", b"0", b"True"]


@pytest.mark.parametrize("name", JPEGS)
def test_hearing_warnings_or_decoding_twice_comes_to_the_same(
    name: str, by_workers: Callable[[list[bytes]], list[str]]
) -> None:
    """In workers warnings are heard; here Pillow came first, and all data are decoded twice."""
    files = [data for _, data in damaged_copies(JPEGS[name], 4)]
    assert by_workers([*files, JPEGS[name]]) == [said(data) for data in (*files, JPEGS[name])]


def said(data: bytes) -> str:
    try:
        decode(data)
    except ItemRefusedError as refused:
        return str(refused)
    return "scored"


@pytest.fixture
def by_workers() -> Callable[[list[bytes]], list[str]]:
    """What workers say of files."""

    def ask(files: list[bytes]) -> list[str]:
        workers = DecodeWorkers(1)
        found = of(workers, *files)
        workers.close()
        return [str(one) if isinstance(one, ItemRefusedError) else "scored" for one in found]

    return ask
