"""The entries of a container as they are found in it, brought into the order of a listing."""

import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from forensic_cli.errors import ItemRefusedError
from forensic_cli.evidence.listing import Listing
from forensic_cli.records import EvidenceItem, ItemKind, Status

_PROGRESS_EVERY = 10_000
_LARGEST = (1 << 63) - 1
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

    def __init__(self, found: Iterable[Member], progress: Callable[[int], None]) -> None:
        """Take the entries in the container's own order.

        Args:
            found: All of them.
            progress: Told now and then how many there are so far.

        Raises:
            EvidenceError: ``found`` does.
        """
        columns = _Columns(_counted(found, progress))
        columns.link()
        order = sorted(range(len(columns)), key=columns.path)
        self.listing = Listing(
            (columns.path(one), columns.sizes[one], columns.kind(one)) for one in order
        )
        self._positions = array("Q", (columns.positions[one] for one in order))
        self._shared = columns.shared
        self._refused = {
            index: columns.refused[one] for index, one in enumerate(order) if one in columns.refused
        }
        for index, number in _namesakes(self.listing):
            self._refused.setdefault(index, _ambiguous(number))

    def position(self, item: EvidenceItem) -> int:
        """Where the container has an entry that may be read.

        Raises:
            ItemRefusedError: It may not.
        """
        refused = self._refused.get(item.index)
        if refused is not None:
            raise ItemRefusedError(refused.status, refused.reason)
        return self._positions[item.index]

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

    def __len__(self) -> int:
        return len(self._ends)

    def path(self, index: int) -> bytes:
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


def _namesakes(listing: Listing) -> Iterator[tuple[int, int]]:
    """Places of entries whose path another has too, and how many have it."""
    repeated = Counter(
        before.path
        for before, item in zip(listing, listing.items(1, len(listing)), strict=False)
        if before.path == item.path
    )
    if repeated:
        for item in listing:
            if item.path in repeated:
                yield item.index, repeated[item.path] + 1


def _ambiguous(number: int) -> ItemRefusedError:
    reason = (
        f"{number} entries of the container have this name, so it is not clear which one is meant; "
        "none of them is read"
    )
    return ItemRefusedError(Status.READ_ERROR, reason)


def without_dots(path: bytes) -> bytes:
    """A path as archives write them (``./a//b``), without what says nothing."""
    return b"/".join(part for part in path.split(b"/") if part not in {b"", b"."})
