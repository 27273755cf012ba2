"""A few of the places at which ``every_write.py`` kills a run, or fills the disk."""

import shutil
from pathlib import Path

import pytest

from tests.attacks.every_write import run_all

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace"),
]


@pytest.mark.parametrize("full", [False, True], ids=["killed", "full disk"])
def test_some_places(tmp_path: Path, *, full: bool) -> None:
    number, wrong = run_all(tmp_path, full=full, step=31)
    assert number > 1
    assert not wrong
