"""What every form of checkpoint has to do; an entry in ``checkpoint_forms.MADE`` has one tried."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from exporters.forms import CheckpointForm, form_of
from tests.support.checkpoint_forms import MADE
from tests.support.running import SAMPLES, Runner

pytestmark = pytest.mark.slow
forms = pytest.mark.parametrize("form", CheckpointForm)


@pytest.fixture(scope="module")
def _made() -> dict[CheckpointForm, Path]:
    return {}


@pytest.fixture
def checkpoint(
    form: CheckpointForm,
    small: Any,
    _made: dict[CheckpointForm, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """One of the form, made once; it is only read."""
    if form not in _made:
        _made[form] = MADE[form].make(tmp_path_factory.mktemp(form.name), small)
    return _made[form]


def test_every_form_has_a_maker() -> None:
    assert set(MADE) == set(CheckpointForm)


@forms
def test_it_is_exported_proven_and_runs(
    form: CheckpointForm, checkpoint: Path, dfc_export: Runner, dfc: Runner, tmp_path: Path
) -> None:
    assert form_of(checkpoint) is form
    before = sorted((path, path.stat().st_size) for path in checkpoint.parent.rglob("*"))
    out = tmp_path / "m.onnx"
    dfc_export(*MADE[form].command, checkpoint, *MADE[form].options, "--out", out)
    card = json.loads(dfc("inspect", out, "--json").out)["card"]
    assert card["parity"]["pictures"] >= 64
    assert card["self_test"]["logits"]
    assert [entry["label"] for entry in card["classes"]] in ([0, 1], [1, 0], [0], [1])
    done = dfc(SAMPLES / "ImageSet", "--model", out, "--out", tmp_path / "r.csv", code=3)
    assert "12 listed = 10 scored" in done.out
    assert sorted((path, path.stat().st_size) for path in checkpoint.parent.rglob("*")) == before


@forms
def test_inspect_says_what_it_is(
    form: CheckpointForm, checkpoint: Path, dfc_export: Runner
) -> None:
    if asked := MADE[form].inspect_asks:
        assert asked in dfc_export("inspect", checkpoint, code=10).err
    else:
        assert f"form           {form}" in dfc_export("inspect", checkpoint).out


@forms
def test_a_cut_one_is_refused_and_nothing_is_written(
    form: CheckpointForm, checkpoint: Path, dfc_export: Runner, tmp_path: Path
) -> None:
    copy = tmp_path / checkpoint.name
    if checkpoint.is_dir():
        shutil.copytree(checkpoint, copy)
    else:
        shutil.copy(checkpoint, copy)
    weights = copy / MADE[form].weights if MADE[form].weights else copy
    weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // 2])
    out = tmp_path / "m.onnx"
    command, options = MADE[form].command, MADE[form].options
    said = dfc_export(*command, copy, *options, "--out", out, code=MADE[form].refusal).err
    assert said.startswith("error: ")
    assert not out.exists()


@forms
def test_a_file_that_is_there_stays(
    form: CheckpointForm, checkpoint: Path, dfc_export: Runner, tmp_path: Path
) -> None:
    out = tmp_path / "m.onnx"
    out.write_bytes(b"another")
    command, options = MADE[form].command, MADE[form].options
    assert "--force" in dfc_export(*command, checkpoint, *options, "--out", out, code=2).err
    assert out.read_bytes() == b"another"
