"""A model whose answers are known by hand: its logits are a matrix times the mean colour."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper


def colour_card(side: int) -> dict[str, Any]:
    resize = {"step": "resize", "mode": "squash", "height": side, "width": side}
    return {
        "schema": 1,
        "name": "colour",
        "architecture": "mean colour",
        "classes": [{"name": "ai", "label": 0}, {"name": "real", "label": 1}],
        "activation": "softmax",
        "preprocessing": {
            "host": [{"step": "exif_transpose"}, {"step": "rgb"}, resize | {"filter": "bilinear"}],
            "graph": {"scale": 255, "mean": [0, 0, 0], "std": [1, 1, 1]},
        },
    }


def colour_model(
    side: int, weights: Sequence[Sequence[float]], card: dict[str, Any] | None
) -> onnx.ModelProto:
    matrix = np.array(weights, np.float32)
    constants = {
        "axes": np.array([2, 3], np.int64),
        "scale": np.array(255, np.float32),
        "weights": matrix,
    }
    nodes = [
        helper.make_node("Transpose", ["images"], ["nchw"], perm=[0, 3, 1, 2]),
        helper.make_node("Cast", ["nchw"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["floats", "scale"], ["scaled"]),
        helper.make_node("ReduceMean", ["scaled", "axes"], ["means"], keepdims=0),
        helper.make_node("MatMul", ["means", "weights"], ["logits"]),
    ]
    shape = ["batch", side, side, 3]
    graph = helper.make_graph(
        nodes,
        "colour",
        [helper.make_tensor_value_info("images", TensorProto.UINT8, shape)],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", matrix.shape[1]])],
        [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    opset = helper.make_opsetid("", 18)
    model = helper.make_model(graph, ir_version=10, opset_imports=[opset])
    if card is not None:
        helper.set_model_props(model, {"dfc.card": json.dumps(card)})
    return model
