"""Where a run's time goes, stage by stage: for whoever wants it faster, never for the results."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from time import perf_counter, thread_time
from typing import Literal, get_args

Stage = Literal[
    "list", "verify", "load", "read", "hash", "hand over", "decode", "prepare", "fetch",
    "wait for decoding", "copy", "wait for inference", "infer", "write",
]  # fmt: skip
WAITS: tuple[Stage, ...] = ("wait for decoding", "wait for inference")
"""Stages of the thread that ties the others together, in which it does nothing."""


class StageClock:
    """Seconds by stage, of this process and its workers, added up from any thread.

    Work counts as CPU time of the thread that does it, waiting as time on the clock.
    """

    def __init__(self) -> None:
        """Nothing was done yet."""
        self._lock = Lock()
        self._seconds: dict[Stage, float] = {}
        self._began = perf_counter()

    def elapsed(self) -> float:
        """Seconds on the clock since this one was made."""
        return perf_counter() - self._began

    @contextmanager
    def work(self, stage: Stage) -> Iterator[None]:
        """Count the CPU time of what is inside."""
        began = thread_time()
        try:
            yield
        finally:
            self.add(stage, thread_time() - began)

    @contextmanager
    def waiting(self, stage: Stage) -> Iterator[None]:
        """Count the time that passes inside."""
        began = perf_counter()
        try:
            yield
        finally:
            self.add(stage, perf_counter() - began)

    def add(self, stage: Stage, seconds: float) -> None:
        """Count what was measured elsewhere."""
        with self._lock:
            self._seconds[stage] = self._seconds.get(stage, 0.0) + seconds

    def seconds(self) -> dict[Stage, float]:
        """So far, in the order of the stages."""
        with self._lock:
            return {one: self._seconds[one] for one in get_args(Stage) if one in self._seconds}
