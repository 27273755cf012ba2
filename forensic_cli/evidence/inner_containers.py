"""The containers inside some evidence: opened, held, and opened again, within bounds.

An inner container is read once, whole, into memory (of a folder, where it lies) before any entry of
it is listed, and its SHA-256 is kept: opened again later it is the same, or refused. How deep, how
many and how much is bounded: archives may hold themselves.
"""

import hashlib
import os
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock

from forensic_cli.errors import EvidenceError, ItemRefusedError
from forensic_cli.evidence.kinds import Compression, Kind
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.opening import EvidenceFile
from forensic_cli.evidence.source import EvidenceSource, changed
from forensic_cli.hashing import Readable
from forensic_cli.records import EvidenceItem

Opener = Callable[[Path, "Budget"], EvidenceSource]
"""Opens a container, and what is in it."""

_HEAD = 512
_TAR_MARK, _TAR_PLACE = b"ustar", 257
_BEGINNINGS = (b"PK\x03\x04", b"ADSEGMENTEDFILE\0", *(one.magic for one in Compression))
_STEP = 1 << 20
_MOST_BYTES = 128 << 20
"""Of one container that is held in memory."""
_HELD = 4
"""Inner containers that are open at a time."""
_OTHER_NOW = "a container in which entries were listed is another one now"


@dataclass(slots=True)
class Budget:
    """What all inner containers together may take.

    Attributes:
        containers: How many may still be opened.
        entries: How many entries they may still have.
        copied: Bytes that may still be held in memory, one after the other, while they are listed.
    """

    containers: int = 20_000
    entries: int = 5_000_000
    copied: int = 1 << 30

    def spend(self, *, containers: int = 0, entries: int = 0, copied: int = 0) -> None:
        """Take something.

        Raises:
            TooMuchError: It is not there.
        """
        self.containers -= containers
        self.entries -= entries
        self.copied -= copied
        if min(self.containers, self.entries, self.copied) < 0:
            raise TooMuchError


@dataclass(frozen=True, slots=True)
class Inner:
    """A container that was opened.

    Attributes:
        item: The entry that it is.
        sha256: Of its content.
        listing: Its entries.
    """

    item: EvidenceItem
    sha256: str
    listing: Listing


class TooMuchError(Exception):
    """More than the budget has."""


class InnerContainers:
    """Those of one source.

    Attributes:
        found: Those that were opened, in the order in which they were.
        failed: Paths of those that were not, and why.
    """

    def __init__(self, outer: EvidenceSource, opener: Opener, budget: Budget) -> None:
        """None is opened yet.

        Args:
            outer: Holds them.
            opener: Opens one.
            budget: What is left for all.
        """
        self._outer = outer
        self._opener = opener
        self._budget = budget
        self.found: list[Inner] = []
        self.failed: dict[bytes, str] = {}
        self._open: OrderedDict[int, EvidenceSource] = OrderedDict()
        self._borrowed: Counter[int] = Counter()
        self._lock = RLock()

    def descend(self, item: EvidenceItem) -> None:
        """Open an entry, where it is a container, and list it."""
        try:
            with self._outer.reading(item) as stream:
                head = stream.read(_HEAD)
        except ItemRefusedError:
            return
        is_tar = head[_TAR_PLACE : _TAR_PLACE + len(_TAR_MARK)] == _TAR_MARK
        if not (head.startswith(_BEGINNINGS) or is_tar):
            return
        source = None
        try:
            self._budget.spend(containers=1)
            source, sha256 = self._opened(item, self._budget)
            listing = source.listing(lambda _: None)
            self._budget.spend(entries=len(listing))
        except (EvidenceError, ItemRefusedError, OSError):
            self.failed[item.path] = "damaged, encrypted, a part of several, or no archive in it"
        except TooMuchError:
            self.failed[item.path] = "more than is opened inside evidence; unpack it and give that"
        else:
            self._keep(len(self.found), source)
            self.found.append(Inner(item, sha256, listing))
            return
        if source is not None:
            source.close()

    @contextmanager
    def borrow(self, owner: int) -> Iterator[EvidenceSource]:
        """An inner container, listed, open until it is given back.

        Raises:
            ItemRefusedError: It is another one than before.
        """
        with self._lock:
            if owner not in self._open:
                self._keep(owner, self._again(self.found[owner]))
            source = self._open[owner]
            self._open.move_to_end(owner)
            self._borrowed[owner] += 1
        try:
            yield source
        finally:
            with self._lock:
                self._borrowed[owner] -= 1

    def close(self) -> None:
        """Close those that are open."""
        while self._open:
            self._open.popitem()[1].close()

    def _again(self, inner: Inner) -> EvidenceSource:
        # What listing them cost was counted; now they are opened one by one.
        source, sha256 = self._opened(inner.item, Budget())
        listing = source.listing(lambda _: None)
        if (sha256, listing.sha256) != (inner.sha256, inner.listing.sha256):
            source.close()
            raise changed(_OTHER_NOW)
        return source

    def _keep(self, owner: int, source: EvidenceSource) -> None:
        self._open[owner] = source
        idle = [one for one in self._open if not self._borrowed[one] and one != owner]
        too_many = max(0, len(self._open) - _HELD)
        for one in [] if self._outer.sequential else idle[:too_many]:
            self._open.pop(one).close()

    def _opened(self, item: EvidenceItem, budget: Budget) -> tuple[EvidenceSource, str]:
        """A container, and the SHA-256 of its content."""
        if self._outer.kind is Kind.FOLDER:
            root = os.fsencode(self._outer.path)
            source = self._opener(Path(os.fsdecode(root + b"/" + item.path)), budget)
            if source.files[0].size != item.size:
                source.close()
                raise changed(_OTHER_NOW)
            return source, _sha256(source.files[0])
        descriptor, sha256 = self._copied(item, budget)
        try:
            return self._opener(Path(f"/proc/self/fd/{descriptor}"), budget), sha256
        finally:
            os.close(descriptor)

    def _copied(self, item: EvidenceItem, budget: Budget) -> tuple[int, str]:
        """A descriptor of the content in memory, and its SHA-256."""
        if item.size > _MOST_BYTES:
            raise TooMuchError
        descriptor = os.memfd_create("inner")
        state, size = hashlib.sha256(), 0
        try:
            with self._outer.reading(item) as stream:
                while part := stream.read(_STEP):
                    size += len(part)
                    budget.spend(copied=len(part))
                    if size > item.size:
                        _refuse_other()
                    state.update(part)
                    os.write(descriptor, part)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor, state.hexdigest()


class Checked:
    """The content of a container that was opened: what it was then, or refused at its end."""

    def __init__(self, stream: Readable, inner: Inner) -> None:
        """Nothing is read yet."""
        self._stream = stream
        self._left = inner.item.size
        self._wanted = inner.sha256
        self._state = hashlib.sha256()

    def read(self, size: int, /) -> bytes:
        """The next bytes.

        Raises:
            ItemRefusedError: All of them together are others than before.
        """
        data = self._stream.read(size)
        self._state.update(data)
        self._left -= len(data)
        if data and self._left <= 0 and self._state.hexdigest() != self._wanted:
            raise changed(_OTHER_NOW)
        return data


def _refuse_other() -> None:
    raise changed(_OTHER_NOW)


def _sha256(file: EvidenceFile) -> str:
    state = hashlib.sha256()
    with file.stream() as stream:
        while part := stream.read(_STEP):
            state.update(part)
    return state.hexdigest()
