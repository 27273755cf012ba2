"""Evidence in an AD1 image: read in place, over all segments, by several workers at once."""

import os
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from forensic_cli.errors import EvidenceError, ItemRefusedError
from forensic_cli.evidence.ad1.hashes import digests_of_image
from forensic_cli.evidence.ad1.image import Image
from forensic_cli.evidence.ad1.item import FOLDER, Item
from forensic_cli.evidence.ad1.metadata import Class, class_in, digests_in
from forensic_cli.evidence.ad1.segments import Segments
from forensic_cli.evidence.container_digest import ContainerDigests, Progress
from forensic_cli.evidence.kinds import Kind
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.members import Member, Members
from forensic_cli.evidence.opening import EvidenceFile
from forensic_cli.evidence.pieces import Pieces
from forensic_cli.evidence.source import broken, changed
from forensic_cli.evidence.undescended import Undescended
from forensic_cli.flags import Flag
from forensic_cli.hashing import Digest, Readable
from forensic_cli.records import EvidenceItem, ItemKind, Status


class Ad1Source(Undescended):
    """An AD1 image, its segments held open for the length of a run."""

    kind = Kind.AD1
    sequential = False

    def __init__(self, path: Path) -> None:
        """Open all segments.

        Raises:
            EvidenceError: A segment is missing or does not fit, or the header is damaged.
        """
        self.path = path.absolute()
        self.name = os.fsencode(path.name)
        self._segments = Segments(path)
        try:
            self.image = Image(self._segments)
        except BaseException:
            self.close()
            raise
        self._members: Members
        self._addresses: array[int]

    @property
    def files(self) -> Sequence[EvidenceFile]:
        """The segment files."""
        return self._segments.files

    @property
    def aliases(self) -> tuple[bytes, ...]:
        """The image's own name, without its suffix, and that of the folder that was imaged."""
        source = self.image.source_name.replace(b"\\", b"/").rstrip(b"/").rpartition(b"/")[2]
        return tuple(filter(None, (self.name, os.fsencode(self.path.stem), source)))

    def listing(self, progress: Callable[[int], None]) -> Listing:
        """Every file of the image, sorted by the raw bytes of its path.

        Raises:
            EvidenceError: The image is damaged.
        """
        self._members = Members(self._found(), progress, self._opened)
        return self._members.listing

    def _found(self) -> Iterator[Member]:
        self._addresses = array("Q")
        for item, path in self.image.walk():
            self._addresses.append(item.address)
            yield from _member(item, path, class_in(self.image.records(item)))

    def in_reading_order(self, indices: Iterable[int]) -> Iterable[int]:
        """Any order is as good as another."""
        return indices

    def stored_digests(self, item: EvidenceItem) -> tuple[Digest, ...]:
        """The MD5 and the SHA-1 that the image holds of a file, where it does.

        Raises:
            ItemRefusedError: The entry is not read, or what stands there is no digest.
        """
        try:
            return digests_in(self.image.records(self._item(item)))
        except EvidenceError as error:
            raise broken(error, str(error)) from error

    def shared_content(self, item: EvidenceItem) -> int | None:  # noqa: ARG002 - as others
        """Not known."""
        return None

    def remarks(self, item: EvidenceItem) -> frozenset[Flag]:
        """Of an entry with namesakes."""
        return self._members.remarks(item)

    def reading(self, item: EvidenceItem) -> AbstractContextManager[Readable]:
        """The content of a file.

        Raises:
            ItemRefusedError: It is damaged, or the image is written to.
        """
        return self._opened(self._members.position(item), item.size)

    @contextmanager
    def _opened(self, position: int, _: int) -> Iterator[Readable]:
        try:
            found = self._item_at(position)
            yield Pieces(self.image.chunks(found))
        except EvidenceError as error:
            raise broken(error, str(error)) from error
        if self._segments.changed(found.address, found.stop):
            msg = "the image was written to"
            raise changed(msg)

    def _item(self, item: EvidenceItem) -> Item:
        return self._item_at(self._members.position(item))

    def _item_at(self, position: int) -> Item:
        following = bisect_right(self._addresses, position)
        last = following == len(self._addresses)
        return self.image.item(position, self.image.tables if last else self._addresses[following])

    def container_digests(self, algorithms: Sequence[str], progress: Progress) -> ContainerDigests:
        """The hashes of the files, of all segments and of the image as FTK counts it."""
        return digests_of_image(self._segments, algorithms, progress)

    def close(self) -> None:
        """Close the segments."""
        self._segments.close()


def _member(item: Item, path: bytes, kind: int) -> Iterator[Member]:
    """The entry of an item; a folder is none, unless it has content of its own."""
    if item.type == FOLDER and not item.size:
        return
    reason = ""
    if item.type == FOLDER:
        reason = "a folder with content of its own"
    elif kind == Class.SLACK:
        reason = "file slack: what lay behind a file's end, no file of its own"
    elif kind in {Class.LINK, Class.OTHER_LINK}:
        reason = "a link; links are listed, never followed"
    if reason:
        refused = ItemRefusedError(Status.SPECIAL_FILE, reason)
        yield Member(path, item.size, item.address, ItemKind.SPECIAL, refused)
    else:
        yield Member(path, item.size, item.address)
