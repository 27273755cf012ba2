"""The interface between evidence and everything that reads it."""

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Protocol

from forensic_cli.errors import EvidenceAlteredError, EvidenceError, ItemRefusedError
from forensic_cli.evidence.container_digest import ContainerDigests, Progress
from forensic_cli.evidence.inside import Inside
from forensic_cli.evidence.kinds import Kind
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.opening import EvidenceFile
from forensic_cli.flags import Flag
from forensic_cli.hashing import Digest, Readable
from forensic_cli.records import EvidenceItem, Status

# Linux reads at most 2 GiB less a page at once; network file systems may give less than asked.
_LARGEST_READ = 1 << 30


class EvidenceSource(Protocol):
    """Something that holds entries.

    Attributes:
        kind: What it is.
        path: Where the evidence is, absolute: ``open_evidence`` of it gives the same source again,
            in another process too.
        name: Raw bytes of the evidence root's name, the first part of every file name in a result.
        sequential: Whether it can only be read forwards, by one reader: a compressed tar.
    """

    kind: Kind
    path: Path
    name: bytes
    sequential: bool

    @property
    def aliases(self) -> tuple[bytes, ...]:
        """Names under which a manifest may know the evidence root, ``name`` first."""
        ...

    @property
    def files(self) -> Sequence[EvidenceFile]:
        """The files that a container consists of, in order; none for a folder."""
        ...

    def listing(self, progress: Callable[[int], None]) -> Listing:
        """Every entry, sorted by the raw bytes of its path.

        Args:
            progress: Told now and then how many entries were found so far.

        Raises:
            EvidenceError: The root cannot be listed, or the container is damaged.
        """
        ...

    def in_reading_order(self, indices: Iterable[int]) -> Iterable[int]:
        """Places in the listing, in the order in which the entries are best read."""
        ...

    def stored_digests(self, item: EvidenceItem) -> tuple[Digest, ...]:
        """What the container itself says of an entry's content.

        Raises:
            ItemRefusedError: Not readable.
        """
        ...

    def shared_content(self, item: EvidenceItem) -> int | None:
        """A number that other entries with the very same content have; None where there is none.

        Hard links of an archive share their bytes, which need not be read for each of them.
        """
        ...

    def remarks(self, item: EvidenceItem) -> frozenset[Flag]:
        """What is remarkable about where an entry stands."""
        ...

    def inside(self, item: EvidenceItem) -> Inside | None:
        """What came of opening an entry that is a container; None where none was opened."""
        ...

    def verified_part(self, listing: Listing) -> "tuple[EvidenceSource, Listing]":
        """What a reference may name the entries of: without what is in inner containers.

        Args:
            listing: Of this source.
        """
        ...

    def reading(self, item: EvidenceItem) -> AbstractContextManager[Readable]:
        """The content of an entry of the listing, open for one pass.

        Raises:
            ItemRefusedError: Not a readable regular file, or it changed; on leaving too, where
                it changed while it was read.
        """
        ...

    def container_digests(self, algorithms: Sequence[str], progress: Progress) -> ContainerDigests:
        """The digests of a container as a whole; none of a folder.

        Args:
            algorithms: Wanted.
            progress: Told how many bytes are through.

        Raises:
            EvidenceError: It cannot be read.
        """
        ...

    def close(self) -> None:
        """Release what is held open; a second time it does nothing."""
        ...


def read_all(source: EvidenceSource, item: EvidenceItem, max_bytes: int) -> bytes:
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


def _read(stream: Readable, size: int) -> bytes:
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


def broken(error: Exception, reason: str) -> ItemRefusedError:
    """The refusal of an entry that a container does not give.

    Args:
        error: What stopped the reading.
        reason: The sentence for it, where the container is damaged and not altered.
    """
    if isinstance(error, EvidenceAlteredError):
        return ItemRefusedError(Status.CHANGED_DURING_RUN, str(error))
    return ItemRefusedError(Status.READ_ERROR, reason)


def refusal(error: OSError) -> ItemRefusedError:
    """The refusal that an operating system's error means for one entry.

    Raises:
        EvidenceError: It says nothing of the entry: this process may open no more.
    """
    if error.errno in {errno.EMFILE, errno.ENFILE}:
        msg = "no more files may be open; raise the limit (ulimit -n), or use fewer --workers"
        raise EvidenceError(msg) from error
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


def check_stored(stored: Iterable[Digest], found: Mapping[str, Digest]) -> None:
    """Check what was read against the digests that the container holds of it.

    Args:
        stored: By the container.
        found: Digests of the content, at least by the algorithms of ``stored``.

    Raises:
        ItemRefusedError: They differ.
    """
    wrong = [digest for digest in stored if found[digest.algorithm] != digest]
    if wrong:
        said = "; ".join(f"it holds {one}, found {found[one.algorithm]}" for one in wrong)
        reason = f"the content is not what the container says of it: {said}"
        raise ItemRefusedError(Status.HASH_MISMATCH, reason)


Content = Callable[[], bytes]
"""Gives all bytes of an entry, or raises why there are none."""


def contents(
    source: EvidenceSource,
    items: Iterable[EvidenceItem],
    max_bytes: int,
    is_known: Callable[[EvidenceItem], bool] = lambda _: False,
) -> Iterator[tuple[EvidenceItem, Content]]:
    """Entries with the means to read them, which may be used on any thread.

    A source that can only be read forwards is read here, one entry after another; any other is
    read where the content is asked for.

    Args:
        source: Holds the entries.
        items: In the source's reading order.
        max_bytes: Larger ones are refused.
        is_known: Whether an entry's content is hardly asked for: it is not read here, then.
    """
    for item in items:
        read = partial(read_all, source, item, max_bytes)
        yield item, _now(read) if source.sequential and not is_known(item) else read


def _now(read: Content) -> Content:
    try:
        data = read()
    except ItemRefusedError as refused:
        return partial(_refuse, refused)
    return lambda: data


def _refuse(refused: ItemRefusedError) -> bytes:
    raise refused
