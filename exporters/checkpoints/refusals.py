"""What is no classifier, told by what it holds, and the way that works for each."""

import json
from collections.abc import Mapping
from pathlib import Path

import torch

from exporters.architectures.recognition import AS_PROGRAM
from exporters.forms import ADAPTER
from forensic_cli.errors import ExportError
from forensic_cli.foundation.path_text import on_screen

_IN_ADAPTERS = "lora_"
_OWN_CODE = (
    "from transformers import AutoModelForImageClassification as A; "
    "model = A.from_pretrained('FOLDER', trust_remote_code=True)"
)
_HEAD_LAYERS = 2


def refuse_own_code(path: Path, config: Mapping[str, object]) -> None:
    """Refuse a folder whose network is Python code in it.

    Args:
        path: The folder.
        config: Its ``config.json``.

    Raises:
        ExportError: It names code (``auto_map``) that would have to be run.
    """
    if isinstance(config.get("auto_map"), dict):
        named = on_screen(json.dumps(config["auto_map"]), 160)
        msg = (
            f"folder {str(path)!r} needs Python code of its own ({named}), which is never run "
            f"here. Where you trust it, export it there: {_OWN_CODE}; {AS_PROGRAM}; then give "
            "dfc-export model.pt2. Its answer has to be the logits alone"
        )
        raise ExportError(msg)


def refuse_part(tensors: Mapping[str, torch.Tensor]) -> None:
    """Refuse weights of a head or an adapter alone.

    Raises:
        ExportError: They are.
    """
    if any(_IN_ADAPTERS in key for key in tensors):
        msg = f"the checkpoint is {ADAPTER}"
        raise ExportError(msg)
    matrices = [tensor for tensor in tensors.values() if tensor.ndim > 1]
    is_linear = all(tensor.ndim <= 2 for tensor in tensors.values())  # noqa: PLR2004 - a matrix
    if is_linear and len(matrices) == 1 and len(tensors) <= _HEAD_LAYERS:
        outputs, width = matrices[0].shape
        msg = (
            f"the checkpoint is one linear layer ({width} numbers to {outputs}), a head without "
            "its network: give the folder of the picture tower that it was trained on, and this "
            "file as --head"
        )
        raise ExportError(msg)
