"""Which execution provider runs the model: chosen openly, never fallen back to in silence.

ONNX Runtime's own list of available providers is a compile-time fact, and a session asked for
CUDA quietly runs on the CPU where CUDA cannot start. So the libraries are looked for first, and
the session is asked afterwards what it got (``session.py``).
"""

import ctypes
import io
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from forensic_cli.errors import DeviceError
from forensic_cli.inference.runtime import load_runtime
from forensic_cli.settings import Device, available_cores

CPU = "CPUExecutionProvider"
CUDA = "CUDAExecutionProvider"

CUDA_OPTIONS: Mapping[str, str] = {
    "device_id": "0",
    # 10-bit mantissas would move scores in the third decimal.
    "use_tf32": "0",
    # The exhaustive search times kernels and may choose others in the next process.
    "cudnn_conv_algo_search": "HEURISTIC",
    "cudnn_conv_use_max_workspace": "1",
    "do_copy_in_default_stream": "1",
    "arena_extend_strategy": "kSameAsRequested",
    "prefer_nhwc": "0",
    "tunable_op_enable": "0",
}

_CPU_BATCH, _CUDA_BATCH = 2, 8

_COMPUTE_CAPABILITY = (75, 76)
"""CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR of the CUDA driver API."""

_DRIVER = "libcuda.so.1"
_PROVIDER = "libonnxruntime_providers_cuda.so"


@dataclass(frozen=True, slots=True)
class DeviceChoice:
    """The provider to run on.

    Attributes:
        asked: What the examiner asked for.
        provider: ONNX Runtime's name of the provider.
        options: The provider's options, as set here; the others are ONNX Runtime's defaults.
        streams: Inference calls that run at the same time. On the CPU one per core, each with
            one thread; on CUDA one, because cuBLAS promises the same bits for one stream only.
        batch_size: Pictures per call where none is asked for. On the CPU larger batches are no
            faster, and leave cores idle at the end (docs/performance.md).
        reason: Why this one; for ``auto`` on the CPU, what stands in CUDA's way.
    """

    asked: Device
    provider: str
    options: Mapping[str, str]
    streams: int
    batch_size: int
    reason: str


def choose(asked: Device) -> DeviceChoice:
    """Choose the provider for ``--device``.

    Raises:
        DeviceError: ``cuda`` was asked for and something is missing, which is named.
    """
    if asked == "cpu":
        return cpu(asked, "asked for")
    obstacle = cuda_obstacle()
    if obstacle is None:
        return DeviceChoice(asked, CUDA, CUDA_OPTIONS, 1, _CUDA_BATCH, "CUDA is usable")
    if asked == "cuda":
        raise cuda_refused(obstacle)
    return cpu(asked, f"CUDA cannot be used: {obstacle}")


def cpu(asked: Device, reason: str) -> DeviceChoice:
    """The CPU, with the reason for it."""
    return DeviceChoice(asked, CPU, {}, available_cores(), _CPU_BATCH, reason)


def cuda_refused(obstacle: str) -> DeviceError:
    """The error for ``--device cuda`` where CUDA cannot be used."""
    return DeviceError(
        f"--device cuda cannot be had: {obstacle}. Install what is missing "
        "(pip install 'dfc-classify[cuda]' brings NVIDIA's libraries, not the driver), "
        "or run with --device cpu"
    )


def cuda_obstacle() -> str | None:
    """What stands between this process and CUDA, in words; None where nothing was found."""
    runtime = load_runtime()
    if CUDA not in runtime.get_available_providers():
        return "this build of ONNX Runtime has no CUDA provider (install onnxruntime-gpu)"
    try:
        ctypes.CDLL(_DRIVER)
    except OSError as error:
        return f"the NVIDIA driver is not installed ({error})"
    with redirect_stdout(io.StringIO()):  # it prints what it cannot find; asked again just below
        runtime.preload_dlls()
    return _missing_library(Path(runtime.__file__).parent / "capi") or _no_gpu()


def _missing_library(folder: Path) -> str | None:
    try:
        shared = folder / _PROVIDER.replace("_cuda", "_shared")
        ctypes.CDLL(str(shared), mode=ctypes.RTLD_GLOBAL)
        ctypes.CDLL(str(folder / _PROVIDER))
    except OSError as error:
        return f"a library is missing ({error})"
    return None


def _no_gpu() -> str | None:
    driver = ctypes.CDLL(_DRIVER)
    count = ctypes.c_int(0)
    failed = driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count))
    if failed:
        return f"the NVIDIA driver reports error {failed}"
    return None if count.value else "there is no NVIDIA GPU"


def cuda_facts() -> dict[str, object]:
    """GPU name, compute capability, and the versions of driver, CUDA and cuDNN."""
    driver = ctypes.CDLL(_DRIVER)
    name = ctypes.create_string_buffer(256)
    driver.cuDeviceGetName(name, len(name), 0)
    version = ctypes.c_int(0)
    driver.cuDriverGetVersion(ctypes.byref(version))
    capability = [ctypes.c_int(0), ctypes.c_int(0)]
    for value, attribute in zip(capability, _COMPUTE_CAPABILITY, strict=True):
        driver.cuDeviceGetAttribute(ctypes.byref(value), attribute, 0)
    runtime = load_runtime()
    return {
        "gpu": name.value.decode(errors="replace"),
        "compute_capability": ".".join(str(part.value) for part in capability),
        "cuda_driver": version.value,
        "cuda_build": runtime.cuda_version,
        "cudnn": _cudnn_version(),
        "kernel_driver": _kernel_driver(),
    }


def _cudnn_version() -> int:
    try:
        return int(ctypes.CDLL("libcudnn.so.9").cudnnGetVersion())
    except (OSError, AttributeError):
        return 0


def _kernel_driver() -> str:
    try:
        return Path("/proc/driver/nvidia/version").read_text(encoding="utf-8").splitlines()[0]
    except (OSError, IndexError):
        return ""
