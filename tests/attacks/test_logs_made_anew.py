"""A log and outputs altered by someone who makes the chain hold again; no head was kept."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from forensic_cli.audit.log import AuditLog
from forensic_cli.events import RunAborted
from tests.support.logs import Records, made_anew
from tests.support.models import ModelMaker
from tests.support.pictures import png
from tests.support.running import Runner


@pytest.fixture
def log(dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path) -> Path:
    (evidence / "cut.png").write_bytes(png(size=(400, 400))[:200])
    dfc(evidence, "--model", make_model(), "--out", tmp_path / "r.csv", code=3)
    made_anew(tmp_path / "r.audit.jsonl", lambda _: None)
    dfc("verify-run", tmp_path / "r.audit.jsonl")
    return tmp_path / "r.audit.jsonl"


def event(records: Records, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one["data"] for one in records if one["event"] == name)
    return found


def without(name: str) -> Callable[[Records], object]:
    def change(records: Records) -> None:
        records[:] = [one for one in records if one["event"] != name]

    return change


def twice(name: str) -> Callable[[Records], object]:
    def change(records: Records) -> None:
        place = next(at for at, one in enumerate(records) if one["event"] == name)
        records.insert(place, dict(records[place]))

    return change


def finished(**changes: object) -> Callable[[Records], object]:
    return lambda records: event(records, "run_finished").update(changes)


def another_status(records: Records) -> None:
    failed = event(records, "item_failed")
    failed["status"] = "corrupt" if failed["status"] != "corrupt" else "truncated"


def earlier(records: Records) -> None:
    time = datetime.fromisoformat(records[3]["time"]) - timedelta(hours=1)
    records[3]["time"] = time.isoformat(timespec="milliseconds")


def wrong_time(time: object) -> Callable[[Records], object]:
    return lambda records: records[2].update(time=time)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (finished(exit_code=0), "exit code"),
        (finished(counts={"scored": 11}), "counts"),
        (finished(counts={"scored": 9, "corrupt": 2}), "counts"),
        (finished(labels={"0": 8, "1": 1}), "labels"),
        (finished(labels={"0": 1, "1": 8}), "labels"),
        (finished(listed=10), "listed"),
        (finished(verdict="intact"), "verdict"),
        (without("evidence_verified"), "events"),
        (without("model_loaded"), "events"),
        (twice("evidence_verified"), "events"),
        (twice("model_loaded"), "events"),
        (without("item_failed"), "are logged"),
        (twice("item_failed"), "are logged"),
        (another_status, "exceptions"),
        (earlier, "times go forwards"),
        (wrong_time("yesterday"), "no time"),
        (wrong_time(7), "no time"),
        (wrong_time("2026-01-01 00:00:00"), "no time"),
    ],
)
def test_a_line(dfc: Runner, log: Path, change: Callable[[Records], object], said: str) -> None:
    made_anew(log, change)
    done = dfc("verify-run", log, code=9)
    assert said in done.out + done.err


@pytest.mark.parametrize("number", [True, 1.0])
def test_a_number_of_another_type(dfc: Runner, log: Path, number: object) -> None:
    made_anew(log, lambda records: records[1].update(seq=number), number=False)
    assert "line 2" in dfc("verify-run", log, code=9).err


def replaced(log: Path, name: str, data: bytes) -> None:
    """Another output, with its digest everywhere in the log."""
    path = log.with_name(name)
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(data)
    now = hashlib.sha256(data).hexdigest()

    def change(records: Records) -> None:
        for outputs in [[one["data"]] for one in records if one["event"] == "output_published"] + [
            event(records, "run_finished")["outputs"]
        ]:
            for output in outputs:
                if output["sha256"] == before:
                    output.update(sha256=now, size=len(data))

    made_anew(log, change)


def test_a_label_in_the_result(dfc: Runner, log: Path) -> None:
    lines = log.with_name("r.csv").read_bytes().splitlines(keepends=True)
    score, label, name = lines[1].split(b",", 2)
    lines[1] = b",".join((score, b"1" if label == b"0" else b"0", name))
    replaced(log, "r.csv", b"".join(lines))
    assert "rows of r.csv against the details" in dfc("verify-run", log, code=9).err


def test_a_row_that_was_left_out(dfc: Runner, log: Path) -> None:
    lines = log.with_name("r.csv").read_bytes().splitlines(keepends=True)
    replaced(log, "r.csv", b"".join(lines[:-1]))
    assert "rows of r.csv against the details" in dfc("verify-run", log, code=9).err


def test_a_reason_in_the_exceptions(dfc: Runner, log: Path) -> None:
    data = log.with_name("r.exceptions.csv").read_bytes()
    replaced(log, "r.exceptions.csv", data.replace(b"no picture", b"no nature"))
    assert "r.exceptions.csv against the details" in dfc("verify-run", log, code=9).err


def test_details_that_are_none(dfc: Runner, log: Path) -> None:
    replaced(log, "r.details.parquet", b"PAR1 and nothing else")
    assert "rows of the details" in dfc("verify-run", log, code=9).err


def test_a_clock_that_is_put_back_says_so(tmp_path: Path) -> None:
    """A machine whose clock is set while it works keeps a log that verifies."""
    times = iter([f"2026-01-01T00:00:0{second}.000+00:00" for second in (5, 7, 3, 4, 1)])
    with AuditLog(tmp_path / "log", clock=lambda: next(times)) as log:
        for _ in range(5):
            log(RunAborted("so", 1, ""))
    lines = (tmp_path / "log").read_bytes().splitlines()
    assert [line.count(b"clock_went_back") for line in lines] == [0, 0, 1, 0, 0, 1, 0]
