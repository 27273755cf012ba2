"""Evidence in a ZIP archive: read in place, by several workers at once.

The archive's directory is the authority on what it holds. Read are stored and deflated entries;
what is encrypted or compressed otherwise is an entry that says so. Two entries that share bytes,
and one that claims to expand more than deflate can, are refused: so an archive costs no more than
about a thousand times its size to read, which is deflate's limit.
"""

import os
import stat
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

from forensic_cli.errors import EvidenceError, ItemRefusedError
from forensic_cli.evidence.container_digest import ContainerDigests, Progress, digests_of_files
from forensic_cli.evidence.deflate64 import Inflated
from forensic_cli.evidence.kinds import Kind
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.members import Member, Members, without_dots
from forensic_cli.evidence.opening import EvidenceFile
from forensic_cli.evidence.options import DEFAULT, ReadingOptions
from forensic_cli.evidence.source import broken, changed
from forensic_cli.evidence.tar_streams import Plain, Window
from forensic_cli.evidence.undescended import Undescended
from forensic_cli.evidence.zip_entries import DEFLATE64, overlapping, refusal_of, refuse_whole
from forensic_cli.evidence.zip_names import has_backslashes, name_of
from forensic_cli.evidence.zip_stream import ZipStream
from forensic_cli.evidence.zip_structure import check_whole, local_header, unlisted
from forensic_cli.flags import Flag
from forensic_cli.foundation.path_text import visible
from forensic_cli.hashing import Digest, Readable
from forensic_cli.records import EvidenceItem, ItemKind, Status

_UNIX = 3
_MAX_TARGET = 4096
# What zipfile raises on bytes that are no sound ZIP, by reading it and by trying.
_BROKEN = (
    BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError,
    OverflowError, LookupError,
)  # fmt: skip


