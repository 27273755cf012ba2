"""The self-test asks the whole path, and refuses a machine that answers otherwise."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from PIL import Image

from forensic_cli.imaging.pattern import SHAPES, pattern_file
from forensic_cli.inference.batching import BatchRunner
from forensic_cli.inference.model_file import read_model
from forensic_cli.inference.session import Session
from forensic_cli.model_check.self_test import self_test
from tests.support.models import ModelMaker
from tests.support.running import DEMO_MODEL, Runner


@pytest.mark.parametrize("index", range(4))
def test_the_pictures_are_the_documented_formula(index: int) -> None:
    image = Image.open(BytesIO(pattern_file(index)))
    assert (image.format, image.mode) == ("BMP", "RGB")
    made = np.asarray(image)
    assert made.shape == (*SHAPES[index % 3], 3)
    for y, x, c in ((0, 0, 0), (199, 199, 2), (17, 31, 1), (0, 199, 0)):
        assert made[y, x, c] == (7 * x + 13 * y + 29 * c + 53 * index + x * y // 16) % 256


@pytest.mark.parametrize("batch_size", [1, 2, 8])
def test_the_demo_model_passes_at_any_batch_size(batch_size: int) -> None:
    session = Session(read_model(DEMO_MODEL), "cpu")
    with BatchRunner(session, batch_size) as runner:
        assert self_test(runner, session.card).startswith("passed: 3 pictures")


def test_a_card_without_self_test_says_so(dfc: Runner, make_model: ModelMaker) -> None:
    model = make_model()
    session = Session(read_model(model), "cpu")
    with BatchRunner(session, 8) as runner:
        assert self_test(runner, session.card) == "none in the card"
    assert "no self-test" in dfc("selftest", "--model", model, code=6).err


def test_the_command(dfc: Runner) -> None:
    done = dfc("selftest", "--model", DEMO_MODEL, "--device", "cpu", "--batch-size", 3)
    assert "self-test      passed: 3 pictures" in done.out
    assert "batch size     3" in done.out


def altered(tmp_path: Path, change: Any) -> Path:
    """The demo model with something of its card changed."""
    model = onnx.load(DEMO_MODEL)
    card = json.loads(model.metadata_props[0].value)
    change(card)
    onnx.helper.set_model_props(model, {"dfc.card": json.dumps(card)})
    onnx.save(model, tmp_path / "altered.onnx")
    return tmp_path / "altered.onnx"


def other_filter(card: dict[str, Any]) -> None:
    """What a machine that resizes differently would do."""
    card["preprocessing"]["host"][2]["filter"] = "nearest"


def other_answer(card: dict[str, Any]) -> None:
    card["self_test"]["logits"][2][1] += 0.002


@pytest.mark.parametrize("change", [other_filter, other_answer])
def test_a_machine_that_answers_otherwise_is_refused(
    dfc: Runner, evidence: Path, tmp_path: Path, change: Any
) -> None:
    model = altered(tmp_path, change)
    assert "self-test failed" in dfc("selftest", "--model", model, code=7).err
    done = dfc(evidence, "--model", model, "--out", tmp_path / "r.csv", code=7)
    assert "self-test failed" in done.err
    assert not (tmp_path / "r.csv").exists()
