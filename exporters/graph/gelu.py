"""Put GELU in the order of operations that ONNX Runtime knows and runs as one kernel."""

from collections import Counter
from typing import Any

import numpy as np
import onnx

_HALF = 0.5


def with_known_gelu(model: Any) -> int:  # noqa: ANN401 - onnx carries no types
    """Rewrite ``x * (0.5 * (1 + erf(x / sqrt(2))))`` as ``(x * (1 + erf(x / sqrt(2)))) * 0.5``.

    PyTorch's exporter writes the first, ONNX Runtime 1.31 fuses the second. Halving is exact, so
    that the product is the same in either order.

    Returns:
        How many were rewritten.
    """
    graph = model.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    makers = {name: node for node in graph.node for name in node.output}
    uses = Counter(name for node in graph.node for name in node.input)
    uses.update(port.name for port in graph.output)
    count = 0
    for product in graph.node:
        found = _inner(product, makers, constants)
        if found is None or uses[found[1].output[0]] > 1:
            continue
        x, inner, half, erf = found
        inner.input[0], inner.input[1] = x, erf
        product.input[0], product.input[1] = inner.output[0], half
        count += 1
    return count


def _inner(
    product: Any,  # noqa: ANN401 - as above
    makers: dict[str, Any],
    constants: dict[str, Any],
) -> tuple[str, Any, str, str] | None:
    """The parts of such a product: x, the node that halves, the half, and ``1 + erf``."""
    if product.op_type != "Mul":
        return None
    for x, other in (tuple(product.input), tuple(reversed(product.input))):
        inner = makers.get(other)
        if inner is None or inner.op_type != "Mul":
            continue
        for half, erf in (tuple(inner.input), tuple(reversed(inner.input))):
            if _is_half(constants.get(half)) and _is_erf_of(erf, x, makers):
                return x, inner, half, erf
    return None


def _is_half(tensor: Any) -> bool:  # noqa: ANN401 - as above
    if tensor is None:
        return False
    value = onnx.numpy_helper.to_array(tensor)
    return bool(value.size == 1 and np.all(value == _HALF))


def _is_erf_of(name: str, x: str, makers: dict[str, Any]) -> bool:
    """Whether a value is a sum with ``erf(x / something)`` in it."""
    plus = makers.get(name)
    if plus is None or plus.op_type != "Add":
        return False
    for term in plus.input:
        erf = makers.get(term)
        if erf is not None and erf.op_type == "Erf":
            scaled = makers.get(erf.input[0])
            return scaled is not None and x in scaled.input
    return False
