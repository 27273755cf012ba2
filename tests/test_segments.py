"""Segments follow each other without a pause, and are committed as soon as they can be."""

from pathlib import Path
from typing import Any

import pytest

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
