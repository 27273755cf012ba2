"""Facts about the machine, as the log records them; what can change a score is kept apart."""

import getpass
import hashlib
import os
import platform
import socket
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from forensic_cli.errors import DeviceError
from forensic_cli.foundation.canonical_json import canonical_json

# The instruction sets by which ONNX Runtime's CPU kernels choose their code path.
_DISPATCH = (
    "avx", "avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_vnni",
    "avx512_bf16", "avx_vnni", "amx_tile", "amx_int8", "amx_bf16", "asimd", "asimddp", "sve",
    "i8mm",
)  # fmt: skip


def host_facts() -> dict[str, object]:
    """Host name, user, operating system, Python: who and where, for the log only."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "unknown"
    return {
        "host": socket.gethostname(),
        "user": user,
        "os": platform.platform(),
        "python": platform.python_version(),
        "processor": _processor(),
    }


def score_facts() -> dict[str, object]:
    """What of the machine can change a score, apart from the imaging and inference libraries."""
    return {
        "machine": platform.machine(),
        "python": platform.python_version(),
        "numpy": package_version("numpy"),
        "instruction_sets": _instruction_sets(),
    }


def package_version(name: str) -> str:
    """Version of an installed package, found without importing it; empty where absent."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def fingerprint(facts: Mapping[str, object]) -> str:
    """SHA-256 of facts in canonical JSON: same fingerprint, same scores to the last bit."""
    return hashlib.sha256(canonical_json(facts)).hexdigest()


def _cpuinfo(*keys: str) -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    for line in text.splitlines():
        key, _, value = line.partition(":")
        if key.strip() in keys:
            return value.strip()
    return ""


def _processor() -> str:
    return _cpuinfo("model name", "Processor") or platform.processor()


def _instruction_sets() -> list[str]:
    present = set(_cpuinfo("flags", "Features").split())
    return [name for name in _DISPATCH if name in present]


def require_proc() -> None:
    """See that the kernel's own file system is there; limits and workers need it.

    Raises:
        DeviceError: It is not.
    """
    if not os.path.exists("/proc/self/statm"):  # noqa: PTH110 - as a test replaces it
        msg = (
            "/proc is not mounted, and without it neither limits can be set nor decode workers "
            "started; in a chroot: mount -t proc proc /proc"
        )
        raise DeviceError(msg)
