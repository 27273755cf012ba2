"""Runs that earlier versions made: verified, and resumed or refused with a reason."""

import json
import shutil
from pathlib import Path

import pytest

from forensic_cli.audit.chain import GENESIS, digest
from forensic_cli.foundation.canonical_json import canonical_json
from tests.support.running import DEMO_MODEL, Runner

OLD = Path(__file__).parent / "old_runs"
HEADS = {"0.1.0": "4b13a368cf40308957eefd430d8a35e2a8f27908ff2358a209558f6a4085af65"}


def test_every_kept_version_is_tried() -> None:
    assert {path.name for path in OLD.iterdir() if path.is_dir()} == set(HEADS)


@pytest.mark.parametrize("version", HEADS)
def test_a_finished_run_verifies(dfc: Runner, version: str) -> None:
    log = OLD / version / "finished" / "2023.audit.jsonl"
    done = dfc("verify-run", log, "--head", HEADS[version])
    assert "failed" not in done.out
    assert done.out.count("ok             output") == 4


@pytest.mark.parametrize("version", HEADS)
def test_a_finished_run_is_told_from_an_altered_one(
    dfc: Runner, tmp_path: Path, version: str
) -> None:
    shutil.copytree(OLD / version / "finished", tmp_path / "run")
    with (tmp_path / "run" / "2023.csv").open("ab") as stream:
        stream.write(b"0.9,0,ImageSet/more.png\n")
    dfc("verify-run", tmp_path / "run" / "2023.audit.jsonl", code=9)


def many(root: Path) -> Path:
    """The evidence of the interrupted run."""
    root.mkdir()
    for index in range(1030):
        if index % 4 == 3:
            (root / f"{index:04d}.txt").write_bytes(b"note %d\n" % (index % 16))
        else:
            red = 16 * (index % 16)
            colour = bytes((red, 255 - red, 7 * (index % 16)))
            (root / f"{index:04d}.ppm").write_bytes(b"P6\n4 4\n255\n" + colour * 16)
    return root


CASE = ("--case", "2023-305", "--examiner", "K. Examiner")


def environment_of(log: Path) -> str:
    """The fingerprint in a log."""
    for line in map(json.loads, log.read_text("ascii").splitlines()):
        if line["event"] == "model_loaded":
            return str(line["data"]["identity"]["environment"])
    raise AssertionError(log)


def made_here(log: Path, environment: str) -> None:
    """Rewrite a log as if it had been made on this machine, with these libraries."""
    previous, lines = GENESIS, []
    for record in map(json.loads, log.read_text("ascii").splitlines()):
        if record["event"] == "model_loaded":
            record["data"]["identity"]["environment"] = environment
        lines.append(canonical_json(record | {"prev": previous}))
        previous = digest(lines[-1])
    log.write_bytes(b"".join(line + b"\n" for line in lines))


@pytest.mark.parametrize("version", HEADS)
def test_an_interrupted_run_by_other_rules_is_refused(
    dfc: Runner, tmp_path: Path, version: str
) -> None:
    """What is damaged was decided otherwise: one result must not hold rows of both."""
    evidence = many(tmp_path / "Many")
    fresh, old = tmp_path / "fresh.csv", tmp_path / "many.csv"
    dfc(evidence, "--model", DEMO_MODEL, "--out", fresh, *CASE)
    shutil.copytree(OLD / version / "many.csv.partial", tmp_path / "many.csv.partial")
    made_here(
        tmp_path / "many.csv.partial" / "audit.jsonl",
        environment_of(fresh.with_suffix(".audit.jsonl")),
    )
    done = dfc(evidence, "--model", DEMO_MODEL, "--out", old, *CASE, "--resume", code=2)
    assert "rules (was None, is 3); use --force" in done.err
    assert not old.exists()


@pytest.mark.parametrize("version", HEADS)
def test_an_interrupted_run_of_another_environment_is_refused(
    dfc: Runner, tmp_path: Path, version: str
) -> None:
    shutil.copytree(OLD / version / "many.csv.partial", tmp_path / "many.csv.partial")
    made_here(tmp_path / "many.csv.partial" / "audit.jsonl", "another")
    arguments = (many(tmp_path / "Many"), "--model", DEMO_MODEL, "--out", tmp_path / "many.csv")
    done = dfc(*arguments, *CASE, "--resume", code=2)
    assert "cannot go on from the interrupted run, these differ: environment (was" in done.err
    assert not (tmp_path / "many.csv").exists()
