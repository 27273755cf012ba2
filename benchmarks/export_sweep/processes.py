"""Each trial in a process of its own: one that crashes or never ends is one row, no more."""

import multiprocessing
import time
from collections.abc import Iterable, Iterator, Mapping
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from typing import Any

from benchmarks.export_sweep.members import Member
from benchmarks.export_sweep.trial import Outcome, Verdict, record, tried

_FORK = multiprocessing.get_context("fork")  # the libraries take seconds to import, once


def outcomes(
    members: Iterable[Member], at_once: int, limit_s: float
) -> Iterator[Mapping[str, object]]:
    """Try members, several at once.

    Args:
        members: What to try.
        at_once: Processes.
        limit_s: Seconds that one may take.

    Yields:
        A record each, as they end.
    """
    waiting = list(members)[::-1]
    running: dict[Connection, tuple[Member, ForkProcess, float]] = {}
    while waiting or running:
        while waiting and len(running) < at_once:
            member = waiting.pop()
            near, far = _FORK.Pipe(duplex=False)
            process = _FORK.Process(target=_child, args=(far, member))
            process.start()
            far.close()
            running[near] = member, process, time.monotonic()
        done: list[Any] = wait(list(running), timeout=1.0)
        for near, (member, process, began) in list(running.items()):
            seconds = time.monotonic() - began
            if near in done:
                yield _ended(near, member, process, seconds)
            elif seconds > limit_s:
                process.kill()
                yield record(member, Outcome(Verdict.TIME_LIMIT), seconds)
            else:
                continue
            process.join()
            near.close()
            del running[near]


def _child(far: Connection, member: Member) -> None:
    far.send(tried(member))


def _ended(
    near: Connection, member: Member, process: ForkProcess, seconds: float
) -> Mapping[str, object]:
    try:
        found: Mapping[str, object] = near.recv()
    except EOFError:
        process.join()
        why = f"its process ended with {process.exitcode}"
        return record(member, Outcome(Verdict.INTERNAL_ERROR, why), seconds)
    return found
