"""ONNX made elsewhere: a float network in whatever dress, taken over under this project's names."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto

from exporters.loaders.onnx_ports import KINDS, channels_last, keep_output, only_input
from exporters.networks.network import Floats
from forensic_cli.errors import ExportError
from forensic_cli.inference.model_file import (
    not_loadable,
    open_for_reading,
    read_model,
    refuse_external_data,
)
from forensic_cli.inference.runtime import load_runtime
from forensic_cli.model_card.card import CARD_KEY

IR_VERSION = 10
_WEIGHTS = {TensorProto.FLOAT, TensorProto.FLOAT16}
_SHAPING = {"Flatten", "Reshape", "Squeeze", "Unsqueeze", "Identity"}
_ENDINGS = {"Softmax", "LogSoftmax", "Sigmoid"}
_DOMAINS = {"", "ai.onnx", "com.microsoft"}


class OnnxNetwork:
    """A foreign ONNX model.

    Attributes:
        channels_last: Whether its input is N x H x W x 3.
        takes_bytes: Whether its input is uint8, which it normalises itself.
        is_half: Whether it computes in half precision.
        notes: What was changed, for people.
    """

    def __init__(self, path: Path, output: str | None, size: tuple[int, int]) -> None:
        """Read it and find its input and output.

        Args:
            path: The file.
            output: Which output holds the logits, where there are several.
            size: Height and width (pixels) of the pictures that it is to take.

        Raises:
            ExportError: Not usable; says why and what would be.
            ModelError: No ONNX at all.
        """
        file = read_model(path)
        try:
            self._model = onnx.load_from_string(file.data)
        except Exception as error:
            raise not_loadable(file, error) from error
        self._where = repr(str(path))
        self.notes: list[str] = []
        self._check_whole()
        open_for_reading(file)
        self._session: Any = None
        graph = self._model.graph
        self._input = only_input(graph, self._where)
        kind = self._input.type.tensor_type.elem_type
        self.takes_bytes = kind == TensorProto.UINT8
        self.is_half = kind == TensorProto.FLOAT16
        keep_output(graph, output, self._where, self.notes)
        self._cut_ending()
        self.channels_last = channels_last(self._input, size, self._run, self._where, self.notes)

    @property
    def parameters(self) -> int:
        """Numbers in its weights; constants are among them."""
        return sum(
            int(np.prod(tensor.dims))
            for tensor in self._model.graph.initializer
            if tensor.data_type in _WEIGHTS
        )

    @property
    def outputs(self) -> int | None:
        """Logits per picture, None where the file does not say."""
        dims = self._model.graph.output[0].type.tensor_type.shape.dim
        return int(dims[-1].dim_value) or None

    def logits(self, pixels: Floats) -> Floats:
        """See ``Network``: the file's own graph, in ONNX Runtime."""
        fed = pixels.transpose(0, 2, 3, 1) if self.channels_last else pixels
        rows: list[Floats] = []
        dims = self._input.type.tensor_type.shape.dim
        step = int(dims[0].dim_value) or len(fed)
        for start in range(0, len(fed), step):
            batch = fed[start : start + step]
            missing = step - len(batch)
            padded = np.concatenate([batch, np.repeat(batch[-1:], missing, 0)])
            try:
                answer = self._run(padded)
            except Exception as error:
                said = str(error).splitlines()[0]
                msg = f"the ONNX model {self._where} does not run on {padded.shape}: {said}"
                raise ExportError(msg) from error
            rows.append(answer[: len(batch)].astype(np.float32))
        return np.concatenate(rows)

    def graph(self, height: int, width: int) -> Any:  # noqa: ANN401 - onnx carries no types
        """See ``Network``; names are put below ``network/``, so that none collides."""
        self._check_size(height, width)
        made = onnx.compose.add_prefix(self._model, "network/")
        made.ir_version = IR_VERSION
        del made.metadata_props[:], made.graph.value_info[:]
        for port in (*made.graph.input, *made.graph.output):
            port.type.tensor_type.shape.dim[0].dim_param = "batch"
        if self.takes_bytes:
            _take_floats(made.graph)
        if self._input.type.tensor_type.shape.dim[0].dim_value:
            self._try_two(made, height, width)
        return made

    @property
    def opset(self) -> int:
        """Of the default domain."""
        versions = [o.version for o in self._model.opset_import if o.domain in {"", "ai.onnx"}]
        return int(max(versions))

    def _run(self, fed: Any) -> Floats:  # noqa: ANN401 - float32 or float16
        if self._session is None:
            self._session = _session(self._model)
        kind = KINDS[self._input.type.tensor_type.elem_type]
        if self.takes_bytes:
            fed = np.rint(fed)
        ready = np.ascontiguousarray(fed, kind)
        answer: Floats = self._session.run(None, {self._input.name: ready})[0]
        return answer

    def _try_two(self, freed: Any, height: int, width: int) -> None:  # noqa: ANN401 - as above
        """See whether a graph that was made for batches of one size takes others."""
        shape = (2, height, width, 3) if self.channels_last else (2, 3, height, width)
        kind = KINDS[freed.graph.input[0].type.tensor_type.elem_type]
        try:
            answer = _session(freed).run(None, {freed.graph.input[0].name: np.zeros(shape, kind)})
            takes = len(answer[0]) == shape[0]
        except Exception:  # noqa: BLE001 - whatever it says, the answer is no
            takes = False
        if not takes:
            msg = (
                f"{self._where} was made for batches of one size, which its graph fixes inside; "
                "export it again with a free batch (dynamic_shapes or dynamic_axes)"
            )
            raise ExportError(msg)

    def _check_whole(self) -> None:
        graph = self._model.graph
        if any(tensor.data_location == TensorProto.EXTERNAL for tensor in graph.initializer):
            msg = (
                f"{self._where} keeps weights in other files; save it as one (external_data=False)"
            )
            raise ExportError(msg)
        foreign = {node.domain for node in graph.node} - _DOMAINS
        if foreign:
            msg = f"{self._where} has operators of {', '.join(sorted(foreign))}, which are not run"
            raise ExportError(msg)
        if any(entry.key == CARD_KEY for entry in self._model.metadata_props):
            msg = f"{self._where} has a card already; look at it with dfc-classify inspect"
            raise ExportError(msg)

    def _cut_ending(self) -> None:
        """Take off a Softmax or Sigmoid at the end: the host applies it, and once is enough."""
        graph = self._model.graph
        makers = {name: node for node in graph.node for name in node.output}
        last = makers.get(graph.output[0].name)
        while last is not None and last.op_type in _SHAPING:
            last = makers.get(last.input[0])
        if last is None or last.op_type not in _ENDINGS:
            return
        classes = graph.output[0].type.tensor_type.shape.dim[-1].dim_value
        axis = next((a.i for a in last.attribute if a.name == "axis"), -1)
        if (classes == 1) != (last.op_type == "Sigmoid") or axis not in {-1, 1}:
            msg = (
                f"{self._where} ends in {last.op_type} of {classes} outputs (axis {axis}); a card "
                "can say softmax over two or more, or a sigmoid of one"
            )
            raise ExportError(msg)
        self.notes.append(f"ends in {last.op_type}, which was taken off: the host applies it")
        for node in graph.node:
            for place, name in enumerate(node.input):
                if name == last.output[0]:
                    node.input[place] = last.input[0]
        if graph.output[0].name == last.output[0]:
            graph.output[0].name = last.input[0]
        graph.node.remove(last)

    def _check_size(self, height: int, width: int) -> None:
        dims = [dim.dim_value for dim in self._input.type.tensor_type.shape.dim]
        own = tuple(dims[1:3] if self.channels_last else dims[2:4])
        if any(mine not in {0, asked} for mine, asked in zip(own, (height, width), strict=True)):
            msg = (
                f"{self._where} takes pictures of {own[0]} x {own[1]}, --preprocessing makes them "
                f"{height} x {width}"
            )
            raise ExportError(msg)


def _session(model: Any) -> Any:  # noqa: ANN401 - onnx and onnxruntime carry no types
    runtime = load_runtime()
    options = runtime.SessionOptions()
    options.log_severity_level = 4
    refuse_external_data(options)
    return runtime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def _take_floats(graph: Any) -> None:  # noqa: ANN401 - onnx carries no types
    """Make an input of bytes one of floats that are whole numbers."""
    port = graph.input[0]
    bytes_in, port.name = port.name, f"{port.name}_as_floats"
    port.type.tensor_type.elem_type = TensorProto.FLOAT
    cast = onnx.helper.make_node("Cast", [port.name], [bytes_in], to=TensorProto.UINT8)
    graph.node.insert(0, cast)
