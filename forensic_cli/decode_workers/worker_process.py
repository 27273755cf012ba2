"""A decode worker's process and all it shares with this one: started, spoken to, ended."""

import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np

from forensic_cli.decode_workers.channel import Channel
from forensic_cli.decode_workers.confinement.confine import environment
from forensic_cli.decode_workers.confinement.linux import adopt_orphans
from forensic_cli.decode_workers.messages import DecodeTask, Fresh
from forensic_cli.imaging.pixels import Pixels

_ROOT = Path(__file__).parents[2]
_PROGRAM = ("-m", "forensic_cli.decode_workers.worker")
_LAST_SECONDS = 5.0
_LONGEST_PRINT = 1 << 16
_LARGEST_WRITE = 1 << 30
_MIB = 1024 * 1024
_KEPT_BYTES = 16 * _MIB
ENVIRONMENT = {
    # Workers run side by side already, and idle threads take address space.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # glibc, mallopt(3): a frame's memory is kept for the next, not given back and cleared again by
    # the system for every picture; that cost a quarter of the throughput on small ones.
    "MALLOC_TOP_PAD_": str(64 * _MIB),
    "MALLOC_TRIM_THRESHOLD_": str(128 * _MIB),
    "MALLOC_MMAP_THRESHOLD_": str(32 * _MIB),
}


