"""Rows as Arrow tables: a sealed segment, and the details of a whole run."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

import pyarrow as pa

from forensic_cli.names import visible
from forensic_cli.records import ItemFailure, Outcome, Prediction, Status

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


def segment_table(root: bytes, outcomes: Sequence[Outcome]) -> pa.Table:
    """The rows of one segment.

    Args:
        root: Raw bytes of the evidence root's name, put before every path.
        outcomes: One per entry, in order.
    """
    return pa.Table.from_pylist([_row(root, outcome) for outcome in outcomes], SEGMENT)


def _row(root: bytes, outcome: Outcome) -> dict[str, Any]:
    item = outcome.item
    path = root + b"/" + item.path
    row: dict[str, Any] = {"path": visible(path), "path_bytes": path, "size": item.size}
    for algorithm in ("md5", "sha256"):
        digest = outcome.digests.get(algorithm)
        row[algorithm] = digest and digest.hexdigest
    match outcome:
        case ItemFailure(status=status, reason=reason):
            row |= {"status": status.value, "reason": reason}
        case Prediction(facts=facts, score=score):
            row |= {
                "format": facts.format,
                "width": facts.width,
                "height": facts.height,
                "mode": facts.mode,
                "exif_orientation": facts.exif_orientation,
                "rgb_sha256": facts.rgb_sha256,
                "flags": list(facts.flags),
                "logits": list(score.logits),
                "p_ai": score.p_ai,
                "score": score.score,
                "label": score.label,
                "status": Status.SCORED.value,
            }
    return row


def details_table(segment: pa.Table, duplicate_of: Iterable[str | None]) -> pa.Table:
    """A segment's rows with their last column."""
    column = pa.array(duplicate_of, pa.string())
    return segment.append_column(DETAILS.field("duplicate_of"), column).cast(DETAILS)
