"""Pictures that were named one by one: evidence without a root."""

import os
import stat
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from forensic_cli.errors import EvidenceError
from forensic_cli.evidence.container_digest import ContainerDigests, Progress
from forensic_cli.evidence.kinds import Kind
from forensic_cli.evidence.listed_file import reading_listed
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.numbered import numbered
from forensic_cli.evidence.opening import EvidenceFile
from forensic_cli.evidence.undescended import Undescended
from forensic_cli.flags import Flag
from forensic_cli.foundation.path_text import visible
from forensic_cli.hashing import Digest, Readable
from forensic_cli.records import EvidenceItem, ItemKind


class FilesSource(Undescended):
    """Files, each opened when it is read.

    Attributes:
        path: Of the first.
        paths: Of all, in the order of the listing; what a link leads to.
    """

    kind = Kind.FILES
    name = b""
    aliases: tuple[bytes, ...] = ()
    sequential = False
    files: Sequence[EvidenceFile] = ()

    def __init__(self, paths: Iterable[Path]) -> None:
        """Take the files; none is opened yet.

        Args:
            paths: At least one. Of several with one name, the second gets ``#2`` after it.
        """
        given = [os.fsencode(os.path.abspath(path)) for path in paths]  # noqa: PTH100 - of a link
        own = [path.rpartition(b"/")[2] for path in given]
        names = numbered(own)
        order = sorted(range(len(given)), key=names.__getitem__)
        self._names = [names[index] for index in order]
        counts = Counter(own)
        self._has_namesakes = [counts[own[index]] > 1 for index in order]
        self.paths = [Path(os.path.realpath(os.fsdecode(given[index]))) for index in order]
        self.path = Path(os.fsdecode(given[0]))

    @property
    def root(self) -> bytes:
        """None."""
        return b""

    def listing(self, progress: Callable[[int], None]) -> Listing:
        """The files by their names.

        Raises:
            EvidenceError: One is not there, or no regular file.
        """
        sizes = array("Q", map(_size, self.paths))
        progress(len(sizes))
        return Listing(
            (name, size, ItemKind.FILE) for name, size in zip(self._names, sizes, strict=True)
        )

    def in_reading_order(self, indices: Iterable[int]) -> Iterable[int]:
        """Any order is as good as another."""
        return indices

    def stored_digests(self, item: EvidenceItem) -> tuple[Digest, ...]:  # noqa: ARG002 - as others
        """Nothing holds any."""
        return ()

    def shared_content(self, item: EvidenceItem) -> int | None:  # noqa: ARG002 - as others
        """Not known."""
        return None

    def remarks(self, item: EvidenceItem) -> frozenset[Flag]:
        """Of files of one name."""
        return frozenset({Flag.SAME_NAME}) if self._has_namesakes[item.index] else frozenset()

    def reading(self, item: EvidenceItem) -> AbstractContextManager[Readable]:
        """The content of a file, guarded against everything that is not the listed file."""
        return reading_listed(os.fsencode(self.paths[item.index]), item.size)

    def container_digests(self, algorithms: Sequence[str], progress: Progress) -> ContainerDigests:  # noqa: ARG002
        """Files are checked one by one."""
        return ContainerDigests(())

    def close(self) -> None:
        """Nothing is held open."""


def _size(path: Path) -> int:
    shown = repr(visible(os.fsencode(path)))
    try:
        found = path.stat()
    except OSError as error:
        msg = f"{shown} cannot be opened: {error.strerror}; check the path"
        raise EvidenceError(msg) from error
    if not stat.S_ISREG(found.st_mode):
        msg = f"{shown} is not a regular file; check the path"
        raise EvidenceError(msg)
    return found.st_size
