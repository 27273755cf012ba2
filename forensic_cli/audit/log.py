"""Write the log: an observer of the run's events, and the only part that knows the clock."""

import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Self

from forensic_cli.audit.chain import GENESIS, digest
from forensic_cli.errors import OutputError
from forensic_cli.events import ClockWentBack, Event, Progressed, SegmentCommitted
from forensic_cli.foundation.canonical_json import canonical_json

_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


class _Position(NamedTuple):
    """Where a log stands: the next line's number; the last one's digest, end and time."""

    seq: int
    head: str
    end: int
    time: str


def utc_now() -> str:
    """The time, in UTC, to the millisecond, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class AuditLog:
    """An open log.

    Where it stands is one value, replaced after a line is written. A signal that strikes between
    the two leaves a line too many, which the next append cuts off first.
    """

    def __init__(self, path: Path, clock: Callable[[], str] = utc_now) -> None:
        """Open a log to append to; ``start_at`` says where.

        Raises:
            OutputError: It cannot be opened.
        """
        self._path = path
        self._clock = clock
        self._at = _Position(0, GENESIS, 0, "")
        try:
            self._stream = path.open("ab", buffering=0)
        except OSError as error:
            raise OutputError.of(path, error) from error

    @property
    def head(self) -> str:
        """SHA-256 of the last line."""
        return self._at.head

    def start_at(self, seq: int, head: str, end: int, time: str) -> None:
        """Go on after line ``seq - 1`` of this time: its digest, and the byte after it."""
        self._at = _Position(seq, head, end, time)

    def __call__(self, event: Event) -> None:
        """Append an event; a committed segment also reaches the disk."""
        if isinstance(event, Progressed):
            return
        now = self._clock()
        if now < self._at.time:
            self._write(ClockWentBack(self._at.time), now)
        self._write(event, now)
        if isinstance(event, SegmentCommitted):
            self.sync()

    def _write(self, event: Event, now: str) -> None:
        line = canonical_json(
            {
                "seq": self._at.seq,
                "time": now,
                "event": _WORD.sub("_", type(event).__name__).lower(),
                "data": asdict(event),
                "prev": self._at.head,
            }
        )
        self._append(line + b"\n")
        self._at = _Position(self._at.seq + 1, digest(line), self._at.end + len(line) + 1, now)

    def _append(self, data: bytes) -> None:
        rest = memoryview(data)
        try:
            self._stream.truncate(self._at.end)
            while rest:
                rest = rest[self._stream.write(rest) :]
        except OSError as error:
            with suppress(OSError):  # a log that ends in the middle of a line does not verify
                self._stream.truncate(self._at.end)
            raise OutputError.of(self._path, error) from error

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
