"""Rows as Arrow tables: a committed segment, and the details of a whole run."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from forensic_cli.foundation.path_text import visible
from forensic_cli.hashing import Digest
from forensic_cli.records import ItemFailure, ItemOutcome, Prediction, Status

Known = Callable[[Mapping[str, Digest]], list[str]]
"""The lists of known files that have a content with these digests."""


@dataclass(frozen=True, slots=True)
class _Rows:
    """Outcomes of a segment, taken apart once for all columns."""

    outcomes: Sequence[ItemOutcome]
    paths: list[bytes]
    scored: list[Prediction | None]
    failed: list[ItemFailure | None]
    known: list[list[str] | None]

    @classmethod
    def of(cls, root: bytes, outcomes: Sequence[ItemOutcome], known: Known) -> "_Rows":
        return cls(
            outcomes,
            [root + one.item.path for one in outcomes],
            [one if isinstance(one, Prediction) else None for one in outcomes],
            [one if isinstance(one, ItemFailure) else None for one in outcomes],
            [known(one.digests) or None for one in outcomes],
        )


Values = Callable[[_Rows], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the details.

    Attributes:
        name: Its name.
        type: The type of its values; where there is none, it is null.
        meaning: What it holds, in words.
        values: Makes them from a segment's outcomes; None where they are known only once all
            entries are read.
    """

    name: str
    type: pa.DataType
    meaning: str
    values: Values | None


def _digest(algorithm: str) -> Values:
    return lambda rows: [
        (digest := one.digests.get(algorithm)) and digest.hexdigest for one in rows.outcomes
    ]


def _fact(name: str) -> Values:
    return lambda rows: [one and getattr(one.facts, name) for one in rows.scored]


def _word(name: str) -> Values:
    """A fact that is a word, where there is one."""
    return lambda rows: [one and (getattr(one.facts, name) or None) for one in rows.scored]


def _score(name: str) -> Values:
    return lambda rows: [one and getattr(one.score, name) for one in rows.scored]


COLUMNS = (
    Column("path", pa.string(), "name in the outputs: evidence root, `/`, path inside it",
           lambda rows: [visible(path) for path in rows.paths]),
    Column("path_bytes", pa.binary(), "the same as the raw bytes that the evidence has",
           lambda rows: rows.paths),
    Column("size", pa.int64(), "bytes, as the listing saw it",
           lambda rows: [one.item.size for one in rows.outcomes]),
    Column("md5", pa.string(), "MD5 of the content, where it could be read", _digest("md5")),
    Column("sha256", pa.string(), "SHA-256 of the content, where it could be read",
           _digest("sha256")),
    Column("format", pa.string(), "Pillow's name of the format, by content", _fact("format")),
    Column("width", pa.int32(), "pixels, as decoded, before the EXIF rotation", _fact("width")),
    Column("height", pa.int32(), "pixels, as decoded, before the EXIF rotation", _fact("height")),
    Column("mode", pa.string(), "Pillow's name of the stored colour mode", _fact("mode")),
    Column("exif_orientation", pa.int8(), "how it was turned, by the numbers "
           "of EXIF, 1 to 8; 0 where nothing says",
           _fact("exif_orientation")),
    Column("orientation_source", pa.string(), "where that is written: `exif`, `xmp`, `container` "
           "(HEIF, AVIF) or `tag` (TIFF)", _word("orientation_source")),
    Column("rgb_sha256", pa.string(), "SHA-256 of width, height (4 bytes each, big-endian) and "
           "the 8-bit RGB pixels, after the card's rotation and colour steps", _fact("rgb_sha256")),
    Column("logits", pa.list_(pa.float32()), "raw outputs of the model, in the order of the "
           "card's classes", _score("logits")),
    Column("p_ai", pa.float64(), "probability of label 0", _score("p_ai")),
    Column("score", pa.float64(), "probability of the label given", _score("score")),
    Column("label", pa.int8(), "0 = AI-generated, 1 = real", _score("label")),
    Column("status", pa.string(), "`scored`, or why it was not",
           lambda rows: [one.status.value if one else Status.SCORED.value for one in rows.failed]),
    Column("reason", pa.string(), "the sentence for it, where it was not scored",
           lambda rows: [one and one.reason for one in rows.failed]),
    Column("flags", pa.list_(pa.string()), "what is remarkable about a scored picture",
           _fact("flags")),
    Column("appended", pa.string(), "what follows the end of a scored picture in its file",
           _word("appended")),
    Column("known", pa.list_(pa.string()), "the lists of known files (`--known`) that have its "
           "content, by their files' names", lambda rows: rows.known),
    Column("duplicate_of", pa.string(), "`path` of the first entry with the same content, where "
           "there is one before it", None),
)  # fmt: skip
"""Every column of the details, in order; schema, values and the page of the outputs are made from
it, or tested against it."""

DETAILS = pa.schema([(column.name, column.type) for column in COLUMNS])
"""A row per entry, in listing order."""
SEGMENT = pa.schema([(one.name, one.type) for one in COLUMNS if one.values is not None])
"""The same without what is known only once all entries are read."""


def segment_table(root: bytes, outcomes: Sequence[ItemOutcome], known: Known) -> pa.Table:
    """The rows of one segment.

    Args:
        root: Raw bytes that are put before every path: the evidence root's name and a slash.
        outcomes: One per entry, in order.
        known: Says of digests which lists have them.
    """
    rows = _Rows.of(root, outcomes, known)
    arrays = [pa.array(one.values(rows), one.type) for one in COLUMNS if one.values is not None]
    return pa.Table.from_arrays(arrays, schema=SEGMENT)


def details_table(segment: pa.Table, duplicate_of: Iterable[str | None]) -> pa.Table:
    """A segment's rows with their last column."""
    column = pa.array(duplicate_of, pa.string())
    return segment.append_column(DETAILS.field("duplicate_of"), column).cast(DETAILS)
