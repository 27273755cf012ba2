"""Pictures into fixed batches through a ring of slots; logits come out in the pictures' order."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from forensic_cli.inference.bounds import is_stuck
from forensic_cli.inference.session import Logits, Session, Slot


class BatchRunner:
    """Runs a session's slots on as many threads as the device has streams."""

    def __init__(self, session: Session, batch_size: int) -> None:
        """Make the ring: a slot per stream, and one to fill meanwhile."""
        self._session = session
        streams = session.choice.streams
        self._free = deque(session.slot(batch_size) for _ in range(streams + 1))
        self._threads = ThreadPoolExecutor(streams, thread_name_prefix="inference")
        self._batch_size = batch_size

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
        """Logits of each picture, in order.

        Args:
            pictures: uint8, height x width x 3, drawn as slots come free.

        Yields:
            float32, one row of the model's outputs per picture.
        """
        running: deque[tuple[Slot, Future[Logits]]] = deque()
        source = iter(pictures)
        while True:
            if not self._free:
                yield from self._finish(running)
            slot = self._free.popleft()
            count = 0
            for picture in islice(source, self._batch_size):
                slot.images[count] = picture
                count += 1
            if not count:
                self._free.append(slot)
                break
            running.append((slot, self._threads.submit(slot.run, count)))
        while running:
            yield from self._finish(running)

    def _finish(self, running: deque[tuple[Slot, Future[Logits]]]) -> Iterator[Logits]:
        slot, future = running.popleft()
        rows = future.result()
        self._free.append(slot)
        yield from rows
