"""Evidence in a folder: walked in a fixed order, links never followed, never written to.

Order: a folder's entries are sorted with ``/`` appended to the names of folders, so that the walk
yields full paths in the order of their raw bytes. Every folder is opened below its parent's
descriptor without following links; a folder that cannot be entered is an entry of its own.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from forensic_cli.errors import EvidenceError, ItemRefusedError
from forensic_cli.evidence.container_digest import ContainerDigests, Progress
from forensic_cli.evidence.kinds import Kind
from forensic_cli.evidence.listed_file import reading_listed
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.opening import EvidenceFile, open_quietly
from forensic_cli.evidence.source import changed, refusal
from forensic_cli.evidence.undescended import Undescended
from forensic_cli.flags import Flag
from forensic_cli.foundation.path_text import visible
from forensic_cli.hashing import Digest
from forensic_cli.records import EvidenceItem, ItemKind, Status

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_PROGRESS_EVERY = 10_000


class DirectorySource(Undescended):
    """A folder, held open by its descriptor for the length of a run."""

    kind = Kind.FOLDER
    sequential = False
    files: Sequence[EvidenceFile] = ()

    def __init__(self, path: Path) -> None:
        """Open the folder.

        Raises:
            EvidenceError: Missing, a file, or not permitted.
        """
        self.path = path.absolute()
        # abspath, not resolve: a link to the evidence keeps the name that the examiner uses.
        self.name = os.fsencode(Path(os.path.abspath(path)).name) or b"evidence"  # noqa: PTH100
        try:
            self._root = open_quietly(path, _FOLDER)
        except OSError as error:
            msg = (
                f"evidence folder {str(path)!r} cannot be opened: {error.strerror}; "
                "check its permissions or run as a user who may read it"
            )
            raise EvidenceError(msg) from error

    @property
    def aliases(self) -> tuple[bytes, ...]:
        """Its own name."""
        return (self.name,)

    def close(self) -> None:
        """Close the folder; a second time it does nothing."""
        # A number that was closed may be another file's by now.
        descriptor, self._root = self._root, -1
        if descriptor >= 0:
            os.close(descriptor)

    def container_digests(self, algorithms: Sequence[str], progress: Progress) -> ContainerDigests:  # noqa: ARG002
        """A folder has no hash of its own."""
        return ContainerDigests(())

    def in_reading_order(self, indices: Iterable[int]) -> Iterable[int]:
        """Any order is as good as another."""
        return indices

    def stored_digests(self, item: EvidenceItem) -> tuple[Digest, ...]:  # noqa: ARG002 - as others
        """A folder holds no digests."""
        return ()

    def listing(self, progress: Callable[[int], None]) -> Listing:
        """Every entry below the folder, sorted by the raw bytes of its path."""
        return Listing(self._counted(progress))

    def _counted(self, progress: Callable[[int], None]) -> Iterator[tuple[bytes, int, ItemKind]]:
        count = 0
        for count, entry in enumerate(self._walk(), start=1):
            yield entry
            if count % _PROGRESS_EVERY == 0:
                progress(count)
        progress(count)

    def _walk(self) -> Iterator[tuple[bytes, int, ItemKind]]:
        try:
            levels = [_Level(os.dup(self._root), b"")]
        except OSError as error:
            msg = f"evidence folder {str(self.path)!r} cannot be listed: {error.strerror}"
            raise EvidenceError(msg) from error
        try:
            while levels:
                level = levels[-1]
                if not level.names:
                    levels.pop().close()
                    continue
                name = level.names.pop()
                path = level.prefix + name
                if not name.endswith(b"/"):
                    yield (path, *level.look_at(name))
                    continue
                try:
                    below = _Level(level.open_folder(name[:-1]), path)
                    if any(below.identity == above.identity for above in levels):
                        below.close()
                        yield path, 0, ItemKind.UNREADABLE_FOLDER
                        continue
                    levels.append(below)
                except OSError as error:
                    if error.errno in {errno.EMFILE, errno.ENFILE}:
                        msg = (
                            f"{len(levels)} folders deep, and no more files may be open; "
                            "raise the limit (ulimit -n) and run again"
                        )
                        raise EvidenceError(msg) from error
                    yield path, 0, ItemKind.UNREADABLE_FOLDER
        finally:
            for level in levels:
                level.close()

    def shared_content(self, item: EvidenceItem) -> int | None:  # noqa: ARG002 - as others
        """Not known."""
        return None

    def remarks(self, item: EvidenceItem) -> frozenset[Flag]:  # noqa: ARG002 - as others
        """No folder has two entries of one name."""
        return frozenset()

    @contextmanager
    def reading(self, item: EvidenceItem) -> Iterator[BinaryIO]:
        """The content of a file, guarded against everything that is not the listed file."""
        match item.kind:
            case ItemKind.SYMLINK:
                raise self._link(item)
            case ItemKind.SPECIAL:
                reason = "not a regular file (a FIFO, a socket or a device)"
                raise ItemRefusedError(Status.SPECIAL_FILE, reason)
            case ItemKind.UNREADABLE_FOLDER:
                raise self._why_unreadable(item)
            case ItemKind.FILE:
                pass
        with reading_listed(item.path, item.size, self._root) as stream:
            yield stream

    def _link(self, item: EvidenceItem) -> ItemRefusedError:
        try:
            target = visible(os.readlink(item.path, dir_fd=self._root))
        except OSError as error:
            return refusal(error)
        reason = f"symbolic link to {target}; links are listed, never followed"
        return ItemRefusedError(Status.SYMLINK, reason)

    def _why_unreadable(self, item: EvidenceItem) -> ItemRefusedError:
        try:
            descriptor = os.open(item.path, _FOLDER | os.O_NOFOLLOW, dir_fd=self._root)
            try:
                found = os.fstat(descriptor)
            finally:
                os.close(descriptor)
            if any(os.path.samestat(found, above) for above in self._folders_above(item.path)):
                reason = "a folder: the same as one above it (a mount); it is not entered again"
                return ItemRefusedError(Status.SPECIAL_FILE, reason)
        except OSError as error:
            why = refusal(error)
            return ItemRefusedError(why.status, f"a folder: {why.reason}")
        return changed("a folder that could not be entered when it was listed")

    def _folders_above(self, path: bytes) -> Iterator[os.stat_result]:
        yield os.fstat(self._root)
        parts = path.rstrip(b"/").split(b"/")
        for count in range(1, len(parts)):
            above = b"/".join(parts[:count])
            yield os.stat(above, dir_fd=self._root, follow_symlinks=False)


class _Level:
    """One open folder of the walk and the names in it that are still to come, last first."""

    def __init__(self, descriptor: int, prefix: bytes) -> None:
        self.descriptor = descriptor
        self.prefix = prefix
        try:
            found = os.fstat(descriptor)
            self.identity = found.st_dev, found.st_ino
            # Another pass over the root must start at its first entry again.
            os.lseek(descriptor, 0, os.SEEK_SET)
            with os.scandir(descriptor) as entries:
                self.names = sorted(
                    (
                        os.fsencode(entry.name)
                        + (b"/" if entry.is_dir(follow_symlinks=False) else b"")
                        for entry in entries
                    ),
                    reverse=True,
                )
        except OSError:
            os.close(descriptor)
            raise

    def open_folder(self, name: bytes) -> int:
        return open_quietly(name, _FOLDER | os.O_NOFOLLOW, self.descriptor)

    def look_at(self, name: bytes) -> tuple[int, ItemKind]:
        """Size and kind of an entry; one that is gone already is left for ``reading`` to report."""
        with suppress(OSError):
            found = os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
            if stat.S_ISLNK(found.st_mode):
                return found.st_size, ItemKind.SYMLINK
            if not stat.S_ISREG(found.st_mode):
                return 0, ItemKind.SPECIAL
            return found.st_size, ItemKind.FILE
        return 0, ItemKind.FILE

    def close(self) -> None:
        os.close(self.descriptor)
