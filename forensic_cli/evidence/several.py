"""Several folders, containers and files taken as one set of evidence."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from heapq import merge
from operator import itemgetter

from forensic_cli.evidence.container_digest import ContainerDigests, Progress
from forensic_cli.evidence.inside import Inside
from forensic_cli.evidence.kinds import Kind
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.numbered import numbered
from forensic_cli.evidence.opening import EvidenceFile
from forensic_cli.evidence.source import EvidenceSource, Part
from forensic_cli.flags import Flag
from forensic_cli.hashing import Digest, Readable
from forensic_cli.records import EvidenceItem, ItemKind


class SeveralSource:
    """Several sources: the entries of each below its own name, in one order.

    Two of one name: the second is below ``NAME#2``.

    Attributes:
        sources: In the order in which they were named.
    """

    kind = Kind.SEVERAL
    name = b""
    root = b""
    aliases: tuple[bytes, ...] = ()

    def __init__(self, sources: Sequence[EvidenceSource]) -> None:
        """Take them as they are, opened; they are closed with this."""
        self.sources = sources
        self.path = sources[0].path
        self.sequential = any(source.sequential for source in sources)
        names = iter(numbered([source.name for source in sources if source.root]))
        self._leads = [next(names) + b"/" if source.root else b"" for source in sources]
        self._listings: list[Listing] = []
        self._owners = array("Q")
        self._places = array("Q")

    @property
    def files(self) -> Sequence[EvidenceFile]:
        """Those of all containers."""
        return [file for source in self.sources for file in source.files]

    def listing(self, progress: Callable[[int], None]) -> Listing:
        """Every entry of each.

        Raises:
            EvidenceError: One cannot be listed.
        """
        self._listings = [source.listing(progress) for source in self.sources]
        self._owners, self._places = array("Q"), array("Q")
        found = Listing(self._entries())
        progress(len(found))
        return found

    def _entries(self) -> Iterator[tuple[bytes, int, ItemKind]]:
        """All in one order: a lead leaves the order of what it stands before."""
        each = (
            _below(lead, owner, listing)
            for owner, (lead, listing) in enumerate(zip(self._leads, self._listings, strict=True))
        )
        for path, owner, item in merge(*each, key=itemgetter(0, 1)):
            self._owners.append(owner)
            self._places.append(item.index)
            yield path, item.size, item.kind

    def _found(self, item: EvidenceItem) -> tuple[EvidenceSource, EvidenceItem]:
        """Whose entry it is, and the entry there."""
        owner = self._owners[item.index]
        return self.sources[owner], self._listings[owner][self._places[item.index]]

    def in_reading_order(self, indices: Iterable[int]) -> Iterable[int]:
        """One after the other, each as it is best read."""
        if not self.sequential:
            return indices
        by_owner: dict[int, dict[int, int]] = {}
        for index in indices:
            by_owner.setdefault(self._owners[index], {})[self._places[index]] = index
        return [
            places[place]
            for owner, places in sorted(by_owner.items())
            for place in self.sources[owner].in_reading_order(sorted(places))
        ]

    def stored_digests(self, item: EvidenceItem) -> tuple[Digest, ...]:
        """What its container says of it.

        Raises:
            ItemRefusedError: Not readable.
        """
        source, found = self._found(item)
        return source.stored_digests(found)

    def shared_content(self, item: EvidenceItem) -> int | None:
        """A number that no entry of another source has."""
        source, found = self._found(item)
        number = source.shared_content(found)
        return None if number is None else number * len(self.sources) + self._owners[item.index]

    def remarks(self, item: EvidenceItem) -> frozenset[Flag]:
        """Of an entry with namesakes."""
        source, found = self._found(item)
        return source.remarks(found)

    def inside(self, item: EvidenceItem) -> Inside | None:
        """What came of opening an entry that is a container; None where none was opened."""
        source, found = self._found(item)
        return source.inside(found)

    def parts(self, listing: Listing) -> Sequence[Part]:  # noqa: ARG002 - as others
        """Each with its own reference."""
        return [
            Part(lead + part.lead, part.source, part.listing)
            for lead, source, found in zip(self._leads, self.sources, self._listings, strict=True)
            for part in source.parts(found)
        ]

    def reading(self, item: EvidenceItem) -> AbstractContextManager[Readable]:
        """The content of an entry.

        Raises:
            ItemRefusedError: Not readable, or it changed.
        """
        source, found = self._found(item)
        return source.reading(found)

    def container_digests(self, algorithms: Sequence[str], progress: Progress) -> ContainerDigests:  # noqa: ARG002
        """Each has its own."""
        return ContainerDigests(())

    def close(self) -> None:
        """Close all."""
        for source in self.sources:
            source.close()


def _below(lead: bytes, owner: int, listing: Listing) -> Iterator[tuple[bytes, int, EvidenceItem]]:
    for item in listing:
        yield lead + item.path, owner, item
