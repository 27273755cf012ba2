"""Put tensors into a module: all of them, and nothing else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import nn

from forensic_cli.errors import ExportError
from forensic_cli.foundation.path_text import on_screen

Tensors = Mapping[str, torch.Tensor]

_SHOWN = 6
_COUNTER = "num_batches_tracked"  # older files lack it; it plays no part in evaluation


@dataclass(frozen=True, slots=True)
class Built:
    """A network with a checkpoint's weights in it.

    Attributes:
        name: The name of the architecture, as ``--arch`` takes it.
        module: Takes float32 N x 3 x height x width.
        outputs: Logits per picture.
        reasoning: Why this architecture, for people.
        assumed: What no tensor shows, and is taken to be as this architecture has it.
    """

    name: str
    module: nn.Module
    outputs: int
    reasoning: tuple[str, ...]
    assumed: tuple[str, ...] = ()


def load_strictly(module: nn.Module, tensors: Tensors, name: str) -> None:
    """Load a state_dict.

    Raises:
        ExportError: A tensor is missing, left over, or of another shape.
    """
    wanted = module.state_dict()
    problems = [
        listed("missing", (key for key in wanted if key not in tensors and _counts(key))),
        listed("left over", (key for key in tensors if key not in wanted and _counts(key))),
        listed(
            "of another shape",
            (
                f"{key} ({_shape(tensors[key])} in the file, {_shape(value)} in the network)"
                for key, value in wanted.items()
                if key in tensors and tensors[key].shape != value.shape
            ),
        ),
        listed(
            "of another type",
            (
                f"{key} ({str(tensors[key].dtype).removeprefix('torch.')})"
                for key, value in wanted.items()
                if key in tensors and value.is_floating_point() != tensors[key].is_floating_point()
            ),
        ),
    ]
    report_misfits(name, problems)
    try:
        module.load_state_dict({k: tensors[k] for k in wanted if k in tensors}, strict=False)
    except (RuntimeError, NotImplementedError) as error:
        msg = f"the weights cannot be put into {name}: {str(error).splitlines()[-1]}"
        raise ExportError(msg) from error


def report_misfits(name: str, problems: Iterable[str]) -> None:
    """Refuse weights that do not fit.

    Raises:
        ExportError: There is a problem.
    """
    found = [problem for problem in problems if problem]
    if found:
        msg = (
            f"the checkpoint is not {name}: {'; '.join(found)}. Every weight must fit; is it "
            "another --arch, or a file that was altered?"
        )
        raise ExportError(msg)


def listed(what: str, keys: Iterable[str]) -> str:
    """Name some of the keys that are wrong; empty where none is."""
    names = [on_screen(key) for key in keys]
    if not names:
        return ""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{what}: {', '.join(names[:_SHOWN])}{more}"


def _counts(key: str) -> bool:
    return not key.endswith(_COUNTER)


def _shape(tensor: torch.Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "scalar"
