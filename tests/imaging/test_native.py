"""What is compiled gives Pillow's pixels, bit for bit, or leaves the picture to Pillow."""

import hashlib
import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import PIL
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from forensic_cli.imaging.native import library
from forensic_cli.imaging.pixels import prepare
from forensic_cli.model_card.preprocessing import Preprocessing
from forensic_cli.model_card.steps import (
    ConvertRgb,
    ExifTranspose,
    ResizeShortestEdge,
    ResizeSquash,
)
from forensic_cli.settings import DEFAULT_MAX_PIXELS
from tests.support.running import ROOT

SOURCE = ROOT / "forensic_cli" / "imaging" / "native" / "pixels.c"
needs_library = pytest.mark.skipif(
    library.in_words() == "Pillow", reason="pixels.c is not compiled, or not for this processor"
)
side = st.integers(1, 90) | st.integers(1, 700)
Size = tuple[int, int]


@pytest.fixture(autouse=True)
def _one_piece() -> None:
    library.keep_in_one_piece(DEFAULT_MAX_PIXELS)


def picture(size: Size, seed: int, *, harsh: bool = False) -> Image.Image:
    generator = np.random.default_rng(seed)
    values = generator.integers(0, 256, (size[1], size[0], 3), np.uint8)
    return Image.fromarray((values >> 7) * np.uint8(255) if harsh else values)


@pytest.mark.skipif(
    not shutil.which("cc")
    or not PIL.__version__.startswith("13.")
    or " avx2 " not in Path("/proc/cpuinfo").read_text(),
    reason="no compiler, another Pillow, or another processor",
)
def test_a_machine_with_a_compiler_has_it() -> None:
    assert library.in_words() == "native, AVX2, exact"


@needs_library
@settings(max_examples=600, deadline=None)
@given(
    size=st.tuples(side, side), to=st.tuples(side, side), filter_=st.sampled_from(library.FILTERS),
    seed=st.integers(0, 9), harsh=st.booleans(),
)  # fmt: skip
def test_resizing_is_pillows(
    size: Size, to: Size, filter_: Image.Resampling, seed: int, *, harsh: bool
) -> None:
    image = picture(size, seed, harsh=harsh)
    found = library.resized(image, to, filter_)
    if size == to:
        assert found is None
    else:
        assert found is not None
        assert found.tobytes() == image.resize(to, filter_).tobytes()


@needs_library
@pytest.mark.slow
def test_thousands_of_pictures() -> None:
    """Every pairing of sides to 224 x 224, as most cards have it, and large ones."""
    sides = sorted({*range(1, 40), *range(200, 260, 3), 448, 449, 671, 672, 673, 1023})
    pairs = [(width, height) for width in sides for height in sides]
    pairs += [(4000, 3000), (3000, 4000), (2000, 1500), (5000, 31), (31, 5000), (9001, 1)]
    for seed, size in enumerate(pairs):
        image = picture(size, seed, harsh=seed % 2 == 1)
        for filter_ in library.FILTERS[seed % 3 :: 3] or library.FILTERS[:1]:
            found = library.resized(image, (224, 224), filter_)
            if size != (224, 224):
                assert found is not None, size
                assert found.tobytes() == image.resize((224, 224), filter_).tobytes(), size


@needs_library
@settings(max_examples=100, deadline=None)
@given(st.tuples(side, side), st.integers(0, 9))
def test_the_digest_is_of_all_pixels(size: Size, seed: int) -> None:
    image = picture(size, seed)
    state = hashlib.sha256(b"before")
    assert library.digest(image, state)
    assert state.hexdigest() == hashlib.sha256(b"before" + image.tobytes()).hexdigest()


