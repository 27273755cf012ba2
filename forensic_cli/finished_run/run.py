"""The one value that everything made of a finished run takes."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from forensic_cli.classification.summary import RunSummary
from forensic_cli.errors import DfcError, LogError
from forensic_cli.finished_run.answers import Answer, answers_in
from forensic_cli.hashing import digest_stream
from forensic_cli.outputs.reading import details_rows
from forensic_cli.records import Artifact


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedRun:
    """A run that reached its end, as its verified log tells it.

    Whoever reads an output through it reads what the log has the digest of, or gets an error.

    Attributes:
        log: The log's path; the outputs lie beside it.
        schema: Version of the log's format; 0 for logs from before there was one.
        version: The version of the tool that began the run.
        settings: Every setting of the last attempt.
        case: What the log says of the case.
        environment: Host, system and versions of the last attempt.
        evidence: Name, kind and listing of the evidence.
        references: The manifests that it was checked against.
        model: The model, its card and its device.
        summary: The closing figures; ``head`` is the digest of the log's last line.
    """

    log: Path
    schema: int
    version: str
    settings: Mapping[str, Any]
    case: Mapping[str, str]
    environment: Mapping[str, Any]
    evidence: Mapping[str, Any]
    references: tuple[Mapping[str, Any], ...]
    model: Mapping[str, Any]
    summary: RunSummary

    @property
    def result(self) -> Artifact:
        """The result CSV; the first that is published.

        Raises:
            LogError: The log names none.
        """
        if not self.summary.outputs:
            msg = f"audit log {str(self.log)!r} names no result; was it written by this tool?"
            raise LogError(msg)
        return self.summary.outputs[0]

    @property
    def details(self) -> Artifact:
        """The table with a row per entry.

        Raises:
            LogError: The log names none.
        """
        for output in self.summary.outputs:
            if output.name.endswith(".details.parquet"):
                return output
        msg = f"audit log {str(self.log)!r} names no details; was it written by this tool?"
        raise LogError(msg)

    def path_of(self, output: Artifact) -> Path:
        """Where an output lies."""
        return self.log.parent / Path(output.name).name

    @contextmanager
    def reading(self, output: Artifact) -> Iterator[BinaryIO]:
        """An output, open at its beginning; checked before, and once more when it was read.

        Raises:
            LogError: It is not what the log says, or was written to while it was read.
        """
        path = self.path_of(output)
        try:
            with path.open("rb") as stream:
                _check(stream, output, path, "is not what the log says")
                altered = "was altered while it was read"
                try:
                    yield stream
                except DfcError:  # of what was read: an altered file says anything
                    _check(stream, output, path, altered)
                    raise
                _check(stream, output, path, altered)
        except OSError as error:
            msg = f"output {str(path)!r} cannot be read: {error.strerror}"
            raise LogError(msg) from error

    def answers(self) -> Iterator[Answer]:
        """The rows of the result, in order, in constant memory.

        Raises:
            LogError: The file is not what the log says.
            LabelsError: It is no result.
        """
        with self.reading(self.result) as stream:
            yield from answers_in(stream, self.path_of(self.result))

    def rows(self, columns: Sequence[str] | None = None) -> Iterator[Mapping[str, Any]]:
        """The rows of the details, in order, in constant memory: values by column name.

        Args:
            columns: Those that are wanted; None = all.

        Raises:
            LogError: The file is not what the log says, or is no table of this tool's.
        """
        with self.reading(self.details) as stream:
            yield from details_rows(stream, self.path_of(self.details), columns)


def _check(stream: BinaryIO, output: Artifact, path: Path, what: str) -> None:
    stream.seek(0)
    found = digest_stream(stream, ("sha256",))["sha256"].hexdigest
    stream.seek(0)
    if found != output.sha256:
        msg = (
            f"output {str(path)!r} {what}: expected sha256:{output.sha256}, found sha256:{found}; "
            "do not rely on it"
        )
        raise LogError(msg)
