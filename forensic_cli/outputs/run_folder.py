"""Where a run keeps what is not finished: ``RESULT.csv.partial/``, beside its outputs.

A file of it is whole or not there: it is written to a draft, synced and renamed. One run at a time
works in the folder, by a lock on the folder itself. Only files with the names that a run gives are
ever removed from it.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pyarrow as pa

from forensic_cli.errors import LogError, OutputError, UsageError
from forensic_cli.hashing import sha256_of_file
from forensic_cli.outputs.measured import MeasuredStream
from forensic_cli.outputs.output_names import LOG, SEGMENT, OutputNames
from forensic_cli.records import Artifact

_DRAFT = ".draft"


class RunFolder:
    """The partial folder of one run.

    Attributes:
        names: The final paths of the run's files.
        path: The folder.
        log: The log inside it.
    """

    def __init__(self, names: OutputNames) -> None:
        """Nothing is made yet."""
        self.names = names
        self.path = names.partial
        self.log = self.path / LOG
        self._written: dict[str, tuple[int, str]] = {}

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Make the folder where it is missing, and keep other runs out of it meanwhile.

        Raises:
            UsageError: Another run is at work in it.
            OutputError: It cannot be made.
        """
        try:
            descriptor = self._claim()
        except OSError as error:
            raise OutputError.of(self.path, error) from error
        try:
            yield
        finally:
            with suppress(OSError):  # it goes where nothing is left in it
                self.path.rmdir()
            os.close(descriptor)

    def _claim(self) -> int:
        while True:
            self.path.mkdir(exist_ok=True)
            try:
                descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            except FileNotFoundError:
                continue
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                os.close(descriptor)
                msg = f"another run is writing {str(self.path)!r}; wait for it"
                raise UsageError(msg) from error
            except OSError:  # a file system without locks
                return descriptor
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), self.path.stat()):
                    return descriptor
            os.close(descriptor)  # another run ended meanwhile, and took the folder with it

    @property
    def is_interrupted(self) -> bool:
        """Whether an earlier attempt left a log to go on from."""
        try:
            return self.log.lstat().st_size > 0
        except FileNotFoundError:
            return False

    @property
    def has_segments(self) -> bool:
        """Whether an earlier attempt left committed segments."""
        return self.segment_path(0).exists()

    def start(self) -> None:
        """Remove what an earlier attempt left; its log is set aside, if it says anything.

        Raises:
            UsageError: There is no earlier attempt, but something else is in the folder.
            OutputError: The operating system refuses.
        """
        try:
            self._start()
        except OSError as error:
            raise OutputError.of(self.path, error) from error

    def _start(self) -> None:
        strange = [path.name for path in self.path.iterdir() if not self._is_own(path.name)]
        if strange and not self.log.exists():
            msg = (
                f"{str(self.path)!r} holds {strange[0]!r}, which is not this tool's; "
                "move the folder away or choose another --out"
            )
            raise UsageError(msg)
        if self.is_interrupted and self._holds_a_line():
            self.log.rename(self.names.aside())  # what was found out then stays on record
        self._remove_own(keep=set())

    def _holds_a_line(self) -> bool:
        with self.log.open("rb") as stream:
            return stream.readline().endswith(b"\n")

    def _is_own(self, name: str) -> bool:
        stem = name.removesuffix(_DRAFT)
        known = {LOG, *(path.name for path in self.names.all)}
        return stem in known or SEGMENT.fullmatch(stem) is not None

    def _remove_own(self, keep: set[Path]) -> None:
        try:
            for path in self.path.iterdir():
                if path not in keep and self._is_own(path.name):
                    path.unlink()
        except OSError as error:
            raise OutputError.of(self.path, error) from error

    def segment_path(self, index: int) -> Path:
        """Where a segment's rows are committed."""
        return self.path / f"segment-{index:06d}.arrow"

    def commit(self, index: int, table: pa.Table) -> str:
        """Write a segment's rows, whole or not at all.

        Returns:
            The file's SHA-256.

        Raises:
            OutputError: It cannot be written.
        """
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        data = sink.getvalue().to_pybytes()
        with self.writing(self.segment_path(index)) as stream:
            stream.write(data)
        return hashlib.sha256(data).hexdigest()

    def keep_only(self, committed: dict[int, str]) -> None:
        """Drop what the log does not name as committed, check what was.

        Args:
            committed: SHA-256 by segment index, from the log.

        Raises:
            LogError: A committed segment is gone or altered.
        """
        self._remove_own(keep={self.log, *map(self.segment_path, committed)})
        for index, sha256 in committed.items():
            path = self.segment_path(index)
            if not path.is_file() or sha256_of_file(path) != sha256:
                raise _altered(path)

    def segments(self, committed: Sequence[str]) -> Iterator[pa.Table]:
        """The committed tables, in order; what is read is what the log has the digest of.

        Args:
            committed: SHA-256 of each, from the log.

        Raises:
            LogError: One is gone or altered.
        """
        for index, sha256 in enumerate(committed):
            path = self.segment_path(index)
            try:
                data = path.read_bytes()
            except OSError as error:
                raise _altered(path) from error
            if hashlib.sha256(data).hexdigest() != sha256:
                raise _altered(path)
            yield pa.ipc.open_file(pa.BufferReader(data)).read_all()

    @contextmanager
    def writing(self, path: Path) -> Iterator[MeasuredStream]:
        """A file in the partial folder that appears whole or not at all.

        Raises:
            OutputError: The operating system refuses.
        """
        draft = self.path / f"{path.name}{_DRAFT}"
        try:
            with draft.open("wb") as stream:
                measured = MeasuredStream(stream)
                yield measured
                stream.flush()
                os.fsync(stream.fileno())
            self._written[path.name] = measured.size, measured.sha256
            draft.replace(self.path / path.name)
            sync_folder(self.path)
        except OSError as error:
            raise OutputError.of(path, error) from error

    def artifact(self, path: Path, rows: int) -> Artifact:
        """A file that was written here, as it was measured then."""
        return Artifact(path.name, *self._written[path.name], rows)

    def clear_for_publishing(self) -> None:
        """Remove all that is not published, the log excepted."""
        self._remove_own(keep={self.log})

    def set_aside(self, kept: Path) -> None:
        """Keep the log of an attempt that leaves nothing to resume under another name.

        Raises:
            OutputError: The operating system refuses.
        """
        try:
            self.log.rename(kept)
        except OSError as error:
            raise OutputError.of(kept, error) from error
        self._remove_own(keep=set())


def _altered(path: Path) -> LogError:
    return LogError(
        f"committed segment {str(path)!r} is not what the log says; this run cannot be trusted, "
        "find out who wrote there, and start again with --force"
    )


def sync_folder(folder: Path) -> None:
    """Force a folder's names to the disk, where the file system can."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
