"""The heavy libraries of the extra ``export``, imported late, quietly, and without the network.

Everything that needs PyTorch, transformers, timm or torchvision calls ``prepare`` first.
"""

import os
import warnings
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from forensic_cli.errors import ExportError

_ADVICE = "pip install 'dfc-classify[export]'"
_OPERATORS = ("nms", "qnms")


def prepare(*, online: bool = False) -> None:
    """Set what the libraries read at import, and see that PyTorch and torchvision fit each other.

    Args:
        online: Whether a hub name was given, for which the network may be asked; the first call
            decides.

    Raises:
        ExportError: PyTorch or ONNX is not installed.
    """
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ.setdefault("HF_HUB_OFFLINE", str(int(not online)))
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    for name in ("torch", "onnx", "onnxscript"):
        if find_spec(name) is None:
            msg = f"exporting needs {name}; {_ADVICE}"
            raise ExportError(msg)
    warnings.filterwarnings("ignore")  # theirs, about what they will deprecate
    _declare_missing_operators()


def require(name: str) -> None:
    """See that an optional library is there.

    Raises:
        ExportError: It is not.
    """
    prepare()
    if find_spec(name) is None:
        msg = f"this checkpoint needs {name}; {_ADVICE}"
        raise ExportError(msg)


@cache
def _declare_missing_operators() -> None:
    """Let torchvision be imported where its compiled operators do not load.

    A torchvision built for another PyTorch (CUDA against CPU, most often) fails at import, and
    transformers and timm with it, because it registers shapes for operators that then do not exist.
    Its classifiers use none of them; declared, they suffice for the import, and raise when called.
    """
    found = find_spec("torchvision")
    if found is None or found.origin is None:
        return
    import torch  # noqa: PLC0415

    compiled = next(Path(found.origin).parent.glob("_C*"), None)
    if compiled is None:
        return
    try:
        torch.ops.load_library(str(compiled))
    except OSError:
        library = torch.library.Library("torchvision", "DEF")
        for name in _OPERATORS:
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _declared.append(library)  # the declaration lives as long as this object


_declared: list[object] = []
