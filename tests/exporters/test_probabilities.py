"""An ending that the host would apply once more is taken off, or the model is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper

from tests.support.checkpoints import SMALL_OPTIONS
from tests.support.running import Runner

ADOPT = ("--preprocessing", "timm:test_resnet", "--labels", "ai,real", "--quiet")


def colours(path: Path, classes: int, *endings: Any) -> Path:
    """A network on mean colours with nodes behind its logits."""
    weights = np.array([[4, -1], [0, 1], [-2, 3]], np.float32)[:, :classes]
    names = ["y", *(f"e{index}" for index in range(len(endings)))]
    nodes = [
        helper.make_node("GlobalAveragePool", ["x"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["y"]),
        *(
            helper.make_node(kind, [names[index]], [names[index + 1]], **options)
            for index, (kind, options) in enumerate(endings)
        ),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 160, 160])],
        [helper.make_tensor_value_info(names[-1], TensorProto.FLOAT, ["n", classes])],
        [onnx.numpy_helper.from_array(weights, "w")],
    )
    opset = helper.make_opsetid("", 18)
    onnx.save(helper.make_model(graph, ir_version=10, opset_imports=[opset]), path)
    return path


@pytest.mark.parametrize(
    ("classes", "endings", "said"),
    [
        (2, [("Sigmoid", {})], "ends in Sigmoid of 2 outputs"),
        (2, [("Softmax", {"axis": 0})], "(axis 0)"),
        (1, [("Softmax", {"axis": 1})], "ends in Softmax of 1 outputs"),
        (2, [("Softmax", {"axis": 1}), ("Abs", {})], "like probabilities"),
        (1, [("Sigmoid", {}), ("Abs", {})], "like probabilities"),
        (2, [("Sigmoid", {}), ("Identity", {})], "ends in Sigmoid of 2 outputs"),
    ],
)
def test_what_cannot_be_said_is_refused(
    dfc_export: Runner, tmp_path: Path, classes: int, endings: Any, said: str
) -> None:
    path = colours(tmp_path / "f.onnx", classes, *endings)
    done = dfc_export("adopt", path, *ADOPT, "--out", tmp_path / "m.onnx", code=10)
    assert said in done.err
    assert not (tmp_path / "m.onnx").exists()


@pytest.mark.parametrize(
    ("classes", "endings"),
    [
        (2, []),
        (2, [("LogSoftmax", {"axis": -1})]),
        (1, [("Sigmoid", {})]),
        (1, []),
        (2, [("Softmax", {"axis": 1}), ("Identity", {})]),
        (1, [("Sigmoid", {}), ("Identity", {})]),
    ],
)
def test_what_can_be_said_is_taken(
    dfc_export: Runner, tmp_path: Path, classes: int, endings: Any
) -> None:
    path = colours(tmp_path / "f.onnx", classes, *endings)
    dfc_export("adopt", path, *ADOPT, "--out", tmp_path / "m.onnx")
    kinds = {node.op_type for node in onnx.load(tmp_path / "m.onnx").graph.node}
    assert not kinds & {"LogSoftmax", "Softmax", "Sigmoid"}


def test_a_script_that_ends_in_softmax(dfc_export: Runner, small: Any, tmp_path: Path) -> None:
    network = torch.nn.Sequential(small, torch.nn.Softmax(dim=1))
    torch.jit.trace(network, torch.zeros(2, 3, 160, 160)).save(str(tmp_path / "s.pt"))
    done = dfc_export(tmp_path / "s.pt", *SMALL_OPTIONS, "--out", tmp_path / "m.onnx", code=10)
    assert "like probabilities" in done.err


def test_the_checkpoint_is_never_the_output(dfc_export: Runner, tmp_path: Path) -> None:
    path = colours(tmp_path / "f.onnx", 2)
    before = path.read_bytes()
    done = dfc_export("adopt", path, *ADOPT, "--out", path, "--force", code=2)
    assert "is the checkpoint itself" in done.err
    assert path.read_bytes() == before
