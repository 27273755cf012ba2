"""The entries of a container as they are found in it, brought into the order of a listing."""

import hashlib
import re
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from forensic_cli.errors import EvidenceError, ItemRefusedError
from forensic_cli.evidence.listing import Listing
from forensic_cli.flags import Flag
from forensic_cli.hashing import Readable
from forensic_cli.records import EvidenceItem, ItemKind, Status

_PROGRESS_EVERY = 10_000
_LARGEST = (1 << 63) - 1
_STEP = 1 << 20
_SEPARATOR = re.compile(rb"[/\\]")


@dataclass(frozen=True, slots=True)
class Member:
    """An entry of a container.

    Attributes:
        path: Raw bytes, as the container has it, without ``.`` parts and doubled slashes.
        size: The size of the content, bytes.
        position: Where the container has it; ascending in the order in which it is read best.
        kind: What it is.
        refused: Why it is not read, if it is not.
        same_as: Path of the entry whose content it has: a hard link.
    """

    path: bytes
    size: int
    position: int
    kind: ItemKind = ItemKind.FILE
    refused: ItemRefusedError | None = None
    same_as: bytes | None = None


class Members:
    """Entries by their place in the listing."""

    def __init__(
        self,
        found: Iterable[Member],
        progress: Callable[[int], None],
        opened: Callable[[int, int], AbstractContextManager[Readable]],
    ) -> None:
        """Take the entries in the container's own order.

        Entries of one name are read: those with the same content are one entry, others get a
        number behind their name.

        Args:
            found: All of them.
            progress: Told now and then how many there are so far.
            opened: Opens the content at a position, of a size.

        Raises:
            EvidenceError: ``found`` does.
        """
        columns = _Columns(_counted(found, progress))
        columns.link()
        columns.part_namesakes(partial(_content_digest, opened))
        order = sorted(columns.kept(), key=columns.path)
        self.listing = Listing(
            (columns.path(one), columns.sizes[one], columns.kind(one)) for one in order
        )
        self._positions = array("Q", (columns.positions[one] for one in order))
        self._shared = columns.shared
        self._refused = {
            index: columns.refused[one] for index, one in enumerate(order) if one in columns.refused
        }
        self._flags = {
            index: columns.flags[one] for index, one in enumerate(order) if one in columns.flags
        }

    def position(self, item: EvidenceItem) -> int:
        """Where the container has an entry that may be read.

        Raises:
            ItemRefusedError: It may not.
        """
        refused = self._refused.get(item.index)
        if refused is not None:
            raise ItemRefusedError(refused.status, refused.reason)
        return self._positions[item.index]

    def remarks(self, item: EvidenceItem) -> frozenset[Flag]:
        """What is remarkable about an entry's place in the container."""
        flag = self._flags.get(item.index)
        return frozenset() if flag is None else frozenset({flag})

    def shared_position(self, item: EvidenceItem) -> int | None:
        """Where the container has the content of an entry, if other entries have it, too."""
        position = self._positions[item.index]
        return position if position in self._shared else None

    def in_container_order(self, indices: Iterable[int]) -> list[int]:
        """Places in the listing, in the order in which the container has the entries."""
        return sorted(indices, key=self._positions.__getitem__)


