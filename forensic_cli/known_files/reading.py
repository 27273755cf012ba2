"""Read a list of known files, its format told by its content."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from forensic_cli.errors import ManifestError
from forensic_cli.foundation.path_text import on_screen
from forensic_cli.hashing import Readable
from forensic_cli.known_files import lines, media, nsrl_database
from forensic_cli.known_files.formats import KnownFormat
from forensic_cli.known_files.known import KnownFiles, KnownList

_HEAD = 4096
_MOST_BYTES = 64 * 1024**3

Digests = Mapping[str, bytearray]
"""Raw digests one after the other, by algorithm."""
Progress = Callable[[int, int], None]
"""Told how many bytes are read, and of how many."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A format of lists.

    Attributes:
        format: What it is called in the log.
        begins: Whether a file that begins so is in it.
        digests: Reads them all; raises ``ManifestError`` where something cannot be understood.
    """

    format: KnownFormat
    begins: Callable[[bytes], bool]
    digests: Callable[[Path, Readable], Digests]


READERS = (
    Reader(KnownFormat.NSRL_DATABASE, nsrl_database.begins, nsrl_database.digests),
    Reader(KnownFormat.MEDIA, media.begins, media.digests),
    Reader(KnownFormat.NSRL_TEXT, lines.begins_as_nsrl, lines.of_nsrl),
    Reader(KnownFormat.HASHES, lambda _: True, lines.of_hashes),
)
"""In the order in which they are tried; the last takes what is none of the others."""


def read_known(paths: tuple[Path, ...], progress: Progress, *, skip: bool) -> KnownFiles:
    """Read lists of known files.

    Args:
        paths: The lists.
        progress: Told how far it is.
        skip: Whether files that are known are left unscored.

    Raises:
        ManifestError: One cannot be read or understood, or holds nothing.
    """
    total = sum(_size(path) for path in paths)
    done = 0
    found = []
    for path in paths:
        before = done

        def went(size: int, before: int = before) -> None:
            progress(before + size, total)

        found.append(_read(path, went))
        done += _size(path)
    return KnownFiles(tuple(found), skip)


def _read(path: Path, went: Callable[[int], None]) -> KnownList:
    try:
        with path.open("rb") as file:
            stream = _Hashed(file, went)
            head = file.read(_HEAD)
            file.seek(0)
            reader = next(one for one in READERS if one.begins(head))
            digests = reader.digests(path, stream)
            sha256 = stream.sha256()
    except OSError as error:
        raise _unreadable(path, error) from error
    if not any(digests.values()):
        msg = f"{_shown(path)} ({reader.format}) holds no MD5, SHA-1 or SHA-256"
        raise ManifestError(msg)
    columns = {}
    for algorithm, raw in digests.items():
        if raw:
            column = np.frombuffer(raw, f"S{hashlib.new(algorithm).digest_size}")
            column.sort()  # in its place: there may be hundreds of megabytes
            columns[algorithm] = column
    return KnownList(on_screen(path.name), reader.format, sha256, columns)


def _size(path: Path) -> int:
    try:
        found = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from error
    if not path.is_file() or found.st_size > _MOST_BYTES:
        msg = f"{_shown(path)} is no regular file, or larger than 64 GiB; check the path"
        raise ManifestError(msg)
    return found.st_size


def _shown(path: Path) -> str:
    return repr(on_screen(str(path)))


def _unreadable(path: Path, error: OSError) -> ManifestError:
    return ManifestError(f"the list {_shown(path)} cannot be read: {error.strerror}")


class _Hashed:
    """A file that is hashed as it is read forwards."""

    def __init__(self, file: BinaryIO, went: Callable[[int], None]) -> None:
        self._file = file
        self._state = hashlib.sha256()
        self._went = went
        self._done = 0

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._state.update(data)
        self._done += len(data)
        self._went(self._done)
        return data

    def sha256(self) -> str:
        """Of the whole file, what was not read of it read now."""
        while self.read(1 << 20):
            pass
        return self._state.hexdigest()
