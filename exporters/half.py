"""A network in half precision, its LayerNorm and its input and output in single."""

from typing import Any

import onnx

from forensic_cli.errors import ExportError
from forensic_cli.inference.runtime import load_runtime

_KEPT = ("LayerNormalization", "ReduceMean", "Softmax", "InstanceNormalization", "Resize")


def in_half(model: Any) -> Any:  # noqa: ANN401 - onnx carries no types
    """A float32 network converted by ONNX Runtime's own tool.

    Raises:
        ExportError: A weight is beyond what half precision holds.
    """
    load_runtime()  # sets what must be set before its first import
    from onnxruntime.transformers.float16 import (  # noqa: PLC0415 - as above
        DEFAULT_OP_BLOCK_LIST,
        convert_float_to_float16,
    )

    try:
        made = convert_float_to_float16(
            onnx.shape_inference.infer_shapes(model),
            keep_io_types=True,
            op_block_list=[*DEFAULT_OP_BLOCK_LIST, *_KEPT],
        )
    except Exception as error:
        msg = f"the network cannot be had in half precision ({error}); export it as fp32"
        raise ExportError(msg) from error
    _name_apart(made.graph)
    del made.graph.value_info[:]
    return made


def _name_apart(graph: Any) -> None:  # noqa: ANN401 - as above
    """The tool gives two casts of one tensor the same name; ONNX Runtime refuses that."""
    seen: dict[str, int] = {}
    for node in graph.node:
        count = seen.get(node.name, 0)
        seen[node.name] = count + 1
        if count:
            node.name = f"{node.name}_{count}"
