"""Pillow's own test pictures, a thousand odd and broken files: a row each, the pixels of Pillow.

``make test`` fetches Pillow's source distribution into ``.cache/``; where it is not to be had, this
is skipped.
"""

import hashlib
import io
import struct
import tarfile
import warnings
from collections import Counter
from pathlib import Path

import PIL
import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageOps, PngImagePlugin

from forensic_cli.imaging import heif
from forensic_cli.imaging.formats import DECODED
from tests.support.nasty_tree import unchanged
from tests.support.running import DEMO_MODEL, ROOT, Runner

SOURCE = ROOT / ".cache" / f"pillow-{PIL.__version__}.tar.gz"

OTHERWISE = {
    "hopper_bad_exif.jpg",  # its data are damaged, which libjpeg notices and Pillow conceals
    "unknown_compression_method.png",  # a comment is damaged, over which Pillow stops
}
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SOURCE.exists(), reason="needs Pillow's source (make test fetches it)"),
]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("pillow")
    with tarfile.open(SOURCE) as archive:
        for member in archive:
            if member.isfile() and "/Tests/images/" in member.name:
                archive.extract(member, root, filter="data")
    return next(root.glob("*/Tests/images"))


def reference(data: bytes) -> str | None:
    """Digest of the pixels as Hugging Face's pipeline has them, None where Pillow has none."""
    try:
        with Image.open(io.BytesIO(data), formats=DECODED) as image:
            rgb = ImageOps.exif_transpose(image).convert("RGB")
    except Exception:  # noqa: BLE001 - damaged files raise anything
        return None
    return hashlib.sha256(struct.pack(">II", *rgb.size) + rgb.tobytes()).hexdigest()


@pytest.mark.slow
def test_each_has_a_row_and_the_pixels_of_pillow(
    dfc: Runner, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unchanged(pictures):
        dfc(pictures, "--model", DEMO_MODEL, "--out", tmp_path / "r.csv", code=3)
    rows = pq.read_table(tmp_path / "r.details.parquet").to_pylist()
    files = sorted(bytes(path) for path in pictures.rglob("*") if not path.is_dir())
    assert [row["path_bytes"].partition(b"/")[2] for row in rows] == [
        path.removeprefix(bytes(pictures) + b"/") for path in files
    ]
    assert len(rows) > 900
    counts = Counter(row["status"] for row in rows)
    assert not counts.keys() & {"decoder_crash", "timeout", "out_of_memory", "read_error"}

    heif.register()
    monkeypatch.setattr(PngImagePlugin, "MAX_TEXT_CHUNK", 16 * 1024 * 1024)
    wrong = []
    for path, row in zip(files, rows, strict=True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            expected = reference(Path(path.decode()).read_bytes())
        if row["rgb_sha256"] != expected and Path(path.decode()).name not in OTHERWISE:
            wrong.append((row["path"], row["status"], row["reason"], expected))
    assert not wrong
