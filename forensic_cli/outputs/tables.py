"""Rows as Arrow tables: a sealed segment, and the details of a whole run."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

import pyarrow as pa

from forensic_cli.foundation.path_text import visible
from forensic_cli.records import ItemFailure, ItemOutcome, Prediction, Status

SEGMENT = pa.schema(
    [
        ("path", pa.string()),
        ("path_bytes", pa.binary()),
        ("size", pa.int64()),
        ("md5", pa.string()),
        ("sha256", pa.string()),
        ("format", pa.string()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("mode", pa.string()),
        ("exif_orientation", pa.int8()),
        ("rgb_sha256", pa.string()),
        ("logits", pa.list_(pa.float32())),
        ("p_ai", pa.float64()),
        ("score", pa.float64()),
        ("label", pa.int8()),
        ("status", pa.string()),
        ("reason", pa.string()),
        ("flags", pa.list_(pa.string())),
    ]
)
"""A row per entry, in listing order. Absent values are null."""

DETAILS = pa.schema([*SEGMENT, pa.field("duplicate_of", pa.string())])
"""The same with the path of the first entry of equal content, known once all are read."""


def get_ready() -> None:
    """Let pyarrow look for pandas, as it does at its first array: it takes a fifth of a second."""
    with suppress(Exception):  # then it is looked for when it is needed
        pa.array([0])


def segment_table(root: bytes, outcomes: Sequence[ItemOutcome]) -> pa.Table:
    """The rows of one segment.

    Args:
        root: Raw bytes of the evidence root's name, put before every path.
        outcomes: One per entry, in order.
    """
    paths = [root + b"/" + outcome.item.path for outcome in outcomes]
    scored = [outcome if isinstance(outcome, Prediction) else None for outcome in outcomes]
    failed = [outcome if isinstance(outcome, ItemFailure) else None for outcome in outcomes]
    facts = [one and one.facts for one in scored]
    scores = [one and one.score for one in scored]
    md5, sha256 = (
        [(digest := outcome.digests.get(name)) and digest.hexdigest for outcome in outcomes]
        for name in ("md5", "sha256")
    )
    columns: dict[str, Sequence[Any]] = {
        "path": [visible(path) for path in paths],
        "path_bytes": paths,
        "size": [outcome.item.size for outcome in outcomes],
        "md5": md5,
        "sha256": sha256,
        "format": [one and one.format for one in facts],
        "width": [one and one.width for one in facts],
        "height": [one and one.height for one in facts],
        "mode": [one and one.mode for one in facts],
        "exif_orientation": [one and one.exif_orientation for one in facts],
        "rgb_sha256": [one and one.rgb_sha256 for one in facts],
        "logits": [one and one.logits for one in scores],
        "p_ai": [one and one.p_ai for one in scores],
        "score": [one and one.score for one in scores],
        "label": [one and one.label for one in scores],
        "status": [one.status.value if one else Status.SCORED.value for one in failed],
        "reason": [one and one.reason for one in failed],
        "flags": [one and one.flags for one in facts],
    }
    arrays = [pa.array(columns[field.name], field.type) for field in SEGMENT]
    return pa.Table.from_arrays(arrays, schema=SEGMENT)


def details_table(segment: pa.Table, duplicate_of: Iterable[str | None]) -> pa.Table:
    """A segment's rows with their last column."""
    column = pa.array(duplicate_of, pa.string())
    return segment.append_column(DETAILS.field("duplicate_of"), column).cast(DETAILS)
