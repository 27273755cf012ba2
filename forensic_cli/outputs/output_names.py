"""The paths of a run's files, all made from ``--out``."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from forensic_cli.errors import UsageError

LOG = "audit.jsonl"
"""The log's name while the run is unfinished."""

SEGMENT = re.compile(r"segment-\d{6,}\.arrow")
"""Names of committed segments."""


def log_beside(result: Path) -> Path:
    """Where the log of a result lies, whatever the result is called."""
    return result.with_name(f"{result.name.removesuffix('.csv')}.audit.jsonl")


@dataclass(frozen=True, slots=True)
class OutputNames:
    """The final paths of a run's files."""

    result: Path
    exceptions: Path
    details: Path
    spreadsheet: Path
    exceptions_spreadsheet: Path
    audit: Path

    @classmethod
    def of(cls, out: Path) -> "OutputNames":
        """Names made from ``--out``: ``2023.csv``, ``2023.exceptions.csv``, ...

        Raises:
            UsageError: ``--out`` names no file.
        """
        if not out.name:
            msg = f"--out {str(out)!r} names no file; give one, for example results.csv"
            raise UsageError(msg)
        if out.name == LOG or SEGMENT.fullmatch(out.name):
            msg = (
                f"--out {str(out)!r} is called like a file that a run keeps; give another, for "
                "example results.csv"
            )
            raise UsageError(msg)
        stem = out.name.removesuffix(".csv")
        return cls(
            result=out,
            exceptions=out.with_name(f"{stem}.exceptions.csv"),
            details=out.with_name(f"{stem}.details.parquet"),
            spreadsheet=out.with_name(f"{stem}.spreadsheet.csv"),
            exceptions_spreadsheet=out.with_name(f"{stem}.exceptions.spreadsheet.csv"),
            audit=log_beside(out),
        )

    @property
    def all(self) -> tuple[Path, ...]:
        """Every final name that a run may take."""
        return (self.result, self.exceptions, self.details, *self.spreadsheets, self.audit)

    @property
    def spreadsheets(self) -> tuple[Path, Path]:
        """The copies that only ``--excel-safe`` writes."""
        return (self.spreadsheet, self.exceptions_spreadsheet)

    @property
    def partial(self) -> Path:
        """The folder of the unfinished run."""
        return self.result.with_name(f"{self.result.name}.partial")

    @property
    def reserved(self) -> tuple[Path, ...]:
        """Every path beside ``--out`` that a run may write, drafts included."""
        draft = self.details.with_name(f"{self.details.name}.draft")
        return (*self.all, self.partial, self.aside(), draft)

    @property
    def taken(self) -> list[Path]:
        """Final names under which something is there."""
        return [path for path in self.all if os.path.lexists(path)]

    def aside(self) -> Path:
        """A free name for the log of an attempt that leaves nothing to resume."""
        stem = self.result.name.removesuffix(".csv")
        number = 1
        while os.path.lexists(
            kept := self.result.with_name(f"{stem}.aborted-{number}.audit.jsonl")
        ):
            number += 1
        return kept
