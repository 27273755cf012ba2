"""Interrupted at any moment and resumed, a run ends in the same bytes; nothing is overwritten."""

import errno
import fcntl
import json
import os
import random
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import forensic_cli.classification.results
from forensic_cli.audit.log import AuditLog
from forensic_cli.outputs import publishing
from forensic_cli.outputs.run_folder import RunFolder
from tests.support.containers import as_ad1, as_tar, as_zip
from tests.support.models import ModelMaker
from tests.support.pictures import png
from tests.support.running import DEMO_MODEL, Runner, command

pytestmark = pytest.mark.slow

FINAL = ("r.csv", "r.exceptions.csv", "r.details.parquet")


class KilledError(BaseException):
    """Stands in for a kill: nothing in the program catches it."""


@pytest.fixture
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forensic_cli.cli.classify.SEGMENT_SIZE", 3)


@contextmanager
def killed_at(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str, call: int
) -> Iterator[None]:
    """What runs inside dies at the n-th call of a step, before the step does anything."""
    original = getattr(owner, name)
    calls = 0

    def dying(*arguments: object, **options: object) -> object:
        nonlocal calls
        calls += 1
        if calls == call:
            raise KilledError
        return original(*arguments, **options)

    with monkeypatch.context() as patch, pytest.raises(KilledError):
        patch.setattr(owner, name, dying)
        yield


def outputs(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in FINAL]


@pytest.mark.usefixtures("small_segments")
@pytest.mark.parametrize(
    ("owner", "step", "call"),
    [
        (RunFolder, "commit", 1),
        (RunFolder, "commit", 2),
        (RunFolder, "commit", 4),
        (RunFolder, "artifact", 2),
        (AuditLog, "sync", 5),
        (forensic_cli.classification.results, "publish", 1),
        *((publishing, "_promote", call) for call in (1, 2, 3, 4)),
        (RunFolder, "clear_for_publishing", 1),
        (publishing, "sync_folder", 1),
    ],
)
def test_killed_at_every_step(
    dfc: Runner,
    evidence: Path,
    make_model: ModelMaker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    owner: object,
    step: str,
    call: int,
) -> None:
    model = make_model()
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.mkdir()
    broken.mkdir()
    dfc(evidence, "--model", model, "--out", whole / "r.csv")
    arguments = (evidence, "--model", model, "--out", broken / "r.csv")
    with killed_at(monkeypatch, owner, step, call):
        dfc(*arguments)
    for name in FINAL:
        if (broken / name).exists():
            assert (broken / name).read_bytes() == (whole / name).read_bytes()
    dfc(*arguments, code=2)
    dfc(*arguments, "--resume")
    assert outputs(broken) == outputs(whole)
    assert sorted(path.name for path in broken.iterdir()) == sorted([*FINAL, "r.audit.jsonl"])
    dfc("verify-run", broken / "r.audit.jsonl")


