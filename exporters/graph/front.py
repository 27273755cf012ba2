"""Put the front that every model file has before a float network: uint8 NHWC in, normalised out.

Transpose, Cast, Div, Sub, Div in this order are bit-identical to what NumPy, torchvision's
Normalize and the Hugging Face processors compute; a folded scale and shift is not.
"""

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from forensic_cli.model_card.card import INPUT_NAME, OUTPUT_NAME
from forensic_cli.model_card.preprocessing import Preprocessing

_PREFIX = "dfc_front_"
_AXES_ARE_INPUTS = 18
"""Operator set from which on ReduceMean takes its axes so."""
_CHANNELS_FIRST = (0, 3, 1, 2)


def add_front(
    model: Any,  # noqa: ANN401 - onnx carries no types
    preprocessing: Preprocessing,
    outputs: int,
    *,
    channels_last: bool = False,
) -> None:
    """Replace a network's float input by the uint8 one, and name its output.

    Args:
        model: ONNX with one input (float32 or float16, N x 3 x H x W, or N x H x W x 3 with
            ``channels_last``) and one output, N x classes. Changed in place.
        preprocessing: Its scale, mean and std go into the graph.
        outputs: Logits per picture.
        channels_last: How the network wants its input.
    """
    graph = model.graph
    network_input, kind = graph.input[0].name, graph.input[0].type.tensor_type.elem_type
    shape = (1, 1, 1, 3) if channels_last else (1, 3, 1, 1)
    constants = {
        "scale": np.array(preprocessing.scale, np.float32),
        "mean": np.array(preprocessing.mean, np.float32).reshape(shape),
        "std": np.array(preprocessing.std, np.float32).reshape(shape),
    }
    graph.initializer.extend(
        numpy_helper.from_array(value, _PREFIX + name) for name, value in constants.items()
    )
    front = []
    pixels = INPUT_NAME
    if preprocessing.crops > 1:
        shape_of_crops = np.array([-1, *preprocessing.network_size, 3], np.int64)
        graph.initializer.append(numpy_helper.from_array(shape_of_crops, _PREFIX + "crops"))
        front.append(_node("Reshape", [pixels, _PREFIX + "crops"], "each_crop"))
        pixels = front[-1].output[0]
    if not channels_last:
        front.append(_node("Transpose", [pixels], "nchw", perm=list(_CHANNELS_FIRST)))
        pixels = front[-1].output[0]
    for operator, operands, result, attributes in (
        ("Cast", [pixels], "float", {"to": TensorProto.FLOAT}),
        ("Div", [_PREFIX + "float", _PREFIX + "scale"], "scaled", {}),
        ("Sub", [_PREFIX + "scaled", _PREFIX + "mean"], "centred", {}),
        ("Div", [_PREFIX + "centred", _PREFIX + "std"], "normalised", {}),
    ):
        front.append(_node(operator, operands, result, **attributes))
    if kind == TensorProto.FLOAT16:
        front.append(_node("Cast", [front[-1].output[0]], "half", to=TensorProto.FLOAT16))
    _rename(graph, network_input, front[-1].output[0])
    back = _back(model, outputs, preprocessing.crops)
    body = [*front, *graph.node, *back]
    nodes = [onnx.NodeProto.FromString(node.SerializeToString()) for node in body]
    del graph.node[:], graph.input[:]
    graph.node.extend(nodes)
    height, width = preprocessing.size
    dims = ["batch", height, width, 3]
    graph.input.append(helper.make_tensor_value_info(INPUT_NAME, TensorProto.UINT8, dims))


def _back(model: Any, outputs: int, crops: int) -> list[Any]:  # noqa: ANN401 - as above
    """Nodes that give the output its name and type, and the port renamed."""
    graph = model.graph
    port = graph.output[0]
    kind = port.type.tensor_type.elem_type
    back = []
    if crops > 1:
        return _averaged(model, outputs, crops)
    if kind != TensorProto.FLOAT:
        back.append(_node("Cast", [port.name], None, to=TensorProto.FLOAT))
    elif port.name != OUTPUT_NAME:
        _rename(graph, port.name, OUTPUT_NAME)
    del graph.output[:]
    graph.output.append(
        helper.make_tensor_value_info(OUTPUT_NAME, TensorProto.FLOAT, ["batch", outputs])
    )
    return back


def _averaged(model: Any, outputs: int, crops: int) -> list[Any]:  # noqa: ANN401 - as above
    """Nodes that give a picture the mean of its crops' logits."""
    graph = model.graph
    shape = np.array([-1, crops, outputs], np.int64)
    graph.initializer.append(numpy_helper.from_array(shape, _PREFIX + "of_crops"))
    answers = _PREFIX + "answers"
    _rename(graph, graph.output[0].name, answers)
    del graph.output[:]
    graph.output.append(
        helper.make_tensor_value_info(OUTPUT_NAME, TensorProto.FLOAT, ["batch", outputs])
    )
    opset = max(entry.version for entry in model.opset_import if not entry.domain)
    operands = [_PREFIX + "grouped"]
    attributes: dict[str, object] = {"keepdims": 0}
    if opset >= _AXES_ARE_INPUTS:
        axes = numpy_helper.from_array(np.array([1], np.int64), _PREFIX + "over_crops")
        graph.initializer.append(axes)
        operands.append(axes.name)
    else:
        attributes["axes"] = [1]
    return [
        _node("Cast", [answers], "crop_logits", to=TensorProto.FLOAT),
        _node("Reshape", [_PREFIX + "crop_logits", _PREFIX + "of_crops"], "grouped"),
        _node("ReduceMean", operands, None, **attributes),
    ]


def _node(operator: str, operands: list[str], result: str | None, **attributes: object) -> Any:  # noqa: ANN401 - as above
    output = OUTPUT_NAME if result is None else _PREFIX + result
    name = f"{_PREFIX}{operator.lower()}_{result or 'logits'}"
    return helper.make_node(operator, operands, [output], name=name, **attributes)


def _rename(graph: Any, old: str, new: str) -> None:  # noqa: ANN401 - as above
    for node in graph.node:
        for names in (node.input, node.output):
            for index, name in enumerate(names):
                if name == old:
                    names[index] = new
