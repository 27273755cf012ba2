"""TorchScript: a program of its own, run and exported as it is."""

import io
from pathlib import Path
from typing import Any

import onnx
import torch

from exporters.loaders.torch_file import damaged
from exporters.networks.network import Floats
from exporters.networks.torch_network import OPSET, root_of, run_module
from forensic_cli.errors import ExportError


def script_weights(path: Path) -> dict[str, torch.Tensor]:
    """The weights alone of a scripted module, by name.

    Raises:
        ExportError: Damaged.
    """
    try:
        tensors: dict[str, torch.Tensor] = torch.jit.load(
            str(path), map_location="cpu"
        ).state_dict()
    except Exception as error:
        raise damaged(path, error) from error
    return tensors


class ScriptNetwork:
    """A scripted or traced module. TorchScript cannot reach the machine from inside."""

    def __init__(self, path: Path) -> None:
        """Load it on the CPU.

        Raises:
            ExportError: Damaged.
        """
        try:
            self._module = torch.jit.load(str(path), map_location="cpu").eval()
        except Exception as error:
            raise damaged(path, error) from error

    @property
    def parameters(self) -> int:
        """How many numbers were learnt."""
        return sum(parameter.numel() for parameter in self._module.parameters())

    def logits(self, pixels: Floats) -> Floats:
        """See ``Network``."""
        return run_module(self._module, pixels, "is it the right --preprocessing?")

    def graph(self, height: int, width: int) -> Any:  # noqa: ANN401 - onnx carries no types
        """See ``Network``. Only PyTorch's older exporter takes TorchScript."""
        written = io.BytesIO()
        try:
            torch.onnx.export(
                self._module,
                (torch.zeros(2, 3, height, width),),
                written,
                input_names=["pixels"],
                output_names=["logits"],
                dynamic_axes={"pixels": {0: "batch"}, "logits": {0: "batch"}},
                opset_version=OPSET,
                dynamo=False,
            )
        except Exception as error:
            msg = (
                f"this TorchScript cannot be turned into ONNX ({root_of(error)}); "
                "is it the right --preprocessing size? Else export from the state_dict with --arch"
            )
            raise ExportError(msg) from error
        return onnx.load_from_string(written.getvalue())
