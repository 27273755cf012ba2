"""What was found out about content that several entries have, so that it is read once.

A hard link in a tar archive has 512 bytes and the content of another entry, however large: a
megabyte of archive can name a terabyte to read.
"""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

from forensic_cli.evidence.source import EvidenceSource
from forensic_cli.records import EvidenceItem

T = TypeVar("T")
_MOST = 1 << 16


class SharedContent(Generic[T]):
    """Remembers what was found, for the last contents that several entries have."""

    def __init__(self, source: EvidenceSource) -> None:
        """Nothing is found yet."""
        self._source = source
        self._found: dict[int, Future[T]] = {}
        self._lock = Lock()

    def is_known(self, item: EvidenceItem) -> bool:
        """Whether another entry with this content was asked for."""
        return self._source.shared_content(item) in self._found

    def of(self, item: EvidenceItem, find: Callable[[], T]) -> T:
        """What was found out about the content of an entry, the first time by ``find``.

        Entries must be asked for in an order in which the threads that ask do not wait for one
        that has not begun: that of a queue.
        """
        key = self._source.shared_content(item)
        if key is None:
            return find()
        with self._lock:
            future = self._found.get(key)
            is_first = future is None
            if future is None:
                future = self._found[key] = Future()
                if len(self._found) > _MOST:
                    del self._found[next(iter(self._found))]
        if is_first:
            try:
                future.set_result(find())
            except BaseException as error:
                future.set_exception(error)
                raise
        return future.result()
