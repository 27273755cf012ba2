"""What each setting binds when a run is resumed: no setting is forgotten."""

import json
from dataclasses import fields
from pathlib import Path

import pytest

from forensic_cli.outputs.run_folder import RunFolder
from forensic_cli.settings import Binding, CaseFacts, ClassifySettings, binding_of
from tests.support.models import ModelMaker
from tests.support.pictures import png
from tests.support.running import DEMO_MODEL, Runner

SETTINGS = {one.name: binding_of(one) for one in fields(ClassifySettings)}
CASE = {one.name: (f"--{one.name}", "another") for one in fields(CaseFacts)}
OTHER: dict[str, tuple[object, ...]] = {
    # What makes each setting another than in the run of ``finished`` below.
    "device": ("--device", "cpu"),
    "batch_size": ("--batch-size", 5),
    "workers": ("--workers", 3),
    "hashes": ("--hashes", "list.md5"),
    "continue_on_mismatch": ("--continue-on-mismatch",),
    "strict": ("--strict",),
    "allow": ("--allow", "new:system"),
    "names": ("--names", "cp949"),
    "descend": ("--descend",),
    "name_form": ("--names", "relative"),
    "allow_damaged": ("--allow-damaged",),
    "require_sandbox": ("--require-sandbox",),
    "max_pixels": ("--max-pixels", 1000),
    "max_bytes": ("--max-bytes", 1000),
    "file_timeout": ("--file-timeout", 5),
    "excel_safe": ("--excel-safe",),
    "model": ("--model", DEMO_MODEL),
}
NO_OPTION = {
    "evidence", "out", "resume", "head", "force",  # what is resumed, where, and how
    "digests",  # of containers: below
    "known", "skip_known",  # test_known_files
    "segment_size",  # below
    "case",  # CASE
}  # fmt: skip


def test_every_setting_says_what_it_binds() -> None:
    assert set(SETTINGS) == set(OTHER) | NO_OPTION
    found = {
        binding: sorted(name for name, one in SETTINGS.items() if one is binding)
        for binding in Binding
    }
    assert found == {
        Binding.IDENTITY: [
            "allow_damaged", "descend", "file_timeout", "max_bytes", "max_pixels", "names",
            "segment_size",
        ],
        Binding.REQUEST: [
            "allow", "batch_size", "continue_on_mismatch", "device", "digests", "evidence",
            "excel_safe", "hashes", "known", "model", "name_form", "skip_known", "strict",
        ],
        Binding.RECORD: ["case"],
        Binding.FREE: ["force", "head", "out", "require_sandbox", "resume", "workers"],
    }  # fmt: skip


@pytest.mark.parametrize("name", OTHER)
def test_a_finished_run_answers_for_its_settings_only(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path, name: str
) -> None:
    rest = ("--model", make_model(), "--out", tmp_path / "r.csv", "--workers", 2)
    dfc(evidence, *rest)
    (tmp_path / "list.md5").write_text("")
    other = [tmp_path / one if one == "list.md5" else one for one in OTHER[name]]
    if SETTINGS[name] is Binding.FREE:
        assert "had finished already" in dfc(evidence, *rest, *other, "--resume").out
    else:
        assert f"{name} (was " in dfc(evidence, *rest, *other, "--resume", code=2).err


def test_a_finished_run_answers_for_its_segments_and_digests(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path
) -> None:
    dfc(evidence, "--model", make_model(), "--out", tmp_path / "r.csv")
    first = (tmp_path / "r.audit.jsonl").read_text().splitlines()[0]
    settings = json.loads(first)["data"]["settings"]
    asked = ClassifySettings(
        evidence=(evidence,), out=tmp_path, model=tmp_path, device="auto", batch_size=None,
        workers=1,
        hashes=(), digests=(), continue_on_mismatch=False, strict=False, resume=True, force=False,
        max_pixels=1, max_bytes=1, file_timeout=1.0, segment_size=7, excel_safe=False,
        case=CaseFacts(),
    )  # fmt: skip
    found = asked.differing(settings, Binding.IDENTITY)
    assert found["segment_size"] == "was 1024, is 7"
    del settings["segment_size"]  # as in logs from before it was logged
    assert asked.differing(settings, Binding.IDENTITY)["segment_size"] == "was 1024, is 7"
    settings["digests"] = ["md5:00"]
    found = asked.differing(settings, Binding.REQUEST)
    assert found["digests"] == "was ['md5:00'], is not given"


@pytest.fixture
def interrupted(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest,
) -> tuple[object, ...]:  # fmt: skip
    """The command of a run that was stopped before or after its first segment was committed."""
    monkeypatch.setattr("forensic_cli.cli.classify.SEGMENT_SIZE", 4)
    with monkeypatch.context() as patch:
        commit = RunFolder.commit

        def stopped(self: RunFolder, index: int, table: object) -> str:
            if index == request.param:
                raise KeyboardInterrupt
            return commit(self, index, table)

        patch.setattr(RunFolder, "commit", stopped)
        command = (evidence, "--model", make_model(), "--out", tmp_path / "r.csv")
        dfc(*command, "--case", "2023-305", code=130)
    return command


@pytest.mark.parametrize("interrupted", [0, 1], indirect=True)
@pytest.mark.parametrize("name", CASE)
def test_the_case_stays_the_same_over_all_attempts(
    dfc: Runner, interrupted: tuple[object, ...], tmp_path: Path, name: str
) -> None:
    log = tmp_path / "r.csv.partial" / "audit.jsonl"
    before = log.read_bytes()
    rest = () if name == "case" else ("--case", "2023-305")
    said = dfc(*interrupted, *rest, *CASE[name], "--resume", code=2).err
    was = "'2023-305'" if name == "case" else "not given"
    assert f"{name} (was {was}, is 'another')" in said
    assert log.read_bytes() == before
    dfc(*interrupted, "--case", "2023-305", "--resume")
    assert "case (was '2023-305', is not given)" in dfc(*interrupted, "--resume", code=2).err


@pytest.mark.parametrize("interrupted", [1], indirect=True)
@pytest.mark.parametrize(
    "name", [name for name, binding in SETTINGS.items() if binding is Binding.IDENTITY]
)
def test_rows_of_one_run_are_made_with_one_identity(
    dfc: Runner, interrupted: tuple[object, ...], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    other = OTHER.get(name, ())
    if name == "segment_size":
        monkeypatch.setattr("forensic_cli.cli.classify.SEGMENT_SIZE", 5)
    said = dfc(*interrupted, "--case", "2023-305", "--resume", *other, code=2).err
    assert f"these differ: {name} (was" in said


def test_the_segments_logged_are_those_used(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("forensic_cli.cli.classify.SEGMENT_SIZE", 4)
    (evidence / "p9.png").write_bytes(png())
    dfc(evidence, "--model", make_model(), "--out", tmp_path / "r.csv")
    events = list(map(json.loads, (tmp_path / "r.audit.jsonl").read_text().splitlines()))
    rows = [one["data"]["rows"] for one in events if one["event"] == "segment_committed"]
    (identity,) = (one["data"]["identity"] for one in events if one["event"] == "model_loaded")
    assert rows == [4, 4, 3]
    assert events[0]["data"]["settings"]["segment_size"] == identity["segment_size"] == 4
