"""Evidence whose inner containers are opened: their entries follow them in the listing."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from forensic_cli.evidence.container_digest import ContainerDigests, Progress
from forensic_cli.evidence.inner_containers import Budget, Checked, InnerContainers, Opener
from forensic_cli.evidence.inside import Inside
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.opening import EvidenceFile
from forensic_cli.evidence.source import EvidenceSource, Part
from forensic_cli.evidence.undescended import Undescended
from forensic_cli.flags import Flag
from forensic_cli.hashing import Digest, Readable
from forensic_cli.records import EvidenceItem, ItemKind

_EVIDENCE = -1
"""In place of a container's number: an entry of the evidence itself."""


class _AsOuter:
    """What the evidence is as a whole, with and without what is in its containers."""

    def __init__(self, outer: EvidenceSource) -> None:
        """Take it from the evidence."""
        self._outer = outer
        self.kind = outer.kind
        self.path = outer.path
        self.name = outer.name
        self.sequential = outer.sequential

    @property
    def root(self) -> bytes:
        """That of the evidence."""
        return self._outer.root

    @property
    def aliases(self) -> tuple[bytes, ...]:
        """Those of the evidence."""
        return self._outer.aliases

    @property
    def files(self) -> Sequence[EvidenceFile]:
        """Those of the evidence."""
        return self._outer.files

    def container_digests(self, algorithms: Sequence[str], progress: Progress) -> ContainerDigests:
        """Those of the evidence."""
        return self._outer.container_digests(algorithms, progress)


class OuterPart(_AsOuter, Undescended):
    """The evidence without what is in its containers; those are what they were when opened.

    Attributes:
        opened: The containers, by their paths.
    """

    def __init__(self, outer: EvidenceSource, inner: InnerContainers) -> None:
        """Take it as it is.

        Args:
            outer: The evidence.
            inner: The containers in it.
        """
        super().__init__(outer)
        self.opened = {one.item.path: one for one in inner.found}

    def listing(self, progress: Callable[[int], None]) -> Listing:
        """As the evidence."""
        return self._outer.listing(progress)

    def in_reading_order(self, indices: Iterable[int]) -> Iterable[int]:
        """As the evidence."""
        return self._outer.in_reading_order(indices)

    def stored_digests(self, item: EvidenceItem) -> tuple[Digest, ...]:
        """As the evidence."""
        return self._outer.stored_digests(item)

    def shared_content(self, item: EvidenceItem) -> int | None:
        """As the evidence; a container is read by itself, to be checked."""
        return None if item.path in self.opened else self._outer.shared_content(item)

    def remarks(self, item: EvidenceItem) -> frozenset[Flag]:
        """As the evidence."""
        return self._outer.remarks(item)

    @contextmanager
    def reading(self, item: EvidenceItem) -> Iterator[Readable]:
        """The content of an entry.

        Raises:
            ItemRefusedError: Not readable, or it changed.
        """
        inner = self.opened.get(item.path)
        with self._outer.reading(item) as stream:
            yield stream if inner is None else Checked(stream, inner)

    def close(self) -> None:
        """Whoever opened the evidence closes it."""


