"""What a checkpoint is, told from its first bytes and its list of members, without loading it."""

import zipfile
from enum import StrEnum
from pathlib import Path

from forensic_cli.errors import ExportError
from forensic_cli.foundation.path_text import on_screen


class CheckpointForm(StrEnum):
    """The forms that are understood."""

    FOLDER = "Hugging Face folder"
    TRAINED = "folder of dfc-train"
    TORCH = "PyTorch file"
    SAFETENSORS = "safetensors"
    TORCHSCRIPT = "TorchScript"
    PROGRAM = "torch.export program (.pt2)"
    KERAS = "Keras file"
    ONNX = "ONNX"


ADOPTED = "ONNX made elsewhere"
"""What adopt takes; no checkpoint."""
TRAINING_RECORD = "training.json"
"""In a folder of dfc-train, written last."""
TRAINING_SCHEMA = 1
"""Version of that record's format, for who writes it and who reads it."""

_KNOWN = (
    "a folder of dfc-train or Hugging Face, a PyTorch file (.pt, .pth, .bin), .safetensors, "
    "TorchScript, .pt2, .keras, .h5, or (with adopt) .onnx"
)
ADAPTER = (
    "an adapter (LoRA), a part of a network; merge it where peft is: "
    "model.merge_and_unload().save_pretrained('merged'); then export the folder merged"
)
"""What an adapter is, and the way that works."""
_OTHER_FOLDERS = {
    "adapter_config.json": ADAPTER,
    "model_index.json": (
        "a pipeline of diffusers, which makes pictures and judges none; give the folder of a "
        "detector"
    ),
}
_PICKLE = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
_HEAD = 512


def form_of(path: Path) -> CheckpointForm:
    """The form of a checkpoint.

    Raises:
        ExportError: Not there, or nothing that is understood; says what it looks like.
    """
    try:
        if path.is_dir():
            return _folder(path)
        if path.exists() and not path.is_file():
            msg = f"checkpoint {str(path)!r} is no ordinary file (a pipe or a device)"
            raise ExportError(msg)
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError as error:
        msg = f"checkpoint {str(path)!r} cannot be read: {error.strerror}"
        raise ExportError(msg) from error
    if head.startswith(b"PK"):
        return _archive(path)
    if head.startswith(_PICKLE):
        return CheckpointForm.TORCH
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        return CheckpointForm.KERAS
    if len(head) > 8 and head[8:9] == b"{" and int.from_bytes(head[:8], "little") < 1 << 30:  # noqa: PLR2004 - length, then JSON
        return CheckpointForm.SAFETENSORS
    if head.startswith(b"\x08") and b"\x00" in head + b"\x00":
        return CheckpointForm.ONNX
    msg = f"checkpoint {str(path)!r} {_looks_like(head)}"
    raise ExportError(msg)


def _folder(path: Path) -> CheckpointForm:
    if (path / TRAINING_RECORD).is_file():
        return CheckpointForm.TRAINED
    if (path / "config.json").is_file():
        return CheckpointForm.FOLDER
    if (path / "plan.json").is_file():
        msg = f"the training in {str(path)!r} has not finished; dfc-train --resume goes on with it"
        raise ExportError(msg)
    for name, what in _OTHER_FOLDERS.items():
        if (path / name).is_file():
            msg = f"folder {str(path)!r} holds {what}"
            raise ExportError(msg)
    there = sorted(entry.name for entry in path.iterdir())[:5]
    msg = (
        f"folder {str(path)!r} has no config.json, so it is no Hugging Face checkpoint "
        f"(it holds {', '.join(map(on_screen, there)) or 'nothing'}); name the file inside it"
    )
    raise ExportError(msg)


def _archive(path: Path) -> CheckpointForm:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        msg = f"checkpoint {str(path)!r} is a damaged archive ({error}); was the copy cut short?"
        raise ExportError(msg) from error
    if len(set(names)) != len(names):
        msg = f"checkpoint {str(path)!r} has two members of one name; PyTorch writes no such file"
        raise ExportError(msg)
    inside = {name.partition("/")[2] for name in names}
    if "config.json" in names and "model.weights.h5" in names:
        return CheckpointForm.KERAS
    if "models/model.json" in inside and "archive_format" in inside:
        return CheckpointForm.PROGRAM
    if "data.pkl" in inside:
        scripted = "constants.pkl" in inside or any(name.startswith("code/") for name in inside)
        return CheckpointForm.TORCHSCRIPT if scripted else CheckpointForm.TORCH
    shown = ", ".join(map(on_screen, sorted(names)[:4]))
    msg = f"checkpoint {str(path)!r} is an archive of something else ({shown}); give {_KNOWN}"
    raise ExportError(msg)


def _looks_like(head: bytes) -> str:
    text = head.lstrip().lower()
    if not head:
        return "is empty"
    if text.startswith(b"version https://git-lfs"):
        return (
            "is a Git LFS pointer, not the file itself; fetch it with 'git lfs pull' or download it"
        )
    if text.startswith((b"<!doctype", b"<html", b"<?xml")):
        return "is a web page, not a checkpoint; the download went to a page in between"
    if text.startswith((b"{", b"[")):
        return f"is a text file (JSON), not a checkpoint; give {_KNOWN}"
    if text.startswith(b"\x1f\x8b"):
        return f"is compressed (gzip); unpack it, then give {_KNOWN}"
    return f"is nothing that is understood; give {_KNOWN}"
