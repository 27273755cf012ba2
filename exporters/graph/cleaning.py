"""Take out of a graph what does not compute: notes of the exporter, and pads of nothing."""

from typing import Any

import numpy as np
import onnx


def without_notes(model: Any) -> None:  # noqa: ANN401 - onnx carries no types
    """Remove the exporter's notes: paths of its machine, stack traces, shapes it inferred.

    They bloat the file, and two exports of one checkpoint would differ between machines.
    """
    graph = model.graph
    del model.metadata_props[:], graph.metadata_props[:], graph.value_info[:]
    model.doc_string = graph.doc_string = ""
    for entries in (graph.node, graph.initializer, graph.input, graph.output):
        for entry in entries:
            entry.doc_string = ""
            del entry.metadata_props[:]
    graph.name = "network"


def without_empty_pads(model: Any) -> int:  # noqa: ANN401 - onnx carries no types
    """Remove ``Pad`` nodes that pad by zero on every side.

    Swin has one in each block. They cost a copy each, and several versions of ONNX Runtime have no
    CUDA kernel for some opsets of Pad: each would then move the data to the CPU and back.

    Returns:
        How many were removed.
    """
    graph = model.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            constants[node.output[0]] = node.attribute[0].t
    outputs = {port.name for port in graph.output}
    replaced: dict[str, str] = {}
    kept = []
    for node in graph.node:
        for index, name in enumerate(node.input):
            node.input[index] = replaced.get(name, name)
        if _is_empty_pad(node, constants) and node.output[0] not in outputs:
            replaced[node.output[0]] = node.input[0]
        else:
            kept.append(node)
    if replaced:
        nodes = [type(node).FromString(node.SerializeToString()) for node in kept]
        del graph.node[:]
        graph.node.extend(nodes)
        _drop_unused_constants(graph)
    return len(replaced)


def _is_empty_pad(node: Any, constants: dict[str, Any]) -> bool:  # noqa: ANN401 - as above
    if node.op_type != "Pad" or node.domain not in {"", "ai.onnx"} or len(node.input) < 2:  # noqa: PLR2004 - data and pads
        return False
    pads = constants.get(node.input[1])
    return pads is not None and not np.any(onnx.numpy_helper.to_array(pads))


def _drop_unused_constants(graph: Any) -> None:  # noqa: ANN401 - as above
    used = _names_used(graph)
    for index in reversed(range(len(graph.initializer))):
        if graph.initializer[index].name not in used:
            del graph.initializer[index]


def _names_used(graph: Any) -> set[str]:  # noqa: ANN401 - as above
    used = {port.name for port in graph.output}
    for node in graph.node:
        used |= set(node.input)
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                used |= _names_used(inner)
    return used