class DescendingSource(_AsOuter):
    """Some evidence, and what is in the containers in it."""

    def __init__(self, outer: EvidenceSource, opener: Opener, budget: Budget | None = None) -> None:
        """Nothing is opened yet.

        Args:
            outer: The evidence; it is closed with this.
            opener: Opens a container.
            budget: What is left for all.
        """
        super().__init__(outer)
        self._inner = InnerContainers(outer, opener, budget or Budget())
        self._part: OuterPart
        self._outer_listing: Listing
        self._owners = array("q")
        self._places = array("Q")

    def listing(self, progress: Callable[[int], None]) -> Listing:
        """Every entry of the evidence, and those of each container that could be opened.

        Raises:
            EvidenceError: The evidence cannot be listed.
        """
        self._outer_listing = outer = self._outer.listing(progress)
        for index in self._outer.in_reading_order(range(len(outer))):
            if outer[index].kind is ItemKind.FILE:
                self._inner.descend(outer[index])
        self._part = OuterPart(self._outer, self._inner)
        entries = sorted(self._entries())
        self._owners = array("q", (owner for _, owner, _ in entries))
        self._places = array("Q", (place for _, _, place in entries))
        progress(len(entries))
        found = (self._listing_of(owner)[place] for _, owner, place in entries)
        paths = (path for path, _, _ in entries)
        return Listing(
            (path, item.size, item.kind) for path, item in zip(paths, found, strict=True)
        )

    def _entries(self) -> Iterator[tuple[bytes, int, int]]:
        """Path, whose entry it is, and its place there."""
        for item in self._outer_listing:
            yield item.path, _EVIDENCE, item.index
        for owner, inner in enumerate(self._inner.found):
            for item in inner.listing:
                yield inner.item.path + b"/" + item.path, owner, item.index

    def _listing_of(self, owner: int) -> Listing:
        return self._outer_listing if owner == _EVIDENCE else self._inner.found[owner].listing

    def _found(self, item: EvidenceItem) -> tuple[int, EvidenceItem]:
        """Whose entry it is, and the entry there."""
        owner = self._owners[item.index]
        return owner, self._listing_of(owner)[self._places[item.index]]

    @contextmanager
    def _source_of(self, owner: int) -> Iterator[EvidenceSource]:
        if owner == _EVIDENCE:
            yield self._part
        else:
            with self._inner.borrow(owner) as source:
                yield source

    def in_reading_order(self, indices: Iterable[int]) -> Iterable[int]:
        """The evidence's own; what is in a container is read with it."""
        if not self.sequential:
            return indices
        wanted = list(indices)
        places = {index: self._outer_place(index) for index in wanted}
        order = self._outer.in_reading_order(sorted(set(places.values())))
        rank = {place: at for at, place in enumerate(order)}
        return sorted(wanted, key=lambda index: (rank[places[index]], index))

    def _outer_place(self, index: int) -> int:
        owner = self._owners[index]
        return self._places[index] if owner == _EVIDENCE else self._inner.found[owner].item.index

    def stored_digests(self, item: EvidenceItem) -> tuple[Digest, ...]:
        """What the container that it is in says of it.

        Raises:
            ItemRefusedError: Not readable.
        """
        owner, found = self._found(item)
        with self._source_of(owner) as source:
            return source.stored_digests(found)

    def shared_content(self, item: EvidenceItem) -> int | None:
        """Of the evidence's own entries; not known of others."""
        owner, found = self._found(item)
        return self._part.shared_content(found) if owner == _EVIDENCE else None

    def remarks(self, item: EvidenceItem) -> frozenset[Flag]:
        """Of an entry with namesakes."""
        owner, found = self._found(item)
        with self._source_of(owner) as source:
            return source.remarks(found)

    def inside(self, item: EvidenceItem) -> Inside | None:
        """What came of opening an entry that is a container; None where it is none."""
        owner, found = self._found(item)
        if owner != _EVIDENCE:
            with self._source_of(owner) as source:
                return source.inside(found)
        if (why := self._inner.failed.get(found.path)) is not None:
            return Inside(None, why)
        opened = self._part.opened.get(found.path)
        return None if opened is None else Inside(len(opened.listing), "")

    def reading(self, item: EvidenceItem) -> AbstractContextManager[Readable]:
        """The content of an entry.

        Raises:
            ItemRefusedError: Not readable, or it changed.
        """
        return self._reading(*self._found(item))

    @contextmanager
    def _reading(self, owner: int, found: EvidenceItem) -> Iterator[Readable]:
        with self._source_of(owner) as source, source.reading(found) as stream:
            yield stream

    def parts(self, listing: Listing) -> Sequence[Part]:  # noqa: ARG002 - as others
        """The evidence itself: a reference names its entries, and so what is in them."""
        return (Part(b"", self._part, self._outer_listing),)

    def close(self) -> None:
        """Close all of it."""
        self._inner.close()
        self._outer.close()
