"""Parity, or no file: each way in which an export could go wrong ends with exit code 10."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

import exporters.exporting.export as job
from exporters.cards.card import draft_card
from exporters.graph.cleaning import without_empty_pads
from exporters.graph.front import add_front
from exporters.preparation.preparation import Preparation
from forensic_cli.model_card.preprocessing import Preprocessing
from tests.support.checkpoints import SMALL_OPTIONS
from tests.support.running import Runner


def card_of(path: Path) -> Any:
    return json.loads(onnx.load(path).metadata_props[0].value)


def nothing_left(tmp_path: Path) -> bool:
    return not [path for path in tmp_path.iterdir() if path.suffix != ".pt"]


def test_an_honest_export_passes(
    dfc_export: Runner, dfc: Runner, small_checkpoint: Path, tmp_path: Path
) -> None:
    out = tmp_path / "m.onnx"
    done = dfc_export(small_checkpoint, *SMALL_OPTIONS[:-1], "--out", out, "--name", "Test 1")
    card = card_of(out)
    assert card["name"] == "Test 1"
    assert card["parity"]["pictures"] == 64
    assert card["parity"]["batch_sizes"] == [1, 2, 8]
    assert card["parity"]["labels_equal"] == 64
    assert card["parity"]["max_logit_difference"] <= card["parity"]["allowed"]
    assert min(card["parity"]["label_counts"].values()) >= 1  # both labels were at stake
    assert len(card["self_test"]["logits"]) == 3
    assert card["source"]["files"][0]["name"] == "small.pt"
    assert len(card["source"]["files"][0]["sha256"]) == 64
    assert "labels equal 64 of 64" in done.out
    model = onnx.load(out)
    assert model.ir_version == 10
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", 18)]
    assert "passed" in dfc("selftest", "--model", out).out
    assert dfc("inspect", out).out.endswith("dfc-classify takes this model\n")


def wrong_mean(monkeypatch: pytest.MonkeyPatch) -> str:
    """The graph normalises with another mean than the source's."""
    honest = add_front

    def front(model: Any, preprocessing: Preprocessing, outputs: int, **options: Any) -> None:
        mean = (preprocessing.mean[0] + 0.01, *preprocessing.mean[1:])
        shifted = Preprocessing(preprocessing.host, preprocessing.scale, mean, preprocessing.std)
        honest(model, shifted, outputs, **options)

    monkeypatch.setattr(job, "add_front", front)
    return "a logit differs"


def misread_mean(monkeypatch: pytest.MonkeyPatch) -> str:
    """The card was read wrongly from the source, graph and card agreeing with each other."""
    honest = job._preparation

    def preparation(request: Any) -> Preparation:
        found = honest(request)
        assert found is not None
        card = found.preprocessing
        other = Preprocessing(card.host, card.scale, (0.4, 0.4, 0.4), card.std)
        return Preparation(other, found.pixels, found.origin)

    monkeypatch.setattr(job, "_preparation", preparation)
    return "prepares pictures otherwise"


def flipped_labels(monkeypatch: pytest.MonkeyPatch) -> str:
    """The card's classes stand in the wrong order."""
    honest = draft_card

    def card(*arguments: Any) -> dict[str, object]:
        made = honest(*arguments)
        classes = made["classes"]
        assert isinstance(classes, list)
        return {**made, "classes": classes[::-1]}

    monkeypatch.setattr(job, "draft_card", card)
    return "64 of 64 labels differ"


def perturbed_weight(monkeypatch: pytest.MonkeyPatch) -> str:
    """One number of one weight is another."""
    honest = without_empty_pads

    def cleaned(model: Any) -> int:
        weight = next(t for t in model.graph.initializer if t.name.endswith("fc.weight"))
        values = numpy_helper.to_array(weight).copy()
        values.flat[7] += 0.01
        weight.CopyFrom(numpy_helper.from_array(values, weight.name))
        return honest(model)

    monkeypatch.setattr(job, "without_empty_pads", cleaned)
    return "a logit differs"


def other_filter(monkeypatch: pytest.MonkeyPatch) -> str:
    """The host resizes otherwise than the source."""
    import exporters.preparation.timm_transform as module

    monkeypatch.setitem(module._FILTERS, "bilinear", "bicubic")
    return "prepares pictures otherwise"


