"""The segment files of an AD1 image, read as one address space.

Each file begins with a header of 512 bytes; the address space is the rest of all files, one after
another. A structure may straddle two files. Format: ``docs/ad1.md``.
"""

import os
import re
import struct
from bisect import bisect_right
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from forensic_cli.errors import EvidenceError
from forensic_cli.evidence.opening import EvidenceFile

MAGIC = b"ADSEGMENTEDFILE\0"
HEADER_SIZE = 512
_HEADER = struct.Struct("<16s4I Q I")  # magic, two constants, number, count, full size, 512
_FIRST = re.compile(r"(.*\.ad)1", re.IGNORECASE | re.DOTALL)


class ReadableAt(Protocol):
    """Gives bytes of a file from any place."""

    def read_at(self, offset: int, size: int) -> bytes:
        """Exactly ``size`` bytes from ``offset`` on."""
        ...


@dataclass(frozen=True, slots=True)
class _Header:
    number: int
    count: int
    full_size: int


class Segments:
    """All segment files of an image, open."""

    def __init__(self, path: Path) -> None:
        """Find and open the files that belong to the first one.

        Args:
            path: The first segment, ``NAME.ad1``.

        Raises:
            EvidenceError: It is not the first; another is missing, cut, swapped or of another
                image, as far as headers can tell.
        """
        self.files: list[EvidenceFile] = []
        try:
            self._open(path)
        except BaseException:
            self.close()
            raise
        self._starts = [0]
        for file in self.files:
            self._starts.append(self._starts[-1] + file.size - HEADER_SIZE)
        self.size = self._starts[-1]
        self._through: Sequence[ReadableAt] = self.files

    def _open(self, path: Path) -> None:
        first = _header(self._opened(path), path)
        if first.number != 1:
            msg = (
                f"{path.name!r} is segment {first.number} of {first.count}; "
                "name the first one, NAME.ad1"
            )
            raise EvidenceError(msg)
        for number in range(2, first.count + 1):
            place = _segment_path(Path(os.path.realpath(path)), number)
            if place is None:
                msg = (
                    f"segment {number} of {first.count} is missing: {_named(path, number)!r} is "
                    f"not beside {path.name!r}; bring all segments into one folder"
                )
                raise EvidenceError(msg)
            header = _header(self._opened(place), place)
            if header != _Header(number, first.count, first.full_size):
                msg = (
                    f"{place.name!r} is no segment {number} of {first.count} of this image: its "
                    f"header says {header.number} of {header.count}; it was swapped or belongs to "
                    "another image"
                )
                raise EvidenceError(msg)
        for file in self.files[:-1]:
            if file.size != first.full_size:
                msg = (
                    f"{file.path.name!r} has {file.size} bytes, a full segment of this image has "
                    f"{first.full_size}; it is cut, or belongs to another image"
                )
                raise EvidenceError(msg)

    def _opened(self, path: Path) -> EvidenceFile:
        self.files.append(EvidenceFile(path))
        return self.files[-1]

    def read(self, address: int, size: int) -> bytes:
        """Exactly ``size`` bytes from ``address`` on.

        Raises:
            EvidenceError: They are not all inside the image, or the system cannot read them.
        """
        if address < 0 or size < 0 or address + size > self.size:
            msg = f"the image ends at {self.size}, something in it points to {address} + {size}"
            raise EvidenceError(msg)
        parts = []
        while size:
            index = bisect_right(self._starts, address) - 1
            part = min(size, self._starts[index + 1] - address)
            offset = HEADER_SIZE + address - self._starts[index]
            parts.append(self._through[index].read_at(offset, part))
            address += part
            size -= part
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def changed(self, start: int, stop: int) -> bool:
        """Whether a file that holds a part of this range was written to since it was opened."""
        first, last = (bisect_right(self._starts, at) - 1 for at in (start, stop))
        return any(file.changed for file in self.files[first : last + 1])

    def through(self, readers: Sequence[ReadableAt]) -> "Segments":
        """The same address space, read by other means, one for each file."""
        same = copy(self)
        same._through = readers  # noqa: SLF001 - its own class
        return same

    def close(self) -> None:
        """Close the files."""
        for file in self.files:
            file.close()


def is_first(head: bytes) -> bool:
    """Whether a file that begins so is the first segment of its image."""
    return len(head) < _HEADER.size or _HEADER.unpack_from(head)[3] <= 1


def _header(file: EvidenceFile, path: Path) -> _Header:
    if file.size < HEADER_SIZE:
        msg = f"{path.name!r} is cut: {file.size} bytes, less than a segment's header"
        raise EvidenceError(msg)
    magic, _, _, number, count, full_size, _ = _HEADER.unpack(file.read_at(0, _HEADER.size))
    if magic != MAGIC or not 1 <= number <= count:
        msg = f"{path.name!r} is no AD1 segment, or its header is damaged"
        raise EvidenceError(msg)
    return _Header(number, count, full_size)


def _named(first: Path, number: int) -> str:
    found = _FIRST.fullmatch(first.name)
    return f"{found[1]}{number}" if found else f"{first.stem}.ad{number}"


def _segment_path(first: Path, number: int) -> Path | None:
    """The file of a segment, whatever the case of its letters."""
    name = _named(first, number)
    exact = first.parent / name
    if os.path.lexists(exact):
        return exact
    alike = (path for path in first.parent.iterdir() if path.name.lower() == name.lower())
    return next(alike, None)
