"""The log to the byte, with a clock that stands still."""

import hashlib
import resource
from pathlib import Path

import pytest

from forensic_cli.audit.chain import GENESIS, digest, read_chain
from forensic_cli.audit.log import AuditLog
from forensic_cli.errors import LogError, OutputError
from forensic_cli.events import Progressed, RunAborted, SegmentCommitted
from forensic_cli.foundation.canonical_json import canonical_json

NOON = "2026-11-21T12:00:00.000+00:00"


def write(path: Path) -> str:
    with AuditLog(path, clock=lambda: NOON) as log:
        log(SegmentCommitted(index=0, rows=2, scored=1, sha256="ab"))
        log(Progressed("classifying", 1, 2))
        log(RunAborted(reason="é\n\udcff", exit_code=130, log=""))
        return log.head


def test_golden_lines(tmp_path: Path) -> None:
    head = write(tmp_path / "log")
    first = (
        b'{"data":{"index":0,"rows":2,"scored":1,"sha256":"ab"},"event":"segment_committed",'
        b'"prev":"' + GENESIS.encode() + b'","seq":0,"time":"2026-11-21T12:00:00.000+00:00"}'
    )
    second = (
        b'{"data":{"exit_code":130,"log":"","reason":"\\u00e9\\n\\udcff"},"event":"run_aborted",'
        b'"prev":"' + hashlib.sha256(first).hexdigest().encode() + b'","seq":1,'
        b'"time":"2026-11-21T12:00:00.000+00:00"}'
    )
    assert (tmp_path / "log").read_bytes() == first + b"\n" + second + b"\n"
    assert head == hashlib.sha256(second).hexdigest()


def test_reading_back(tmp_path: Path) -> None:
    head = write(tmp_path / "log")
    entries = list(read_chain(tmp_path / "log"))
    assert [entry.event for entry in entries] == ["segment_committed", "run_aborted"]
    assert entries[-1].digest == head
    assert entries[-1].end == (tmp_path / "log").stat().st_size


def test_going_on_after_a_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "log"
    write(path)
    with path.open("ab") as stream:
        stream.write(b'{"data":')
    with pytest.raises(LogError, match="line 3 is cut off"):
        list(read_chain(path))
    last = list(read_chain(path, tolerate_torn_tail=True))[-1]
    with AuditLog(path, clock=lambda: NOON) as log:
        log.start_at(last.seq + 1, last.digest, last.end, last.time)
        log(SegmentCommitted(index=1, rows=1, scored=1, sha256="cd"))
    assert [entry.seq for entry in read_chain(path)] == [0, 1, 2]


def test_a_log_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="choose another place"):
        AuditLog(tmp_path / "no" / "log")


def test_a_full_disk_leaves_no_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "log"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with AuditLog(path, clock=lambda: NOON) as log:
        log(SegmentCommitted(index=0, rows=2, scored=1, sha256="ab"))
        whole, head = path.read_bytes(), log.head
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 10, limits[1]))
        try:
            with pytest.raises(OutputError, match="make room"):
                log(SegmentCommitted(index=1, rows=2, scored=1, sha256="cd"))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert path.read_bytes() == whole
        assert log.head == head
        log(SegmentCommitted(index=1, rows=2, scored=1, sha256="cd"))
    assert [entry.seq for entry in read_chain(path)] == [0, 1]


def test_a_signal_between_a_line_and_its_account_leaves_a_sound_chain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log"
    with AuditLog(path, clock=lambda: NOON) as log:
        log(SegmentCommitted(index=0, rows=2, scored=1, sha256="ab"))
        original = AuditLog._append

        def struck(self: AuditLog, data: bytes) -> None:
            original(self, data)
            raise KeyboardInterrupt

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(AuditLog, "_append", struck)
            log(SegmentCommitted(index=1, rows=2, scored=1, sha256="cd"))
        log(RunAborted(reason="x", exit_code=130, log=""))
        assert log.head == digest(path.read_bytes().splitlines()[-1])
    assert [entry.event for entry in read_chain(path)] == ["segment_committed", "run_aborted"]


def test_canonical_form() -> None:
    assert canonical_json({"b": 1, "a": [True, None, "é"]}) == b'{"a":[true,null,"\\u00e9"],"b":1}'
    assert digest(b"x") == hashlib.sha256(b"x").hexdigest()
    with pytest.raises(ValueError, match="JSON"):
        canonical_json(float("nan"))
