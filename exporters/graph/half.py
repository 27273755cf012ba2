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
    from onnxruntime.transformers.onnx_model import OnnxModel  # noqa: PLC0415 - as above

    try:
        made = convert_float_to_float16(
            onnx.shape_inference.infer_shapes(model),
            keep_io_types=True,
            op_block_list=[*DEFAULT_OP_BLOCK_LIST, *_KEPT],
        )
    except Exception as error:
        msg = f"the network cannot be had in half precision ({error}); export it as fp32"
        raise ExportError(msg) from error
    _merge_twins(made.graph)
    OnnxModel(made).topological_sort(is_deterministic=True)
    del made.graph.value_info[:]
    return made


def _merge_twins(graph: Any) -> None:  # noqa: ANN401 - as above
    """Where two nodes that stay in single share a tensor, the tool casts it twice under one name.

    ONNX Runtime refuses that; one of the two casts is enough. Other nodes of one name are told
    apart by a number.
    """
    outputs: set[str] = set()
    names: dict[str, int] = {}
    kept = []
    for node in graph.node:
        if node.op_type == "Cast" and node.output[0] in outputs:
            continue
        outputs.update(node.output)
        count = names.get(node.name, 0)
        names[node.name] = count + 1
        if count:
            node.name = f"{node.name}_{count}"
        kept.append(type(node).FromString(node.SerializeToString()))
    del graph.node[:]
    graph.node.extend(kept)
