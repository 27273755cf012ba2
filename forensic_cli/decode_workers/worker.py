"""A decode worker: it loads what decoding needs, and forks decoders, one after the other.

A decoder is a copy of it that has seen no file, made in a few milliseconds. The worker itself never
has a byte of a file in its hands: at its keeper's word it ends the decoder and forks the next. A
decoder that dies by itself takes the worker with it, in the same way, for the keeper to see.
``worker_process.py`` is the other side.
"""

import gc
import os
import resource
import select
import signal
import sys
import time
import traceback
import warnings
from contextlib import suppress
from io import BytesIO

from PIL import Image

from forensic_cli.decode_workers.channel import Channel
from forensic_cli.decode_workers.confinement.confine import confine_decoder, confine_worker
from forensic_cli.decode_workers.confinement.linux import die_with_parent
from forensic_cli.decode_workers.confinement.measures import InForce, missing
from forensic_cli.decode_workers.decoder import Desk, serve
from forensic_cli.decode_workers.messages import DecodeTask, Fresh
from forensic_cli.imaging.damage.jpeg import load_strict_decoder
from forensic_cli.imaging.decode import configure, decode
from forensic_cli.imaging.native import library as native

_WARMED = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF")
_MOST_PRINTED = 1 << 20
_MOST_DESCRIPTORS = 64


def main(arguments: list[str]) -> None:
    """Serve until the keeper hangs up.

    Args:
        arguments: The numbers of the descriptors: a decoder's messages in and out, content and
            pixels; the keeper's orders in, and answers to them.
    """
    receiving, sending, content, pixels, ordered, answering = map(int, arguments)
    orders = Channel(ordered, answering)
    task = DecodeTask.decoded(orders.receive())
    _limit(task)
    _load_decoders()
    configure(task.max_pixels)
    native.in_words()  # tried now, not in the time and memory of the first file
    if os.sched_getscheduler(0) == os.SCHED_OTHER:
        # Waking up, it does not interrupt an inference: both would lose what they have in caches.
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    warnings.simplefilter("ignore")
    measures = confine_worker()
    desk = Desk(Channel(receiving, sending), content, pixels)
    woken = _told_of_endings()
    gc.freeze()  # what is shared with decoders is not to be copied by a collection
    while True:
        decoder, measured = _forked(desk, task, orders, measures)
        if task.must_be_confined and (lacking := missing(measured)):
            sys.exit("not confined: " + ", ".join(f"{one} {why}" for one, why in lacking.items()))
        orders.send(Fresh(decoder, time.process_time(), measured).encoded())
        _wait_for_order(orders, woken, decoder)
        load_strict_decoder()  # by now there was something to say of a file, or there were many
        os.kill(decoder, signal.SIGKILL)
        os.waitpid(decoder, 0)
        if not orders.receive():
            return


def _load_decoders() -> None:
    """Have every decoder loaded that a picture may need, and used once: forks have them then."""
    Image.init()
    for form in _WARMED:
        stream = BytesIO()
        Image.new("RGB", (64, 64)).save(stream, form)
        decode(stream.getvalue()).convert("RGB").resize((16, 16), Image.Resampling.BICUBIC)


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


def _forked(desk: Desk, task: DecodeTask, orders: Channel, worker: InForce) -> tuple[int, InForce]:
    """Fork a decoder; its process number and what confines it, told before it sees a file."""
    told, telling = os.pipe()
    number = os.getpid()
    decoder = os.fork()
    if decoder:
        os.close(telling)
        with open(told, "rb") as stream:  # noqa: PTH123 - a descriptor
            message = stream.read()
        return decoder, Fresh.decoded(message).measures if message else {}
    code = 1
    try:
        die_with_parent()
        if os.getppid() == number:
            signal.set_wakeup_fd(-1)
            os.close(told)
            orders.close()
            measures = confine_decoder(worker)
            os.write(telling, Fresh(os.getpid(), 0.0, measures).encoded())
            os.close(telling)
            serve(desk, task)
            code = 0
    except BaseException:  # noqa: BLE001 - a fork must not return into the worker's code
        traceback.print_exc()
    sys.stderr.flush()
    os._exit(code)


def _told_of_endings() -> int:
    """A descriptor that can be read once a child has ended."""
    woken, waking = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(waking, False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
    return woken


def _wait_for_order(orders: Channel, woken: int, decoder: int) -> None:
    """Wait until the keeper wants another decoder, or hangs up; or end as the decoder ends."""
    poll = select.poll()
    poll.register(orders.receiving, select.POLLIN)
    poll.register(woken, select.POLLIN)
    while True:
        ready = {number for number, _ in poll.poll()}
        if orders.receiving in ready:
            return
        with suppress(BlockingIOError):
            os.read(woken, _MOST_DESCRIPTORS)
        ended, status = os.waitpid(decoder, os.WNOHANG)
        if ended:
            _end_like(status)


def _end_like(status: int) -> None:
    """End as a process of this status has ended."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main(sys.argv[1:])
