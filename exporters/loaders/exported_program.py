"""``torch.export`` archives (.pt2): a graph and its weights, in which pickles can hide."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from exporters.loaders.torch_file import damaged, wants_code
from exporters.network import Floats
from exporters.torch_network import OPSET
from forensic_cli.errors import ExportError

_TAKEN = ("data/weights/", "data/constants/")


class ProgramNetwork:
    """An exported program."""

    def __init__(self, path: Path) -> None:
        """Load it on the CPU.

        Raises:
            ExportError: Damaged, or it holds a pickle that wants code to be run.
        """
        _refuse_pickles(path)
        try:
            self._program = torch.export.load(str(path))
            self._module = self._program.module()
        except Exception as error:
            raise damaged(path, error) from error

    @property
    def parameters(self) -> int:
        """How many numbers were learnt."""
        return sum(parameter.numel() for parameter in self._program.parameters())

    def logits(self, pixels: Floats) -> Floats:
        """See ``Network``."""
        try:
            with torch.inference_mode():
                answer: Any = self._module(torch.from_numpy(np.ascontiguousarray(pixels)))
        except Exception as error:
            msg = (
                f"the program does not take {len(pixels)} pictures of {pixels.shape[2]} x "
                f"{pixels.shape[3]} ({str(error).splitlines()[0]}); it must have a "
                "free batch (dynamic_shapes), and --preprocessing must give its size"
            )
            raise ExportError(msg) from error
        rows: Floats = (answer[0] if isinstance(answer, tuple | list) else answer).numpy()
        return rows

    def graph(self, height: int, width: int) -> Any:  # noqa: ANN401 - onnx carries no types
        """See ``Network``."""
        for count in (1, 3):
            self.logits(np.zeros((count, 3, height, width), np.float32))
        try:
            program = torch.onnx.export(
                self._program,
                (),
                None,
                input_names=["pixels"],
                output_names=["logits"],
                opset_version=OPSET,
                dynamo=True,
                verbose=False,
            )
        except Exception as error:
            msg = f"PyTorch cannot turn the program into ONNX: {str(error).splitlines()[0]}"
            raise ExportError(msg) from error
        return program.model_proto


def _refuse_pickles(path: Path) -> None:
    """See that nothing in the archive is unpickled freely by ``torch.export.load``.

    It loads example inputs, and weights and constants that say ``use_pickle``, without the safe
    unpickler, and opaque constants with the plain one.
    """
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            inside = name.partition("/")[2]
            if not inside.startswith("data/"):
                continue
            if inside.endswith("_config.json") and inside.startswith(_TAKEN):
                _refuse_configured(path, archive.read(name))
            elif not inside.startswith(_TAKEN):  # example inputs
                _refuse_unsafe(path, archive.read(name))


def _refuse_configured(path: Path, config: bytes) -> None:
    try:
        entries = json.loads(config)["config"].items()
        pickled = [name for name, entry in entries if entry.get("use_pickle")]
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise damaged(path, error) from error
    if pickled:
        msg = (
            f"checkpoint {str(path)!r} holds pickled constants ({', '.join(pickled[:5])}), which "
            "could run code when loaded; nothing was run. Ask for the state_dict instead"
        )
        raise ExportError(msg)


def _refuse_unsafe(path: Path, data: bytes) -> None:
    try:
        unsafe = torch.serialization.get_unsafe_globals_in_checkpoint(io.BytesIO(data))
        torch.load(io.BytesIO(data), weights_only=True)
    except Exception as error:
        raise wants_code(path, [f"something in its example inputs ({error})"]) from error
    if unsafe:
        raise wants_code(path, unsafe)
