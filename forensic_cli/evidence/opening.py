"""Open evidence without moving its access times, where the system allows that."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from forensic_cli.errors import EvidenceAlteredError, EvidenceError
from forensic_cli.evidence.held_blocks import HeldBlocks
from forensic_cli.foundation.path_text import visible

_NOATIME = getattr(os, "O_NOATIME", 0)
# O_NONBLOCK: opening a FIFO must not wait for a writer.
_FROM_CACHE = 2
_KEPT_BLOCKS = 16
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


def times_of(found: os.stat_result) -> tuple[int, int, int]:
    """What changes where a file is written to: size, and times in ns.

    The second time, of the last change of anything, cannot be put back without moving the clock.
    """
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


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
        self._held = HeldBlocks(self.size)
        self._recent: dict[int, bytes] = {}
        self._lock = Lock()

    def read_at(self, offset: int, size: int) -> bytes:
        """Exactly ``size`` bytes from ``offset`` on, as they were when they were first read.

        Raises:
            EvidenceError: The system cannot read them, or the file ends before.
            EvidenceAlteredError: They are others than before.
        """
        if offset + size > self.size:
            raise self._ends_at(min(offset, self.size), offset + size)
        if not size:
            return b""
        block = self._held.size
        first, last = offset // block, (offset + size - 1) // block
        start, stop = first * block, min((last + 1) * block, self.size)
        is_whole = (offset, offset + size) == (start, stop)
        if last - first < _FROM_CACHE and not is_whole:
            data = b"".join(self._block(index) for index in range(first, last + 1))
        else:
            data = self._read(start, stop - start)
            self._check(start, memoryview(data))
        return data if is_whole else data[offset - start : offset - start + size]

    def read_into(self, buffer: bytearray, offset: int) -> int:
        """Fill a buffer from ``offset`` on; how many bytes there were, 0 at the end.

        Args:
            buffer: Filled but at the file's end; a multiple of ``block_size`` long.
            offset: A multiple of ``block_size``.

        Raises:
            EvidenceError: The system cannot read them.
            EvidenceAlteredError: They are others than before.
        """
        view = memoryview(buffer)[: max(0, self.size - offset)]
        done = 0
        try:
            while done < len(view):
                got = os.preadv(self._descriptor, [view[done:]], offset + done)
                if not got:
                    raise self._ends_at(offset + done, self.size)
                done += got
        except OSError as error:
            raise self._unreadable(error) from error
        self._check(offset, view)
        return done

    @property
    def block_size(self) -> int:
        """Bytes that are checked together."""
        return self._held.size

    def _block(self, index: int) -> bytes:
        """A block, from memory where it was read a moment ago."""
        with self._lock:
            if (data := self._recent.pop(index, None)) is not None:
                self._recent[index] = data
                return data
        start = index * self._held.size
        data = self._read(start, min(self._held.size, self.size - start))
        self._check(start, memoryview(data))
        with self._lock:
            self._recent[index] = data
            if len(self._recent) > _KEPT_BLOCKS:
                del self._recent[next(iter(self._recent))]
        return data

    def _check(self, start: int, data: memoryview) -> None:
        block = self._held.size
        for offset in range(0, len(data), block):
            index = (start + offset) // block
            if not self._held.agrees(index, data[offset : offset + block]):
                msg = (
                    f"{self.shown!r} was altered while it was examined: its bytes from "
                    f"{index * block} on are not what they were"
                )
                raise EvidenceAlteredError(msg)

    def _read(self, offset: int, size: int) -> bytes:
        parts = []
        end = offset + size
        try:
            while offset < end and (part := os.pread(self._descriptor, end - offset, offset)):
                parts.append(part)
                offset += len(part)
        except OSError as error:
            raise self._unreadable(error) from error
        if offset < end:
            raise self._ends_at(offset, end)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _ends_at(self, offset: int, wanted: int) -> EvidenceError:
        msg = f"{self.shown!r} ends at {offset}, {wanted - offset} bytes too early"
        return EvidenceError(msg)

    def _unreadable(self, error: OSError) -> EvidenceError:
        return EvidenceError(f"{self.shown!r} cannot be read: {error.strerror}")

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
        return times_of(now) != times_of(before)

    def close(self) -> None:
        """Close the file; a second time it does nothing."""
        # A number that was closed may be another file's by now.
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
