"""A finished run as one value: what it holds, and that nothing unverified is read through it."""

import dataclasses
import json
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from forensic_cli.audit.verify import About
from forensic_cli.errors import LogError
from forensic_cli.finished_run.reading import inspect_run, read_finished_run
from forensic_cli.finished_run.run import FinishedRun
from forensic_cli.foundation.canonical_json import canonical_json
from tests.support.running import DEMO_MODEL, SAMPLES, Runner

OLD = Path(__file__).parent / "old_runs" / "0.1.0" / "finished"


@pytest.fixture
def log(dfc: Runner, tmp_path: Path) -> Path:
    out = tmp_path / "run" / "2023.csv"
    out.parent.mkdir()
    case = ("--case", "2023-305", "--examiner", "K")
    dfc(SAMPLES / "ImageSet", "--model", DEMO_MODEL, "--out", out, *case, code=3)
    return out.with_name("2023.audit.jsonl")


def test_what_a_finished_run_holds(log: Path) -> None:
    run = read_finished_run(log)
    assert (run.schema, run.version) == (1, "0.1.0")
    assert run.case["case"] == "2023-305"
    assert run.evidence["name"] == "ImageSet"
    assert run.model["name"].startswith("plumbing-demo")
    assert run.environment["packages"]["numpy"]
    assert run.settings["segment_size"] == 1024
    assert run.summary.equation == "12 listed = 10 scored + 1 not_an_image + 1 truncated"
    rows = list(run.rows())
    assert len(rows) == 12
    scored = [row for row in rows if row["status"] == "scored"]
    answers = list(run.answers())
    assert [row["path"] for row in scored] == [one.name for one in answers]
    assert [row["p_ai"] for row in scored] == pytest.approx([one.p_ai for one in answers], abs=1e-6)


def test_it_cannot_be_changed(log: Path) -> None:
    run = read_finished_run(log)
    with pytest.raises(dataclasses.FrozenInstanceError):
        run.version = "2"  # type: ignore[misc]


def test_runs_from_before_the_log_had_a_format_version() -> None:
    run = read_finished_run(OLD / "2023.audit.jsonl")
    assert run.schema == 0
    assert len(list(run.rows())) == 12
    assert len(list(run.answers())) == 10


@pytest.mark.parametrize("output", ["2023.csv", "2023.details.parquet", "2023.exceptions.csv"])
def test_an_altered_output_is_told_and_never_read(log: Path, output: str) -> None:
    with log.with_name(output).open("ab") as stream:
        stream.write(b"\n")
    inspected = inspect_run(log)
    assert [check.what for check in inspected.failures] == [f"output {output}"]
    assert inspected.run is not None
    (altered,) = (one for one in inspected.run.summary.outputs if one.name == output)
    with pytest.raises(LogError, match=output), inspected.run.reading(altered):
        pass


def test_an_altered_log_is_no_finished_run(log: Path) -> None:
    *lines, last = log.read_bytes().splitlines()
    record = json.loads(last)
    record["data"]["labels"] = {"0": 1, "1": 8}
    log.write_bytes(b"\n".join([*lines, canonical_json(record)]) + b"\n")
    with pytest.raises(LogError, match="not in labels"):
        read_finished_run(log)


def test_a_log_that_names_no_result(log: Path) -> None:
    run = read_finished_run(log)
    bare = dataclasses.replace(run, summary=dataclasses.replace(run.summary, outputs=()))
    with pytest.raises(LogError, match="names no result"):
        list(bare.answers())


def test_a_model_that_is_gone_or_another_does_not_matter(dfc: Runner, tmp_path: Path) -> None:
    model = tmp_path / "model.onnx"
    shutil.copy(DEMO_MODEL, model)
    out = tmp_path / "other.csv"
    dfc(SAMPLES / "ImageSet", "--model", model, "--out", out, code=3)
    model.write_bytes(b"")
    inspected = inspect_run(tmp_path / "other.audit.jsonl")
    assert [check.about for check in inspected.failures] == [About.INPUT]
    assert inspected.run is not None


def read(run: FinishedRun, what: str) -> Iterator[object]:
    return iter(run.answers() if what == "answers" else run.rows())


