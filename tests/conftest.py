"""Fixtures that the tests share."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.models import ModelMaker, model_maker
from tests.support.pictures import png
from tests.support.running import Runner

# Timings belong in benchmarks; a slow machine is no failure.
settings.register_profile(
    "dfc", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("dfc")


@pytest.fixture
def dfc(capsys: pytest.CaptureFixture[str]) -> Runner:
    """Runs dfc-classify in this process."""
    return Runner(capsys)


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    """A small set: eight pictures, two of equal content, and what is no picture."""
    root = tmp_path / "evidence" / "Set"
    (root / "sub").mkdir(parents=True)
    for index in range(8):
        (root / f"p{index}.png").write_bytes(png((30 * index, 10, 240 - 30 * index)))
    (root / "sub" / "copy.png").write_bytes((root / "p3.png").read_bytes())
    (root / "sub" / "text.jpg").write_text("no picture\n")
    return root


@pytest.fixture
def make_model(tmp_path: Path) -> ModelMaker:
    """Makes a model file; keywords replace fields of its card."""

    return model_maker(tmp_path)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="Write the golden files anew (see their test)."
    )
