"""Evidence in a tar archive, plain or compressed, never unpacked to disk.

A plain archive is read by several workers at once. A compressed one is a stream that can only go
forwards: it is listed in one pass, and read in the archive's order by one reader.
"""

import io
import os
import tarfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from forensic_cli.errors import EvidenceError, ItemRefusedError
from forensic_cli.evidence.container_digest import ContainerDigests, Progress, digests_of_files
from forensic_cli.evidence.kinds import Compression, Kind
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.members import Member, Members, without_dots
from forensic_cli.evidence.opening import EvidenceFile
from forensic_cli.evidence.options import DEFAULT, ReadingOptions
from forensic_cli.evidence.source import broken, changed
from forensic_cli.evidence.tar_streams import Headers, Plain, Window
from forensic_cli.evidence.undescended import Undescended
from forensic_cli.evidence.unpacking import Unpacked
from forensic_cli.flags import Flag
from forensic_cli.foundation.path_text import visible
from forensic_cli.hashing import Digest, Readable
from forensic_cli.records import EvidenceItem, ItemKind, Status

_STEP = 1 << 20
_KEPT = 32 << 20


class TarSource(Undescended):
    """A tar archive, held open for the length of a run."""

    def __init__(
        self,
        path: Path,
        kind: Kind,
        compression: Compression | None,
        options: ReadingOptions = DEFAULT,
    ) -> None:
        """Open it; nothing is read yet.

        Args:
            path: The archive.
            kind: Which kind of tar it is.
            compression: Its compression, if it has one.
            options: How names are read.
        """
        self._options = options
        self.path = path.absolute()
        self.name = os.fsencode(path.name)
        self.kind = kind
        self.sequential = bool(compression)
        self._container = EvidenceFile(path)
        self._stream = (
            Unpacked(self._container, compression) if compression else Plain(self._container)
        )
        self._members: Members
        self._last = (-1, b"")

    @property
    def files(self) -> Sequence[EvidenceFile]:
        """The archive."""
        return (self._container,)

    @property
    def aliases(self) -> tuple[bytes, ...]:
        """The archive's name, with and without its suffixes."""
        stem = os.fsencode(self.path.stem)
        short = stem.removesuffix(b".tar") if self.sequential else stem
        return (self.name, stem, short)

    def listing(self, progress: Callable[[int], None]) -> Listing:
        """Every entry that is no folder, sorted by the raw bytes of its path.

        Raises:
            EvidenceError: The archive is damaged, cut, or holds no tar at all.
        """
        self._members = Members(self._found(), progress, self._opened)
        return self._members.listing

    def _found(self) -> Iterator[Member]:
        self._stream.seek(0)
        headers = Headers(self._stream)
        end = 0
        try:
            archive = tarfile.TarFile(
                fileobj=headers,  # type: ignore[arg-type]
                encoding="utf-8",
                errors="surrogateescape",
            )
            while (info := archive.next()) is not None:
                _check_forwards(info, end, archive.offset)
                end = archive.offset
                archive.members = []  # type: ignore[attr-defined] # it would keep them all
                yield from _member(info, self._options)
            end = archive.offset
        except EvidenceError:
            raise
        except Exception as error:  # whatever the library trips over, the archive is damaged
            msg = f"after byte {end}: {str(error) or type(error).__name__}"
            raise self._damaged(msg) from error
        self._check_end(end)

    def _check_end(self, end: int) -> None:
        """See that the archive ends where it says so, and not because a header is damaged."""
        self._stream.seek(end)
        mark = self._stream.read(tarfile.BLOCKSIZE)
        if len(mark) < tarfile.BLOCKSIZE:
            msg = f"it is cut: no mark of its end at byte {end}"
            raise self._damaged(msg)
        while mark:
            if mark.strip(b"\0"):
                msg = f"after byte {end} is neither an entry nor the end"
                raise self._damaged(msg)
            mark = self._stream.read(_STEP)

    def _damaged(self, detail: str) -> EvidenceError:
        return EvidenceError(
            f"the tar archive {self.path.name!r} cannot be read: {detail}. "
            "Check its hash, and ask for another copy"
        )

    def in_reading_order(self, indices: Iterable[int]) -> Iterable[int]:
        """The archive's order, where it can only be read forwards."""
        return self._members.in_container_order(indices) if self.sequential else indices

    def stored_digests(self, item: EvidenceItem) -> tuple[Digest, ...]:  # noqa: ARG002 - as others
        """A tar archive holds none."""
        return ()

    def shared_content(self, item: EvidenceItem) -> int | None:
        """Where the content lies that hard links name, too."""
        return self._members.shared_position(item)

    def remarks(self, item: EvidenceItem) -> frozenset[Flag]:
        """Of an entry with namesakes."""
        return self._members.remarks(item)

    def reading(self, item: EvidenceItem) -> AbstractContextManager[Readable]:
        """The content of an entry.

        Raises:
            ItemRefusedError: It cannot be read, or the archive is written to.
        """
        return self._opened(self._members.position(item), item.size)

    @contextmanager
    def _opened(self, position: int, size: int) -> Iterator[Readable]:
        try:
            if self.sequential:
                yield self._forwards(position, size)
            else:
                start = Plain(self._container)
                start.seek(position)
                yield Window(start, size)
        except EvidenceError as error:
            raise broken(error, str(error)) from error
        if self._container.changed:
            msg = "the archive was written to"
            raise changed(msg)

    def _forwards(self, position: int, size: int) -> Readable:
        """Content of a compressed archive; hard links to the entry before are not read again."""
        if self._last[0] != position:
            self._stream.seek(position)
            if size > _KEPT:
                return Window(self._stream, size)
            self._last = position, self._stream.read(size)
        return io.BytesIO(self._last[1])

    def container_digests(self, algorithms: Sequence[str], progress: Progress) -> ContainerDigests:
        """The hash of the archive."""
        return digests_of_files(self.files, algorithms, progress)

    def close(self) -> None:
        """Close the archive."""
        self._container.close()


def _check_forwards(info: tarfile.TarInfo, before: int, after: int) -> None:
    """Refuse a size that leads backwards: tarfile trusts it, whatever a header says."""
    if info.size < 0 or after <= before or info.offset_data + info.size >= 1 << 63:
        msg = "an entry's size leads backwards"
        raise tarfile.ReadError(msg)


def _member(info: tarfile.TarInfo, options: ReadingOptions) -> Iterator[Member]:
    if info.isdir():
        return
    path = without_dots(options.name(info.name.encode("utf-8", "surrogateescape")))
    target = options.name(info.linkname.encode("utf-8", "surrogateescape"))
    if info.islnk():
        yield Member(path, 0, info.offset_data, same_as=without_dots(target))
        return
    kind, status, reason = ItemKind.FILE, Status.READ_ERROR, ""
    if info.issparse():
        reason = "stored as a sparse file; unpack the archive on a working copy, give the folder"
    elif info.issym():
        kind, status = ItemKind.SYMLINK, Status.SYMLINK
        reason = f"symbolic link to {visible(target)}; links are listed, never followed"
    elif not info.isreg():
        kind, status = ItemKind.SPECIAL, Status.SPECIAL_FILE
        reason = "not a regular file (a FIFO, a device or unknown)"
    refused = ItemRefusedError(status, reason) if reason else None
    yield Member(path, info.size, info.offset_data, kind, refused)
