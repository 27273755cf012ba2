"""Write the log: an observer of the run's events, and the only part that knows the clock."""

import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from forensic_cli.audit.chain import GENESIS, digest
from forensic_cli.canonical_json import canonical_json
from forensic_cli.errors import OutputError
from forensic_cli.events import Event, Progressed, SegmentSealed

_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


def utc_now() -> str:
    """The time, in UTC, to the millisecond, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class AuditLog:
    """An open log.

    Attributes:
        head: SHA-256 of the last line.
    """

    def __init__(self, path: Path, clock: Callable[[], str] = utc_now) -> None:
        """Open a log to append to; ``start_at`` says where.

        Raises:
            OutputError: It cannot be opened.
        """
        self._path = path
        self._clock = clock
        self._seq = 0
        self._end = 0
        self.head = GENESIS
        try:
            self._stream = path.open("ab", buffering=0)
        except OSError as error:
            raise OutputError.of(path, error) from error

    def start_at(self, seq: int, head: str, end: int) -> None:
        """Go on behind line ``seq - 1``: ``head`` is its digest, ``end`` the byte behind it."""
        self._seq, self.head, self._end = seq, head, end
        try:
            self._stream.truncate(end)
        except OSError as error:
            raise OutputError.of(self._path, error) from error

    def __call__(self, event: Event) -> None:
        """Append an event; a sealed segment also reaches the disk."""
        if isinstance(event, Progressed):
            return
        line = canonical_json(
            {
                "seq": self._seq,
                "time": self._clock(),
                "event": _WORD.sub("_", type(event).__name__).lower(),
                "data": asdict(event),
                "prev": self.head,
            }
        )
        self._append(line + b"\n")
        self._seq += 1
        self.head = digest(line)
        if isinstance(event, SegmentSealed):
            self.sync()

    def _append(self, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._stream.write(rest) :]
        except OSError as error:
            with suppress(OSError):  # a log that ends in the middle of a line does not verify
                self._stream.truncate(self._end)
            raise OutputError.of(self._path, error) from error
        self._end += len(data)

    def sync(self) -> None:
        """Force all lines to the disk."""
        try:
            os.fsync(self._stream.fileno())
        except OSError as error:
            raise OutputError.of(self._path, error) from error

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def __enter__(self) -> Self:
        """The log itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()
