"""What the exporter's tests share: the program, and a small trained-looking network."""

import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.support.running import Runner

if find_spec("torch") is None or find_spec("timm") is None:
    collect_ignore_glob = ["test_*.py"]  # they need the extra: parity
else:
    import torch

    from exporters.cli.app import main
    from tests.support import checkpoints


@pytest.fixture(autouse=True)
def _quiet_libraries() -> Iterator[None]:
    """The libraries compared with have warnings of their own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture
def dfc_export(capsys: pytest.CaptureFixture[str]) -> Runner:
    """Runs dfc-export in this process."""
    return Runner(capsys, main)


@pytest.fixture(scope="session")
def small() -> Any:
    """timm's tiny test ResNet (160 x 160 pixels), with answers on both sides."""
    return checkpoints.timm_model("test_resnet", 160)


@pytest.fixture
def small_checkpoint(small: Any, tmp_path: Path) -> Path:
    """It as timm's training script saves it: the architecture's name beside the weights."""
    path = tmp_path / "small.pt"
    torch.save({"arch": "test_resnet", "state_dict": small.state_dict()}, path)
    return path
