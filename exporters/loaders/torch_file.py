"""Files of ``torch.save`` and ``.safetensors``: tensors are read, code is never run."""

import argparse
import datetime as dt
import pathlib
import re
import types
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch

from exporters.loaders.pickle_names import globals_named
from forensic_cli.errors import ExportError
from forensic_cli.foundation.path_text import on_screen

_numpy = import_module("numpy._core.multiarray")  # what pickles of numbers and arrays name


def _listed(items: Any = (), _longest: int | None = None) -> list[Any]:  # noqa: ANN401 - a pickle's
    """A deque's items: PyTorch's reader fills lists only."""
    return list(items)


def _plain(*_: Any) -> dict[Any, Any]:  # noqa: ANN401 - a pickle's
    """A defaultdict's entries: PyTorch's reader fills plain ones only."""
    return {}


# What training scripts put beside the weights, and what builds nothing but values.
_HARMLESS: list[Any] = [
    argparse.Namespace,
    types.SimpleNamespace,
    range,
    frozenset,
    list,
    int,
    float,
    (_plain, "collections.defaultdict"),
    dt.date,
    dt.datetime,
    dt.time,
    dt.timedelta,
    dt.timezone,
    (_listed, "collections.deque"),
    *(
        (getattr(pathlib, f"Pure{system}Path"), f"{module}.{kind}{system}Path")
        for module in ("pathlib", "pathlib._local")  # Python 3.13 writes the second
        for kind in ("", "Pure")
        for system in ("Posix", "Windows")
    ),
    np.dtype,
    np.ndarray,
    *(
        (getattr(_numpy, name), f"{module}.{name}")
        for name in ("_reconstruct", "scalar")
        for module in ("numpy._core.multiarray", "numpy.core.multiarray")
    ),
    *(type(np.dtype(kind)) for kind in ("f4", "f8", "f2", "i4", "i8", "u1", "u4", "u8", "?", "U1")),
]
_REFUSED = re.compile(r"weights.only|Unsupported|GLOBAL", re.IGNORECASE)
_SHOWN = 12


def read_torch_file(path: Path) -> Any:  # noqa: ANN401 - whatever was saved
    """What a file of ``torch.save`` holds, tensors on the CPU.

    Raises:
        ExportError: Damaged, or it wants code to be run: the names are given, nothing is run.
    """
    with torch.serialization.safe_globals(_HARMLESS):
        unsafe = _unsafe_globals(path)
        if unsafe:
            raise wants_code(path, unsafe)
        try:
            return torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:
            named = globals_named(path) if _REFUSED.search(str(error)) else []
            if named:
                raise wants_code(path, named) from error
            raise damaged(path, error) from error


def read_safetensors(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a ``.safetensors`` file.

    Raises:
        ExportError: Damaged.
    """
    from safetensors.torch import load_file  # noqa: PLC0415 - only where it is needed

    try:
        tensors: dict[str, torch.Tensor] = load_file(path)
    except Exception as error:
        raise damaged(path, error) from error
    return tensors


def wants_code(path: Path, names: list[str]) -> ExportError:
    """The error for a pickle that is more than tensors."""
    shown = ", ".join(on_screen(name) for name in sorted(names)[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ExportError(
        f"checkpoint {str(path)!r} is a pickle that runs code when it is loaded; it asks for "
        f"{shown}{more}. Nothing was run. Ask for the state_dict or .safetensors instead; if you "
        "trust whoever made it, and the package that defines its classes is installed, "
        "--trust-pickle loads it in a process of its own"
    )


def damaged(path: Path, error: Exception) -> ExportError:
    """The error for a file that cannot be read to its end."""
    lines = str(error).strip().splitlines()
    said = on_screen(lines[0] if lines else type(error).__name__, 200)
    return ExportError(f"checkpoint {str(path)!r} is damaged or cut short ({said}); copy it again")


def _unsafe_globals(path: Path) -> list[str]:
    try:
        unsafe: list[str] = torch.serialization.get_unsafe_globals_in_checkpoint(str(path))
    except ValueError:  # the format before PyTorch 1.6: torch.load names them, one at a time
        return []
    except Exception as error:
        raise damaged(path, error) from error
    return unsafe
