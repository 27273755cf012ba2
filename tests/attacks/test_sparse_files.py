"""Files of terabytes that take no room on the disk."""

from pathlib import Path

import pytest

from tests.support.models import ModelMaker
from tests.support.running import Runner, spawn


@pytest.fixture
def huge(evidence: Path) -> Path:
    with (evidence / "huge.png").open("wb") as stream:
        stream.truncate(8 << 40)
    return evidence


def test_it_is_not_read_where_no_reference_names_it(
    huge: Path, make_model: ModelMaker, tmp_path: Path, dfc: Runner
) -> None:
    listed = tmp_path / "own.md5"
    size = (huge / "huge.png").stat().st_size
    (huge / "huge.png").rename(tmp_path / "huge")
    dfc("hash", huge, "--out", listed)
    (tmp_path / "huge").rename(huge / "huge.png")
    done = spawn("verify-hash", huge, "--hashes", listed, timeout=60)
    assert done.returncode == 4
    assert f"new            huge.png  ({size} bytes, not read" in done.stdout
    asked = (huge, "--model", make_model(), "--out", tmp_path / "r.csv")
    assert spawn(*asked, "--hashes", listed, timeout=60).returncode == 4


def test_it_is_too_large_to_be_scored(huge: Path, make_model: ModelMaker, tmp_path: Path) -> None:
    out = tmp_path / "r.csv"
    done = spawn(huge, "--model", make_model(), "--out", out, timeout=60)
    assert done.returncode == 3
    assert "too_large" in out.with_suffix(".exceptions.csv").read_text()
