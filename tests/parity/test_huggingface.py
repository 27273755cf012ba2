"""The whole tool against Hugging Face's own pipeline in PyTorch: same scores, same labels."""

import csv
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.support.running import ROOT, Runner

pytest.importorskip("torch", reason="needs the extra: parity")
transformers = pytest.importorskip("transformers", reason="needs the extra: parity")

from tests.support.exported import Exported, export  # after the two above

pytestmark = [
    pytest.mark.parity,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # the libraries compared with have warnings of their own
]

# Labelled pictures, where the checkout has some beside it; nothing else depends on them.
PICTURES = Path(os.environ.get("DFC_PICTURES", ROOT.parent / "shared" / "data" / "val"))


@pytest.fixture(scope="module", params=["resnet18", "swin"])
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return export(request.param, tmp_path_factory.mktemp("exported"))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of many shapes, modes and formats, some of them lying on their side."""
    root = tmp_path_factory.mktemp("drawn")
    rng = np.random.default_rng(5)
    for index in range(20):
        height, width = int(rng.integers(40, 700)), int(rng.integers(40, 700))
        coarse = rng.integers(0, 256, (5, 6, 3), dtype=np.uint8)
        image = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
        image = image.convert(("RGB", "L", "RGBA", "P")[index % 4])
        exif = Image.Exif()
        exif[0x0112] = 1 + index % 8
        form = ("PNG", "WEBP")[index % 2] if image.mode != "RGB" else "JPEG"
        image.save(root / f"{index:02d}.{form.lower()}", form, exif=exif)
    return root


def compare(dfc: Runner, exported: Exported, root: Path, out: Path) -> int:
    """Run both over every picture; return how many got label 0."""
    dfc(root, "--model", exported.path, "--out", out, "--device", "cpu")
    with out.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == sum(path.is_file() for path in root.rglob("*"))
    reference: Any = transformers.pipeline(
        "image-classification",
        model=exported.network,
        image_processor=exported.processor,
        device="cpu",
    )
    for row in rows:
        answers = reference(str(root.parent / row["filename"]), top_k=2)
        best = max(answers, key=lambda answer: answer["score"])
        assert float(row["score"]) == pytest.approx(best["score"], abs=1e-4), row
        assert int(row["label"]) == {"artificial": 0, "human": 1}[best["label"]], row
    return sum(row["label"] == "0" for row in rows)


def test_drawn_pictures(dfc: Runner, exported: Exported, drawn: Path, tmp_path: Path) -> None:
    ai = compare(dfc, exported, drawn, tmp_path / "r.csv")
    assert 1 <= ai <= 19  # both labels occur, so that a constant answer would not pass


@pytest.mark.skipif(not PICTURES.is_dir(), reason="no labelled pictures beside this checkout")
def test_labelled_pictures(dfc: Runner, exported: Exported, tmp_path: Path) -> None:
    compare(dfc, exported, PICTURES, tmp_path / "r.csv")


def test_batches_do_not_change_a_bit(
    dfc: Runner, exported: Exported, drawn: Path, tmp_path: Path
) -> None:
    results = set()
    for batch in (1, 3, 32):
        out = tmp_path / f"{batch}.csv"
        dfc(drawn, "--model", exported.path, "--out", out, "--batch-size", batch)
        results.add(out.read_bytes())
    assert len(results) == 1
