"""Read the details of a finished run back, in constant memory."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from forensic_cli.errors import LogError
from forensic_cli.outputs.tables import DETAILS

_AT_ONCE = 1024


def details_rows(stream: BinaryIO, path: Path) -> Iterator[Mapping[str, Any]]:
    """The rows of a details table, in order: values by column name.

    A column that a later version of the tool added is handed on; one of this version's that an
    earlier version did not have yet is null.

    Args:
        stream: The file, open.
        path: Its path, for what is said of it.

    Raises:
        LogError: It is no table of this tool's.
    """
    absent = dict.fromkeys(DETAILS.names)
    try:
        for batch in pq.ParquetFile(stream).iter_batches(batch_size=_AT_ONCE):
            for row in batch.to_pylist():
                yield absent | row
    except pa.ArrowException as error:
        msg = f"details {str(path)!r} cannot be read: {error}"
        raise LogError(msg) from error
