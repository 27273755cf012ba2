"""Closed lists stand in one place each, and what hangs on them does not hang on their order."""

import json
from dataclasses import fields
from pathlib import Path

import pytest

from forensic_cli.audit.replay import replay
from forensic_cli.errors import ExitCode, LogError
from forensic_cli.events import LOG_SCHEMA
from forensic_cli.evidence.kinds import BY_PATH, Kind
from forensic_cli.evidence.listing import Listing
from forensic_cli.evidence.recognition import RECOGNISED
from forensic_cli.flags import Flag, OrientationSource
from forensic_cli.foundation.canonical_json import canonical_json
from forensic_cli.imaging.formats import DECODED, EXTENSIONS
from forensic_cli.integrity.outcomes import Outcome
from forensic_cli.outputs.tables import COLUMNS, DETAILS, SEGMENT
from forensic_cli.records import ImageFacts, ItemKind, Score, Status, Verdict
from tests.support.running import DEMO_MODEL, SAMPLES, Runner


def test_the_digest_of_a_listing_never_changes() -> None:
    """Interrupted runs of every version know their evidence by it."""
    listing = Listing(
        [
            (b"a", 1, ItemKind.FILE),
            (b"b", 2, ItemKind.SYMLINK),
            (b"c", 3, ItemKind.SPECIAL),
            (b"d/", 0, ItemKind.UNREADABLE_FOLDER),
        ]
    )
    assert listing.sha256 == "267a59482a7022f9479f6abbfc1b28bce33f13a875d0ff70b5b6aa09ece8092f"
    assert [item.kind for item in listing] == list(ItemKind)


def test_every_container_is_recognised_once() -> None:
    kinds = [one.kind for one in RECOGNISED]
    assert sorted(kinds) == sorted(set(BY_PATH) - {Kind.FOLDER})


def test_every_word_has_a_meaning() -> None:
    for word in (*Flag, *OrientationSource, *Outcome, *ExitCode):
        assert word.meaning
    assert [ExitCode.of_verdict(one) for one in Verdict] == [0, 4, 5, 0]


def test_every_decoded_format_has_extensions() -> None:
    # Pillow's JPEG plugin opens MPO, too.
    assert set(DECODED) == set(EXTENSIONS) - {"MPO"}


def test_every_fact_and_figure_has_a_column() -> None:
    columns = {column.name for column in COLUMNS}
    for value in (ImageFacts, Score):
        assert {one.name for one in fields(value)} <= columns
    assert DETAILS.names == [column.name for column in COLUMNS]
    assert [name for name in DETAILS.names if name not in SEGMENT.names] == ["duplicate_of"]


def test_no_status_of_the_walk_comes_from_a_decoder() -> None:
    assert not any(
        status.from_decoder
        for status in (Status.SCORED, Status.SYMLINK, Status.SPECIAL_FILE, Status.TIMEOUT)
    )


def test_a_log_says_its_format_and_a_later_one_is_refused(dfc: Runner, tmp_path: Path) -> None:
    out = tmp_path / "r.csv"
    dfc(SAMPLES / "ImageSet", "--model", DEMO_MODEL, "--out", out, code=3)
    log = tmp_path / "r.audit.jsonl"
    first = json.loads(log.read_text().splitlines()[0])
    assert first["data"]["schema"] == LOG_SCHEMA == 1
    first["data"]["schema"] = 2
    later = tmp_path / "later.audit.jsonl"
    later.write_bytes(canonical_json(first) + b"\n")
    with pytest.raises(LogError, match="format version 2"):
        replay(later, tolerate_torn_tail=False)
    assert "use the version that wrote it" in dfc("verify-run", later, code=9).err


def test_a_figure_that_a_later_version_adds_does_not_break_a_resume(
    dfc: Runner, tmp_path: Path
) -> None:
    """Within a format version fields are only added; who reads a log takes those it knows."""
    out = tmp_path / "r.csv"
    dfc(SAMPLES / "ImageSet", "--model", DEMO_MODEL, "--out", out, code=3)
    log = tmp_path / "r.audit.jsonl"
    *lines, last = log.read_bytes().splitlines()
    record = json.loads(last)
    record["data"]["skipped"] = 0
    record["data"]["outputs"] = [one | {"more": 1} for one in record["data"]["outputs"]]
    published = [json.loads(line) for line in lines if b'"output_published"' in line]
    assert published
    log.write_bytes(b"\n".join([*lines, canonical_json(record)]) + b"\n")
    state = replay(log, tolerate_torn_tail=False)
    assert state.finished is not None
    assert state.finished["skipped"] == 0
    from forensic_cli.classification.summary import summary_of

    summary = summary_of(state.finished, state.head, log.name, already_finished=True)
    assert summary.equation == "12 listed = 10 scored + 1 not_an_image + 1 truncated"
