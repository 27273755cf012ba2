"""The one tree of errors, and the one table of exit codes.

``str()`` of an error is a sentence for the examiner that says what to do next. Each class
carries the exit code that the process ends with; only ``cli/exits.py`` uses it.
"""

import errno
from enum import IntEnum
from pathlib import Path

from forensic_cli.records import Status, Verdict


class ExitCode(IntEnum):
    """How a command ended."""

    OK = 0
    INTERNAL = 1
    USAGE = 2
    INCOMPLETE = 3
    EVIDENCE_DIFFERS = 4
    UNREADABLE = 5
    MODEL = 6
    DEVICE = 7
    OUTPUT = 8
    LOG = 9
    EXPORT = 10
    REPRODUCTION = 11
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        """The row of the table, in words."""
        return _MEANINGS[self]

    @classmethod
    def of_verdict(cls, verdict: Verdict) -> "ExitCode":
        """What the verdict on the evidence alone would end a command with."""
        match verdict:
            case Verdict.INTACT | Verdict.NO_REFERENCE:
                return cls.OK
            case Verdict.DIFFERS:
                return cls.EVIDENCE_DIFFERS
            case Verdict.UNREADABLE:
                return cls.UNREADABLE


_MEANINGS = {
    ExitCode.OK: "all scored and all checks passed",
    ExitCode.INTERNAL: "internal error (a bug in this tool)",
    ExitCode.USAGE: "wrong usage, or refused to overwrite",
    ExitCode.INCOMPLETE: "finished, but some images could not be scored",
    ExitCode.EVIDENCE_DIFFERS: (
        "evidence differs from its reference hash (or --strict, and there is none)"
    ),
    ExitCode.UNREADABLE: "evidence, manifest or labels cannot be read",
    ExitCode.MODEL: "model missing, damaged, without a card, or labels that do not fit",
    ExitCode.DEVICE: "device not as demanded, or self-test failed",
    ExitCode.OUTPUT: "output cannot be written (disk full, no permission, inside the evidence)",
    ExitCode.LOG: "an audit log or a seal does not verify",
    ExitCode.EXPORT: "export or parity check failed",
    ExitCode.REPRODUCTION: "a reproduction differs from the original",
    ExitCode.INTERRUPTED: "interrupted; --resume goes on from there",
}


class DfcError(Exception):
    """Root of every error that is not a bug."""

    exit_code = ExitCode.INTERNAL


class InternalError(DfcError):
    """This tool contradicts itself: a bug."""

    def __init__(self, what: str) -> None:
        """Say that it is a bug, and what to do."""
        super().__init__(f"internal error: {what}; this is a bug in this tool, please report it")


class UsageError(DfcError):
    """The command asks for something that cannot be meant, or would overwrite a file."""

    exit_code = ExitCode.USAGE


class EvidenceDiffersError(DfcError):
    """The evidence is not what its reference hash says, or is not verified where it must be."""

    exit_code = ExitCode.EVIDENCE_DIFFERS


class EvidenceError(DfcError):
    """The evidence cannot be opened or listed."""

    exit_code = ExitCode.UNREADABLE


class EvidenceAlteredError(EvidenceError):
    """Evidence is not what it was when it was first read."""


class ManifestError(DfcError):
    """A manifest cannot be read, or has a line that cannot be understood."""

    exit_code = ExitCode.UNREADABLE


class LabelsError(DfcError):
    """Labels (a table, folders) cannot be read, or do not say which picture is what."""

    exit_code = ExitCode.UNREADABLE


class ModelError(DfcError):
    """The model is missing, damaged, has no card, or its labels do not fit."""

    exit_code = ExitCode.MODEL


class DeviceError(DfcError):
    """The device is not the one demanded, or does not compute what the card promises."""

    exit_code = ExitCode.DEVICE


class OutputError(DfcError):
    """An output cannot be written."""

    exit_code = ExitCode.OUTPUT

    @classmethod
    def of(cls, path: Path, error: OSError) -> "OutputError":
        """The error for a file that the operating system would not write."""
        no_room = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
        cure = "make room, or choose another place" if no_room else "choose another place"
        said = error.strerror or error
        return cls(f"cannot write {str(path)!r}: {said}; {cure}. No file under a final name is cut")


class MissingExtraError(DfcError):
    """A library of an optional extra is not installed."""

    exit_code = ExitCode.USAGE


class ExportError(DfcError):
    """A checkpoint cannot be read, is not what it is said to be, or its ONNX does not agree."""

    exit_code = ExitCode.EXPORT


class LogError(DfcError):
    """An audit log, or something whose digest it holds, does not verify."""

    exit_code = ExitCode.LOG


class InterruptedRunError(DfcError):
    """The examiner stopped the run; it can be resumed."""

    exit_code = ExitCode.INTERRUPTED


class ItemRefusedError(Exception):
    """One entry cannot be read or decoded: becomes a row of the exceptions, never ends a run.

    Attributes:
        status: A word of the closed list, not ``scored``.
        reason: A sentence that is the same in every run over the same bytes.
    """

    def __init__(self, status: Status, reason: str) -> None:
        """Keep both parts."""
        super().__init__(f"{status}: {reason}")
        self.status = status
        self.reason = reason
