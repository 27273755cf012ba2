"""Segments follow each other without a pause, and are committed as soon as they can be."""

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from forensic_cli.classification.pace import Pace
from forensic_cli.classification.run_log import RunLog
from forensic_cli.events import Event, Progressed, SegmentCommitted
from forensic_cli.inference.session import Slot
from tests.support.models import ModelMaker
from tests.support.pictures import png
from tests.support.running import Runner


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Pictures of each batch that is run."""
    sizes: list[int] = []
    run = Slot.run

    def counted(self: Slot, count: int) -> Any:
        sizes.append(count)
        return run(self, count)

    monkeypatch.setattr(Slot, "run", counted)
    monkeypatch.setattr("forensic_cli.cli.classify.SEGMENT_SIZE", 4)
    return sizes


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """What a run tells, in order."""
    events: list[Event] = []
    tell = RunLog.tell

    def noted(self: RunLog, event: Event) -> None:
        events.append(event)
        tell(self, event)

    monkeypatch.setattr(RunLog, "tell", noted)
    return events


def pictures(root: Path, count: int) -> None:
    root.mkdir()
    for index in range(count):
        (root / f"{index:03d}.png").write_bytes(png((index, 50, 60)))


def test_batches_do_not_end_with_segments(
    dfc: Runner, make_model: ModelMaker, tmp_path: Path, batches: list[int]
) -> None:
    pictures(tmp_path / "Set", 31)
    dfc(tmp_path / "Set", "--model", make_model(), "--out", tmp_path / "r.csv", "--batch-size", 3)
    assert sorted(batches) == [1, 1] + 12 * [3]  # 3, 3 and 1 are the self-test's


@pytest.mark.usefixtures("batches")
def test_a_picture_does_not_hold_up_what_follows(
    dfc: Runner, make_model: ModelMaker, tmp_path: Path, told: list[Event]
) -> None:
    """One picture does not fill a batch; the segments behind it must not pile up."""
    pictures(tmp_path / "Set", 1)
    for index in range(400):
        (tmp_path / "Set" / f"t{index:03d}.txt").write_text(f"no picture {index}")
    dfc(tmp_path / "Set", "--model", make_model(), "--out", tmp_path / "r.csv")
    waiting = 0
    for event in told:
        if isinstance(event, Progressed) and event.stage == "classifying":
            waiting += 1
        if isinstance(event, SegmentCommitted):
            waiting -= event.rows
        assert waiting < 50
    assert waiting == 0


@pytest.mark.usefixtures("batches")
@pytest.mark.parametrize("batch", [1, 2, 7, 64])
def test_the_same_rows_whatever_the_batches(
    dfc: Runner, make_model: ModelMaker, tmp_path: Path, batch: int
) -> None:
    pictures(tmp_path / "Set", 21)
    for name in ("000.png", "004.png", "020.png"):  # gaps, a copy in a later segment
        (tmp_path / "Set" / f"{name}.txt").write_text("no picture")
    (tmp_path / "Set" / "zz.png").write_bytes((tmp_path / "Set" / "000.png").read_bytes())
    model = make_model()
    common = (tmp_path / "Set", "--model", model, "--out")
    dfc(*common, tmp_path / "one.csv", "--batch-size", 1, "--workers", 1)
    dfc(*common, tmp_path / "r.csv", "--batch-size", batch, "--workers", 3)
    for end in (".csv", ".exceptions.csv"):
        found = (tmp_path / f"r{end}").read_bytes()
        assert found == (tmp_path / f"one{end}").read_bytes()


@pytest.mark.parametrize("container", ["folder", "tar.gz"])
@pytest.mark.parametrize("stopped_at", range(4, 31, 3))
def test_an_interrupt_commits_what_has_its_answers(
    dfc: Runner,
    make_model: ModelMaker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stopped_at: int,
    container: str,
) -> None:
    """Of one segment with pictures, copies of them and files without a picture."""
    pictures(tmp_path / "Set", 24)
    for index in range(6):
        (tmp_path / "Set" / f"{index:03d}-copy.png").write_bytes(png((index, 50, 60)))
        (tmp_path / "Set" / f"{index + 10:03d}-text.txt").write_text(f"no picture {index}")
    evidence = tmp_path / "Set"
    if container != "folder":
        evidence = tmp_path / "Set.tar.gz"
        with tarfile.open(evidence, "w:gz") as archive:  # in another order than the listing
            for path in sorted((tmp_path / "Set").iterdir(), key=lambda path: path.name[::-1]):
                archive.add(path, path.name)
    command = (evidence, "--model", make_model(), "--batch-size", 3, "--out")
    dfc(*command, tmp_path / "whole.csv")
    went_through = Pace.went_through

    def stop(self: Pace, done: int) -> None:
        went_through(self, done)
        if done == stopped_at:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Pace, "size", lambda _: 1024)
        patch.setattr(Pace, "went_through", stop)
        said = dfc(*command, tmp_path / "r.csv", code=130).err
    log = (tmp_path / "r.csv.partial" / "audit.jsonl").read_text().splitlines()
    committed = [one["data"]["rows"] for one in map(json.loads, log) if "rows" in one["data"]]
    # The answers of a batch or two are not there yet, and may hold up what follows.
    assert sum(committed) <= stopped_at
    if container == "folder":
        assert sum(committed) >= stopped_at - 3 * 3 - 3
    assert f"{sum(committed)} of 36 entries are committed" in said
    dfc(*command, tmp_path / "r.csv", "--resume")
    for name in ("csv", "exceptions.csv"):
        whole = (tmp_path / f"whole.{name}").read_bytes()
        assert (tmp_path / f"r.{name}").read_bytes() == whole
    dfc("verify-run", tmp_path / "r.audit.jsonl")
