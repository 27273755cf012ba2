"""Put tensors into a module: all of them, and nothing else."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

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
    if any(problems[:3]) and not problems[3] and _fits_as_older(module, tensors):
        return
    report_misfits(name, problems)
    try:
        module.load_state_dict(_with_versions(tensors, wanted), strict=False)
    except (RuntimeError, NotImplementedError) as error:
        msg = f"the weights cannot be put into {name}: {str(error).splitlines()[-1]}"
        raise ExportError(msg) from error


def _with_versions(tensors: Tensors, wanted: Mapping[str, Any]) -> OrderedDict[str, torch.Tensor]:
    """What is wanted of the tensors, said to be as new as the network itself.

    A file without versions of its modules would be taken for an old one, and some networks are
    rebuilt in their old form then.
    """
    made = OrderedDict((key, tensors[key]) for key in wanted if key in tensors)
    made._metadata = getattr(wanted, "_metadata", {})  # type: ignore[attr-defined]  # noqa: SLF001 - PyTorch's own place for it
    return made


def _fits_as_older(module: nn.Module, tensors: Tensors) -> bool:
    """Load weights under a network's older names, which it knows itself, if they all fit."""
    renamed = [t for key, t in tensors.items() if key not in module.state_dict() and _counts(key)]
    if not all(tensor.is_floating_point() for tensor in renamed):
        return False
    made = OrderedDict(tensors)
    made._metadata = getattr(tensors, "_metadata", None) or {}  # type: ignore[attr-defined]  # noqa: SLF001 - as above
    try:
        module.load_state_dict(made, strict=True)
    except (RuntimeError, NotImplementedError, AttributeError, KeyError):
        return False
    return True


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
