"""Operators that draw random numbers, found in a model file by their names.

The file is read in protobuf's wire format, as far as is needed: a message is a row of numbered
fields. Source of the numbers: onnx/onnx.proto3; of the operators: ONNX's operator schemas, and
docs/ContribOperators.md of ONNX Runtime.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from forensic_cli.errors import ModelError
from forensic_cli.inference.model_file import ModelFile

ALWAYS = frozenset(
    {"Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform",
     "RandomUniformLike", "Sampling"}
)  # fmt: skip
"""These draw whenever they run."""
IN_TRAINING = frozenset({"BiasDropout", "BitmaskBiasDropout", "BitmaskDropout", "Dropout"})
"""These draw where their input ``training_mode``, always the last one, is true."""

_MOST_FIELDS = 5_000_000
_BYTES = 2
_BOOL = 9


class _Message(Enum):
    MODEL = "ModelProto"
    GRAPH = "GraphProto"
    FUNCTION = "FunctionProto"
    NODE = "NodeProto"
    ATTRIBUTE = "AttributeProto"


_INSIDE = {
    (_Message.MODEL, 7): _Message.GRAPH,
    (_Message.MODEL, 25): _Message.FUNCTION,
    (_Message.GRAPH, 1): _Message.NODE,
    (_Message.FUNCTION, 7): _Message.NODE,
    (_Message.NODE, 5): _Message.ATTRIBUTE,
    (_Message.ATTRIBUTE, 6): _Message.GRAPH,
    (_Message.ATTRIBUTE, 11): _Message.GRAPH,
}
_INPUT, _OUTPUT, _OP_TYPE, _INITIALIZER = 1, 2, 4, 5
_TENSOR_TYPE, _TENSOR_INTS, _TENSOR_NAME, _TENSOR_RAW = 2, 5, 8, 9


@dataclass
class _Found:
    always: set[str] = field(default_factory=set)
    dropouts: list[tuple[str, bytes]] = field(default_factory=list)
    made: set[bytes] = field(default_factory=set)
    constants: dict[bytes, bool] = field(default_factory=dict)


def refuse_random(model: ModelFile) -> None:
    """Refuse a model with an operator that draws random numbers.

    Raises:
        ModelError: It has one, which is named; or it cannot be read.
    """
    try:
        drawing = random_operators(model.data)
    except ValueError as error:
        msg = f"model {str(model.path)!r} cannot be read: {error}; use another"
        raise ModelError(msg) from error
    if drawing:
        msg = (
            f"model {str(model.path)!r} draws random numbers ({', '.join(drawing)}), so that no "
            "two runs need give the same answers; export it for inference (model.eval() in PyTorch)"
        )
        raise ModelError(msg)


def random_operators(model: bytes) -> tuple[str, ...]:
    """The operators of a model that draw random numbers, in all of its graphs and functions.

    Args:
        model: The file. ONNX Runtime has loaded it.

    Raises:
        ValueError: It is not in protobuf's form, or has more parts than any network.
    """
    names = ALWAYS | IN_TRAINING
    if not any(name.encode() in model for name in names):
        return ()  # without reading it all: mostly weights
    found = _Found()
    waiting = [(_Message.MODEL, memoryview(model))]
    parts = 0
    while waiting:
        kind, message = waiting.pop()
        node: dict[int, list[bytes]] = {_INPUT: [], _OUTPUT: [], _OP_TYPE: []}
        for key, value in _fields(message):
            parts += 1
            if parts > _MOST_FIELDS:
                msg = "it has more parts than any network"
                raise ValueError(msg)
            if isinstance(value, int):
                continue
            if (inner := _INSIDE.get((kind, key))) is not None:
                waiting.append((inner, value))
            elif kind is _Message.NODE and key in node:
                node[key].append(bytes(value))
            elif kind is _Message.GRAPH and key == _INITIALIZER:
                _take_constant(value, found)
        _take_node(node, found)
    drawing = {
        name
        for name, mode in found.dropouts
        if mode in found.made or found.constants.get(mode, True)
    }
    return tuple(sorted(found.always | drawing))


def _take_node(node: dict[int, list[bytes]], found: _Found) -> None:
    found.made.update(node[_OUTPUT])
    for name in {one.decode(errors="replace") for one in node[_OP_TYPE]}:
        if name in ALWAYS:
            found.always.add(name)
        # An input that is left out at the end, or is empty, is false.
        elif name in IN_TRAINING and node[_INPUT] and (mode := node[_INPUT][-1]):
            place = 5 if "Bias" in name else 3
            if len(node[_INPUT]) >= place:
                found.dropouts.append((name, mode))


def _take_constant(tensor: memoryview, found: _Found) -> None:
    """Note a stored boolean by its name; where two have one, the worse counts."""
    name, kind, true = b"", 0, False
    for key, value in _fields(tensor):
        if key == _TENSOR_NAME and not isinstance(value, int):
            name = bytes(value)
        elif key == _TENSOR_TYPE and isinstance(value, int):
            kind = value
        elif key in {_TENSOR_INTS, _TENSOR_RAW}:
            true |= bool(value) if isinstance(value, int) else any(value[:64])
    if kind == _BOOL:
        found.constants[name] = found.constants.get(name, False) or true


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Number and value of each field of a message; a group's ends have none and are passed."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        key, form = tag >> 3, tag & 7
        match form:
            case 0:
                value, at = _varint(message, at)
                yield key, value
                continue
            case 1:
                size = 8
            case 2:
                size, at = _varint(message, at)
            case 5:
                size = 4
            case 3 | 4:  # a group: what is in it follows, as fields
                continue
            case _:
                msg = "a field of no known form"
                raise ValueError(msg)
        if size > len(message) - at:
            msg = "a field is longer than what it is in"
            raise ValueError(msg)
        if form == _BYTES:
            yield key, message[at : at + size]
        at += size


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """A number of up to ten bytes, seven bits each, the lowest first; and where it ends."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            break
        value |= (message[at] & 0x7F) << shift
        at += 1
        if message[at - 1] < 0x80:  # noqa: PLR2004 - the bit that says that more follow
            return value, at
    msg = "a number without an end"
    raise ValueError(msg)
