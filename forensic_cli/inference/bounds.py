"""What a model may take before it has shown what it is: a model file is as untrusted as evidence.

A few hundred bytes can ask for terabytes, or for a loop of a trillion turns. ONNX Runtime checks
the sizes of stored weights; those of what a graph makes of them it learns when it makes them.
"""

import os
import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

LOAD_SECONDS = 60.0
_LOAD_BYTES = 2 << 30
_COPIES_OF_THE_FILE = 6
_BATCH_SECONDS, _PICTURE_SECONDS = 20.0, 5.0
_PICTURE_BYTES = 512 << 20
_STUCK = "loading a model"


def bytes_to_load(size: int) -> int:
    """Address space that loading may take besides what is taken: weights are copied and packed.

    Args:
        size: The size of the model file, in bytes.
    """
    return _LOAD_BYTES + _COPIES_OF_THE_FILE * size


def bytes_to_run(size: int, batch_size: int) -> int:
    """The same for a first batch."""
    return bytes_to_load(size) + batch_size * _PICTURE_BYTES


def seconds_to_run(batch_size: int) -> float:
    """Wall-clock time that a first batch may take; a large network takes two a picture."""
    return _BATCH_SECONDS + batch_size * _PICTURE_SECONDS


@contextmanager
def address_space(more: int) -> Iterator[None]:
    """Let this process map no more than this many bytes besides what it has, for a while."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * os.sysconf("SC_PAGE_SIZE") + more
    if soft != resource.RLIM_INFINITY:
        limit = min(limit, soft)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def within(seconds: float, work: Callable[[], T]) -> T:
    """The result of some work that cannot be interrupted.

    Raises:
        TimeoutError: It takes longer, and goes on on its thread: see ``is_stuck``.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def do() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - raised on the caller's thread
            errors.append(error)

    thread = threading.Thread(target=do, name=_STUCK, daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise TimeoutError
    return results[0]


def is_stuck() -> bool:
    """Whether work that took too long goes on; then the process must leave without waiting."""
    return any(thread.name == _STUCK for thread in threading.enumerate())
