"""Pictures into fixed batches through a ring of slots; logits come out in the pictures' order."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from forensic_cli.errors import ModelError
from forensic_cli.foundation.stage_clock import StageClock
from forensic_cli.inference.bounds import TICK_SECONDS, Work, is_stuck, seconds_to_run
from forensic_cli.inference.providers import CPU, CUDA
from forensic_cli.inference.session import Logits, Session, Slot

Rows = list[Logits]
"""Raw logits, float32, one row of the model's outputs per picture."""

_FIRST_BATCHES = 4
"""What these took tells what later ones may take."""
_END_SECONDS = 5.0


@dataclass
class _Batch:
    """A batch on its way."""

    slot: Slot
    count: int
    work: list[Work] = field(default_factory=list)
    future: "Future[Logits]" = field(default_factory=Future)


class BatchRunner:
    """Runs a session's slots on as many threads as the device has streams."""

    def __init__(self, session: Session, batch_size: int, clock: StageClock | None = None) -> None:
        """Make the ring: a slot per stream, and one to fill meanwhile."""
        self._session = session
        self._clock = clock or StageClock()
        streams = session.choice.streams
        self._free = deque(session.slot(batch_size) for _ in range(streams + 1))
        self._running: deque[_Batch] = deque()
        self._took: list[float] = []
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
            self._leave(self._running)
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

        This, ``ready`` and ``drain`` raise what becomes of the oldest batch that has no rows yet.

        Args:
            picture: uint8, height x width x 3 (RGB), of the card's size.

        Returns:
            The rows of earlier pictures that are there by now, in their order.

        Raises:
            ModelError: The model fails on a batch, or takes far longer for it than for the first
                ones.
            DeviceError: The device fails.
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
        while self._running and self._running[0].future.done():
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
        batch = _Batch(self._free.popleft(), self._filled)
        batch.future = self._threads.submit(self._run, batch)
        self._running.append(batch)
        self._filled = 0

    def _run(self, batch: _Batch) -> Logits:
        work = Work()
        batch.work.append(work)
        # On CUDA this thread waits, and the clock on the wall is the device's.
        on_device = self._session.choice.provider == CUDA
        with (self._clock.waiting if on_device else self._clock.work)("infer"):
            rows = batch.slot.run(batch.count)
        if len(self._took) < _FIRST_BATCHES:
            self._took.append(work.seconds)
        return rows

    def _finish(self) -> Rows:
        """The rows of the oldest batch."""
        batch = self._running.popleft()
        with self._clock.waiting("wait for inference"):
            rows = self._result(batch)
        self._free.append(batch.slot)
        return list(rows)

    def _result(self, batch: _Batch) -> Logits:
        first = self._took if len(self._took) == _FIRST_BATCHES else []
        seconds = seconds_to_run(self._batch_size, first)
        while True:
            try:
                return batch.future.result(TICK_SECONDS)
            except TimeoutError:
                if batch.work and batch.work[0].waited_for(seconds) and not batch.future.done():
                    raise self._too_slow(batch, seconds, first) from None

    @staticmethod
    def _leave(batches: Iterable[_Batch]) -> None:
        """Wait a while for batches that were stopped; a kernel that is at work does not hear it."""
        pending = wait([batch.future for batch in batches], _END_SECONDS).not_done
        for batch in batches:
            if batch.future in pending and batch.work:
                batch.work[0].leave()

    def _too_slow(self, batch: _Batch, seconds: float, first: list[float]) -> ModelError:
        self._session.stop()
        self._leave([batch])
        before = f", its first ones took {max(first):.3g}" if first else ""
        return ModelError(
            f"model {str(self._session.model.path)!r} takes more than {seconds:,.0f} seconds for "
            f"{self._batch_size} pictures{before}; use another model, or a smaller --batch-size"
        )
