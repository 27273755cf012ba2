"""One decode worker seen from outside: started, fed, timed, ended."""

import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from forensic_cli.errors import DeviceError, ItemRefusedError
from forensic_cli.imaging.messages import Channel, Recipe, understood
from forensic_cli.imaging.preprocess import Pixels
from forensic_cli.names import on_screen
from forensic_cli.records import ImageFacts, Status

PRINTED_FLAG = "decoder_message"
"""Flag of a picture over which a decoding library printed something, a warning mostly."""

_ROOT = Path(__file__).parents[2]
_START_SECONDS = 60.0
_LAST_SECONDS = 5.0
_LONGEST_PRINT = 1 << 16
_STARTS = 3
_BUSY = 0.9
_LARGEST_WRITE = 1 << 30
_MIB = 1024 * 1024
_KEPT_BYTES = 16 * _MIB
_ENVIRONMENT = {
    # Workers run side by side already, and idle threads take address space.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # glibc, mallopt(3): a frame's memory is kept for the next, not given back and cleared again by
    # the system for every picture; that cost a quarter of the throughput on small ones.
    "MALLOC_TOP_PAD_": str(64 * _MIB),
    "MALLOC_TRIM_THRESHOLD_": str(128 * _MIB),
    "MALLOC_MMAP_THRESHOLD_": str(32 * _MIB),
}


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

    def __init__(self) -> None:
        """Start it; nobody waits until it is ready.

        Raises:
            DeviceError: The system allows no more processes or files.
        """
        self._process: subprocess.Popen[bytes] | None = None
        self._recipe: Recipe | None = None
        self._channel: Channel
        self._content = self._pixels = self._printed = -1
        self._cpu_seconds = 0.0
        self._closed = False
        self._spawn()

    def prepare(self, data: bytes, recipe: Recipe) -> tuple[Pixels, ImageFacts]:
        """Have one file decoded and prepared.

        Args:
            data: The whole file, not empty.
            recipe: What to do with it.

        Returns:
            Pixels, uint8, height x width x 3 (RGB), of the card's size; and the facts.

        Raises:
            ItemRefusedError: There is no picture to score in it.
            WorkerLostError: The worker did not survive it.
            DeviceError: No worker can be started.
        """
        if self._recipe != recipe or self._process is None:
            self._brief(recipe)
        try:
            self._hand_over(data)
            message = self._answer(recipe.seconds)
            outcome, self._cpu_seconds = understood(message)
            refused = isinstance(outcome, ItemRefusedError)
            picture = None if refused else self._picture((*recipe.preprocessing.size, 3))
        except OSError as error:
            raise self._lost(recipe) from error
        except ValueError as error:
            self.end()
            reason = "the decoder answered nonsense"
            raise WorkerLostError(Status.DECODER_CRASH, reason) from error
        printed = self._take_printed()
        if len(data) > _KEPT_BYTES:
            os.ftruncate(self._content, 0)
        if isinstance(outcome, ItemRefusedError):
            if outcome.status is Status.OUT_OF_MEMORY:
                self.end()  # what it has taken so far may be what was missing
                raise WorkerLostError(outcome.status, outcome.reason)
            raise outcome
        if picture is None:
            raise AssertionError
        return picture, _flagged(outcome) if printed else outcome

    def end(self) -> None:
        """End the process, if there is one; what it was asked is forgotten."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._process = self._recipe = None
        self._channel.close()
        for descriptor in (self._content, self._pixels, self._printed):
            os.close(descriptor)

    def close(self) -> None:
        """Kill the process under whoever waits for it, on any thread; start no other."""
        self._closed = True
        if process := self._process:
            process.kill()

    def _brief(self, recipe: Recipe) -> None:
        """Have a fresh process that knows the recipe."""
        if self._recipe is not None:
            self.end()
        for _ in range(_STARTS):
            if self._closed:
                raise WorkerLostError(Status.DECODER_CRASH, "the run is over", conclusive=True)
            if self._process is None:
                self._spawn()
            with suppress(OSError):
                self._channel.send(recipe.encoded())
                if self._channel.receive(_START_SECONDS):
                    self._recipe = recipe
                    self._cpu_seconds = 0.0
                    return
            said = os.pread(self._printed, _LONGEST_PRINT, 0).decode(errors="replace").strip()
            self.end()
        last = on_screen(said.rpartition("\n")[2], 300)
        msg = f"no decode worker can be started: it ends at once, saying {last!r}"
        raise DeviceError(msg)

    def _spawn(self) -> None:
        try:
            self._open()
        except OSError as error:
            msg = (
                f"no decode worker can be started: {error.strerror}; close other programs, use "
                "fewer --workers, or raise the limits (ulimit -n, ulimit -u)"
            )
            raise DeviceError(msg) from error

    def _open(self) -> None:
        opened: list[int] = []
        try:
            for name in ("content", "pixels", "printed"):
                opened.append(os.memfd_create(name))  # noqa: PERF401 - each must be closed if the next fails
            content, pixels, printed = opened
            opened += os.pipe()
            opened += os.pipe()
            receiving, their_sending, their_receiving, sending = opened[3:]
            process = subprocess.Popen(  # noqa: S603 - this program's own interpreter and module
                # -P: a folder of evidence may hold a file called numpy.py.
                [
                    *(sys.executable, "-P", "-m", "forensic_cli.imaging.worker"),
                    *map(str, (their_receiving, their_sending, content, pixels)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=printed,
                pass_fds=(their_receiving, their_sending, content, pixels),
                start_new_session=True,  # Ctrl-C is the keeper's business
                cwd="/",
                env={**os.environ, **_ENVIRONMENT, "PYTHONPATH": _module_path()},
            )
        except BaseException:
            for descriptor in opened:
                os.close(descriptor)
            raise
        os.close(their_receiving)
        os.close(their_sending)
        self._process, self._channel = process, Channel(receiving, sending)
        self._content, self._pixels, self._printed = content, pixels, printed

    def _hand_over(self, data: bytes) -> None:
        view = memoryview(data)
        position = 0
        while position < len(view):
            part = view[position : position + _LARGEST_WRITE]
            position += os.pwrite(self._content, part, position)
        self._channel.send(b"%d" % len(data))

    def _answer(self, seconds: float) -> bytes:
        message = self._channel.receive(seconds)
        if not message:
            raise ConnectionResetError
        return message

    def _picture(self, shape: tuple[int, int, int]) -> Pixels:
        picture = np.empty(shape, np.uint8)
        if os.preadv(self._pixels, [picture.data], 0) != picture.nbytes:
            msg = "fewer pixels than the card says"
            raise ValueError(msg)
        return picture

    def _take_printed(self) -> bool:
        """Whether a library printed something over the last file; forgets it."""
        if not os.fstat(self._printed).st_size:
            return False
        os.ftruncate(self._printed, 0)
        os.lseek(self._printed, 0, os.SEEK_SET)
        return True

    def _lost(self, recipe: Recipe) -> WorkerLostError:
        """What became of a worker that does not answer (any more)."""
        process = self._process
        if process is None:
            raise AssertionError
        code = process.poll()
        seconds = recipe.seconds
        if code is None and not self._has_hung_up():
            conclusive = _cpu_seconds(process.pid) - self._cpu_seconds >= _BUSY * seconds
            self.end()
            reason = f"decoding takes more than --file-timeout {seconds:g} seconds"
            return WorkerLostError(Status.TIMEOUT, reason, conclusive=conclusive)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_LAST_SECONDS)
        self.end()
        code = process.returncode
        ending = signal.Signals(-code).name if code < 0 else f"exit status {code}"
        reason = f"the decoder died over it ({ending})"
        if code == -signal.SIGKILL:
            reason += "; the system ends processes so where memory runs out"
        return WorkerLostError(Status.DECODER_CRASH, reason, killed=code == -signal.SIGKILL)

    def _has_hung_up(self) -> bool:
        """Whether the other end is closed: the process is dead, or about to be."""
        poll = select.poll()
        poll.register(self._channel.receiving, 0)  # POLLHUP is always told
        return bool(poll.poll(0))


def _module_path() -> str:
    """Where the worker finds this program, however this process found it."""
    return os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH", "")]))


def _cpu_seconds(pid: int) -> float:
    """CPU time of a process, user and system; proc(5), fields 14 and 15."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0.0
    user, system = text.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _flagged(facts: ImageFacts) -> ImageFacts:
    return replace(facts, flags=tuple(sorted({*facts.flags, PRINTED_FLAG})))
