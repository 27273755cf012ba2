"""Decode workers side by side: files go in, pixels come out; no file can take others with it."""

import sys
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from queue import LifoQueue

from forensic_cli.decode_workers.confinement.confine import confine_keeper
from forensic_cli.decode_workers.confinement.measures import InForce
from forensic_cli.decode_workers.losses import WorkerLostError
from forensic_cli.decode_workers.messages import DecodeTask
from forensic_cli.decode_workers.process import DecodeProcess
from forensic_cli.errors import ItemRefusedError
from forensic_cli.foundation.environment import require_proc
from forensic_cli.foundation.stage_clock import StageClock
from forensic_cli.imaging.pixels import Pixels
from forensic_cli.model_card.preprocessing import Preprocessing
from forensic_cli.records import ImageFacts

Prepared = tuple[Pixels, ImageFacts]

_BASE_BYTES = 1 << 29
_BYTES_PER_PIXEL = 24
_COPIES_OF_A_FILE = 2
_FAILURES = 1
_KILLS = 6
"""How often a worker may be killed from outside, which is hardly the file's doing."""


def decode_task(  # noqa: PLR0913 - every limit of an item
    preprocessing: Preprocessing,
    max_pixels: int,
    max_bytes: int,
    seconds: float,
    *,
    allow_damaged: bool = False,
    must_be_confined: bool = False,
) -> DecodeTask:
    """What workers are told, with the memory that the largest allowed picture needs.

    Measured with the most wasteful decoder, JPEG 2000: see docs/decoding.md.
    """
    space = _BASE_BYTES + _BYTES_PER_PIXEL * max_pixels + _COPIES_OF_A_FILE * max_bytes
    most = min(space, sys.maxsize)
    return DecodeTask(
        preprocessing,
        max_pixels,
        seconds,
        most,
        allow_damaged=allow_damaged,
        must_be_confined=must_be_confined,
    )


class DecodeWorkers:
    """A fixed number of workers, each started again whenever it is lost."""

    def __init__(self, count: int, clock: StageClock | None = None) -> None:
        """Start them; they get ready while their caller does something else.

        Raises:
            DeviceError: The system does not allow as many.
        """
        require_proc()
        self.count = count
        clock = clock or StageClock()
        self._keeper = confine_keeper()
        self._all: list[DecodeProcess] = []
        self._idle: LifoQueue[DecodeProcess] = LifoQueue()
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="decode")
        try:
            for _ in range(count):
                self._all.append(DecodeProcess(clock))
                self._idle.put(self._all[-1])
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End all workers, whatever they are at."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for process in self._all:
            process.close()
        self._threads.shutdown()
        for process in self._all:
            process.end()

    def confinement(self, task: DecodeTask) -> InForce:
        """What confines the decoders: asked of one that is ready, before any file.

        Raises:
            DeviceError: No worker can be started, or none is confined as the task asks for.
        """
        process = self._idle.get()
        try:
            return {**self._keeper, **process.brief(task)}
        finally:
            self._idle.put(process)

    def begin(self, data: bytes, task: DecodeTask) -> Future[Prepared]:
        """Have a file decoded and prepared as soon as a worker is free."""
        return self._threads.submit(self._prepare, data, task)

    def finish(
        self,
        data: bytes,
        task: DecodeTask,
        begun: Future[Prepared],
        others: Iterable[Future[Prepared]],
        lost: Callable[[WorkerLostError], None],
    ) -> Prepared:
        """The picture of a file that was begun; tried once more, alone, where its worker was lost.

        Args:
            data: The file.
            task: As for ``begin``.
            begun: By ``begin``.
            others: All that was begun besides.
            lost: Told of each worker that was lost over it before the last.

        Returns:
            Pixels, uint8, height x width x 3 (RGB), of the card's size; and the facts.

        Raises:
            ItemRefusedError: There is no picture to score in it.
            DeviceError: No worker can be started.
        """
        failures = kills = 0
        while True:
            try:
                return begun.result()
            except WorkerLostError as loss:
                kills += loss.killed
                failures += not loss.killed
                if loss.conclusive or failures > _FAILURES or kills > _KILLS:
                    raise ItemRefusedError(loss.status, loss.reason) from loss
                lost(loss)
            wait(others)
            begun = self.begin(data, task)

    def _prepare(self, data: bytes, task: DecodeTask) -> Prepared:
        process = self._idle.get()
        try:
            return process.prepare(data, task)
        finally:
            self._idle.put(process)
