"""Somebody works on the folder of an interrupted run; and evidence as the working folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from forensic_cli.audit.chain import digest
from forensic_cli.outputs.run_folder import RunFolder
from tests.support.logs import Records, made_anew
from tests.support.models import ModelMaker
from tests.support.pictures import png
from tests.support.running import ROOT, Runner


@pytest.fixture
def interrupted(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[tuple[object, ...], Path, str]:  # fmt: skip
    """The command of a run that was interrupted, its folder, and the head that it printed."""
    monkeypatch.setattr("forensic_cli.cli.classify.SEGMENT_SIZE", 3)
    original = RunFolder.commit

    def commit(self: RunFolder, index: int, table: object) -> str:
        if index == 2:
            raise KeyboardInterrupt
        return original(self, index, table)

    asked = (evidence, "--model", make_model(), "--out", tmp_path / "r.csv")
    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "commit", commit)
        said = dfc(*asked, code=130).err
    head = said.partition("--head ")[2].split()[0]
    folder = tmp_path / "r.csv.partial"
    assert head == digest((folder / "audit.jsonl").read_bytes().splitlines()[-1])
    return asked, folder, head


Interrupted = tuple[tuple[object, ...], Path, str]


def test_the_head_lets_it_go_on(dfc: Runner, interrupted: Interrupted) -> None:
    asked, _, head = interrupted
    dfc(*asked, "--resume", "--head", head.upper())


def test_a_log_that_was_made_anew(dfc: Runner, interrupted: Interrupted) -> None:
    asked, folder, head = interrupted

    def later(records: Records) -> None:
        for record in records:
            record["time"] = record["time"].replace("2", "3", 1)

    other = made_anew(folder / "audit.jsonl", later)
    said = dfc(*asked, "--resume", "--head", head, code=9).err
    assert f"ends in {other}, not in {head}" in said


@pytest.mark.parametrize("cut", [b"", None])
def test_a_log_that_was_emptied_or_taken_away(
    dfc: Runner, interrupted: Interrupted, cut: bytes | None
) -> None:
    asked, folder, _ = interrupted
    log = folder / "audit.jsonl"
    log.unlink()
    if cut is not None:
        log.write_bytes(cut)
    said = dfc(*asked, "--resume", code=9).err
    assert "committed segments" in said
    assert not Path(str(asked[-1])).exists()


@pytest.mark.parametrize("more", [("--head", "0" * 64), ("--resume", "--head", "0" * 63)])
def test_a_head_that_cannot_be_meant(
    dfc: Runner, evidence: Path, tmp_path: Path, more: tuple[str, ...]
) -> None:
    dfc(evidence, "--out", tmp_path / "r.csv", *more, code=2)


def test_a_head_without_a_run(dfc: Runner, evidence: Path, tmp_path: Path) -> None:
    done = dfc(evidence, "--out", tmp_path / "r.csv", "--resume", "--head", "0" * 64, code=2)
    assert "no run to go on from" in done.err


@pytest.mark.parametrize("package", ["forensic_cli", "exporters", "trainers"])
def test_modules_in_the_working_folder(tmp_path: Path, package: str) -> None:
    """``python -m`` inside evidence; for a folder called like this program see docs/evidence.md."""
    for name in ("numpy", "PIL", "typer", "json", "pathlib", "onnxruntime", "rich", "pyarrow"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    (tmp_path / "a.png").write_bytes(png())
    packages = [path for path in sys.path if path.endswith("site-packages")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *packages])}
    run = (".", "--out", str(tmp_path.parent / "r.csv"))
    subprocess.run(
        [sys.executable, "-m", package, *(run if package == "forensic_cli" else ("--help",))],
        cwd=tmp_path, env=environment, capture_output=True, check=False,
    )  # fmt: skip
    assert not (tmp_path / "ran").exists()
