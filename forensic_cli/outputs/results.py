"""Turn the committed segments of a run into its result files, streaming, segment by segment."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from forensic_cli.outputs import csv
from forensic_cli.outputs.duplicates import first_with_same_content
from forensic_cli.outputs.measured import MeasuredStream
from forensic_cli.outputs.run_folder import RunFolder
from forensic_cli.outputs.tables import DETAILS, details_table
from forensic_cli.records import Artifact, Status

_ROW_GROUP = 1024


@dataclass(frozen=True, slots=True)
class Written:
    """What the final files hold.

    Attributes:
        artifacts: The files, in the order in which they are published.
        counts: Rows per status.
        labels: Scored rows per label.
        known: Rows per list of known files that has their content.
    """

    artifacts: tuple[Artifact, ...]
    counts: dict[str, int]
    labels: dict[str, int]
    known: dict[str, int]


def write_outputs(
    folder: RunFolder, segments: Sequence[str], *, spreadsheet: bool, names: str
) -> Written:
    """Write result, exceptions and details (and the spreadsheet's copy) into the partial folder.

    Args:
        folder: Holds the committed segments.
        segments: SHA-256 of each of them, in order, from the log.
        spreadsheet: Whether to write copies of both CSV with formula signs defused as well.
        names: The form of names in the CSV, one of ``csv.NAME_FORMS``.

    Raises:
        OutputError: A file cannot be written.
        LogError: A committed segment is gone or altered.
    """
    first = first_with_same_content(folder.segments(segments))
    originals = _paths_of(folder, segments, set(first[first != np.arange(len(first))].tolist()))
    counts: Counter[str] = Counter()
    labels: Counter[str] = Counter()
    known: Counter[str] = Counter()
    with ExitStack() as stack:
        files = _Files.opened(folder, stack, spreadsheet=spreadsheet)
        row = 0
        for table in folder.segments(segments):
            places = first[row : row + len(table)].tolist()
            duplicate_of = [
                None if place == own else originals[place]
                for own, place in enumerate(places, start=row)
            ]
            files.details.write(details_table(table, duplicate_of))
            is_scored = pc.equal(table["status"], Status.SCORED.value)
            scored, failed = table.filter(is_scored), table.filter(pc.invert(is_scored))
            files.write(scored, failed, names)
            counts.update(_counted(table["status"]))
            labels.update(_counted(scored["label"]))
            known.update(_counted(pc.list_flatten(table["known"])))
            row += len(table)
        files.details.finish()
    rows_of = {
        folder.names.result: counts[Status.SCORED],
        folder.names.exceptions: row - counts[Status.SCORED],
        folder.names.details: row,
    }
    if spreadsheet:
        rows_of[folder.names.spreadsheet] = counts[Status.SCORED]
        rows_of[folder.names.exceptions_spreadsheet] = row - counts[Status.SCORED]
    return Written(
        tuple(folder.artifact(path, number) for path, number in rows_of.items()),
        dict(sorted(counts.items())),
        dict(sorted(labels.items())),
        dict(sorted(known.items())),
    )


@dataclass(frozen=True, slots=True)
class _Files:
    """The files being written."""

    result: MeasuredStream
    exceptions: MeasuredStream
    copies: tuple[MeasuredStream, MeasuredStream] | None
    details: "_Details"

    @classmethod
    def opened(cls, folder: RunFolder, stack: ExitStack, *, spreadsheet: bool) -> "_Files":
        names = folder.names
        result = stack.enter_context(folder.writing(names.result))
        exceptions = stack.enter_context(folder.writing(names.exceptions))
        copies = None
        if spreadsheet:
            first, second = (stack.enter_context(folder.writing(one)) for one in names.spreadsheets)
            copies = first, second
            first.write(csv.RESULT_HEADER.encode("utf-8-sig"))
            second.write(csv.EXCEPTIONS_HEADER.encode("utf-8-sig"))
        details = stack.enter_context(folder.writing(names.details))
        table = stack.enter_context(pq.ParquetWriter(details, DETAILS, compression="zstd"))
        result.write(csv.RESULT_HEADER.encode())
        exceptions.write(csv.EXCEPTIONS_HEADER.encode())
        return cls(result, exceptions, copies, _Details(table))

    def write(self, scored: pa.Table, failed: pa.Table, names: str) -> None:
        columns = [scored[name].to_pylist() for name in ("score", "label", "path")]
        columns[2] = [csv.named(path, names) for path in columns[2]]
        self.result.write("".join(map(csv.result_line, *columns)).encode())
        rows = [_exception(row, names) for row in failed.to_pylist()]
        self.exceptions.write("".join(map(csv.exception_line, rows)).encode())
        if self.copies:
            result, exceptions = self.copies
            result.write("".join(map(csv.spreadsheet_line, *columns)).encode())
            exceptions.write("".join(map(csv.spreadsheet_exception_line, rows)).encode())


class _Details:
    """Rows on their way into a Parquet file: its bytes must not depend on the segments' sizes."""

    def __init__(self, file: pq.ParquetWriter) -> None:
        self._file = file
        self._waiting: list[pa.Table] = []

    def write(self, rows: pa.Table) -> None:
        """Write all row groups that are full."""
        self._waiting.append(rows)
        if sum(map(len, self._waiting)) >= _ROW_GROUP:
            table = pa.concat_tables(self._waiting)
            full = len(table) - len(table) % _ROW_GROUP
            for start in range(0, full, _ROW_GROUP):
                self._file.write_table(table.slice(start, _ROW_GROUP).combine_chunks())
            self._waiting = [table.slice(full)]

    def finish(self) -> None:
        """Write what is left."""
        table = pa.concat_tables(self._waiting) if self._waiting else DETAILS.empty_table()
        if len(table):
            self._file.write_table(table.combine_chunks())


def _counted(values: pa.ChunkedArray) -> dict[str, int]:
    return {str(one["values"]): one["counts"] for one in pc.value_counts(values).to_pylist()}


def _exception(row: Mapping[str, Any], names: str) -> tuple[str, str, str, int, str, str]:
    digests = row["md5"] or "", row["sha256"] or ""
    path = csv.named(row["path"], names)
    return (row["status"], row["reason"], path, row["size"], *digests)


def _paths_of(folder: RunFolder, segments: Sequence[str], wanted: set[int]) -> dict[int, str]:
    """The paths of some rows, by row."""
    found: dict[int, str] = {}
    row = 0
    for table in folder.segments(segments if wanted else ()):
        here = wanted.intersection(range(row, row + len(table)))
        paths = table["path"]
        found |= {index: paths[index - row].as_py() for index in here}
        row += len(table)
    return found