@pytest.mark.parametrize(
    "spoil", [wrong_mean, misread_mean, flipped_labels, perturbed_weight, other_filter]
)
def test_a_wrong_export_leaves_nothing(
    dfc_export: Runner,
    small_checkpoint: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Any,
) -> None:
    said = spoil(monkeypatch)
    done = dfc_export(small_checkpoint, *SMALL_OPTIONS, "--out", tmp_path / "m.onnx", code=10)
    assert said in done.err
    assert nothing_left(tmp_path)


def test_a_network_that_answers_alike_proves_nothing(
    dfc_export: Runner, small: Any, tmp_path: Path
) -> None:
    import torch

    state = {k: torch.zeros_like(v) for k, v in small.state_dict().items()}
    torch.save({"arch": "test_resnet", "state_dict": state}, tmp_path / "z.pt")
    done = dfc_export(tmp_path / "z.pt", *SMALL_OPTIONS, "--out", tmp_path / "m.onnx", code=10)
    assert "answers all 64 test pictures alike" in done.err


def test_a_network_of_no_numbers(dfc_export: Runner, small: Any, tmp_path: Path) -> None:
    import torch

    state = dict(small.state_dict())
    state["fc.bias"] = torch.full((2,), float("nan"))
    torch.save({"arch": "test_resnet", "state_dict": state}, tmp_path / "n.pt")
    done = dfc_export(tmp_path / "n.pt", *SMALL_OPTIONS, "--out", tmp_path / "m.onnx", code=10)
    assert "not finite" in done.err


def test_the_same_checkpoint_gives_the_same_bytes(
    dfc_export: Runner, small_checkpoint: Path, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        options = (*SMALL_OPTIONS, "--name", "same", "--out", tmp_path / f"{name}.onnx")
        dfc_export(small_checkpoint, *options)
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


def test_nothing_is_overwritten_unasked(
    dfc_export: Runner, small_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.onnx").write_text("mine")
    assert "is there already" in dfc_export(small_checkpoint, *SMALL_OPTIONS, code=2).err
    assert (tmp_path / "small.onnx").read_text() == "mine"
    dfc_export(small_checkpoint, *SMALL_OPTIONS, "--force")
    assert card_of(tmp_path / "small.onnx")["name"] == "small"
    os.mkfifo(tmp_path / "pipe")
    for out, said in (
        (tmp_path, "is a folder"),
        (tmp_path / "no" / "m.onnx", "no folder"),
        (tmp_path / "pipe", "no ordinary file"),
    ):
        options = (*SMALL_OPTIONS, "--force", "--out", out)
        assert said in dfc_export(small_checkpoint, *options, code=2).err


@pytest.mark.parametrize("precision", ["fp16"])
def test_half_precision(
    dfc_export: Runner, dfc: Runner, small_checkpoint: Path, tmp_path: Path, evidence: Path,
    precision: str,
) -> None:  # fmt: skip
    whole, half = tmp_path / "whole.onnx", tmp_path / "half.onnx"
    dfc_export(small_checkpoint, *SMALL_OPTIONS, "--out", whole)
    dfc_export(small_checkpoint, *SMALL_OPTIONS, "--out", half, "--precision", precision)
    assert half.stat().st_size < 0.6 * whole.stat().st_size
    card = card_of(half)
    assert card["precision"] == "fp16"
    assert 0 < card["parity"]["max_logit_difference"] <= card["parity"]["allowed"]
    kinds = {tensor.data_type for tensor in onnx.load(half).graph.initializer}
    assert onnx.TensorProto.FLOAT16 in kinds
    dfc(evidence, "--model", half, "--out", tmp_path / "r.csv")


def test_half_precision_keeps_layer_norms(dfc_export: Runner, tmp_path: Path) -> None:
    import torch

    from tests.support import checkpoints

    state = checkpoints.timm_model("test_convnext", 160).state_dict()
    torch.save({"arch": "test_convnext", "state_dict": state}, tmp_path / "c.pt")
    options = ("--preprocessing", "timm:test_convnext", "--labels", "ai,real", "--quiet")
    half = tmp_path / "half.onnx"
    dfc_export(tmp_path / "c.pt", *options, "--out", half, "--precision", "fp16")
    model = onnx.load(half)
    types = {t.name: t.data_type for t in model.graph.initializer}
    norms = [node for node in model.graph.node if node.op_type == "LayerNormalization"]
    assert norms
    for node in norms:
        assert types[node.input[1]] == onnx.TensorProto.FLOAT
    assert np.isfinite(card_of(half)["parity"]["max_logit_difference"])
