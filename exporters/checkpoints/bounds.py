"""What a checkpoint may be, before any of it is read: regular files, of a bounded size."""

import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

from forensic_cli.errors import ExportError

MOST_BYTES = 64 << 30
_MOST_TEXT = 64 << 20
_TEXTS = frozenset({".json", ".txt", ".yaml", ".yml", ".md", ".cfg"})
_MOST_PICKLE = 256 << 20
"""A pickle names tensors; their numbers stand beside it."""
_MOST_UNPACKED = 256 << 20
"""Bytes that an archive may have beyond its own size: torch.save and Keras pack nothing."""


def check_bounded(checkpoint: Path) -> None:
    """See that a checkpoint can be read in bounded time and memory.

    Args:
        checkpoint: A file, or a folder of which the files in it count. Links are followed: a
            cache of the hub consists of them.

    Raises:
        ExportError: Something in it is no regular file (a device, a pipe), is larger than any
            checkpoint, or unpacks to far more than it has.
    """
    for path in _files(checkpoint) if checkpoint.exists() else ():
        try:
            found = path.stat()
        except OSError as error:
            msg = f"checkpoint {str(path)!r} cannot be read: {error.strerror}"
            raise ExportError(msg) from error
        if stat.S_ISDIR(found.st_mode):
            continue
        if not stat.S_ISREG(found.st_mode):
            msg = f"checkpoint {str(path)!r} is no ordinary file: a device or a pipe"
            raise ExportError(msg)
        most = _MOST_TEXT if path.suffix.lower() in _TEXTS else MOST_BYTES
        if found.st_size > most:
            msg = f"checkpoint {str(path)!r} has {found.st_size:,} bytes, more than {most:,}"
            raise ExportError(msg)
        if zipfile.is_zipfile(path):
            _check_archive(path, found.st_size)


def _files(checkpoint: Path) -> Iterator[Path]:
    try:
        yield from sorted(checkpoint.iterdir()) if checkpoint.is_dir() else [checkpoint]
    except OSError as error:
        msg = f"checkpoint {str(checkpoint)!r} cannot be listed: {error.strerror}"
        raise ExportError(msg) from error


def _check_archive(path: Path, size: int) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return  # whoever reads it says what is wrong
    unpacked = sum(entry.file_size for entry in entries)
    largest = max((one.file_size for one in entries if one.filename.endswith(".pkl")), default=0)
    if unpacked > size + _MOST_UNPACKED or largest > _MOST_PICKLE:
        msg = (
            f"checkpoint {str(path)!r} has {size:,} bytes and unpacks to {unpacked:,} "
            f"({largest:,} of them a pickle); it is made to fill the memory: use another"
        )
        raise ExportError(msg)
