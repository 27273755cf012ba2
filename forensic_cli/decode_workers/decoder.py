"""A decoder: one file's bytes after another into pixels, for a few files, in a process of its own.

No evidence is opened here. The file's bytes and the pixels are in shared memory, messages go
through two pipes; descriptors 1 and 2 are a file for whatever decoding libraries print. The system
limits memory and time as no C library can ignore, and what a decoder may do that was taken over
(``confinement``).
"""

import os
import signal
import time
import warnings
from ctypes import CDLL
from dataclasses import dataclass

from PIL.Image import DecompressionBombWarning, Image

from forensic_cli.decode_workers.channel import Channel
from forensic_cli.decode_workers.messages import DecodeTask, Usage, answer
from forensic_cli.errors import ItemRefusedError
from forensic_cli.imaging.decode import decode
from forensic_cli.imaging.preprocess import apply_steps
from forensic_cli.records import ImageFacts

GRACE_SECONDS = 10.0
"""After the time that a file may take; by then a keeper that lives has killed the decoder."""
_LARGEST_READ = 1 << 30


@dataclass(frozen=True, slots=True)
class Desk:
    """What a decoder works with.

    Attributes:
        channel: To its keeper.
        content: Descriptor of the file's bytes, to read only.
        pixels: Descriptor of the picture that is made.
    """

    channel: Channel
    content: int
    pixels: int


def serve(desk: Desk, task: DecodeTask) -> None:
    """Decode what the keeper hands over, until it hangs up."""
    libc = CDLL(None)
    while message := desk.channel.receive():
        # The keeper may be gone, killed say: then the system ends a decoder that hangs.
        signal.setitimer(signal.ITIMER_REAL, task.seconds + GRACE_SECONDS)
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            warnings.simplefilter("error", DecompressionBombWarning)  # as ``configure`` has it
            outcome, decoding, preparing = _decoded(desk, int(message), task)
        signal.setitimer(signal.ITIMER_REAL, 0)
        libc.fflush(None)  # what a library printed belongs to this file, not to a later one
        usage = Usage(time.process_time(), decoding, preparing, len(warned))
        desk.channel.send(answer(outcome, usage))


def _decoded(
    desk: Desk, size: int, task: DecodeTask
) -> tuple[ImageFacts | ItemRefusedError, float, float]:
    """What came of a file, and the CPU seconds of decoding and of preparing.

    No reference to the decoded picture is kept here: it must be freed while the steps run, or two
    full-size frames are in memory at once.
    """
    times = [time.process_time()]

    def decoded() -> Image:
        try:
            return decode(_read(desk.content, size), allow_damaged=task.allow_damaged)
        finally:
            times.append(time.process_time())

    outcome: ImageFacts | ItemRefusedError
    try:
        picture, outcome = apply_steps(decoded(), task.preprocessing)
        os.pwrite(desk.pixels, picture.tobytes(), 0)
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
