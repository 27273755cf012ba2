"""What a model may take: it is as untrusted as evidence, whatever it made of earlier pictures.

A few hundred bytes can ask for terabytes, or for a loop of a trillion turns. ONNX Runtime checks
the sizes of stored weights; those of what a graph makes of them it learns when it makes them.
"""

import os
import resource
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from forensic_cli.foundation.environment import require_proc

T = TypeVar("T")

LOAD_SECONDS = 60.0
_LOAD_BYTES = 2 << 30
_COPIES_OF_THE_FILE = 6
_BATCH_SECONDS, _PICTURE_SECONDS = 20.0, 5.0
_PICTURE_BYTES = 512 << 20
_NO_LIMIT = 1 << 46
_TENSOR_BYTES = 512 << 20
_LEAST_SECONDS, _SLOWER = 30.0, 20
TICK_SECONDS = 0.5
_WAITED = 10
"""How many times longer work may take by the clock on the wall: it may wait for a GPU, or for a
processor that others use."""
_STUCK = "stuck in a model"


def bytes_to_load(size: int) -> int:
    """Address space that loading may take besides what is taken: weights are copied and packed.

    Args:
        size: The size of the model file, in bytes.
    """
    return _LOAD_BYTES + _COPIES_OF_THE_FILE * size


def bytes_to_run(size: int, batch_size: int) -> int:
    """The same for running batches."""
    return bytes_to_load(size) + batch_size * _PICTURE_BYTES


def bytes_of_tensors(size: int, batch_size: int) -> int:
    """What weights and everything that a graph makes of a batch may take together."""
    return _TENSOR_BYTES + _COPIES_OF_THE_FILE * size + batch_size * _PICTURE_BYTES


def seconds_to_run(batch_size: int, first: list[float]) -> float:
    """Processor time that a batch may take.

    Args:
        batch_size: Pictures in it; a large network takes two seconds a picture.
        first: Seconds that the first batches took, if they are known. What a network does to one
            picture is much like what it does to another.
    """
    if not first:
        return _BATCH_SECONDS + batch_size * _PICTURE_SECONDS
    return max(_LEAST_SECONDS, _SLOWER * max(first))


class Work:
    """Work on the thread that makes this: how long it has had.

    What counts is the thread's processor time: neither a process that is stopped for a while nor a
    machine that sleeps or is busy says anything against a model.
    """

    def __init__(self) -> None:
        """The work begins."""
        self._thread = threading.current_thread()
        self._clock = time.pthread_getcpuclockid(threading.get_ident())
        self._began = time.clock_gettime(self._clock)
        self._waited = 0.0

    @property
    def seconds(self) -> float:
        """Processor time so far; 0 where its thread has ended."""
        with suppress(OSError):
            return time.clock_gettime(self._clock) - self._began
        return 0.0

    def waited_for(self, seconds: float) -> bool:
        """Count a tick of whoever waits for it; whether it has had more than these seconds."""
        self._waited += TICK_SECONDS
        return self.seconds > seconds or self._waited > _WAITED * seconds

    def leave(self) -> None:
        """Give it up; it goes on on its thread: see ``is_stuck``."""
        self._thread.name = _STUCK


@contextmanager
def address_space(more: int) -> Iterator[None]:
    """Let this process map no more than this many bytes besides what it has, for a while."""
    if more > _NO_LIMIT:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    require_proc()
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

    Args:
        seconds: Processor time that it may take.
        work: The work.

    Raises:
        TimeoutError: It takes longer, and goes on on its thread: see ``is_stuck``.
    """
    results: list[T] = []
    errors: list[BaseException] = []
    begun: list[Work] = []

    def do() -> None:
        begun.append(Work())
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - raised on the caller's thread
            errors.append(error)

    thread = threading.Thread(target=do, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(TICK_SECONDS)
        if thread.is_alive() and begun and begun[0].waited_for(seconds):
            begun[0].leave()
            raise TimeoutError
    if errors:
        raise errors[0]
    return results[0]


def is_stuck() -> bool:
    """Whether work that took too long goes on; then the process must leave without waiting."""
    return any(thread.name == _STUCK for thread in threading.enumerate())
