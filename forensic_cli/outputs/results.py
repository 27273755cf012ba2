"""Turn the sealed segments of a run into its result files, streaming, segment by segment."""

from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import pyarrow.parquet as pq

from forensic_cli.outputs import csv
from forensic_cli.outputs.duplicates import first_with_same_content
from forensic_cli.outputs.run_folder import RunFolder
from forensic_cli.outputs.tables import DETAILS, details_table
from forensic_cli.records import Artifact, Status


@dataclass(frozen=True, slots=True)
class Written:
    """What the final files hold.

    Attributes:
        artifacts: The files, in the order in which they are published.
        counts: Rows per status.
        labels: Scored rows per label.
    """

    artifacts: tuple[Artifact, ...]
    counts: dict[str, int]
    labels: dict[str, int]


def write_outputs(folder: RunFolder, segments: int, *, spreadsheet: bool) -> Written:
    """Write result, exceptions and details (and the spreadsheet's copy) into the partial folder.

    Args:
        folder: Holds the sealed segments.
        segments: How many there are.
        spreadsheet: Whether to write a CSV with formula signs defused as well.

    Raises:
        OutputError: A file cannot be written.
    """
    first = first_with_same_content(folder.segments(segments))
    originals = _paths_of(folder, segments, set(first[first != np.arange(len(first))].tolist()))
    counts: Counter[str] = Counter()
    labels: Counter[str] = Counter()
    with ExitStack() as stack:
        files = _Files.opened(folder, stack, spreadsheet=spreadsheet)
        row = 0
        for table in folder.segments(segments):
            places = first[row : row + len(table)].tolist()
            duplicate_of = [
                None if place == own else originals[place]
                for own, place in enumerate(places, start=row)
            ]
            files.details.write_table(details_table(table, duplicate_of))
            rows = table.to_pylist()
            scored = [entry for entry in rows if entry["status"] == Status.SCORED]
            files.write(scored, [entry for entry in rows if entry["status"] != Status.SCORED])
            counts.update(entry["status"] for entry in rows)
            labels.update(str(entry["label"]) for entry in scored)
            row += len(table)
    rows_of = {
        folder.names.result: counts[Status.SCORED],
        folder.names.exceptions: row - counts[Status.SCORED],
        folder.names.details: row,
    }
    if spreadsheet:
        rows_of[folder.names.spreadsheet] = counts[Status.SCORED]
    return Written(
        tuple(folder.artifact(path, number) for path, number in rows_of.items()),
        dict(sorted(counts.items())),
        dict(sorted(labels.items())),
    )


@dataclass(frozen=True, slots=True)
class _Files:
    """The files being written."""

    result: BinaryIO
    exceptions: BinaryIO
    spreadsheet: BinaryIO | None
    details: pq.ParquetWriter

    @classmethod
    def opened(cls, folder: RunFolder, stack: ExitStack, *, spreadsheet: bool) -> "_Files":
        names = folder.names
        result = stack.enter_context(folder.writing(names.result))
        exceptions = stack.enter_context(folder.writing(names.exceptions))
        copy = stack.enter_context(folder.writing(names.spreadsheet)) if spreadsheet else None
        details = stack.enter_context(folder.writing(names.details))
        table = stack.enter_context(pq.ParquetWriter(details, DETAILS, compression="zstd"))
        result.write(csv.RESULT_HEADER.encode())
        exceptions.write(csv.EXCEPTIONS_HEADER.encode())
        if copy:
            copy.write(csv.RESULT_HEADER.encode("utf-8-sig"))
        return cls(result, exceptions, copy, table)

    def write(self, scored: list[dict[str, Any]], failed: list[dict[str, Any]]) -> None:
        rows = [(row["score"], row["label"], row["path"]) for row in scored]
        self.result.write("".join(csv.result_line(*row) for row in rows).encode())
        if self.spreadsheet:
            self.spreadsheet.write("".join(csv.spreadsheet_line(*row) for row in rows).encode())
        self.exceptions.write("".join(map(_exception, failed)).encode())


def _exception(row: Mapping[str, Any]) -> str:
    return csv.exception_line(
        (
            row["status"],
            row["reason"],
            row["path"],
            row["size"],
            row["md5"] or "",
            row["sha256"] or "",
        )
    )


def _paths_of(folder: RunFolder, segments: int, wanted: set[int]) -> dict[int, str]:
    """The paths of some rows, by row."""
    found: dict[int, str] = {}
    row = 0
    for table in folder.segments(segments) if wanted else ():
        here = wanted.intersection(range(row, row + len(table)))
        paths = table["path"]
        found |= {index: paths[index - row].as_py() for index in here}
        row += len(table)
    return found
