"""ONNX Runtime, imported without its telemetry, from one installation, quietly.

Since 1.29 the library writes a device id and an event queue below the home folder unless
``ORT_DISABLE_TELEMETRY`` is set before its first import. Everything here gets it from
``load_runtime``, so that there is no other first time.
"""

import os
from functools import cache
from importlib import import_module
from typing import Any

from forensic_cli.errors import DeviceError
from forensic_cli.foundation.environment import package_version

_PACKAGES = ("onnxruntime-gpu", "onnxruntime")
_FATAL = 4
_CURE = (
    "pip uninstall -y onnxruntime onnxruntime-gpu, then install one of them "
    "(onnxruntime-gpu runs on the CPU too)"
)


@cache
def load_runtime() -> Any:  # noqa: ANN401 - the library carries no types
    """The ``onnxruntime`` module.

    Raises:
        DeviceError: No ONNX Runtime package, or both: they share a folder, and whichever was
            unpacked last wins unseen.
    """
    installation()
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    module = import_module("onnxruntime")
    # Its default logger writes provider errors to the terminal; they become errors of our own.
    module.set_default_logger_severity(_FATAL)
    return module


_limits: list[int] = []


def limit_tensors(most: int) -> bool:
    """Let the tensors of all sessions on the CPU that are made from now on take no more than this.

    ONNX Runtime has one such limit for the life of a process: the first that is set.

    Args:
        most: Bytes.

    Returns:
        Whether a session that needs as much may be under it.
    """
    if _limits:
        return _limits[0] >= most
    runtime = load_runtime()
    place = runtime.OrtMemoryInfo(
        "Cpu", runtime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, runtime.OrtMemType.DEFAULT
    )
    defaults = (-1, -1, -1)
    runtime.create_and_register_allocator(place, runtime.OrtArenaCfg(most, *defaults))
    _limits.append(most)
    return True


def installation() -> str:
    """Name and version of the one ONNX Runtime package that is installed.

    Raises:
        DeviceError: None, or both.
    """
    found = [f"{name} {version}" for name in _PACKAGES if (version := package_version(name))]
    if not found:
        msg = "ONNX Runtime is not installed; pip install onnxruntime-gpu (it runs on the CPU too)"
        raise DeviceError(msg)
    if len(found) > 1:
        msg = f"{' and '.join(found)} are both installed, one hides the other; {_CURE}"
        raise DeviceError(msg)
    return found[0]