class _Columns:
    """Entries held small, because there may be millions."""

    def __init__(self, found: Iterable[Member]) -> None:
        self._paths = bytearray()
        self._ends = array("Q")
        self._kinds = bytearray()
        self.sizes = array("Q")
        self.positions = array("Q")
        self.refused: dict[int, ItemRefusedError] = {}
        self.shared: set[int] = set()
        self.flags: dict[int, Flag] = {}
        self._dropped: set[int] = set()
        self._renamed: dict[int, bytes] = {}
        self._links: dict[int, bytes] = {}
        for index, member in enumerate(found):
            self._paths += member.path
            self._ends.append(len(self._paths))
            self._kinds.append(member.kind)
            self.sizes.append(min(member.size, _LARGEST))
            self.positions.append(member.position)
            refused = member.refused or _climbing(member.path) or _too_large(member.size)
            if refused is not None:
                self.refused[index] = refused
            elif member.same_as is not None:
                self._links[index] = member.same_as

    def link(self) -> None:
        """Resolve hard links: each takes size and position of the nearest earlier namesake."""
        targets = set(self._links.values())
        seen: dict[bytes, int] = {}
        for index in range(len(self)) if targets else ():
            if index not in self._links:
                if (path := self.path(index)) in targets:
                    seen[path] = index
                continue
            target = seen.get(self._links[index])
            if target is None or target in self.refused:
                reason = "a hard link to what is not in the archive, or cannot be read in it"
                self.refused[index] = ItemRefusedError(Status.READ_ERROR, reason)
                continue
            self.sizes[index] = self.sizes[target]
            self.positions[index] = self.positions[target]
            self.shared.add(self.positions[target])
            seen[self.path(index)] = index

    def part_namesakes(self, digest: Callable[[int, int], bytes | None]) -> None:
        """Tell entries of one name apart by their content, of which ``digest`` gives a digest.

        The first keeps the name. Of several with the same content one is kept.
        """
        for name, group in self._namesakes().items():
            known: dict[bytes | int, int] = {}
            for index in group:
                readable = index not in self.refused and self.kind(index) is ItemKind.FILE
                found = digest(self.positions[index], self.sizes[index]) if readable else None
                first = known.setdefault(index if found is None else found, index)
                if first != index:
                    self._dropped.add(index)
                    self.flags.setdefault(first, Flag.STORED_TWICE)
            if len(known) > 1:
                self._number(name, list(known.values()))

    def _namesakes(self) -> dict[bytes, list[int]]:
        order = sorted(range(len(self)), key=self.path)
        groups: dict[bytes, list[int]] = {}
        for before, index in pairwise(order):
            if (name := self.path(index)) == self.path(before):
                groups.setdefault(name, [before]).append(index)
        return groups

    def _number(self, name: bytes, group: list[int]) -> None:
        taken = {self.path(index) for index in range(len(self))}
        number = 2
        for place, index in enumerate(group):
            self.flags[index] = Flag.SAME_NAME
            if not place:
                continue
            while (numbered := name + b"#%d" % number) in taken:
                number += 1
            taken.add(numbered)
            self._renamed[index] = numbered

    def kept(self) -> Iterable[int]:
        """The entries that are listed."""
        return (index for index in range(len(self)) if index not in self._dropped)

    def __len__(self) -> int:
        return len(self._ends)

    def path(self, index: int) -> bytes:
        if index in self._renamed:
            return self._renamed[index]
        return bytes(self._paths[self._ends[index - 1] if index else 0 : self._ends[index]])

    def kind(self, index: int) -> ItemKind:
        return ItemKind(self._kinds[index])


def _counted(found: Iterable[Member], progress: Callable[[int], None]) -> Iterator[Member]:
    count = 0
    for count, member in enumerate(found, start=1):
        yield member
        if count % _PROGRESS_EVERY == 0:
            progress(count)
    progress(count)


def _content_digest(
    opened: Callable[[int, int], AbstractContextManager[Readable]], position: int, size: int
) -> bytes | None:
    """Of the content at a position; None where it cannot be read."""
    state = hashlib.sha256()
    try:
        with opened(position, size) as stream:
            while part := stream.read(_STEP):
                state.update(part)
    except (EvidenceError, ItemRefusedError):
        return None
    return state.digest()


def _climbing(path: bytes) -> ItemRefusedError | None:
    if b".." not in _SEPARATOR.split(path):
        return None
    reason = "its name climbs out of the container with '..'; such an entry is not read"
    return ItemRefusedError(Status.READ_ERROR, reason)


def _too_large(size: int) -> ItemRefusedError | None:
    if size <= _LARGEST:
        return None
    reason = f"it claims {size} bytes, more than a file can have"
    return ItemRefusedError(Status.READ_ERROR, reason)


def without_dots(path: bytes) -> bytes:
    """A path as archives write them (``./a//b``), without what says nothing."""
    return b"/".join(part for part in path.split(b"/") if part not in {b"", b"."})
