"""The interface between evidence and everything that reads it."""

import errno
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Protocol

from forensic_cli.errors import EvidenceError, ItemRefusedError
from forensic_cli.evidence.listing import Listing
from forensic_cli.records import EvidenceItem, Status

# Linux reads at most 2 GiB less a page at once; network file systems may give less than asked.
_LARGEST_READ = 1 << 30


class EvidenceSource(Protocol):
    """Something that holds entries.

    Attributes:
        kind: ``folder`` or the container's name.
        name: Raw bytes of the evidence root's name, the first part of every file name in a result.
    """

    kind: str
    name: bytes

    def listing(self, progress: Callable[[int], None]) -> Listing:
        """Every entry, sorted by the raw bytes of its path.

        Args:
            progress: Told now and then how many entries were found so far.

        Raises:
            EvidenceError: The root cannot be listed.
        """
        ...

    def reading(self, item: EvidenceItem) -> AbstractContextManager[BinaryIO]:
        """The content of an entry, open for one pass.

        Raises:
            ItemRefusedError: Not a readable regular file, or it changed; on leaving too, where
                it changed while it was read.
        """
        ...

    def close(self) -> None:
        """Release what is held open."""
        ...


def read_whole(source: EvidenceSource, item: EvidenceItem, max_bytes: int) -> bytes:
    """All bytes of an entry, read once.

    Raises:
        ItemRefusedError: Not readable, changed, or larger than ``max_bytes``.
    """
    if item.size > max_bytes:
        reason = f"{item.size} bytes are more than --max-bytes {max_bytes}"
        raise ItemRefusedError(Status.TOO_LARGE, reason)
    with source.reading(item) as stream:
        data = _read(stream, item.size)
        if len(data) != item.size:
            got = "more" if len(data) > item.size else str(len(data))
            detail = f"{item.size} bytes were listed, {got} were read"
            raise changed(detail)
    return data


def _read(stream: BinaryIO, size: int) -> bytes:
    """All of a stream, but no more than one byte over ``size``: that is enough to see it grew."""
    parts = []
    rest = size + 1
    while rest and (part := stream.read(min(rest, _LARGEST_READ))):
        parts.append(part)
        rest -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def changed(detail: str) -> ItemRefusedError:
    """The refusal of an entry that is not what the listing saw."""
    return ItemRefusedError(Status.CHANGED_DURING_RUN, f"changed since it was listed: {detail}")


def refusal(error: OSError) -> ItemRefusedError:
    """The refusal that an operating system's error means for one entry."""
    name = errno.errorcode.get(error.errno or 0, "unknown")
    text = os.strerror(error.errno or 0)
    match error.errno:
        case errno.EACCES | errno.EPERM:
            return ItemRefusedError(Status.PERMISSION_DENIED, "no permission to read it")
        case errno.ENAMETOOLONG:
            return ItemRefusedError(
                Status.PATH_TOO_LONG, "the path is longer than the system can open"
            )
        case errno.ENOENT:
            return changed("it is gone")
        case errno.ELOOP:
            return changed("it is a symbolic link now")
        case _:
            return ItemRefusedError(Status.READ_ERROR, f"cannot be read: {text} ({name})")


def check_root(path: Path) -> None:
    """Refuse what cannot be evidence before anything is opened.

    Raises:
        EvidenceError: Missing, or not a folder.
    """
    try:
        is_folder = path.is_dir()
        exists = is_folder or path.exists()
    except OSError as error:
        msg = f"evidence {str(path)!r} cannot be reached: {error.strerror}"
        raise EvidenceError(msg) from error
    if not exists:
        msg = f"evidence {str(path)!r} does not exist; check the path and that the drive is mounted"
        raise EvidenceError(msg)
    if not is_folder:
        msg = (
            f"evidence {str(path)!r} is a file; this version examines folders. "
            "Extract it on a working copy and give the folder"
        )
        raise EvidenceError(msg)
