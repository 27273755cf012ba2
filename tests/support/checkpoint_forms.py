"""A checkpoint in every form that is understood, of a small network or its like."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from exporters.forms import TRAINING_RECORD, TRAINING_SCHEMA, CheckpointForm
from tests.support import checkpoints


@dataclass(frozen=True)
class Made:
    """How the tests make a checkpoint of a form.

    Attributes:
        make: Makes it in a folder, of timm's tiny test ResNet where it can hold that.
        options: What its export needs to be told.
        weights: The file that holds the weights, below what ``make`` gives; itself where empty.
        command: Of dfc-export.
        inspect_asks: What ``inspect`` says is needed, where the file alone does not tell.
        refusal: Exit code for a damaged one.
    """

    make: Callable[[Path, Any], Path]
    options: tuple[str, ...] = checkpoints.SMALL_OPTIONS
    weights: str = ""
    command: tuple[str, ...] = ()
    inspect_asks: str = ""
    refusal: int = 10


def foreign_onnx(small: Any, path: Path, *, batch: bool = True, size: int = 160) -> Path:
    """The network as ONNX in the usual way: float in, float out, names of its own."""
    shapes = ({0: torch.export.Dim("n", min=1, max=64)},) if batch else None
    torch.onnx.export(
        small, (torch.zeros(2 if batch else 1, 3, size, size),), path, input_names=["images"],
        output_names=["logits"], dynamic_shapes=shapes, opset_version=18, external_data=False,
        verbose=False,
    )  # fmt: skip
    return path


def _folder(folder: Path, _: Any) -> Path:
    return checkpoints.hugging_face_folder(folder / "hf", checkpoints.swin(24, (1, 1, 1, 1)))


def _trained(folder: Path, small: Any) -> Path:
    from safetensors.torch import save_file

    from forensic_cli.model_card.preprocessing import Preprocessing
    from forensic_cli.model_card.steps import ConvertRgb, ResizeSquash

    preprocessing = Preprocessing(
        host=(ConvertRgb(), ResizeSquash(160, 160, "bilinear")),
        scale=255.0, mean=(0.5,) * 3, std=(0.5,) * 3,
    )  # fmt: skip
    record = {
        "schema": TRAINING_SCHEMA,
        "architecture": "timm:test_resnet",
        "classes": [{"name": "AI", "label": 0}, {"name": "Real", "label": 1}],
        "preprocessing": preprocessing.as_record(),
        "recipe": {"name": "test"},
        "seed": 0,
    }
    place = folder / "run"
    place.mkdir()
    save_file(small.state_dict(), place / "model.safetensors")
    (place / TRAINING_RECORD).write_text(json.dumps(record))
    return place


def _torch(folder: Path, small: Any) -> Path:
    path = folder / "small.pt"
    torch.save({"arch": "test_resnet", "state_dict": small.state_dict()}, path)
    return path


def _safetensors(folder: Path, small: Any) -> Path:
    from safetensors.torch import save_file

    save_file(small.state_dict(), folder / "s.safetensors")
    return folder / "s.safetensors"


def _torchscript(folder: Path, small: Any) -> Path:
    torch.jit.script(small).save(str(folder / "s.pt"))
    return folder / "s.pt"


def _program(folder: Path, small: Any) -> Path:
    shapes = ({0: torch.export.Dim("batch", min=1, max=64)},)
    program = torch.export.export(small, (torch.zeros(2, 3, 160, 160),), dynamic_shapes=shapes)
    torch.export.save(program, folder / "p.pt2")
    return folder / "p.pt2"


MADE = {
    CheckpointForm.FOLDER: Made(_folder, ("--labels", "ai,real", "--quiet"), "model.safetensors"),
    CheckpointForm.TRAINED: Made(_trained, ("--quiet",), "model.safetensors"),
    CheckpointForm.TORCH: Made(_torch),
    CheckpointForm.SAFETENSORS: Made(
        _safetensors,
        ("--arch", "timm:test_resnet", *checkpoints.SMALL_OPTIONS),
        inspect_asks="--arch",
    ),
    CheckpointForm.TORCHSCRIPT: Made(_torchscript),
    CheckpointForm.PROGRAM: Made(_program),
    CheckpointForm.KERAS: Made(
        lambda folder, _: checkpoints.keras_file(folder),
        ("--labels", "ai,real", "--preprocessing", "aiornot", "--quiet"),
    ),
    CheckpointForm.ONNX: Made(
        lambda folder, small: foreign_onnx(small, folder / "f.onnx"),
        command=("adopt",),
        inspect_asks="dfc-export adopt",
        refusal=6,
    ),
}
"""A maker for every form: tests/exporters/test_form_contract.py tries them all."""
