"""One place for a decode worker: briefed, fed, timed, and filled again when its process is lost."""

import signal
from contextlib import suppress

from forensic_cli.decode_workers.confinement.measures import InForce
from forensic_cli.decode_workers.losses import WorkerLostError, timed_out
from forensic_cli.decode_workers.messages import DecodeTask, Usage, parse_answer
from forensic_cli.decode_workers.said import Said
from forensic_cli.decode_workers.worker_process import WorkerProcess
from forensic_cli.errors import DeviceError, ItemRefusedError
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.foundation.stage_clock import StageClock
from forensic_cli.imaging.pixels import Pixels
from forensic_cli.records import ImageFacts, Status

_START_SECONDS = 60.0
_STARTS = 3
_KILLED_STARTS = 50
_FILES_PER_DECODER = 16
_MOST_KEPT = 1 << 30
"""Bytes that a decoder may have mapped between two files; fresh it has a fifth of that."""
_BUSY = 0.9
_SIGNALS = {number.value: number.name for number in signal.Signals}


class DecodeProcess:
    """A place for a worker: a process that is started again when it is lost."""

    def __init__(self, clock: StageClock) -> None:
        """Start it; nobody waits until it is ready.

        Raises:
            DeviceError: The system allows no more processes or files.
        """
        self._clock = clock
        self._task: DecodeTask | None = None
        self._usage = Usage(0.0)
        self._files = 0
        """Files that the decoder has had in its hands."""
        self._closed = False
        self._process: WorkerProcess | None = _started()

    def prepare(self, data: bytes, task: DecodeTask) -> tuple[Pixels, ImageFacts]:
        """Have one file decoded and prepared.

        Whatever is said of it but that it is a picture without a remark, or visibly none, a decoder
        that has seen no other file must say too.

        Args:
            data: The whole file.
            task: What to do with it.

        Returns:
            Pixels, uint8, height x width x 3 (RGB), of the card's size; and the facts.

        Raises:
            ItemRefusedError: There is no picture to score in it.
            WorkerLostError: The worker did not survive it, or two decoders disagree over it.
            DeviceError: No worker can be started, or it is not confined where it must be.
            InternalError: The worker has a word for it that it may not say: a bug.
        """
        said = self._said(data, task)
        if said.is_remarkable(data):
            is_first = self._files == 1
            self._replace_decoder()
            if not is_first and not self._said(data, task).agrees(said):
                self.end()
                reason = "a fresh decoder made something else of it than the one before"
                raise WorkerLostError(Status.DECODER_CRASH, reason)
            if not is_first:
                self._replace_decoder()
        elif self._files >= _FILES_PER_DECODER or said.mapped > _MOST_KEPT:
            self._replace_decoder()  # what one file left in it shall not decide over others
        facts = said.facts
        if not isinstance(facts, ItemRefusedError):
            return said.picture, facts
        if facts.status is Status.OUT_OF_MEMORY:
            self.end()
            raise WorkerLostError(facts.status, facts.reason)
        raise facts

    def brief(self, task: DecodeTask) -> InForce:
        """Start the worker where it is not yet, and have it ready; what confines its decoders.

        Raises:
            WorkerLostError: The run is over.
            DeviceError: No worker can be started.
        """
        process = self._process
        if process is None or self._task != task:
            process = self._briefed(task)
        return process.fresh.measures if process.fresh else {}

    def _replace_decoder(self) -> None:
        if self._process is not None:
            self._process.replace_decoder()
        self._usage, self._files = Usage(0.0), 0

    def _said(self, data: bytes, task: DecodeTask) -> Said:
        process = self._process
        if process is None or self._task != task:
            process = self._briefed(task)
        outcome, picture = self._asked(process, data, task)
        self._files += 1
        printed = process.take_printed()
        process.take_back(len(data))
        return Said(outcome, picture, printed, self._usage.warnings, process.mapped())

    def _asked(
        self, process: WorkerProcess, data: bytes, task: DecodeTask
    ) -> tuple[ImageFacts | ItemRefusedError, Pixels]:
        """What the process makes of a file, and its pixels, which mean nothing where it refuses."""
        before = self._usage
        try:
            process.await_decoder(_START_SECONDS)
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
                if process.brief(task, _START_SECONDS):
                    self._usage, self._files = Usage(0.0), 0
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
        return timed_out(task.seconds, conclusive=spent >= _BUSY * task.seconds)

    def _dead(self, process: WorkerProcess, task: DecodeTask) -> WorkerLostError:
        code = process.ending()
        said = on_screen(process.take_printed().rpartition("\n")[2])
        self.end()
        if code == -signal.SIGALRM:  # its own alarm: this process was stopped meanwhile
            return timed_out(task.seconds, conclusive=False)
        if code is None:
            ending = "it closed its pipe"
        else:
            ending = _SIGNALS.get(-code, f"exit status {code}")
        reason = f"the decoder died over it ({ending})" + (f", saying {said!r}" if said else "")
        killed = code == -signal.SIGKILL
        if killed:
            reason += "; the system ends processes so where memory runs out"
        return WorkerLostError(Status.DECODER_CRASH, reason, killed=killed)


def _started() -> WorkerProcess:
    try:
        return WorkerProcess()
    except OSError as error:
        msg = (
            f"no decode worker can be started: {error.strerror}; close other programs, use "
            "fewer --workers, or raise the limits (ulimit -n, ulimit -u)"
        )
        raise DeviceError(msg) from error
