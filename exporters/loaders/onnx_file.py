"""ONNX made elsewhere: a float network in whatever dress, taken over under this project's names."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto

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
_FLOATS = {TensorProto.FLOAT: np.float32, TensorProto.FLOAT16: np.float16}
_ENDINGS = {"Softmax", "LogSoftmax", "Sigmoid"}
_DOMAINS = {"", "ai.onnx", "com.microsoft"}


class OnnxNetwork:
    """A foreign ONNX model.

    Attributes:
        channels_last: Whether its input is N x H x W x 3.
        notes: What was changed, for people.
    """

    def __init__(self, path: Path, output: str | None) -> None:
        """Read it and find its input and output.

        Args:
            path: The file.
            output: Which output holds the logits, where there are several.

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
        self._input = self._only_input()
        self._keep_output(output)
        self._cut_ending()
        self.channels_last = self._layout()
        self._session: Any = None

    @property
    def parameters(self) -> int:
        """Numbers in its weights; constants are among them."""
        return sum(
            int(np.prod(tensor.dims))
            for tensor in self._model.graph.initializer
            if tensor.data_type in _FLOATS
        )

    @property
    def outputs(self) -> int | None:
        """Logits per picture, None where the file does not say."""
        dims = self._model.graph.output[0].type.tensor_type.shape.dim
        return int(dims[-1].dim_value) or None

    def logits(self, pixels: Floats) -> Floats:
        """See ``Network``: the file's own graph, in ONNX Runtime."""
        fed = pixels.transpose(0, 2, 3, 1) if self.channels_last else pixels
        kind = _FLOATS[self._input.type.tensor_type.elem_type]
        rows: list[Floats] = []
        dims = self._input.type.tensor_type.shape.dim
        step = int(dims[0].dim_value) or len(fed)
        for start in range(0, len(fed), step):
            batch = np.ascontiguousarray(fed[start : start + step], kind)
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
        answer: Floats = self._session.run(None, {self._input.name: fed})[0]
        return answer

    def _try_two(self, freed: Any, height: int, width: int) -> None:  # noqa: ANN401 - as above
        """See whether a graph that was made for batches of one size takes others."""
        shape = (2, height, width, 3) if self.channels_last else (2, 3, height, width)
        kind = _FLOATS[self._input.type.tensor_type.elem_type]
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

    def _only_input(self) -> Any:  # noqa: ANN401 - onnx carries no types
        graph = self._model.graph
        weights = {tensor.name for tensor in graph.initializer}
        inputs = [port for port in graph.input if port.name not in weights]
        if len(inputs) != 1:
            names = ", ".join(port.name for port in inputs)
            msg = f"{self._where} has {len(inputs)} inputs ({names}); one is needed, for pictures"
            raise ExportError(msg)
        tensor = inputs[0].type.tensor_type
        if tensor.elem_type not in _FLOATS or len(tensor.shape.dim) != 4:  # noqa: PLR2004 - N, C, H, W
            kind = TensorProto.DataType.Name(tensor.elem_type).lower()
            msg = (
                f"the input {inputs[0].name!r} of {self._where} is {kind}, {_dims(tensor)}; it "
                "must be float, N x 3 x H x W or N x H x W x 3, already normalised when it is fed"
            )
            raise ExportError(msg)
        del graph.input[:]
        graph.input.append(inputs[0])
        return graph.input[0]

    def _keep_output(self, wanted: str | None) -> None:
        graph = self._model.graph
        fitting = [
            port
            for port in graph.output
            if port.type.tensor_type.elem_type in _FLOATS
            and len(port.type.tensor_type.shape.dim) == 2  # noqa: PLR2004 - N, classes
            and wanted in {None, port.name}
        ]
        if len(fitting) != 1:
            ports = ", ".join(f"{p.name} {_dims(p.type.tensor_type)}" for p in graph.output)
            msg = (
                f"{self._where} has {len(fitting)} outputs that could be logits (float, N x "
                f"classes) {f'called {wanted!r} ' if wanted else ''}among {ports}; name one with "
                "--output"
            )
            raise ExportError(msg)
        kept = onnx.ValueInfoProto.FromString(fitting[0].SerializeToString())
        del graph.output[:]
        graph.output.append(kept)

    def _cut_ending(self) -> None:
        """Take off a Softmax or Sigmoid at the end: the host applies it, and once is enough."""
        graph = self._model.graph
        port = graph.output[0]
        last = next((node for node in graph.node if port.name in node.output), None)
        if last is None or last.op_type not in _ENDINGS:
            return
        classes = port.type.tensor_type.shape.dim[-1].dim_value
        axis = next((a.i for a in last.attribute if a.name == "axis"), -1)
        if (classes == 1) != (last.op_type == "Sigmoid") or axis not in {-1, 1}:
            msg = (
                f"{self._where} ends in {last.op_type} of {classes} outputs (axis {axis}); a card "
                "can say softmax over two or more, or a sigmoid of one"
            )
            raise ExportError(msg)
        self.notes.append(f"ends in {last.op_type}, which was taken off: the host applies it")
        port.name = last.input[0]
        graph.node.remove(last)

    def _layout(self) -> bool:
        dims = [dim.dim_value for dim in self._input.type.tensor_type.shape.dim]
        if dims[1] == 3:  # noqa: PLR2004 - R, G, B
            return False
        if dims[3] == 3:  # noqa: PLR2004 - R, G, B
            return True
        shown = _dims(self._input.type.tensor_type)
        msg = f"the input of {self._where} is {shown}; where its three channels are is not certain"
        raise ExportError(msg)

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


def _dims(tensor: Any) -> str:  # noqa: ANN401 - onnx carries no types
    return " x ".join(dim.dim_param or str(dim.dim_value or "?") for dim in tensor.shape.dim)
