"""Somebody writes into the folder of a run while it runs; what is published is what was logged."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from forensic_cli.outputs.results import Written, write_outputs
from forensic_cli.outputs.run_folder import RunFolder
from tests.support.models import ModelMaker
from tests.support.running import Runner

Alter = Callable[[Path], object]


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def other_labels(path: Path) -> None:
    """A segment that is as sound as the one before, with another answer."""
    table = pa.ipc.open_file(path).read_all()
    column = table.schema.get_field_index("label")
    labels = [None if one is None else 1 - one for one in table["label"].to_pylist()]
    table = table.set_column(column, table.schema.field(column), pa.array(labels, pa.int8()))
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


@pytest.fixture(autouse=True)
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forensic_cli.cli.classify.SEGMENT_SIZE", 3)


@pytest.mark.parametrize("alter", [flip, other_labels, Path.unlink])
@pytest.mark.parametrize("which", [0, 2])
def test_a_segment_after_it_was_committed(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, alter: Alter, which: int,
) -> None:  # fmt: skip
    original = RunFolder.commit

    def commit(self: RunFolder, index: int, table: pa.Table) -> str:
        digest = original(self, index, table)
        if index == which:
            alter(self.segment_path(index))
        return digest

    monkeypatch.setattr(RunFolder, "commit", commit)
    out = tmp_path / "r.csv"
    done = dfc(evidence, "--model", make_model(), "--out", out, code=9)
    assert f"segment-{which:06d}.arrow" in done.err
    assert "not what the log says" in done.err
    assert not out.exists()
    dfc(evidence, "--model", make_model(), "--out", out, "--resume", code=9)


@pytest.mark.parametrize("name", ["r.csv", "r.exceptions.csv", "r.details.parquet"])
@pytest.mark.parametrize("alter", [flip, Path.unlink])
def test_an_output_before_it_is_published(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, name: str, alter: Alter,
) -> None:  # fmt: skip
    """The digest in the log is of what was written, not of what is there when it is measured."""
    out = tmp_path / "r.csv"

    def written(
        folder: RunFolder, segments: Sequence[str], *, spreadsheet: bool, names: str
    ) -> Written:
        found = write_outputs(folder, segments, spreadsheet=spreadsheet, names=names)
        alter(folder.path / name)
        return found

    monkeypatch.setattr("forensic_cli.classification.results.write_outputs", written)
    done = dfc(evidence, "--model", make_model(), "--out", out, code=9)
    assert name in done.err
    assert not out.exists()


def test_the_log(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    out = tmp_path / "r.csv"
    original = RunFolder.commit

    def commit(self: RunFolder, index: int, table: pa.Table) -> str:
        digest = original(self, index, table)
        if index == 1:
            data = self.log.read_bytes()
            with self.log.open("r+b") as stream:
                stream.write(data.replace(b'"tool":"dfc-classify"', b'"tool":"dfc-classifx"'))
        return digest

    monkeypatch.setattr(RunFolder, "commit", commit)
    done = dfc(evidence, "--model", make_model(), "--out", out, code=9)
    assert "does not follow" in done.err
    assert not out.exists()
