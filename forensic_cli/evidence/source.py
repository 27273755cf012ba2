"""The interface between evidence and everything that reads it."""

import errno
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
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


class EvidenceSource(Protocol):
    """Something that holds entries.

    Attributes:
        kind: What it is.
        path: Where the evidence is, absolute: ``open_evidence`` of it gives the same source again,
            in another process too.
        name: Raw bytes of the evidence root's name.
        sequential: Whether it can only be read forwards, by one reader: a compressed tar.
    """

    kind: Kind
    path: Path
    name: bytes
    sequential: bool

    @property
    def root(self) -> bytes:
        """What comes before an entry's path in a result: the name and a slash.

        Nothing where the evidence has no root: pictures by themselves.
        """
        ...

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

    def parts(self, listing: Listing) -> "Sequence[Part]":
        """What references may name the entries of: without what is in inner containers.

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


@dataclass(frozen=True, slots=True)
class Part:
    """Evidence that has a reference of its own.

    Attributes:
        lead: What comes before its entries' paths in the listing of all evidence.
        source: It.
        listing: Its entries.
    """

    lead: bytes
    source: EvidenceSource
    listing: Listing


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
