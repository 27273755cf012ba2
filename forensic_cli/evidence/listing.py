"""The list of all entries of the evidence, held small: three million of them fit in memory."""

import hashlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from forensic_cli.records import EvidenceItem, ItemKind


class Listing:
    """Entries in the order of their raw path bytes; about 20 bytes each, and the path.

    Attributes:
        total_bytes: Sum of the sizes of the files.
        sha256: Digest of paths, kinds and sizes: the same listing, the same digest.
    """

    def __init__(self, entries: Iterable[tuple[bytes, int, ItemKind]]) -> None:
        """Take (path, size in bytes, kind) in ascending order of path.

        Only containers have a path twice; those entries stay in the container's order.

        Raises:
            ValueError: Out of order: the source is broken.
        """
        self._paths = bytearray()
        self._ends = array("Q")
        self._sizes = array("Q")
        self._kinds = bytearray()
        state = hashlib.sha256()
        previous = None
        for path, size, kind in entries:
            if previous is not None and path < previous:
                msg = f"listing out of order: {path!r} after {previous!r}"
                raise ValueError(msg)
            previous = path
            self._paths += path
            self._ends.append(len(self._paths))
            self._sizes.append(size)
            self._kinds.append(kind)
            state.update(b"%d %d %d:%s\n" % (kind, size, len(path), path))
        self.total_bytes = sum(self._sizes)
        self.sha256 = state.hexdigest()

    def __len__(self) -> int:
        """How many entries there are."""
        return len(self._ends)

    def __iter__(self) -> Iterator[EvidenceItem]:
        """All entries, in order."""
        return self.items(0, len(self))

    def items(self, first: int, stop: int) -> Iterator[EvidenceItem]:
        """The entries from ``first`` up to but not including ``stop`` (or the end)."""
        for index in range(first, min(stop, len(self))):
            yield self[index]

    def __contains__(self, path: object) -> bool:
        """Whether an entry has this path."""
        return isinstance(path, bytes) and self.find(path) is not None

    def find(self, path: bytes) -> EvidenceItem | None:
        """The entry with this path, if there is one."""
        index = bisect_left(range(len(self)), path, key=self._path)
        found = index < len(self) and self._path(index) == path
        return self[index] if found else None

    def _path(self, index: int) -> bytes:
        start = self._ends[index - 1] if index else 0
        return bytes(self._paths[start : self._ends[index]])

    def __getitem__(self, index: int) -> EvidenceItem:
        """The entry at a place, from 0."""
        kind = ItemKind(self._kinds[index])
        return EvidenceItem(index, self._path(index), self._sizes[index], kind)
