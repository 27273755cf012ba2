"""The first row of equal content, against the plain way to find it."""

import hashlib

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from forensic_cli.outputs.duplicates import first_with_same_content

SCHEMA = pa.schema([("sha256", pa.string()), ("size", pa.int64())])
ROW = st.tuples(st.sampled_from([None, *"abcdefgh"]), st.integers(0, 2))


def segment(rows: list[tuple[str | None, int]]) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {"sha256": text and hashlib.sha256(text.encode()).hexdigest(), "size": size}
            for text, size in rows
        ],
        SCHEMA,
    )


@given(st.lists(st.lists(ROW, max_size=8), max_size=5))
def test_against_a_dictionary(segments: list[list[tuple[str | None, int]]]) -> None:
    found = first_with_same_content(map(segment, segments)).tolist()
    seen: dict[str, int] = {}
    expected = [
        seen.setdefault(text, index) if text and size else index
        for index, (text, size) in enumerate(row for rows in segments for row in rows)
    ]
    assert found == expected
