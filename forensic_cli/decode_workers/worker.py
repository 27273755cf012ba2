"""A decode worker: a process that does nothing but turn one file's bytes after another into pixels.

``worker_process.py`` starts it with two pipes for messages, the file's bytes and the pixels in
shared memory, and, as descriptors 1 and 2, a file for whatever decoding libraries print. No
evidence is opened here, and the system holds the process to limits of memory and time that no C
library can ignore. It is no sandbox: whoever takes a decoder over has the rights of its user.
"""

import os
import resource
import signal
import sys
import time
import warnings
from contextlib import suppress
from ctypes import CDLL
from pathlib import Path

from PIL.Image import Image

from forensic_cli.decode_workers.channel import Channel
from forensic_cli.decode_workers.messages import DecodeTask, Usage, answer
from forensic_cli.errors import ItemRefusedError
from forensic_cli.imaging.decode import configure, decode
from forensic_cli.imaging.native import library as native
from forensic_cli.imaging.preprocess import apply_steps
from forensic_cli.records import ImageFacts

GRACE_SECONDS = 10.0
"""After the time that a file may take; by then a keeper that lives has killed the worker."""
_MOST_PRINTED = 1 << 20
_MOST_DESCRIPTORS = 64
_LARGEST_READ = 1 << 30


def main(arguments: list[str]) -> None:
    """Serve until the channel is closed.

    Args:
        arguments: The numbers of the descriptors: messages in and out, content, pixels.
    """
    receiving, sending, content, pixels = map(int, arguments)
    channel = Channel(receiving, sending)
    task = DecodeTask.decoded(channel.receive())
    _limit(task)
    warnings.simplefilter("ignore")  # they are told once in a process, whichever file it is at
    configure(task.max_pixels)
    native.in_words()  # tried now, not in the time and memory of the first file
    if os.sched_getscheduler(0) == os.SCHED_OTHER:
        # Waking up, it does not interrupt an inference: both would lose what they have in caches.
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    libc = CDLL(None)
    channel.send(repr(time.process_time()).encode())
    while message := channel.receive():
        # The keeper may be gone, killed say: then the system ends a decoder that hangs.
        signal.setitimer(signal.ITIMER_REAL, task.seconds + GRACE_SECONDS)
        outcome, decoding, preparing = _decoded(content, int(message), pixels, task)
        signal.setitimer(signal.ITIMER_REAL, 0)
        libc.fflush(None)  # what a library printed belongs to this file, not to a later one
        usage = Usage(time.process_time(), _mapped(), decoding, preparing)
        channel.send(answer(outcome, usage))


def _mapped() -> int:
    """Bytes of address space in use; proc(5), statm, field 1."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _limit(task: DecodeTask) -> None:
    height, width = task.preprocessing.size
    most_written = max(_MOST_PRINTED, 3 * height * width)
    for what, most in (
        (resource.RLIMIT_AS, task.address_space),
        (resource.RLIMIT_FSIZE, most_written),
        (resource.RLIMIT_NOFILE, _MOST_DESCRIPTORS),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (allowed, allowed))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    # Where the machine runs out of memory, a worker is what the system shall end.
    with suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:  # noqa: PTH123 - no pathlib for one line
        score.write("1000")


def _decoded(
    content: int, size: int, pixels: int, task: DecodeTask
) -> tuple[ImageFacts | ItemRefusedError, float, float]:
    """What came of a file, and the CPU seconds of decoding and of preparing.

    No reference to the decoded picture is kept here: it must be freed while the steps run, or two
    full-size frames are in memory at once.
    """
    times = [time.process_time()]

    def decoded() -> Image:
        try:
            return decode(_read(content, size))
        finally:
            times.append(time.process_time())

    outcome: ImageFacts | ItemRefusedError
    try:
        picture, outcome = apply_steps(decoded(), task.preprocessing)
        os.pwrite(pixels, picture.tobytes(), 0)
    except ItemRefusedError as refused:
        outcome = refused
    return outcome, times[1] - times[0], time.process_time() - times[1]


def _read(descriptor: int, size: int) -> bytes:
    parts = []
    position = 0
    while position < size:
        parts.append(os.pread(descriptor, min(size - position, _LARGEST_READ), position))
        position += len(parts[-1])
    return parts[0] if len(parts) == 1 else b"".join(parts)


if __name__ == "__main__":
    main(sys.argv[1:])
