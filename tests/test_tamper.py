"""One altered byte, line or file after a run: each is caught by verify-run, with exit code 9."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from forensic_cli.audit.chain import digest
from forensic_cli.foundation.canonical_json import canonical_json
from tests.support.models import ModelMaker
from tests.support.pictures import png
from tests.support.running import Runner


@pytest.fixture
def log(dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path) -> Path:
    (evidence / "cut.png").write_bytes(png(size=(400, 400))[:200])
    dfc(evidence, "--model", make_model(), "--out", tmp_path / "r.csv", code=3)
    return tmp_path / "r.audit.jsonl"


def head_of(log: Path) -> str:
    return digest(log.read_bytes().splitlines()[-1])


def test_a_sound_run(dfc: Runner, log: Path) -> None:
    done = dfc("verify-run", log)
    assert f"head digest    {head_of(log)}" in done.out
    assert "not checked    head digest" in done.out
    assert done.out.count("ok             output") == 3
    assert "ok             head digest" in dfc("verify-run", log, "--head", head_of(log)).out


def test_the_head_printed_at_the_end_is_that_of_the_log(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path
) -> None:
    done = dfc(evidence, "--model", make_model(), "--out", tmp_path / "x.csv")
    assert f"head digest    {head_of(tmp_path / 'x.audit.jsonl')}" in done.out


@pytest.mark.parametrize("number", range(9))
def test_an_edited_line(dfc: Runner, log: Path, number: int) -> None:
    lines = log.read_bytes().splitlines()
    if number == len(lines) - 1:
        pytest.skip("the last line is the head's matter")
    record = json.loads(lines[number])
    record["time"] = "2020-01-01T00:00:00.000+00:00"
    lines[number] = canonical_json(record)
    log.write_bytes(b"\n".join(lines) + b"\n")
    assert f"line {number + 2}" in dfc("verify-run", log, code=9).err


def test_an_edited_last_line_shows_in_the_head(dfc: Runner, log: Path) -> None:
    head = head_of(log)
    text = log.read_text().replace('"exit_code":3', '"exit_code":0')
    log.write_text(text)
    assert "head digest" in dfc("verify-run", log, "--head", head, code=9).err


@pytest.mark.parametrize("number", range(8))
def test_a_deleted_line(dfc: Runner, log: Path, number: int) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:number] + lines[number + 1 :]))
    dfc("verify-run", log, code=9)


@pytest.mark.parametrize("number", range(8))
def test_two_swapped_lines(dfc: Runner, log: Path, number: int) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    lines[number], lines[number + 1] = lines[number + 1], lines[number]
    log.write_bytes(b"".join(lines))
    dfc("verify-run", log, code=9)


def reformatted(data: bytes) -> bytes:
    lines = data.splitlines()
    lines[-1] = json.dumps(json.loads(lines[-1])).encode()
    return b"\n".join(lines) + b"\n"


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[:-1],
        lambda data: data[:-30],
        lambda data: data + b"\n",
        lambda data: data + b"{}\n",
        lambda _: b"",
        lambda data: data.replace(b'"seq":2', b'"seq":1'),
        lambda data: b"\xff" + data,
        lambda data: data + data.splitlines(keepends=True)[-1],
        reformatted,
    ],
)
def test_a_damaged_log(dfc: Runner, log: Path, change: Callable[[bytes], bytes]) -> None:
    log.write_bytes(change(log.read_bytes()))
    dfc("verify-run", log, code=9)


def test_a_cut_tail_needs_the_head_or_is_seen_by_its_last_line(dfc: Runner, log: Path) -> None:
    head = head_of(log)
    lines = log.read_bytes().splitlines(keepends=True)
    for keep in range(1, len(lines)):
        log.write_bytes(b"".join(lines[:keep]))
        dfc("verify-run", log, "--head", head, code=9)
        assert "tail was cut" in dfc("verify-run", log, code=9).out


def test_a_chain_written_anew_is_seen_by_the_head(dfc: Runner, log: Path) -> None:
    head = head_of(log)
    records = [json.loads(line) for line in log.read_bytes().splitlines()]
    records[0]["data"]["settings"]["case"]["case"] = "another case"
    previous = "0" * 64
    lines = []
    for record in records:
        lines.append(canonical_json(record | {"prev": previous}))
        previous = digest(lines[-1])
    log.write_bytes(b"\n".join(lines) + b"\n")
    dfc("verify-run", log)
    dfc("verify-run", log, "--head", head, code=9)


@pytest.mark.parametrize("name", ["r.csv", "r.exceptions.csv", "r.details.parquet"])
def test_an_altered_or_missing_output(dfc: Runner, log: Path, name: str) -> None:
    path = log.with_name(name)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert f"output {name}" in dfc("verify-run", log, code=9).err
    path.unlink()
    assert f"output {name}" in dfc("verify-run", log, code=9).err


def test_an_altered_model_or_manifest(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path
) -> None:
    model, manifest = make_model("m.onnx"), tmp_path / "Set.md5"
    dfc("hash", evidence, "--out", manifest)
    dfc(evidence, "--model", model, "--out", tmp_path / "x.csv", "--hashes", manifest)
    log = tmp_path / "x.audit.jsonl"
    dfc("verify-run", log)
    for path in (model, manifest):
        data = path.read_bytes()
        path.write_bytes(data + b"#")
        assert path.name in dfc("verify-run", log, code=9).err
        path.unlink()
        assert "it is not there, or not within reach" in dfc("verify-run", log).out
        path.write_bytes(data)


def test_a_chain_written_anew_with_a_gap_in_its_numbers(dfc: Runner, log: Path) -> None:
    previous = "0" * 64
    lines = []
    for number, line in enumerate(log.read_bytes().splitlines()):
        record = json.loads(line) | {"prev": previous, "seq": number + (number > 2)}
        lines.append(canonical_json(record))
        previous = digest(lines[-1])
    log.write_bytes(b"\n".join(lines) + b"\n")
    assert "line 4" in dfc("verify-run", log, code=9).err


def test_what_is_no_log(dfc: Runner, tmp_path: Path) -> None:
    assert "not a file" in dfc("verify-run", tmp_path / "none", code=2).err
    assert "not a file" in dfc("verify-run", tmp_path, code=2).err
    other = tmp_path / "x"
    other.write_text('{"a": 1}\n')
    dfc("verify-run", other, code=9)
    now = "2026-01-01T00:00:00.000+00:00"
    record = {"seq": 0, "time": now, "event": "hello", "data": {}, "prev": "0" * 64}
    other.write_bytes(canonical_json(record) + b"\n")
    assert "not a log of a run" in dfc("verify-run", other, code=9).err


def test_the_log_of_an_aborted_run_verifies_as_one(
    dfc: Runner, evidence: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.onnx"
    bad.write_bytes(b"no model")
    dfc(evidence, "--model", bad, "--out", tmp_path / "x.csv", code=6)
    done = dfc("verify-run", tmp_path / "x.aborted-1.audit.jsonl")
    assert "the run was aborted and has no outputs" in done.out
    assert "cannot be loaded" in done.out


def test_a_head_that_cannot_be_one_is_a_slip_of_the_pen(dfc: Runner, log: Path) -> None:
    for head in ("", "zz", head_of(log)[:10]):
        assert "--head" in dfc("verify-run", log, "--head", head, code=2).err
    dfc("verify-run", log, "--head", f" {head_of(log).upper()} ")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"exit_code":3', '"exit_code":0', None),
        ('"verdict":"no reference"', '"verdict":"intact"', "verdict"),
        ('"scored":9', '"scored":8', "counts, scored"),
        ('"labels":{"0":4,"1":5}', '"labels":{"0":9,"1":5}', "labels"),
        ('"listed":11', '"listed":12', "listed"),
        ('"rows":9', '"rows":8', "outputs"),
    ],
)
def test_a_last_line_that_contradicts_the_others(
    dfc: Runner, log: Path, old: str, new: str, said: str | None
) -> None:
    head = head_of(log)
    lines = log.read_text().splitlines(keepends=True)
    assert old in lines[-1]
    lines[-1] = lines[-1].replace(old, new)
    log.write_text("".join(lines))
    if said:
        assert f"(not in {said})" in dfc("verify-run", log, code=9).out
    dfc("verify-run", log, "--head", head, code=9)


def test_an_abort_with_a_result_beside_it_is_a_cut_tail(
    dfc: Runner,
    evidence: Path,
    make_model: ModelMaker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    arguments = (evidence, "--model", make_model(), "--out", tmp_path / "r.csv")
    with monkeypatch.context() as patch:
        patch.setattr("forensic_cli.classification.classify.commit_segments", interrupt)
        dfc(*arguments, code=130)
    dfc(*arguments, "--resume")
    log = tmp_path / "r.audit.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    aborted = next(number for number, line in enumerate(lines) if b'"run_aborted"' in line)
    log.write_bytes(b"".join(lines[: aborted + 1]))
    assert "the result is there" in dfc("verify-run", log, code=9).out


def test_a_model_under_an_odd_name_is_checked(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path
) -> None:
    model = tmp_path / os.fsdecode(b"mo\xffdel.onnx")
    make_model().rename(model)
    dfc(evidence, "--model", model, "--out", tmp_path / "x.csv")
    assert "mo\\xffdel.onnx" in dfc("verify-run", tmp_path / "x.audit.jsonl").out
    model.write_bytes(b"another")
    dfc("verify-run", tmp_path / "x.audit.jsonl", code=9)


@pytest.mark.parametrize(
    ("event", "key", "value"),
    [
        ("run_finished", "outputs", 5),
        ("run_finished", "counts", "x"),
        ("segment_committed", "rows", "z"),
        ("evidence_verified", "references", 5),
        ("model_loaded", "path", "\\x00"),
    ],
)
def test_a_chain_of_nonsense_is_no_log(
    dfc: Runner, log: Path, event: str, key: str, value: object
) -> None:
    previous = "0" * 64
    lines = []
    for line in log.read_bytes().splitlines():
        record = json.loads(line)
        if record["event"] == event:
            record["data"][key] = value
        lines.append(canonical_json(record | {"prev": previous}))
        previous = digest(lines[-1])
    log.write_bytes(b"\n".join(lines) + b"\n")
    dfc("verify-run", log, code=9 if event != "model_loaded" else 0)
