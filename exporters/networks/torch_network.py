"""A PyTorch module as a network: runs in PyTorch, exported by ``torch.onnx`` (dynamo)."""

import logging
from typing import Any

import numpy as np
import torch

from exporters.networks.network import Floats
from forensic_cli.errors import ExportError

OPSET = 18
_LARGEST_BATCH = 4096


class TorchNetwork:
    """A module in evaluation mode, float32, on the CPU."""

    def __init__(self, module: torch.nn.Module) -> None:
        """Take a module whose parameters are loaded."""
        self._module = module.eval().float().requires_grad_(requires_grad=False)

    @property
    def parameters(self) -> int:
        """How many numbers were learnt."""
        return sum(parameter.numel() for parameter in self._module.parameters())

    def logits(self, pixels: Floats) -> Floats:
        """See ``Network``."""
        return run_module(self._module, pixels, "is it the right --preprocessing?")

    def graph(self, height: int, width: int) -> Any:  # noqa: ANN401 - onnx carries no types
        """See ``Network``."""
        self.logits(np.zeros((2, 3, height, width), np.float32))  # a clear error, if any
        example = torch.zeros(2, 3, height, width)
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        try:
            program = torch.onnx.export(
                _Logits(self._module).eval(),
                (example,),
                None,
                input_names=["pixels"],
                output_names=["logits"],
                dynamic_shapes=({0: torch.export.Dim("batch", min=1, max=_LARGEST_BATCH)},),
                opset_version=OPSET,
                dynamo=True,
                verbose=False,
            )
        except Exception as error:
            msg = f"PyTorch cannot turn the network into ONNX: {root_of(error)}"
            raise ExportError(msg) from error
        return program.model_proto


class _Logits(torch.nn.Module):
    """The one output that is wanted."""

    def __init__(self, module: torch.nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return only_logits(self.module(pixels))


def run_module(module: Any, pixels: Floats, advice: str) -> Floats:  # noqa: ANN401 - callable of any kind
    """What a PyTorch network answers.

    Args:
        module: Called with one tensor.
        pixels: N x 3 x height x width, normalised.
        advice: What to do where it cannot answer.

    Raises:
        ExportError: It does not take them, or answers no single tensor of logits.
    """
    try:
        with torch.inference_mode():
            logits = only_logits(module(torch.from_numpy(np.ascontiguousarray(pixels))))
            rows: Floats = logits.numpy()
    except ExportError:
        raise
    except Exception as error:
        count, _, height, width = pixels.shape
        msg = (
            f"the network does not take pictures of {height} x {width}, {count} at a time "
            f"({root_of(error)}); {advice}"
        )
        raise ExportError(msg) from error
    return rows


def only_logits(answer: Any) -> torch.Tensor:  # noqa: ANN401 - tensor, tuple or a model output
    """The one tensor, N x outputs, that a network answers.

    Raises:
        ExportError: It answers something else: which of several outputs is meant is not certain.
    """
    logits = getattr(answer, "logits", answer)
    if isinstance(logits, tuple | list) and len(logits) == 1:
        logits = logits[0]
    if not isinstance(logits, torch.Tensor) or logits.ndim != 2:  # noqa: PLR2004 - N x outputs
        shape = tuple(logits.shape) if isinstance(logits, torch.Tensor) else type(logits).__name__
        msg = f"the network answers {shape}; one tensor, N x classes, is needed"
        raise ExportError(msg)
    found: torch.Tensor = logits
    return found


def root_of(error: BaseException) -> str:
    """What went wrong first: the exporter wraps it in pages of advice."""
    while error.__cause__ is not None:
        error = error.__cause__
    text = str(error).strip()
    return f"{type(error).__name__}: {text.splitlines()[0][:300]}" if text else type(error).__name__
