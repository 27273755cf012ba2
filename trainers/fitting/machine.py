"""What a training runs on."""

from dataclasses import dataclass
from typing import Literal

import torch

from forensic_cli.errors import DeviceError, UsageError
from forensic_cli.settings import available_cores

Precision = Literal["fp32", "bf16", "fp16"]


@dataclass(frozen=True, slots=True)
class Machine:
    """What a training runs on.

    Attributes:
        device: ``cuda`` or ``cpu``.
        precision: The precision of the arithmetic; weights stay float32.
        workers: Processes that prepare pictures; 0 = the training process does.
    """

    device: Literal["cuda", "cpu"]
    precision: Precision
    workers: int


def machine(device: str, precision: Precision, workers: int | None) -> Machine:
    """The device that was asked for.

    Raises:
        DeviceError: CUDA was demanded and is not there.
        UsageError: An arithmetic that the device has not.
    """
    there = torch.cuda.is_available()
    if device == "cuda" and not there:
        msg = "--device cuda: PyTorch sees no CUDA device here; --device cpu trains without"
        raise DeviceError(msg)
    took: Literal["cuda", "cpu"] = "cuda" if there and device != "cpu" else "cpu"
    if precision == "fp16" and took == "cpu":
        msg = "--precision fp16 needs CUDA; bf16 and fp32 run on the CPU"
        raise UsageError(msg)
    if workers is None:
        workers = min(8, available_cores()) if took == "cuda" else 0
    return Machine(took, precision, workers)
