"""Open evidence without moving its access times, where the system allows that."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from forensic_cli.errors import EvidenceError
from forensic_cli.foundation.path_text import visible

_NOATIME = getattr(os, "O_NOATIME", 0)
# O_NONBLOCK: opening a FIFO must not wait for a writer.
_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC


def open_quietly(path: bytes | Path, flags: int, folder: int | None = None) -> int:
    """Open for reading; only the owner and root may ask that the access time stays.

    Args:
        path: Below ``folder``, where there is one.
        flags: The flags of ``os.open``.
        folder: Descriptor of an open folder.

    Returns:
        A descriptor.

    Raises:
        OSError: The system refuses.
    """
    try:
        return os.open(path, flags | _NOATIME, dir_fd=folder)
    except PermissionError:
        return os.open(path, flags, dir_fd=folder)


class EvidenceFile:
    """A file of evidence that holds others, open for reading from several threads.

    Attributes:
        path: As it was given.
        shown: Its name, as text.
        size: Bytes.
    """

    def __init__(self, path: Path) -> None:
        """Open it.

        Raises:
            EvidenceError: Missing, not a regular file, or not permitted.
        """
        self.path = path
        self.shown = visible(os.fsencode(path.name))  # what is said of an entry names no place
        shown = repr(visible(os.fsencode(path)))
        try:
            self._descriptor = open_quietly(path, _FLAGS)
        except FileNotFoundError as error:
            msg = f"{shown} does not exist; check the path and that the drive is mounted"
            raise EvidenceError(msg) from error
        except OSError as error:
            msg = f"{shown} cannot be opened: {error.strerror}"
            raise EvidenceError(msg) from error
        self._opened = os.fstat(self._descriptor)
        self.size = self._opened.st_size
        if not stat.S_ISREG(self._opened.st_mode):
            self.close()
            msg = f"{shown} is not a regular file; check the path"
            raise EvidenceError(msg)

    def read_at(self, offset: int, size: int) -> bytes:
        """Exactly ``size`` bytes from ``offset`` on; no position is moved.

        Raises:
            EvidenceError: The system cannot read them, or the file ends before.
        """
        parts = []
        try:
            while size and (part := os.pread(self._descriptor, size, offset)):
                parts.append(part)
                offset += len(part)
                size -= len(part)
        except OSError as error:
            msg = f"{self.shown!r} cannot be read: {error.strerror}"
            raise EvidenceError(msg) from error
        if size:
            msg = f"{self.shown!r} ends at {offset}, {size} bytes too early"
            raise EvidenceError(msg)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def read_into(self, buffer: bytearray, offset: int) -> int:
        """Fill a buffer from ``offset`` on; how many bytes there were, 0 at the end.

        Raises:
            EvidenceError: The system cannot read them.
        """
        try:
            return os.preadv(self._descriptor, [buffer], offset)
        except OSError as error:
            msg = f"{self.shown!r} cannot be read: {error.strerror}"
            raise EvidenceError(msg) from error

    @contextmanager
    def stream(self) -> Iterator[BinaryIO]:
        """The file as a stream of its own from the first byte; one at a time."""
        with open(self._descriptor, "rb", closefd=False) as stream:
            stream.seek(0)
            yield stream

    @property
    def changed(self) -> bool:
        """Whether the file was written to since it was opened."""
        now = os.fstat(self._descriptor)
        before = self._opened
        return (now.st_size, now.st_mtime_ns) != (before.st_size, before.st_mtime_ns)

    def close(self) -> None:
        """Close the file; a second time it does nothing."""
        # A number that was closed may be another file's by now.
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
