"""Read the details of a finished run back, in constant memory."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from forensic_cli.errors import LogError
from forensic_cli.outputs.tables import DETAILS

_AT_ONCE = 1024


def details_rows(
    stream: BinaryIO, path: Path, columns: Sequence[str] | None = None
) -> Iterator[Mapping[str, Any]]:
    """The rows of a details table, in order: values by column name.

    A column that a later version of the tool added is handed on; one of this version's that an
    earlier version did not have yet is null.

    Args:
        stream: The file, open.
        path: Its path, for what is said of it.
        columns: Those that are wanted; None = all, later versions' too.

    Raises:
        LogError: It is no table of this tool's.
    """
    absent = dict.fromkeys(columns or DETAILS.names)
    try:
        table = pq.ParquetFile(stream)
        there = None if columns is None else [c for c in columns if c in table.schema_arrow.names]
        for batch in table.iter_batches(batch_size=_AT_ONCE, columns=there):
            for row in batch.to_pylist():
                yield absent | row
    except pa.ArrowException as error:
        msg = f"details {str(path)!r} cannot be read: {error}"
        raise LogError(msg) from error
