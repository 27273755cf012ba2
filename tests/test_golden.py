"""The demo's result, byte for byte.

Where these change, either the tool changed what it says of the same bytes (find out why, and
say so in CHANGELOG.md), or a library that decodes or scores did (say which). Then write them
anew: ``python -m pytest tests/test_golden.py --update-golden``.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.running import DEMO_MODEL, ROOT, SAMPLES, Runner

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("end", ["csv", "exceptions.csv"])
def test_the_demo_s_result(
    dfc: Runner, tmp_path: Path, end: str, request: pytest.FixtureRequest
) -> None:
    dfc(SAMPLES / "ImageSet", "--model", DEMO_MODEL, "--out", tmp_path / "ImageSet.csv", code=3)
    made = (tmp_path / f"ImageSet.{end}").read_bytes()
    kept = GOLDEN / f"ImageSet.{end}"
    if request.config.getoption("--update-golden"):
        kept.write_bytes(made)
    assert made == kept.read_bytes(), __doc__


def test_the_demo_model_is_what_its_script_makes(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib\nsys.path.insert(0, 'samples')\nimport make_samples\n"
        "pathlib.Path(sys.argv[1]).write_bytes(make_samples.model().SerializeToString())\n"
    )
    made = tmp_path / "made.onnx"
    subprocess.run([sys.executable, "-c", code, made], cwd=ROOT, check=True)
    assert made.read_bytes() == DEMO_MODEL.read_bytes()