@pytest.mark.usefixtures("small_segments")
def test_resumed_runs_do_not_score_again(
    dfc: Runner,
    evidence: Path,
    make_model: ModelMaker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arguments = (evidence, "--model", make_model(), "--out", tmp_path / "r.csv")
    with killed_at(monkeypatch, RunFolder, "commit", 3):
        dfc(*arguments)
    done = dfc(*arguments, "--resume")
    assert "resuming after 2 committed segments" in done.err
    events = [json.loads(line) for line in (tmp_path / "r.audit.jsonl").read_text().splitlines()]
    assert [e["data"]["index"] for e in events if e["event"] == "segment_committed"] == [0, 1, 2, 3]
    assert [e["data"]["committed_segments"] for e in events if e["event"] == "run_resumed"] == [2]


PICTURES = {f"{index * 7 % 10}.png".encode(): png((20 * index, 9, 9)) for index in range(10)}


@pytest.mark.usefixtures("small_segments")
@pytest.mark.parametrize("kind", ["zip", "tar.gz", "ad1"])
def test_containers_are_resumed_to_the_same_bytes(
    dfc: Runner,
    make_model: ModelMaker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    container = made(tmp_path / f"Set.{kind}", PICTURES)
    model = make_model()
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.mkdir()
    broken.mkdir()
    dfc(container, "--model", model, "--out", whole / "r.csv")
    arguments = (container, "--model", model, "--out", broken / "r.csv")
    with killed_at(monkeypatch, RunFolder, "commit", 3):
        dfc(*arguments)
    done = dfc(*arguments, "--resume")
    assert "resuming after 2 committed segments" in done.err
    assert outputs(broken) == outputs(whole)


@pytest.mark.usefixtures("small_segments")
@pytest.mark.parametrize("kind", ["zip", "tar.gz", "ad1"])
def test_another_container_of_the_same_listing_is_not_resumed(
    dfc: Runner,
    make_model: ModelMaker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    container = made(tmp_path / f"Set.{kind}", PICTURES)
    arguments = (container, "--model", make_model(), "--out", tmp_path / "r.csv")
    with killed_at(monkeypatch, RunFolder, "commit", 3):
        dfc(*arguments)
    first = PICTURES[b"0.png"]
    made(container, {**PICTURES, b"0.png": first[:-1] + bytes([first[-1] ^ 1])})
    assert "these differ: references" in dfc(*arguments, "--resume", code=2).err


def made(path: Path, files: dict[bytes, bytes]) -> Path:
    match path.suffix:
        case ".zip":
            return as_zip(path, files)
        case ".gz":
            return as_tar(path, files, "gzip")
        case _:
            return as_ad1(path, files, 2)


@pytest.fixture
def interrupted(
    dfc: Runner,
    evidence: Path,
    make_model: ModelMaker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[object, ...]:
    """The arguments of a run that was killed behind its second segment, of three items each."""
    monkeypatch.setattr("forensic_cli.cli.classify.SEGMENT_SIZE", 3)
    arguments = (evidence, "--model", make_model(), "--out", tmp_path / "r.csv")
    with killed_at(monkeypatch, RunFolder, "commit", 3):
        dfc(*arguments)
    return arguments


def test_other_evidence_is_not_resumed(
    dfc: Runner, evidence: Path, interrupted: tuple[object, ...]
) -> None:
    (evidence / "p9.png").write_bytes(png((1, 1, 1)))
    assert "the evidence changed" in dfc(*interrupted, "--resume", code=2).err
    dfc(*interrupted, "--resume", "--force", code=2)
    dfc(*interrupted, "--force")


def test_another_model_is_not_resumed(
    dfc: Runner, interrupted: tuple[object, ...], make_model: ModelMaker
) -> None:
    other = make_model("other.onnx", weights=[[5, 0], [0, 0], [0, 4]])
    done = dfc(*interrupted, "--resume", "--model", other, code=2)
    assert "model (was" in done.err
    dfc(*interrupted, "--resume")


def test_other_limits_are_not_resumed(dfc: Runner, interrupted: tuple[object, ...]) -> None:
    assert "max_pixels" in dfc(*interrupted, "--resume", "--max-pixels", 999, code=2).err
    assert "environment" in dfc(*interrupted, "--resume", "--batch-size", 5, code=2).err
    dfc(*interrupted, "--resume", "--workers", 1)


def test_an_altered_seal_is_not_resumed(
    dfc: Runner, interrupted: tuple[object, ...], tmp_path: Path
) -> None:
    path = tmp_path / "r.csv.partial" / "segment-000001.arrow"
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    assert "segment-000001" in dfc(*interrupted, "--resume", code=9).err


def test_an_altered_log_is_not_resumed(
    dfc: Runner, interrupted: tuple[object, ...], tmp_path: Path
) -> None:
    path = tmp_path / "r.csv.partial" / "audit.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"rows":3', b'"rows":4', 1))
    dfc(*interrupted, "--resume", code=9)


def test_a_torn_last_line_is_cut_off_and_said(
    dfc: Runner, interrupted: tuple[object, ...], tmp_path: Path
) -> None:
    with (tmp_path / "r.csv.partial" / "audit.jsonl").open("ab") as stream:
        stream.write(b'{"data":{"md5"')
    dfc(*interrupted, "--resume")
    assert '"torn_bytes":14' in (tmp_path / "r.audit.jsonl").read_text()
    dfc("verify-run", tmp_path / "r.audit.jsonl")


def test_a_file_that_appeared_meanwhile_is_not_overwritten(
    dfc: Runner, interrupted: tuple[object, ...], tmp_path: Path
) -> None:
    (tmp_path / "r.exceptions.csv").write_text("mine")
    assert "appeared meanwhile" in dfc(*interrupted, "--resume", code=2).err
    assert (tmp_path / "r.exceptions.csv").read_text() == "mine"
    (tmp_path / "r.exceptions.csv").unlink()
    dfc(*interrupted, "--resume")
    dfc("verify-run", tmp_path / "r.audit.jsonl")


def test_two_runs_do_not_share_outputs(
    dfc: Runner, interrupted: tuple[object, ...], tmp_path: Path
) -> None:
    held = os.open(tmp_path / "r.csv.partial", os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_SH)  # even somebody who only looks is respected
    before = sorted(path.name for path in (tmp_path / "r.csv.partial").iterdir())
    for option in ("--resume", "--force", "--quiet"):
        assert "another run" in dfc(*interrupted, option, code=2).err
    assert sorted(path.name for path in (tmp_path / "r.csv.partial").iterdir()) == before
    os.close(held)
    dfc(*interrupted, "--resume")


def test_resume_with_nothing_there_is_a_run(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path
) -> None:
    arguments = (evidence, "--model", make_model(), "--out", tmp_path / "r.csv", "--resume")
    dfc(*arguments)
    before = outputs(tmp_path)
    done = dfc(*arguments)
    assert "had finished already" in done.out
    assert outputs(tmp_path) == before
    (tmp_path / "r.csv").write_text("edited")
    dfc(*arguments, code=9)


def test_a_finished_run_is_not_the_answer_to_another_question(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path
) -> None:
    rest = ("--out", tmp_path / "r.csv", "--resume", "--model")
    dfc(evidence, *rest, make_model())
    other = dfc(evidence, *rest, make_model("other.onnx"), code=2)
    assert "other settings: model (was" in other.err
    done = dfc(evidence, *rest, make_model(), "--excel-safe", "--max-pixels", 9, code=2)
    assert "max_pixels (was 250000000, is 9), excel_safe (was False, is True)" in done.err
    done = dfc(evidence, *rest, make_model(), "--file-timeout", 0.5, code=2)
    assert "file_timeout (was 30.0, is 0.5)" in done.err
    make_model(weights=[[9, 0], [0, 0], [0, 9]])
    assert "does not verify: model" in dfc(evidence, *rest, tmp_path / "model.onnx", code=9).err
    make_model()
    (evidence / "p9.png").write_bytes(png((5, 5, 5)))
    assert "the evidence changed" in dfc(evidence, *rest, tmp_path / "model.onnx", code=2).err


def test_force_replaces_everything_of_the_run_before(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path
) -> None:
    arguments = (evidence, "--model", make_model(), "--out", tmp_path / "r.csv")
    dfc(*arguments, "--excel-safe")
    before = outputs(tmp_path)
    (evidence / "p0.png").unlink()
    dfc(*arguments, "--force")
    assert outputs(tmp_path) != before
    assert not (tmp_path / "r.spreadsheet.csv").exists()
    dfc("verify-run", tmp_path / "r.audit.jsonl")


def test_a_forced_run_that_was_killed_is_resumed_without_asking_again(
    dfc: Runner,
    evidence: Path,
    make_model: ModelMaker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arguments = (evidence, "--model", make_model(), "--out", tmp_path / "r.csv")
    dfc(*arguments)
    (evidence / "p0.png").unlink()
    with killed_at(monkeypatch, publishing, "_promote", 2):
        dfc(*arguments, "--force")
    dfc(*arguments, "--resume")
    assert "p0.png" not in (tmp_path / "r.csv").read_text()
    dfc("verify-run", tmp_path / "r.audit.jsonl")


def test_a_log_torn_in_its_first_line_is_a_start_from_the_beginning(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path
) -> None:
    folder = tmp_path / "r.csv.partial"
    folder.mkdir()
    (folder / "audit.jsonl").write_text('{"data":{"argv"')
    dfc(evidence, "--model", make_model(), "--out", tmp_path / "r.csv", "--resume")
    dfc("verify-run", tmp_path / "r.audit.jsonl")
    assert not list(tmp_path.glob("*.aborted-*"))


def test_what_is_not_the_tool_s_is_never_removed(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path
) -> None:
    folder = tmp_path / "r.csv.partial"
    folder.mkdir()
    (folder / "notes.txt").write_text("precious")
    arguments = (evidence, "--model", make_model(), "--out", tmp_path / "r.csv")
    for option in ("--quiet", "--force", "--resume"):
        assert "'notes.txt', which is not this tool's" in dfc(*arguments, option, code=2).err
    assert (folder / "notes.txt").read_text() == "precious"


def test_a_strange_folder_beside_the_seals_is_left_alone(
    dfc: Runner, interrupted: tuple[object, ...], tmp_path: Path
) -> None:
    strange = tmp_path / "r.csv.partial" / "@eaDir"
    strange.mkdir()
    dfc(*interrupted, "--resume")
    assert strange.is_dir()
    dfc("verify-run", tmp_path / "r.audit.jsonl")


@pytest.mark.parametrize("below", ["", "deeper"])
def test_evidence_where_the_partial_folder_would_be_is_refused(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path, below: str
) -> None:
    moved = tmp_path / "Set.csv.partial" / below
    moved.parent.mkdir(exist_ok=True)
    evidence.rename(moved)
    before = sorted(moved.rglob("*"))
    arguments = (moved, "--model", make_model(), "--out", tmp_path / "Set.csv")
    for option in ("--quiet", "--force", "--resume"):
        assert "the evidence is or lies inside" in dfc(*arguments, option, code=8).err
    assert sorted(moved.rglob("*")) == before


def test_an_interrupt_after_the_last_line_is_resumed(
    dfc: Runner,
    evidence: Path,
    make_model: ModelMaker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arguments = (evidence, "--model", make_model(), "--out", tmp_path / "r.csv")
    original = AuditLog.sync

    def interrupted_sync(log: AuditLog) -> None:
        original(log)
        if (tmp_path / "r.csv.partial" / "r.csv").exists():
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(AuditLog, "sync", interrupted_sync)
        dfc(*arguments, code=130)
    dfc(*arguments, "--resume")
    dfc("verify-run", tmp_path / "r.audit.jsonl")


def test_a_file_that_appears_at_the_last_moment_is_not_overwritten(
    dfc: Runner,
    evidence: Path,
    make_model: ModelMaker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def late(source: Path, final: Path) -> None:
        final.write_text("precious")
        os_link(source, final)

    os_link = os.link
    monkeypatch.setattr(os, "link", late)
    arguments = (evidence, "--model", make_model(), "--out", tmp_path / "r.csv")
    assert "appeared meanwhile" in dfc(*arguments, code=2).err
    assert (tmp_path / "r.csv").read_text() == "precious"


def test_a_file_system_without_links(
    dfc: Runner,
    evidence: Path,
    make_model: ModelMaker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(source: Path, final: Path) -> None:
        raise OSError(errno.EPERM, "no links here", str(source), None, str(final))

    monkeypatch.setattr(os, "link", refuse)
    dfc(evidence, "--model", make_model(), "--out", tmp_path / "r.csv")
    dfc("verify-run", tmp_path / "r.audit.jsonl")


def test_a_resumed_run_answers_for_its_own_settings(
    dfc: Runner,
    evidence: Path,
    make_model: ModelMaker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No segment was committed, so the second attempt may ask otherwise; killed at its end."""
    arguments = (evidence, "--model", make_model(), "--out", tmp_path / "r.csv")
    with killed_at(monkeypatch, RunFolder, "commit", 1):
        dfc(*arguments)
    changed = (*arguments, "--resume", "--excel-safe", "--batch-size", 4)
    asked = "batch_size (was 4, is not given), excel_safe (was True, is False)"
    with killed_at(monkeypatch, forensic_cli.classification.results, "publish", 1):
        dfc(*changed)
    assert asked in dfc(*arguments, "--resume", code=2).err
    dfc(*changed)
    assert "had finished already" in dfc(*changed).out
    assert asked in dfc(*arguments, "--resume", code=2).err


def test_the_batch_size_that_was_taken_may_be_named(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path
) -> None:
    arguments = (evidence, "--model", make_model(), "--out", tmp_path / "r.csv")
    dfc(*arguments)
    assert "had finished already" in dfc(*arguments, "--resume", "--batch-size", 2).out
    other = dfc(*arguments, "--resume", "--batch-size", 3, code=2)
    assert "batch_size (was not given, is 3)" in other.err


def test_finishing_a_committed_run_overwrites_nothing(
    dfc: Runner,
    evidence: Path,
    make_model: ModelMaker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arguments = (evidence, "--model", make_model(), "--out", tmp_path / "r.csv")
    with killed_at(monkeypatch, forensic_cli.classification.results, "publish", 1):
        dfc(*arguments)
    (tmp_path / "r.exceptions.csv").write_text("precious")
    assert "appeared meanwhile" in dfc(*arguments, "--resume", code=2).err
    assert (tmp_path / "r.exceptions.csv").read_text() == "precious"


def test_force_keeps_the_record_of_the_attempt_that_it_discards(
    dfc: Runner, interrupted: tuple[object, ...], evidence: Path, tmp_path: Path
) -> None:
    dfc("hash", evidence, "--out", tmp_path / "Set.md5")
    whole = (evidence / "p0.png").read_bytes()
    (evidence / "p0.png").write_bytes(whole[:-1] + b"x")
    dfc(*interrupted, "--resume", "--hashes", tmp_path / "Set.md5", code=4)
    (evidence / "p0.png").write_bytes(whole)
    dfc(*interrupted, "--force")
    assert '"outcome":"changed"' in (tmp_path / "r.aborted-1.audit.jsonl").read_text()
    dfc("verify-run", tmp_path / "r.audit.jsonl")


def test_force_with_resume_and_nothing_to_go_on_from_starts_again(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path
) -> None:
    arguments = (evidence, "--model", make_model(), "--out", tmp_path / "r.csv")
    dfc(*arguments, "--case", "OLD")
    dfc(*arguments, "--case", "NEW", "--force", "--resume")
    assert '"case":"NEW"' in (tmp_path / "r.audit.jsonl").read_text()


def test_a_torn_first_line_does_not_hide_what_is_there(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path
) -> None:
    folder = tmp_path / "r.csv.partial"
    folder.mkdir()
    (folder / "audit.jsonl").write_text('{"data":{"a')
    (tmp_path / "r.csv").write_text("mine")
    arguments = (evidence, "--model", make_model(), "--out", tmp_path / "r.csv", "--resume")
    assert "already there: r.csv" in dfc(*arguments, code=2).err


@pytest.mark.parametrize("name", ["audit.jsonl", "segment-000000.arrow"])
def test_a_result_is_not_called_like_what_a_run_keeps(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path, name: str
) -> None:
    dfc(evidence, "--model", make_model(), "--out", tmp_path / name, code=2)


@pytest.mark.slow
def test_two_runs_killed_at_random_moments(tmp_path: Path) -> None:
    """Real processes, SIGKILL, 2,100 files: the same bytes, and no partial file at any time."""
    root = tmp_path / "Set"
    kinds: tuple[Callable[[int], bytes], ...] = (
        lambda index: png((index % 256, 9, 200)),
        lambda index: png((9, index % 256, 99), (5, 5)),
        lambda index: b"no picture %d" % index,
    )
    for index in range(2100):
        path = root / f"d{index % 17}" / f"{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(kinds[index % len(kinds)](index))
    reference = tmp_path / "reference"
    reference.mkdir()
    arguments = (root, "--model", DEMO_MODEL, "--quiet", "--resume", "--out")
    began = time.monotonic()
    subprocess.run(command(*arguments, reference / "r.csv"), check=True, capture_output=True)
    whole = time.monotonic() - began
    dice = random.Random(20)  # noqa: S311 - moments, no secrets
    kills = 0
    for trial in range(2):
        folder = tmp_path / f"trial{trial}"
        folder.mkdir()
        while not run_for(command(*arguments, folder / "r.csv"), dice.uniform(0.1, whole)):
            kills += 1
            for name in FINAL:
                if (folder / name).exists():
                    assert (folder / name).read_bytes() == (reference / name).read_bytes()
        assert outputs(folder) == outputs(reference)
        assert len(os.listdir(folder)) == 4
    assert kills


def run_for(arguments: list[str], seconds: float) -> bool:
    """Run a process and kill it after a while; True where it had ended well before."""
    with subprocess.Popen(
        arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            _, said = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return False
    assert process.returncode == 0, said
    return True
