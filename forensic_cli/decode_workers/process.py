"""One place for a decode worker: briefed, fed, timed, and filled again when its process is lost."""

import signal
from contextlib import suppress
from dataclasses import replace

from forensic_cli.decode_workers.messages import DecodeTask, Usage, parse_answer
from forensic_cli.decode_workers.worker_process import WorkerProcess
from forensic_cli.errors import DeviceError, ItemRefusedError
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.foundation.stage_clock import StageClock
from forensic_cli.imaging.pixels import Pixels
from forensic_cli.records import Flag, ImageFacts, Status

_START_SECONDS = 60.0
_STARTS = 3
_KILLED_STARTS = 50
_MOST_KEPT = 1 << 30
"""Bytes that a worker may have mapped between two files; fresh it has a fifth of that."""
_BUSY = 0.9
_SIGNALS = {number.value: number.name for number in signal.Signals}


class WorkerLostError(Exception):
    """A worker died, hung or outgrew its memory over a file, and is gone.

    Attributes:
        status: What the file is reported as, where it happens again.
        reason: The sentence for it.
        killed: Whether someone outside ended it, which says nothing of the file.
        conclusive: Whether trying again cannot end otherwise.
    """

    def __init__(
        self, status: Status, reason: str, *, killed: bool = False, conclusive: bool = False
    ) -> None:
        """Keep all parts."""
        super().__init__(f"{status}: {reason}")
        self.status = status
        self.reason = reason
        self.killed = killed
        self.conclusive = conclusive


