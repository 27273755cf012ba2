"""Pictures into fixed batches through a ring of slots; logits come out in the pictures' order."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from forensic_cli.foundation.stage_clock import StageClock
from forensic_cli.inference.bounds import is_stuck
from forensic_cli.inference.providers import CPU, CUDA
from forensic_cli.inference.session import Logits, Session, Slot

Rows = list[Logits]
"""Raw logits, float32, one row of the model's outputs per picture."""


class BatchRunner:
    """Runs a session's slots on as many threads as the device has streams."""

    def __init__(self, session: Session, batch_size: int, clock: StageClock | None = None) -> None:
        """Make the ring: a slot per stream, and one to fill meanwhile."""
        self._session = session
        self._clock = clock or StageClock()
        streams = session.choice.streams
        self._free = deque(session.slot(batch_size) for _ in range(streams + 1))
        self._running: deque[tuple[Slot, Future[Logits]]] = deque()
        self._filled = 0
        """Pictures in the first free slot."""
        self._threads = ThreadPoolExecutor(streams, thread_name_prefix="inference")
        self._batch_size = batch_size

    @property
    def batch_size(self) -> int:
        """Pictures per call."""
        return self._batch_size

    @property
    def is_exact(self) -> bool:
        """Whether the same input gives the same bits: on the CPU, in one thread a call."""
        return self._session.choice.provider == CPU

    def __enter__(self) -> Self:
        """Nothing more to do."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the running batches end, soon where something went wrong; start no other."""
        if kind is not None:
            self._session.stop()
        # Nothing ends a kernel; the process leaves without waiting for one that takes too long.
        self._threads.shutdown(wait=not is_stuck(), cancel_futures=True)

    def logits(self, pictures: Iterable[npt.NDArray[np.uint8]]) -> Iterator[Logits]:
        """Logits of each picture, in order; nothing else may be on its way.

        Args:
            pictures: uint8, height x width x 3, drawn as slots come free.

        Yields:
            float32, one row of the model's outputs per picture.
        """
        for picture in pictures:
            yield from self.put(picture)
        yield from self.drain()

    def put(self, picture: npt.NDArray[np.uint8]) -> Rows:
        """Take one more picture, waiting for a slot where none is free.

        Args:
            picture: uint8, height x width x 3 (RGB), of the card's size.

        Returns:
            The rows of earlier pictures that are there by now, in their order.
        """
        rows = self._finish() if not self._free else []
        with self._clock.work("copy"):
            self._free[0].images[self._filled] = picture
        self._filled += 1
        if self._filled == self._batch_size:
            self._start()
        return rows + self.ready()

    def ready(self) -> Rows:
        """The rows of batches that have come to their end meanwhile; without waiting."""
        rows: Rows = []
        while self._running and self._running[0][1].done():
            rows += self._finish()
        return rows

    def drain(self) -> Rows:
        """Run what is not a whole batch yet, and wait for all rows that are still to come."""
        if self._filled:
            self._start()
        rows: Rows = []
        while self._running:
            rows += self._finish()
        return rows

    def _start(self) -> None:
        slot = self._free.popleft()
        self._running.append((slot, self._threads.submit(self._run, slot, self._filled)))
        self._filled = 0

    def _run(self, slot: Slot, count: int) -> Logits:
        # On CUDA this thread waits, and the clock on the wall is the device's.
        on_device = self._session.choice.provider == CUDA
        with (self._clock.waiting if on_device else self._clock.work)("infer"):
            return slot.run(count)

    def _finish(self) -> Rows:
        """The rows of the oldest batch."""
        slot, future = self._running.popleft()
        with self._clock.waiting("wait for inference"):
            rows = future.result()
        self._free.append(slot)
        return list(rows)
