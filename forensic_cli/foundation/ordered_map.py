"""A map over worker threads whose results come in the order of the inputs, in bounded memory.

Small files go to a thread by the dozen: handing over a single one costs more than reading it.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, Future
from itertools import islice
from typing import TypeVar

_MOST_IN_A_GROUP = 32
_MOST_BYTES = 1 << 20

T = TypeVar("T")
R = TypeVar("R")


def ordered_map(
    executor: Executor, function: Callable[[T], R], inputs: Iterable[T], window: int
) -> Generator[R]:
    """Results of ``function`` in the order of ``inputs``.

    Args:
        executor: Runs the calls.
        function: Called once per input; an exception is raised where its result would come.
        inputs: Drawn lazily.
        window: How many inputs are taken ahead of the result being waited for, at least 1.

    Yields:
        One result per input.
    """
    waiting: deque[Future[R]] = deque()
    source = iter(inputs)
    try:
        waiting.extend(executor.submit(function, value) for value in islice(source, window))
        while waiting:
            result = waiting.popleft().result()
            waiting.extend(executor.submit(function, value) for value in islice(source, 1))
            yield result
    finally:
        for future in waiting:
            future.cancel()


def in_groups(inputs: Iterable[T], size_of: Callable[[T], int]) -> Iterator[list[T]]:
    """Neighbours whose files have together no more than a megabyte; a larger one is alone.

    Args:
        inputs: Drawn lazily.
        size_of: Bytes of an input's file.
    """
    group: list[T] = []
    total = 0
    for value in inputs:
        size = size_of(value)
        if group and (len(group) == _MOST_IN_A_GROUP or total + size > _MOST_BYTES):
            yield group
            group, total = [], 0
        group.append(value)
        total += size
    if group:
        yield group