@needs_library
def test_what_it_does_not_do_is_left_to_pillow() -> None:
    grey, nearest = Image.new("L", (30, 20)), Image.Resampling.NEAREST
    assert library.resized(grey, (10, 10), Image.Resampling.BICUBIC) is None
    assert not library.digest(grey, hashlib.sha256())
    assert library.resized(picture((30, 20), 0), (10, 10), nearest) is None
    assert library.resized(Image.new("RGB", (0, 5)), (10, 10), Image.Resampling.BICUBIC) is None


@needs_library
def test_memory_in_parts_is_left_to_pillow() -> None:
    """A frame of more than 16 MB, where Pillow was not told to keep it in one piece."""
    Image.core.set_use_block_allocator(0)  # type: ignore[attr-defined]
    image = picture((2600, 2400), 1)
    assert library.resized(image, (10, 10), Image.Resampling.BICUBIC) is None
    assert not library.digest(image, hashlib.sha256())


@needs_library
def test_what_a_later_step_asks_for_is_kept() -> None:
    """The orientation, where a card transposes behind a resize."""
    data = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    picture((90, 60), 1).save(data, "PNG", exif=exif)
    steps = (
        ConvertRgb(),
        ResizeShortestEdge(40, "bicubic"),
        ExifTranspose(),
        ResizeSquash(32, 32, "bicubic"),
    )
    found = prepare(Image.open(data), Preprocessing(steps, 255.0, (0.5,) * 3, (0.5,) * 3))[0]
    plain = Image.open(data).convert("RGB").resize((60, 40), Image.Resampling.BICUBIC)
    turned = ImageOps.exif_transpose(plain).resize((32, 32), Image.Resampling.BICUBIC)
    assert np.array_equal(found, np.asarray(turned))


@pytest.mark.parametrize("damage", ["absent", "no library", "another", "wrong"])
def test_without_it_everything_works(tmp_path: Path, damage: str) -> None:
    """The same rows, the same digests, and the log says what resized."""
    if damage in {"wrong", "another"} and not SOURCE.with_suffix(".so").exists():
        pytest.skip("not compiled here")
    package = tmp_path / "forensic_cli"
    shutil.copytree(ROOT / "forensic_cli", package, ignore=shutil.ignore_patterns("__pycache__"))
    built = package / "imaging" / "native" / "pixels.so"
    built.unlink(missing_ok=True)
    if damage == "no library":
        built.write_bytes(b"\x7fELF and then nothing")
    if damage == "another":  # compiled from other code
        revised = package / "imaging" / "native" / "pixels.c"
        revised.write_text(SOURCE.read_text() + "/* changed since */")
        shutil.copy(SOURCE.with_suffix(".so"), built)
    if damage == "wrong":  # a rounding of the last bit, in one of the passes
        text = SOURCE.read_text().replace("(part < 0 ? -0.5 : 0.5)", "(part < 0 ? -0.4 : 0.0)")
        assert text != SOURCE.read_text()
        (tmp_path / "wrong.c").write_text(text)
        revision = hashlib.sha256(SOURCE.read_bytes()).hexdigest()
        options = ("-O2", "-shared", "-fPIC", "-ffp-contract=off", f'-DREVISION="{revision}"')
        command = ["cc", *options, "-o", str(built), str(tmp_path / "wrong.c"), "-lm"]
        subprocess.run(command, check=True)
    rows = {}
    for name, root in (("with", ROOT), ("without", tmp_path)):
        out = tmp_path / f"{name}.csv"
        subprocess.run(
            [sys.executable, "-m", "forensic_cli", ROOT / "samples" / "ImageSet", "--out", out,
             "--model", ROOT / "samples" / "plumbing-demo.onnx", "--quiet"],
            env={**os.environ, "PYTHONPATH": str(root)}, check=False, cwd=root,
        )  # fmt: skip
        rows[name] = out.read_bytes()
        log = out.with_suffix(".audit.jsonl").read_text()
        said = "Pillow" if name == "without" else library.in_words()
        assert f'"resize":"{said}"' in log
    assert rows["with"] == rows["without"]
