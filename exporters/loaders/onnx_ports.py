"""The input and the output of an ONNX made elsewhere: found, or made out by running it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from forensic_cli.errors import ExportError

KINDS = {
    TensorProto.FLOAT: np.float32,
    TensorProto.FLOAT16: np.float16,
    TensorProto.UINT8: np.uint8,
}
"""What an input may hold; bytes are normalised by the network itself."""
_FLOATS = {TensorProto.FLOAT, TensorProto.FLOAT16}
_CHANNELS = 3
_PLAIN = 2
"""Dimensions of an output: N x classes."""

Answer = Callable[[Any], Any]
"""Runs the model on an input, as an array."""


def only_input(graph: Any, where: str) -> Any:  # noqa: ANN401 - onnx carries no types
    """The one input that is no weight; it is the only one that is left then.

    Raises:
        ExportError: There are several, or it takes no pictures.
    """
    weights = {tensor.name for tensor in graph.initializer}
    inputs = [port for port in graph.input if port.name not in weights]
    if len(inputs) != 1:
        names = ", ".join(port.name for port in inputs)
        msg = f"{where} has {len(inputs)} inputs ({names}); one is needed, for pictures"
        raise ExportError(msg)
    tensor = inputs[0].type.tensor_type
    if tensor.elem_type not in KINDS or len(tensor.shape.dim) != 4:  # noqa: PLR2004 - N, C, H, W
        kind = TensorProto.DataType.Name(tensor.elem_type).lower()
        msg = (
            f"the input {inputs[0].name!r} of {where} is {kind}, {dims(tensor)}; it must be float "
            "or uint8, N x 3 x H x W or N x H x W x 3"
        )
        raise ExportError(msg)
    del graph.input[:]
    graph.input.append(inputs[0])
    return graph.input[0]


def channels_last(
    port: Any,  # noqa: ANN401 - onnx carries no types
    size: tuple[int, int],
    answer: Answer,
    where: str,
    notes: list[str],
) -> bool:
    """Whether an input is N x H x W x 3; where no number says, by running the model.

    Args:
        port: The input; its channels get their number.
        size: Height and width (pixels) that it is to take.
        answer: Runs the model.
        where: The file, for errors.
        notes: Told how it was found out.

    Raises:
        ExportError: Neither or both layouts work.
    """
    sides = [int(dim.dim_value) for dim in port.type.tensor_type.shape.dim]
    if sides[1] == _CHANNELS:
        return False
    if sides[3] == _CHANNELS:
        return True
    said = dims(port.type.tensor_type)
    if sides[1] and sides[3]:
        msg = f"the input of {where} is {said}; three channels are needed"
        raise ExportError(msg)
    works = [last for last in (False, True) if _takes(sides, size, answer, last=last)]
    if len(works) != 1:
        how = "takes neither" if not works else "takes both"
        msg = (
            f"the input of {where} is {said}, and it {how} 3 x {size[0]} x {size[1]} "
            f"and {size[0]} x {size[1]} x 3; export it again with its channels as a number"
        )
        raise ExportError(msg)
    last = works[0]
    port.type.tensor_type.shape.dim[3 if last else 1].dim_value = _CHANNELS
    notes.append(f"its input is {said}; run on pictures, it takes its channels {_place(last=last)}")
    return last


def _place(*, last: bool) -> str:
    return "last" if last else "first"


def _takes(sides: list[int], size: tuple[int, int], answer: Answer, *, last: bool) -> bool:
    shape = (sides[0] or 1, *size, _CHANNELS) if last else (sides[0] or 1, _CHANNELS, *size)
    if any(side not in {0, wanted} for side, wanted in zip(sides[1:], shape[1:], strict=True)):
        return False
    try:
        answer(np.zeros(shape, np.float32))
    except Exception:  # noqa: BLE001 - whatever it says, the answer is no
        return False
    return True


def keep_output(graph: Any, wanted: str | None, where: str, notes: list[str]) -> None:  # noqa: ANN401
    """Keep the one output that may be logits, as N x classes.

    Raises:
        ExportError: None is, or several are.
    """
    floats = [
        port
        for port in graph.output
        if port.type.tensor_type.elem_type in _FLOATS and wanted in {None, port.name}
    ]
    plain = [port for port in floats if _is_plain(port)]
    fitting = plain or [port for port in floats if _is_plain(port, squeezed=True)]
    if len(fitting) != 1:
        ports = ", ".join(f"{p.name} {dims(p.type.tensor_type)}" for p in graph.output)
        called = f"called {wanted!r} " if wanted else ""
        advice = "; name one with --output" if len(fitting) > 1 else ""
        msg = (
            f"{where} has {len(fitting)} outputs that could be logits (float, N x classes, N, or "
            f"N x classes x 1 x 1) {called}among {ports}{advice}"
        )
        raise ExportError(msg)
    kept = onnx.ValueInfoProto.FromString(fitting[0].SerializeToString())
    del graph.output[:]
    graph.output.append(kept)
    if not _is_plain(kept):
        notes.append(f"its output is {dims(kept.type.tensor_type)}; it is made N x classes")
        _flatten(graph, kept)


def _is_plain(port: Any, *, squeezed: bool = False) -> bool:  # noqa: ANN401 - onnx carries no types
    shape = port.type.tensor_type.shape.dim
    if not squeezed:
        return len(shape) == _PLAIN
    return len(shape) == 1 or (
        len(shape) > _PLAIN and all(dim.dim_value == 1 for dim in shape[_PLAIN:])
    )


def _flatten(graph: Any, port: Any) -> None:  # noqa: ANN401 - onnx carries no types
    shape = port.type.tensor_type.shape.dim
    classes = 1 if len(shape) == 1 else int(shape[1].dim_value)
    name = f"{port.name}_as_n_x_classes"
    if len(shape) == 1:
        target = onnx.numpy_helper.from_array(np.array([-1, 1], np.int64), f"{name}_shape")
        graph.initializer.append(target)
        node = helper.make_node("Reshape", [port.name, target.name], [name])
    else:
        node = helper.make_node("Flatten", [port.name], [name], axis=1)
    graph.node.append(node)
    made = helper.make_tensor_value_info(
        name, port.type.tensor_type.elem_type, [shape[0].dim_param or "batch", classes or None]
    )
    del graph.output[:]
    graph.output.append(made)


def dims(tensor: Any) -> str:  # noqa: ANN401 - onnx carries no types
    """A shape for a sentence."""
    return " x ".join(dim.dim_param or str(dim.dim_value or "?") for dim in tensor.shape.dim)
