"""Two pipes between a worker and its keeper; a message is a line."""

import os
import select
from dataclasses import dataclass
from time import monotonic

_LARGEST = 1 << 16
"""Bytes that a message may have."""


@dataclass(frozen=True, slots=True)
class Channel:
    """An end of each of the two pipes.

    Attributes:
        receiving: Descriptor that is read.
        sending: Descriptor that is written.
    """

    receiving: int
    sending: int

    def send(self, message: bytes) -> None:
        """Send a message without a line end in it.

        Raises:
            OSError: Nobody is there.
        """
        line = message + b"\n"
        while line:
            line = line[os.write(self.sending, line) :]

    def receive(self, seconds: float | None = None) -> bytes:
        """The next message; empty at the end.

        Args:
            seconds: Wait no longer; None: wait.

        Raises:
            TimeoutError: None came.
            ValueError: It is too long.
        """
        line = b""
        until = None if seconds is None else monotonic() + seconds
        poll = select.poll()
        poll.register(self.receiving, select.POLLIN)
        while not line.endswith(b"\n"):
            left = None if until is None else max(0.0, until - monotonic()) * 1000
            if not poll.poll(left):
                raise TimeoutError
            part = os.read(self.receiving, _LARGEST)
            if not part:
                return b""
            line += part
            if len(line) > _LARGEST:
                msg = "a message without an end"
                raise ValueError(msg)
        return line[:-1]

    def drain(self) -> None:
        """Forget what was said and not received."""
        poll = select.poll()
        poll.register(self.receiving, select.POLLIN)
        while poll.poll(0) and os.read(self.receiving, _LARGEST):
            pass

    def close(self) -> None:
        """Close both ends."""
        os.close(self.receiving)
        os.close(self.sending)
