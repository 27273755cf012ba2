"""Where a run keeps what is not finished: ``RESULT.csv.partial/``, beside its outputs.

Whatever happens, a file under a final name is whole, and nothing is overwritten unasked. A file
is written under its own name inside the partial folder, synced, and only then linked to its
final name. The run is committed once its log ends with ``run_finished``; from then on
publishing can be repeated after any kill and gives the same files.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from forensic_cli.errors import LogError, OutputError, UsageError
from forensic_cli.records import Artifact

_LOG = "audit.jsonl"


@dataclass(frozen=True, slots=True)
class OutputNames:
    """The final paths of a run's files."""

    result: Path
    exceptions: Path
    details: Path
    spreadsheet: Path
    audit: Path

    @classmethod
    def of(cls, out: Path) -> "OutputNames":
        """Names made from ``--out``: ``2023.csv``, ``2023.exceptions.csv``, ..."""
        stem = out.name.removesuffix(".csv")
        return cls(
            result=out,
            exceptions=out.with_name(f"{stem}.exceptions.csv"),
            details=out.with_name(f"{stem}.details.parquet"),
            spreadsheet=out.with_name(f"{stem}.spreadsheet.csv"),
            audit=out.with_name(f"{stem}.audit.jsonl"),
        )

    @property
    def all(self) -> tuple[Path, ...]:
        """Every name that a run may take."""
        return (self.result, self.exceptions, self.details, self.spreadsheet, self.audit)

    @property
    def partial(self) -> Path:
        """The folder of the unfinished run."""
        return self.result.with_name(f"{self.result.name}.partial")


class RunFolder:
    """The partial folder of one run."""

    def __init__(self, names: OutputNames) -> None:
        """Nothing is made yet."""
        self.names = names
        self.path = names.partial
        self.log = self.path / _LOG

    def check_place(self, evidence: Path) -> None:
        """Refuse a place where outputs must not or cannot go.

        Raises:
            OutputError: Missing, not writable, or inside the evidence.
        """
        parent = self.names.result.absolute().parent
        if not parent.is_dir():
            msg = f"the folder for --out, {str(parent)!r}, does not exist; make it first"
            raise OutputError(msg)
        if self.names.result.is_dir():
            msg = f"--out {str(self.names.result)!r} is a folder; name a file, results.csv say"
            raise OutputError(msg)
        root = evidence.stat()
        for folder in (parent.resolve(), *parent.resolve().parents):
            found = folder.stat()
            if (found.st_dev, found.st_ino) == (root.st_dev, root.st_ino):
                msg = f"--out lies inside the evidence {str(evidence)!r}; write somewhere else"
                raise OutputError(msg)
        if not os.access(parent, os.W_OK | os.X_OK):
            msg = f"no permission to write in {str(parent)!r}; choose another place for --out"
            raise OutputError(msg)

    @property
    def is_interrupted(self) -> bool:
        """Whether an earlier attempt left a log to go on from."""
        return self.log.is_file() and self.log.stat().st_size > 0

    @property
    def existing(self) -> list[Path]:
        """Final names that are taken."""
        return [path for path in self.names.all if os.path.lexists(path)]

    def start(self) -> None:
        """Make the folder, empty."""
        try:
            if self.path.exists():
                shutil.rmtree(self.path)
            self.path.mkdir()
        except OSError as error:
            raise OutputError.of(self.path, error) from error

    def segment_path(self, index: int) -> Path:
        """Where a segment's rows are sealed."""
        return self.path / f"segment-{index:06d}.arrow"

    def seal(self, index: int, table: pa.Table) -> str:
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

    def keep_only(self, sealed: dict[int, str]) -> None:
        """Drop what was not sealed in the log, check what was.

        Args:
            sealed: SHA-256 by segment index, from the log.

        Raises:
            LogError: A sealed segment is gone or altered.
        """
        known = {self.log, *map(self.segment_path, sealed)}
        for path in self.path.iterdir():
            if path not in known:
                path.unlink()
        for index, sha256 in sealed.items():
            path = self.segment_path(index)
            if not path.is_file() or _sha256(path) != sha256:
                msg = (
                    f"sealed segment {str(path)!r} is not what the log says; the interrupted run "
                    "cannot be trusted, start again with --force"
                )
                raise LogError(msg)

    def segments(self, count: int) -> Iterator[pa.Table]:
        """The sealed tables, in order."""
        for index in range(count):
            with pa.OSFile(str(self.segment_path(index)), "rb") as source:
                yield pa.ipc.open_file(source).read_all()

    @contextmanager
    def writing(self, path: Path) -> Iterator[BinaryIO]:
        """A file in the partial folder that appears whole or not at all.

        Raises:
            OutputError: The operating system refuses.
        """
        draft = self.path / f"{path.name}.draft"
        try:
            with draft.open("wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(self.path / path.name)
        except OSError as error:
            raise OutputError.of(path, error) from error

    def artifact(self, path: Path, rows: int) -> Artifact:
        """A finished file of the partial folder, measured."""
        own = self.path / path.name
        return Artifact(path.name, own.stat().st_size, _sha256(own), rows)

    def publish(self, artifacts: tuple[Artifact, ...], *, replace: bool) -> None:
        """Give every finished file its final name, the log last, and remove the partial folder.

        Repeating it after a kill at any point ends the same.

        Args:
            artifacts: The finished files, as the log records them.
            replace: Whether files under the final names may go.

        Raises:
            UsageError: A final name was taken meanwhile by something else.
            OutputError: The operating system refuses.
        """
        folder = self.names.result.parent
        try:
            for artifact in artifacts:
                final = folder / artifact.name
                self._promote(artifact.name, final, artifact.sha256, replace=replace)
            if replace:
                self._remove_stale({artifact.name for artifact in artifacts})
            for path in self.path.iterdir():
                if path != self.log:
                    path.unlink()
            self._promote(_LOG, self.names.audit, _sha256(self.log), replace=replace)
            self.path.rmdir()
            _sync_folder(folder)
        except OSError as error:
            raise OutputError.of(folder, error) from error

    def aside(self) -> Path:
        """A free name for the log of an attempt that leaves nothing to resume."""
        stem = self.names.result.name.removesuffix(".csv")
        number = 1
        while os.path.lexists(
            kept := self.names.result.with_name(f"{stem}.aborted-{number}.audit.jsonl")
        ):
            number += 1
        return kept

    def set_aside(self, kept: Path) -> None:
        """Keep the log under that name, and remove the partial folder.

        Raises:
            OutputError: The operating system refuses.
        """
        try:
            self.log.rename(kept)
            shutil.rmtree(self.path)
        except OSError as error:
            raise OutputError.of(kept, error) from error

    def _remove_stale(self, current: set[str]) -> None:
        """With ``--force``: a file of the replaced run that this one does not have."""
        if self.names.spreadsheet.name not in current:
            self.names.spreadsheet.unlink(missing_ok=True)

    def _promote(self, name: str, final: Path, sha256: str, *, replace: bool) -> None:
        source = self.path / name
        if os.path.lexists(final):
            if final.is_file() and not final.is_symlink() and _sha256(final) == sha256:
                source.unlink(missing_ok=True)
                return
            if not replace:
                msg = f"{str(final)!r} appeared meanwhile; move it away, then --resume"
                raise UsageError(msg)
            source.replace(final)
            return
        try:
            os.link(source, final)  # unlike a rename it never replaces what appeared meanwhile
        except OSError:  # a file system without hard links
            source.rename(final)
            return
        source.unlink()


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