class ZipSource(Undescended):
    """A ZIP archive, held open for the length of a run."""

    kind = Kind.ZIP
    sequential = False

    def __init__(self, path: Path, options: ReadingOptions = DEFAULT) -> None:
        """Read the archive's directory.

        Args:
            path: The archive, the last part of it.
            options: How names are read.

        Raises:
            EvidenceError: It is damaged, encrypted or one part of several.
        """
        self._options = options
        self.path = path.absolute()
        self.name = os.fsencode(path.name)
        self._container = EvidenceFile(path)
        self._file = ZipStream(self._container)
        try:
            self._archive = ZipFile(self._file)
        except (*_BROKEN, EvidenceError) as error:
            self._container.close()
            raise self._unreadable(error) from error
        self._file.most = None
        try:
            refuse_whole(path, self._archive, self._container)
        except EvidenceError:
            self._container.close()
            raise
        self._infos: dict[int, ZipInfo] = {}
        self._members: Members

    @property
    def files(self) -> Sequence[EvidenceFile]:
        """The archive."""
        return (self._container,)

    @property
    def aliases(self) -> tuple[bytes, ...]:
        """The archive's name, with and without its suffix."""
        return (self.name, os.fsencode(self.path.stem))

    def _unreadable(self, error: Exception) -> EvidenceError:
        return EvidenceError(
            f"the ZIP archive {self.path.name!r} cannot be read: {_said(error)}. "
            "Check its hash, and ask for another copy"
        )

    def listing(self, progress: Callable[[int], None]) -> Listing:
        """Every entry that is no folder, sorted by the raw bytes of its path.

        An entry that the directory does not list is one, too; it is not read.

        Raises:
            EvidenceError: Other programs would show another archive.
        """
        infos = sorted(self._archive.infolist(), key=lambda info: info.header_offset)
        self._infos = dict(enumerate(infos))
        shared = overlapping(infos, self._archive.start_dir)
        try:
            first = infos[0].header_offset if infos else self._archive.start_dir
            check_whole(self._container, len(infos), first)
        except BadZipFile as error:
            raise self._unreadable(error) from error
        self._members = Members(self._found(infos, shared), progress, self._opened)
        return self._members.listing

    def _found(self, infos: list[ZipInfo], shared: set[int]) -> Iterator[Member]:
        end = 0
        backslashes = has_backslashes(infos)
        for position, info in enumerate(infos):
            yield from self._unlisted(end, info.header_offset, position)
            header = local_header(self._container, info.header_offset)
            end = (header.end if header else info.header_offset) + info.compress_size
            raw = name_of(info, self._options, backslashes=backslashes)
            if raw.endswith(b"/") and not info.file_size and not info.compress_size:
                continue
            refused = refusal_of(info, header, shares_bytes=position in shared)
            kind = ItemKind.FILE
            file_type = stat.S_IFMT(info.external_attr >> 16) if info.create_system == _UNIX else 0
            if refused is None and file_type == stat.S_IFLNK:
                kind, refused = ItemKind.SYMLINK, self._link(info)
            elif refused is None and file_type not in {0, stat.S_IFREG}:
                kind = ItemKind.SPECIAL
                refused = ItemRefusedError(Status.SPECIAL_FILE, "not a regular file")
            yield Member(without_dots(raw), info.file_size, position, kind, refused)
        yield from self._unlisted(end, self._archive.start_dir, len(infos))

    def _unlisted(self, start: int, stop: int, position: int) -> Iterator[Member]:
        for header in unlisted(self._container, start, stop):
            reason = (
                "the archive's directory does not list it, programs that read from the front show "
                "it; it is not read"
            )
            refused = ItemRefusedError(Status.READ_ERROR, reason)
            yield Member(without_dots(header.name), header.size, position, refused=refused)

    def _link(self, info: ZipInfo) -> ItemRefusedError:
        try:
            with self._archive.open(info) as stream:
                target = visible(stream.read(_MAX_TARGET))
        except (*_BROKEN, EvidenceError):
            target = "what cannot be read"
        reason = f"symbolic link to {target}; links are listed, never followed"
        return ItemRefusedError(Status.SYMLINK, reason)

    def in_reading_order(self, indices: Iterable[int]) -> Iterable[int]:
        """Any order is as good as another."""
        return indices

    def stored_digests(self, item: EvidenceItem) -> tuple[Digest, ...]:  # noqa: ARG002 - as others
        """A ZIP archive holds checksums, which are checked on reading, but no digests."""
        return ()

    def shared_content(self, item: EvidenceItem) -> int | None:  # noqa: ARG002 - as others
        """Not known."""
        return None

    def remarks(self, item: EvidenceItem) -> frozenset[Flag]:
        """Of an entry with namesakes."""
        return self._members.remarks(item)

    def reading(self, item: EvidenceItem) -> AbstractContextManager[Readable]:
        """The content of an entry.

        Raises:
            ItemRefusedError: It is damaged, or its checksum differs, or the archive is written to.
        """
        return self._opened(self._members.position(item), item.size)

    @contextmanager
    def _opened(self, position: int, _: int) -> Iterator[Readable]:
        info = self._infos[position]
        try:
            with self._content(info) as stream:
                yield stream
        except (*_BROKEN, EvidenceError) as error:
            raise broken(error, f"the archive is damaged here: {_said(error)}") from error
        if self._container.changed:
            msg = "the archive was written to"
            raise changed(msg)

    def _content(self, info: ZipInfo) -> AbstractContextManager[Readable]:
        if info.compress_type != DEFLATE64:
            return self._archive.open(info)
        header = local_header(self._container, info.header_offset)
        packed = Plain(self._container)
        packed.seek(header.end if header else info.header_offset)
        return closing(Inflated(Window(packed, info.compress_size), info.file_size, info.CRC))

    def container_digests(self, algorithms: Sequence[str], progress: Progress) -> ContainerDigests:
        """The hash of the archive."""
        return digests_of_files(self.files, algorithms, progress)

    def close(self) -> None:
        """Close the archive."""
        self._archive.close()
        self._container.close()


def _said(error: Exception) -> str:
    return visible(str(error).encode(errors="replace")) or type(error).__name__
