"""What is installed from a wheel: all of the tool, with its C part where it could be compiled."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.support.running import ROOT

pytest.importorskip("hatchling")
pytestmark = pytest.mark.slow

PARTS = ("forensic_cli", "exporters", "trainers", "pyproject.toml", "README.md", "LICENSE")
NATIVE = "forensic_cli/imaging/native/"
ASKS = "from forensic_cli.imaging.native import library; print(library.in_words())"


def wheel(folder: Path, compiler: str | None) -> Path:
    source = folder / "source"
    source.mkdir()
    for name in PARTS:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.so")
            shutil.copytree(ROOT / name, source / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, source / name)
    environment = {key: value for key, value in os.environ.items() if key != "CC"}
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
         "--no-index", "--wheel-dir", folder, source],
        check=True, env=environment | ({"CC": compiler} if compiler else {}),
    )  # fmt: skip
    return next(folder.glob("*.whl"))


def resizer(made: Path, folder: Path) -> str:
    """What an installation of the wheel says of itself."""
    with ZipFile(made) as archive:
        archive.extractall(folder / "installed")
    environment = {**os.environ, "PYTHONPATH": str(folder / "installed")}
    asked = [sys.executable, "-P", "-c", ASKS]
    done = subprocess.run(
        asked, check=True, capture_output=True, text=True, env=environment, cwd=folder
    )
    return done.stdout.strip()


@pytest.mark.skipif(not shutil.which("cc"), reason="no compiler")
def test_a_wheel_made_with_a_compiler(tmp_path: Path) -> None:
    made = wheel(tmp_path, None)
    names = ZipFile(made).namelist()
    assert {NATIVE + "pixels.so", NATIVE + "heard.so"} <= set(names)
    assert NATIVE + "pixels.c" in names
    assert NATIVE + "build_hook.py" not in names
    assert "forensic_cli/models/demonstration.onnx" in names
    assert made.name.endswith(f"-linux_{os.uname().machine}.whl")
    with_avx2 = " avx2 " in Path("/proc/cpuinfo").read_text()
    assert resizer(made, tmp_path) == ("native, AVX2, exact" if with_avx2 else "Pillow")


def test_a_wheel_made_without_one(tmp_path: Path) -> None:
    made = wheel(tmp_path, "false")
    assert not [name for name in ZipFile(made).namelist() if name.endswith(".so")]
    assert made.name.endswith("-py3-none-any.whl")
    assert resizer(made, tmp_path) == "Pillow"
