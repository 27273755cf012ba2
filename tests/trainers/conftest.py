"""What the trainer's tests share: the program, and labelled pictures that can be told apart."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.support.running import Runner

if find_spec("torch") is None or find_spec("accelerate") is None:
    collect_ignore_glob = ["test_*.py"]  # they need the extra: parity
else:
    from exporters.libraries import prepare
    from trainers.cli.app import main

    prepare()  # before a test's own import of transformers

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def _quiet_libraries() -> object:
    """The libraries trained with have warnings of their own."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture
def dfc_train(capsys: pytest.CaptureFixture[str]) -> Runner:
    """Runs dfc-train in this process."""
    return Runner(capsys, main)


def picture(label: int, seed: int, side: int = 72) -> Image.Image:
    """A smooth, reddish picture (AI, 0), or a bluish one with a camera's noise on it (real, 1)."""
    generator = np.random.default_rng([label, seed])
    coarse = Image.fromarray(generator.integers(0, 256, (6, 6, 3), dtype=np.uint8))
    pixels = np.asarray(coarse.resize((side, side), Image.Resampling.BICUBIC), np.float64)
    pixels[..., 2 * label] += 80
    if label:
        pixels = pixels + generator.normal(0, 25, pixels.shape)
    return Image.fromarray(pixels.round().clip(0, 255).astype(np.uint8))


@pytest.fixture
def lay_data(tmp_path: Path) -> "Callable[..., Path]":
    """Makes labelled folders: so many pictures of each class, below the names given."""

    def lay(count: int, names: tuple[str, str] = ("AI", "Real"), under: str = "data") -> Path:
        for label, name in enumerate(names):
            (tmp_path / under / name).mkdir(parents=True, exist_ok=True)
            for number in range(count):
                picture(label, number).save(tmp_path / under / name / f"{number:03}.png")
        return tmp_path / under

    return lay
