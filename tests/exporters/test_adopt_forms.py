"""ONNX files as exporters write them: named channels, odd outputs, bytes, halves."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from tests.exporters.test_other_forms import ADOPT, rows, small_onnx
from tests.support.running import Runner

pytestmark = pytest.mark.slow
ONE = ("--preprocessing", "timm:test_resnet", "--labels", "real,ai", "--quiet")


def named(model: Any) -> None:
    """As optimum and transformers.onnx write it: every axis has a name."""
    for index, name in enumerate(("batch_size", "num_channels", "height", "width")):
        model.graph.input[0].type.tensor_type.shape.dim[index].dim_param = name


def named_channels_last(model: Any) -> None:
    model.graph.node.insert(0, helper.make_node("Transpose", ["nhwc"], ["x"], perm=[0, 3, 1, 2]))
    port = model.graph.input[0]
    port.name = "nhwc"
    for index, name in enumerate(("n", "h", "w", "c")):
        port.type.tensor_type.shape.dim[index].dim_param = name


def _one_output(model: Any) -> None:
    weights = onnx.numpy_helper.from_array(np.array([[4], [1], [-2]], np.float32), "w")
    model.graph.initializer[0].CopyFrom(weights)


def flat(model: Any) -> None:
    """N numbers: a squeezed logit."""
    _one_output(model)
    model.graph.node[-1].output[0] = "column"
    axes = onnx.numpy_helper.from_array(np.array([1], np.int64), "axes")
    model.graph.initializer.append(axes)
    model.graph.node.append(helper.make_node("Squeeze", ["column", "axes"], ["y"]))
    del model.graph.output[0].type.tensor_type.shape.dim[1]


def flat_sigmoid(model: Any) -> None:
    flat(model)
    model.graph.node[-2].output[0] = "logit"
    model.graph.node.insert(3, helper.make_node("Sigmoid", ["logit"], ["column"]))


def convolutional(model: Any) -> None:
    """N x classes x 1 x 1."""
    weights = np.array([[4, 0, -2], [-1, 1, 3]], np.float32).reshape(2, 3, 1, 1)
    model.graph.initializer[0].CopyFrom(onnx.numpy_helper.from_array(weights, "w"))
    del model.graph.node[1:]
    model.graph.node.append(helper.make_node("Conv", ["pooled", "w"], ["y"]))
    model.graph.output[0].CopyFrom(
        helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 2, 1, 1])
    )


def whole_bytes(model: Any) -> None:
    """Normalises by itself."""
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.UINT8
    model.graph.node.insert(0, helper.make_node("Cast", ["x"], ["f"], to=TensorProto.FLOAT))
    model.graph.node.insert(1, helper.make_node("Mul", ["f", "less"], ["g"]))
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.float32(1 / 255), "less"))
    model.graph.node[2].input[0] = "g"


def halves(model: Any) -> None:
    weights = onnx.numpy_helper.to_array(model.graph.initializer[0]).astype(np.float16)
    model.graph.initializer[0].CopyFrom(onnx.numpy_helper.from_array(weights, "w"))
    for port in (model.graph.input[0], model.graph.output[0]):
        port.type.tensor_type.elem_type = TensorProto.FLOAT16


def two_logits_and_features(model: Any) -> None:
    """The other output has four axes: no question which holds the logits."""
    model.graph.output.append(
        helper.make_tensor_value_info("pooled", TensorProto.FLOAT, ["n", 3, 1, 1])
    )


FORMS: dict[str, tuple[Callable[[Any], None], tuple[str, ...], str]] = {
    "named axes": (named, ADOPT, "it takes its channels first"),
    "named axes, channels last": (named_channels_last, ADOPT, "it takes its channels last"),
    "N": (flat, ONE, "it is made N x classes"),
    "N after a sigmoid": (flat_sigmoid, ONE, "ends in Sigmoid, which was taken off"),
    "N x classes x 1 x 1": (convolutional, ADOPT, "it is made N x classes"),
    "bytes": (whole_bytes, ADOPT, "it takes bytes and normalises them itself"),
    "halves": (halves, ADOPT, "opset 13"),
    "features beside logits": (two_logits_and_features, ADOPT, "opset 13"),
}


@pytest.mark.parametrize("form", FORMS)
def test_it_is_adopted(dfc_export: Runner, dfc: Runner, tmp_path: Path, form: str) -> None:
    change, options, said = FORMS[form]
    path = small_onnx(tmp_path / "f.onnx", change)
    out = tmp_path / "m.onnx"
    dfc_export("adopt", path, *options, "--out", out)
    card = json.loads(onnx.load(out).metadata_props[0].value)
    assert any(said in line for line in card["source"]["reasoning"])
    assert card["precision"] == ("fp16" if form == "halves" else "fp32")
    plain = small_onnx(tmp_path / "plain.onnx", _one_output_plain if options is ONE else _same)
    dfc_export("adopt", plain, *options, "--out", tmp_path / "p.onnx")
    found = rows(dfc, out, tmp_path / "r.csv")
    if form != "bytes":  # which sees other numbers
        assert found == rows(dfc, tmp_path / "p.onnx", tmp_path / "p.csv")


def _same(_: Any) -> None:
    """The plain network."""


def _one_output_plain(model: Any) -> None:
    _one_output(model)
    model.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 1


def no_channels(model: Any) -> None:
    named(model)
    model.graph.node.insert(0, helper.make_node("Identity", ["x"], ["i"]))
    model.graph.node[1].input[0] = "i"
    del model.graph.node[2:]
    model.graph.node.append(helper.make_node("Flatten", ["pooled"], ["y"]))
    model.graph.output[0].type.tensor_type.shape.dim[1].dim_param = "c"


def _other_kind(model: Any) -> None:
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.INT32
    model.graph.node.insert(0, helper.make_node("Cast", ["x"], ["f"], to=TensorProto.FLOAT))
    model.graph.node[1].input[0] = "f"


def _no_logits(model: Any) -> None:
    model.graph.output[0].CopyFrom(
        helper.make_tensor_value_info("maps", TensorProto.FLOAT, ["n", 3, 20, 20])
    )
    model.graph.node.append(
        helper.make_node("AveragePool", ["x"], ["maps"], kernel_shape=[8, 8], strides=[8, 8])
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (no_channels, "takes both"),
        (_other_kind, "is int32"),
        (_no_logits, "has 0 outputs that could be logits"),
    ],
)
def test_it_is_refused(
    dfc_export: Runner, tmp_path: Path, change: Callable[[Any], None], said: str
) -> None:
    path = small_onnx(tmp_path / "f.onnx", change)
    done = dfc_export("adopt", path, *ADOPT, "--out", tmp_path / "m.onnx", code=10)
    assert said in done.err
    assert "--output" not in done.err