class WorkerProcess:
    """A running worker with its decoder, pipes to both, and three files in shared memory.

    They hold the file being decoded, its pixels, and what decoding libraries print. The pipes to
    the worker are not the decoder's: who takes it over cannot speak for the worker.

    Attributes:
        channel: To the decoder.
        fresh: What the worker says of its decoder; None before the first one is there.
    """

    def __init__(self) -> None:
        """Start it; nobody waits until it is ready.

        Raises:
            OSError: The system allows no more processes or files.
        """
        adopt_orphans()
        opened: list[int] = []
        try:
            for name in ("content", "pixels", "printed"):
                opened.append(os.memfd_create(name))  # noqa: PERF401 - closed where the next fails
            for _ in range(4):
                opened += os.pipe()
            content, pixels, printed, *pipes = opened
            receiving, their_sending, their_receiving, sending = pipes[:4]
            answered, their_answering, their_orders, ordering = pipes[4:]
            # What it decodes it may read only.
            opened.append(os.open(f"/proc/self/fd/{content}", os.O_RDONLY | os.O_CLOEXEC))
            own = (their_receiving, their_sending, opened[-1], their_orders, their_answering)
            theirs = (*own[:3], pixels, *own[3:])
            self._process = subprocess.Popen(  # noqa: S603 - this program's interpreter and module
                # -P: a folder of evidence may hold a file called numpy.py.
                [sys.executable, "-P", *_PROGRAM, *map(str, theirs)],
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=printed,
                pass_fds=theirs,
                start_new_session=True,  # Ctrl-C is this process's business
                cwd="/",
                env={**environment(), **ENVIRONMENT, "PYTHONPATH": _module_path()},
            )
        except BaseException:
            for descriptor in opened:
                os.close(descriptor)
            raise
        for descriptor in own:
            os.close(descriptor)
        self.channel = Channel(receiving, sending)
        self.fresh: Fresh | None = None
        self._orders = Channel(answered, ordering)
        self._is_awaited = False
        self._content, self._pixels, self._printed = content, pixels, printed

    def brief(self, task: DecodeTask, seconds: float) -> bool:
        """Tell the worker what its decoders are to do, and wait for the first; False: it ended.

        Raises:
            OSError: It is gone, or not ready in time.
            ValueError: It answers nonsense.
        """
        self._orders.send(task.encoded())
        return self._received(seconds)

    def replace_decoder(self) -> None:
        """Have the decoder ended and another forked; nobody waits until it is there."""
        self._is_awaited = True
        with suppress(OSError):  # whoever waits for it will see that the worker is gone
            self._orders.send(b"another")

    def await_decoder(self, seconds: float) -> None:
        """Wait for a decoder that was asked for, and forget whatever the one before still said.

        Raises:
            ConnectionError: The worker is gone.
            TimeoutError: There is none in time.
            ValueError: The worker answers nonsense.
        """
        if self._is_awaited:
            if not self._received(seconds):
                raise ConnectionResetError
            self._is_awaited = False
            self.channel.drain()
            self.take_printed()

    def _received(self, seconds: float) -> bool:
        if message := self._orders.receive(seconds):
            self.fresh = Fresh.decoded(message)
        return bool(message)

    def hand_over(self, data: bytes) -> None:
        """Give it a file to decode.

        Raises:
            OSError: It is gone.
        """
        view = memoryview(data)
        position = 0
        while position < len(view):
            part = view[position : position + _LARGEST_WRITE]
            position += os.pwrite(self._content, part, position)
        self.channel.send(b"%d" % len(data))

    def take_back(self, size: int) -> None:
        """Give the memory of a large file back to the system."""
        if size > _KEPT_BYTES:
            os.ftruncate(self._content, 0)

    def picture(self, shape: tuple[int, int, int]) -> Pixels:
        """The pixels of the last file, copied.

        Raises:
            ValueError: It wrote fewer.
        """
        picture = np.empty(shape, np.uint8)
        if os.preadv(self._pixels, [picture.data], 0) != picture.nbytes:
            msg = "fewer pixels than the card says"
            raise ValueError(msg)
        return picture

    def take_printed(self) -> str:
        """What libraries printed since this was last asked; mostly nothing."""
        if not os.fstat(self._printed).st_size:
            return ""
        said = os.pread(self._printed, _LONGEST_PRINT, 0)
        os.ftruncate(self._printed, 0)
        os.lseek(self._printed, 0, os.SEEK_SET)
        return said.decode(errors="replace").strip()

    def mapped(self) -> int:
        """Bytes of address space that the decoder has; proc(5), statm, field 1."""
        try:
            text = Path(f"/proc/{self._decoder}/statm").read_text(encoding="ascii")
        except OSError:
            return 0
        return int(text.split()[0]) * os.sysconf("SC_PAGE_SIZE")

    def cpu_seconds(self) -> float:
        """CPU time of the decoder so far, user and system; proc(5), fields 14 and 15."""
        try:
            text = Path(f"/proc/{self._decoder}/stat").read_text("ascii", errors="replace")
        except OSError:
            return 0.0
        user, system = text.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    @property
    def _decoder(self) -> int:
        return self.fresh.pid if self.fresh else self._process.pid

    def ending(self) -> int | None:
        """How it ended, as ``subprocess`` has it; None where it goes on."""
        if self._process.poll() is None and self._has_hung_up():
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_LAST_SECONDS)
        return self._process.returncode

    def _has_hung_up(self) -> bool:
        """Whether its end of a pipe is closed: it is dead, or about to be."""
        poll = select.poll()
        for channel in (self.channel, self._orders):
            poll.register(channel.receiving, 0)  # POLLHUP is always told
        return bool(poll.poll(0))

    def kill(self) -> None:
        """End it, and what it may have started; whoever waits for it on another thread is told."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)  # it leads a session of its own

    def end(self) -> None:
        """End it and its decoder, and give back all that was shared."""
        self.kill()
        self._process.wait()
        with suppress(ChildProcessError):
            os.waitpid(self._decoder, 0)
        self.channel.close()
        self._orders.close()
        for descriptor in (self._content, self._pixels, self._printed):
            os.close(descriptor)


def _module_path() -> str:
    """Where a worker finds this very program, however this process found it."""
    given = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    absolute = [os.path.abspath(path) for path in given]  # noqa: PTH100 - of text that may be anything
    # Installed, it is found without; and what lies beside it there must not come before the
    # standard library.
    installed = _ROOT.name in {"site-packages", "dist-packages"}
    return os.pathsep.join(absolute if installed else [str(_ROOT), *absolute])
