"""``torch.export`` archives (.pt2): a graph and its weights, in which pickles can hide."""

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from exporters.loaders.torch_file import damaged, wants_code
from exporters.networks.network import Floats
from exporters.networks.torch_network import OPSET, root_of, run_module
from forensic_cli.errors import ExportError
from forensic_cli.foundation.path_text import on_screen

_MEMBER = re.compile(
    r"archive_format|archive_version|byteorder|version|\.format_version|\.storage_alignment|"
    r"\.data/(?:version|serialization_id)|models/model\.json|data/sample_inputs/model\.pt|"
    r"data/weights/(?:model_weights_config\.json|weight_\d+)|"
    r"data/constants/(?:model_constants_config\.json|tensor_\d+)"
)
_TENSOR = re.compile(r"(?:weight|tensor)_\d+")


class ProgramNetwork:
    """An exported program."""

    def __init__(self, path: Path) -> None:
        """Load it on the CPU.

        Raises:
            ExportError: Damaged, or it holds a pickle that wants code to be run.
        """
        checked = _checked(path)
        try:
            self._program = torch.export.load(checked)
            self._module = self._program.module()
        except Exception as error:
            raise damaged(path, error) from error

    @property
    def parameters(self) -> int:
        """How many numbers were learnt."""
        return sum(parameter.numel() for parameter in self._program.parameters())

    def logits(self, pixels: Floats) -> Floats:
        """See ``Network``."""
        advice = (
            "it must have a free batch (dynamic_shapes), and --preprocessing must give its size"
        )
        return run_module(self._module, pixels, advice)

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
            msg = f"PyTorch cannot turn the program into ONNX: {root_of(error)}"
            raise ExportError(msg) from error
        return program.model_proto


def _checked(path: Path) -> io.BytesIO:
    """The archive's bytes, once nothing in them can make ``torch.export.load`` run code.

    It unpickles freely whatever it takes for custom or opaque objects, weights or constants that
    say ``use_pickle``, files of older formats, and example inputs; it loads compiled libraries.
    So only the members of a plain program are let through, and the same bytes are loaded.

    Raises:
        ExportError: Anything else is in the archive, or its example inputs want code to be run.
    """
    data = path.read_bytes()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            _refuse_members(path, names)
            if archive.read(names[0].partition("/")[0] + "/archive_format").strip() != b"pt2":
                raise _not_plain(path, "an archive_format that is not pt2")
            for name in names:
                if name.endswith("_config.json"):
                    _refuse_configured(path, archive.read(name))
                elif "/data/sample_inputs/" in name:
                    _refuse_unsafe(path, archive.read(name))
    except (OSError, ValueError, LookupError, zipfile.BadZipFile) as error:
        raise damaged(path, error) from error
    return io.BytesIO(data)


def _refuse_members(path: Path, names: list[str]) -> None:
    roots = {name.partition("/")[0] for name in names}
    folded = {name.casefold() for name in names}
    strange = [name for name in names if not _MEMBER.fullmatch(name.partition("/")[2])]
    if strange or len(roots) != 1 or len(folded) != len(names):
        raise _not_plain(path, ", ".join(strange[:5]) or "members of several roots or one name")


def _refuse_configured(path: Path, config: bytes) -> None:
    try:
        entries = json.loads(config)["config"].items()
        strange = [
            name
            for name, entry in entries
            if entry["use_pickle"] is not False or not _TENSOR.fullmatch(entry["path_name"])
        ]
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError) as error:
        raise damaged(path, error) from error
    if strange:
        raise _not_plain(path, f"pickled constants {', '.join(strange[:5])}")


def _refuse_unsafe(path: Path, data: bytes) -> None:
    try:
        unsafe = torch.serialization.get_unsafe_globals_in_checkpoint(io.BytesIO(data))
        torch.load(io.BytesIO(data), weights_only=True)
    except Exception as error:
        raise wants_code(path, [f"something in its example inputs ({error})"]) from error
    if unsafe:
        raise wants_code(path, unsafe)


def _not_plain(path: Path, what: str) -> ExportError:
    return ExportError(
        f"checkpoint {str(path)!r} holds more than a plain program ({on_screen(what, 300)}), which "
        "could run code when loaded. Nothing was run. Ask for the state_dict instead"
    )