class DecodeProcess:
    """A place for a worker: a process that is started again when it is lost."""

    def __init__(self, clock: StageClock) -> None:
        """Start it; nobody waits until it is ready.

        Raises:
            DeviceError: The system allows no more processes or files.
        """
        self._clock = clock
        self._task: DecodeTask | None = None
        self._usage = Usage(0.0, 0)
        self._closed = False
        self._process: WorkerProcess | None = _started()

    def prepare(self, data: bytes, task: DecodeTask) -> tuple[Pixels, ImageFacts]:
        """Have one file decoded and prepared.

        Args:
            data: The whole file.
            task: What to do with it.

        Returns:
            Pixels, uint8, height x width x 3 (RGB), of the card's size; and the facts.

        Raises:
            ItemRefusedError: There is no picture to score in it.
            WorkerLostError: The worker did not survive it.
            DeviceError: No worker can be started.
            InternalError: The worker has a word for it that it may not say: a bug.
        """
        process = self._process
        if process is None or self._task != task:
            process = self._briefed(task)
        outcome, picture = self._asked(process, data, task)
        printed = process.take_printed()
        process.take_back(len(data))
        if self._usage.mapped > _MOST_KEPT:
            self.end()  # what one file has left in it shall not decide what becomes of another
        if not isinstance(outcome, ItemRefusedError):
            return picture, _flagged(outcome) if printed else outcome
        if outcome.status is Status.OUT_OF_MEMORY:
            self.end()
            raise WorkerLostError(outcome.status, outcome.reason)
        raise _completed(outcome, printed)

    def _asked(
        self, process: WorkerProcess, data: bytes, task: DecodeTask
    ) -> tuple[ImageFacts | ItemRefusedError, Pixels]:
        """What the process makes of a file, and its pixels, which mean nothing where it refuses."""
        before = self._usage
        try:
            with self._clock.work("hand over"):
                process.hand_over(data)
            if not (message := process.channel.receive(task.seconds)):
                raise ConnectionResetError
            with self._clock.work("fetch"):
                outcome, self._usage = parse_answer(message)
                self._clock.add("decode", self._usage.decoding)
                self._clock.add("prepare", self._usage.preparing)
                shape = (0, 0, 3) if isinstance(outcome, ItemRefusedError) else task.shape
                return outcome, process.picture(shape)
        except TimeoutError as error:
            raise self._too_slow(process, task, before) from error
        except ConnectionError as error:
            raise self._dead(process, task) from error
        except OSError as error:
            self.end()
            msg = f"a file cannot be handed to a decode worker: {error.strerror}; make room"
            raise DeviceError(msg) from error
        except ValueError as error:
            self.end()
            reason = "the decoder answered nonsense"
            raise WorkerLostError(Status.DECODER_CRASH, reason) from error

    def close(self) -> None:
        """Kill the process under whoever waits for it, on any thread; start no other."""
        self._closed = True
        if process := self._process:
            process.kill()

    def end(self) -> None:
        """End the process, if there is one; what it was asked is forgotten."""
        if self._process is not None:
            self._process.end()
        self._process = self._task = None

    def _briefed(self, task: DecodeTask) -> WorkerProcess:
        """A fresh process that knows the task."""
        if self._task is not None:
            self.end()
        failures = kills = 0
        while True:
            process = self._process = self._process or _started()
            # Only after the assignment: close() on another thread may have run in between, and
            # would not have seen this process.
            if self._closed:
                self.end()
                raise WorkerLostError(Status.DECODER_CRASH, "the run is over", conclusive=True)
            with suppress(OSError, ValueError):
                process.channel.send(task.encoded())
                if ready := process.channel.receive(_START_SECONDS):
                    self._usage = Usage(float(ready), 0)
                    self._task = task
                    process.take_printed()  # of its start, not of a file
                    return process
            killed = process.ending() == -signal.SIGKILL
            kills += killed
            failures += not killed
            said = on_screen(process.take_printed().rpartition("\n")[2], 300)
            self.end()
            if failures >= _STARTS or kills >= _KILLED_STARTS:
                msg = f"no decode worker can be started: it ends or hangs at once, saying {said!r}"
                raise DeviceError(msg)

    def _too_slow(self, process: WorkerProcess, task: DecodeTask, before: Usage) -> WorkerLostError:
        spent = process.cpu_seconds() - before.cpu_seconds
        self.end()
        # With all of that time on a processor, it would not have had more of it alone.
        return _timeout(task.seconds, conclusive=spent >= _BUSY * task.seconds)

    def _dead(self, process: WorkerProcess, task: DecodeTask) -> WorkerLostError:
        code = process.ending()
        said = on_screen(process.take_printed().rpartition("\n")[2])
        self.end()
        if code == -signal.SIGALRM:  # its own alarm: this process was stopped meanwhile
            return _timeout(task.seconds, conclusive=False)
        if code is None:
            ending = "it closed its pipe"
        else:
            ending = _SIGNALS.get(-code, f"exit status {code}")
        reason = f"the decoder died over it ({ending})" + (f", saying {said!r}" if said else "")
        killed = code == -signal.SIGKILL
        if killed:
            reason += "; the system ends processes so where memory runs out"
        return WorkerLostError(Status.DECODER_CRASH, reason, killed=killed)


def _timeout(seconds: float, *, conclusive: bool) -> WorkerLostError:
    reason = f"decoding takes more than --file-timeout {seconds:g} seconds"
    return WorkerLostError(Status.TIMEOUT, reason, conclusive=conclusive)


def _started() -> WorkerProcess:
    try:
        return WorkerProcess()
    except OSError as error:
        msg = (
            f"no decode worker can be started: {error.strerror}; close other programs, use "
            "fewer --workers, or raise the limits (ulimit -n, ulimit -u)"
        )
        raise DeviceError(msg) from error


def _flagged(facts: ImageFacts) -> ImageFacts:
    return replace(facts, flags=tuple(sorted({*facts.flags, Flag.DECODER_MESSAGE})))


def _completed(refused: ItemRefusedError, printed: str) -> ItemRefusedError:
    """A refusal with what a library printed over the file, which may be all that it says."""
    if not printed or refused.status not in {Status.CORRUPT, Status.TRUNCATED}:
        return refused
    said = on_screen(printed.splitlines()[0])
    return ItemRefusedError(refused.status, f"{refused.reason}; it printed: {said}")
