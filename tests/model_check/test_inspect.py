"""``dfc-classify inspect``: what a model says of itself, and why it would be refused."""

import hashlib
import json
from pathlib import Path

import onnx

from tests.support.models import ModelMaker
from tests.support.running import DEMO_MODEL, Runner


def test_a_model_that_is_taken(dfc: Runner) -> None:
    done = dfc("inspect", DEMO_MODEL)
    assert f"sha256         {hashlib.sha256(DEMO_MODEL.read_bytes()).hexdigest()}" in done.out
    assert "input          images tensor(uint8) ['batch', 64, 64, 3]" in done.out
    assert "output         logits tensor(float) ['batch', 2]" in done.out
    assert '"name": "plumbing-demo (no detector)"' in done.out
    assert "dfc-classify takes this model" in done.out


def test_as_json(dfc: Runner) -> None:
    found = json.loads(dfc("inspect", DEMO_MODEL, "--json").out)
    assert found["size"] == DEMO_MODEL.stat().st_size
    assert found["card"]["schema"] == 1
    assert found["refusals"] == []


def test_what_would_be_refused(dfc: Runner, make_model: ModelMaker, tmp_path: Path) -> None:
    swapped = [{"name": "real", "label": 0}, {"name": "ai", "label": 1}]
    done = dfc("inspect", make_model(classes=swapped), code=6)
    assert "refused        the model card cannot be used: the labels do not fit" in done.out
    assert '"name": "real"' in done.out
    graph = onnx.load(DEMO_MODEL)
    del graph.metadata_props[:]
    onnx.save(graph, tmp_path / "bare.onnx")
    done = dfc("inspect", tmp_path / "bare.onnx", code=6)
    assert "card           none" in done.out
    assert "dfc-export adopt" in done.out


def test_what_is_no_model(dfc: Runner, tmp_path: Path) -> None:
    (tmp_path / "x.onnx").write_text("no")
    assert "cannot be loaded as ONNX" in dfc("inspect", tmp_path / "x.onnx", code=6).err
    dfc("inspect", tmp_path / "none.onnx", code=6)


def test_a_self_test_that_would_fail_is_told(dfc: Runner, make_model: ModelMaker) -> None:
    wrong = {"logits": [[1.0, 2.0]], "tolerance": 1e-3}
    assert (
        "refused        self-test failed" in dfc("inspect", make_model(self_test=wrong), code=6).out
    )