@pytest.mark.parametrize(
    ("what", "output"), [("answers", "2023.csv"), ("rows", "2023.details.parquet")]
)
def test_an_output_is_checked_as_it_is_read(log: Path, what: str, output: str) -> None:
    run = read_finished_run(log)
    path = log.with_name(output)
    sound = path.read_bytes()
    path.write_bytes(sound[:-1] + b"?")
    with pytest.raises(LogError, match="is not what the log says"):
        next(read(run, what))
    path.write_bytes(sound)
    rows = read(run, what)
    next(rows)
    path.write_bytes(sound + b"?")
    with pytest.raises(LogError, match="was altered while it was read"):
        list(rows)


def test_an_aborted_run_is_none(dfc: Runner, log: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.csv"
    dfc(SAMPLES / "ImageSet", "--model", DEMO_MODEL, "--out", out, "--hashes", log, code=5)
    aborted = tmp_path / "a.aborted-1.audit.jsonl"
    assert inspect_run(aborted).run is None
    with pytest.raises(LogError, match="the run was aborted and has no outputs"):
        read_finished_run(aborted)


def test_evaluate_reads_what_the_log_vouches_for(dfc: Runner, log: Path, tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    result = log.with_name("2023.csv")
    names = [one.name for one in read_finished_run(log).answers()]
    labels = tmp_path / "labels.csv"
    rows = "\n".join(f'"{name}",{"real" if "ocean" in name else "ai"}' for name in names)
    labels.write_text(f"path,label\n{rows}\n")
    quick = ("--bootstrap", 0)
    assert "nothing says" not in dfc("evaluate", result, "--labels", labels, *quick).err
    bare = shutil.copy(result, tmp_path / "bare.csv")
    assert "nothing says that a run wrote it" in (
        dfc("evaluate", bare, "--labels", labels, *quick).err
    )
    log.with_name("2023.details.parquet").unlink()  # only what is read has to be there
    assert "nothing says" not in dfc("evaluate", result, "--labels", labels, *quick).err
    result.write_bytes(result.read_bytes().replace(b",0,", b",1,", 1))
    done = dfc("evaluate", result, "--labels", labels, *quick, code=9)
    assert "2023.csv' is not what the log says" in done.err
    log.unlink()
    log.mkdir()
    dfc("evaluate", result, "--labels", labels, *quick, code=9)
    dfc("evaluate", Path(), "--labels", labels, *quick, code=5)
    for odd in ("audit.jsonl", "segment-000000.arrow"):
        shutil.copy(bare, tmp_path / odd)
        dfc("evaluate", tmp_path / odd, "--labels", labels, *quick)


def test_rows_take_constant_memory(log: Path, tmp_path: Path) -> None:
    """Half a million rows, within 200 MB more than a few."""
    code = f"""
import hashlib, json, resource, sys
from pathlib import Path
import pyarrow as pa, pyarrow.parquet as pq
from dataclasses import replace
from forensic_cli.finished_run.reading import read_finished_run
from forensic_cli.outputs.tables import DETAILS
run = read_finished_run(Path({str(log)!r}))
few = sum(1 for _ in run.rows())
path = Path({str(tmp_path)!r}) / "2023.details.parquet"
with pq.ParquetWriter(path, DETAILS) as writer:
    for start in range(0, 500_000, 10_000):
        names = [f"Set/{{index:08d}}-{{'x' * 100}}" for index in range(start, start + 10_000)]
        columns = [names if name == "path" else [None] * 10_000 for name in DETAILS.names]
        writer.write_table(pa.table([pa.array(c, t) for c, t in zip(columns, DETAILS.types)],
                                    schema=DETAILS))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
digest = hashlib.file_digest(path.open("rb"), "sha256").hexdigest()
outputs = tuple(replace(one, sha256=digest) if one.name == path.name else one
                for one in run.summary.outputs)
many = replace(run, log=path.with_name(run.log.name), summary=replace(run.summary, outputs=outputs))
count = sum(1 for _ in many.rows())
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([few, count, (after - before) // 1024]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    few, count, megabytes = json.loads(done.stdout)
    assert (few, count) == (12, 500_000)
    assert megabytes < 200
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss


@pytest.mark.parametrize("name", ["r.csv", "r.exceptions.csv", "r.details.parquet"])
def test_another_file_of_a_run_is_no_log_and_not_altered(
    dfc: Runner, tmp_path: Path, name: str
) -> None:
    dfc(SAMPLES / "ImageSet", "--model", DEMO_MODEL, "--out", tmp_path / "r.csv", code=3)
    done = dfc("verify-run", tmp_path / name, code=2)
    assert "is no audit log" in done.err
    assert "r.audit.jsonl" in done.err
    assert "altered" not in done.err
