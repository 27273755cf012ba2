"""Equal content is decoded and scored once, whatever its names; a row for each entry."""

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from forensic_cli.decode_workers.messages import DecodeTask
from forensic_cli.decode_workers.pool import DecodeWorkers
from forensic_cli.inference.batching import BatchRunner
from forensic_cli.pipelines import decoding
from tests.support.hostile import scans
from tests.support.models import ModelMaker
from tests.support.pictures import png
from tests.support.running import Runner


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often something was decoded, and scored (the self-test's pictures not counted)."""
    counts: Counter[str] = Counter()
    begin, put = DecodeWorkers.begin, BatchRunner.put

    def counted_begin(self: DecodeWorkers, data: bytes, recipe: DecodeTask) -> Any:
        counts["decoded"] += 1
        return begin(self, data, recipe)

    def counted_put(self: BatchRunner, picture: Any) -> Any:
        counts["scored"] += 1
        return put(self, picture)

    monkeypatch.setattr(DecodeWorkers, "begin", counted_begin)
    monkeypatch.setattr(BatchRunner, "put", counted_put)
    return counts


def rows_of(out: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(out.with_suffix(".details.parquet")).to_pylist()
    return rows


def test_copies_are_scored_once(
    dfc: Runner, make_model: ModelMaker, tmp_path: Path, asked: Counter[str]
) -> None:
    root = tmp_path / "Set"
    (root / "b").mkdir(parents=True)
    for index in range(20):
        (root / f"a{index:02d}.png").write_bytes(png((40, 50, 60)))
        (root / "b" / f"{index:02d}.jpg").write_bytes(png((40, 50, 60)))
        (root / "b" / f"other{index:02d}.png").write_bytes(png((index, 50, 60)))
    out = tmp_path / "r.csv"
    dfc(root, "--model", make_model(), "--out", out)
    assert asked["decoded"] == 21
    assert asked["scored"] == 21 + 6  # six are the self-test's
    rows = rows_of(out)
    assert len(rows) == 60
    copies = [row for row in rows if "other" not in row["path"]]
    for column in ("score", "label", "logits", "rgb_sha256", "width"):
        assert len({str(row[column]) for row in copies}) == 1
    assert {row["duplicate_of"] for row in copies[1:]} == {"Set/a00.png"}
    # What depends on the name is each entry's own.
    flags = {row["path"][-3:]: row["flags"] for row in copies}
    assert flags == {"png": [], "jpg": ["extension_mismatch"]}


def test_copies_are_known_in_later_segments(
    dfc: Runner,
    make_model: ModelMaker,
    tmp_path: Path,
    asked: Counter[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("forensic_cli.cli.classify.SEGMENT_SIZE", 4)
    root = tmp_path / "Set"
    root.mkdir()
    for index in range(30):
        (root / f"{index:02d}.png").write_bytes(png((index % 3, 50, 60)))
    dfc(root, "--model", make_model(), "--out", tmp_path / "r.csv")
    assert asked["decoded"] == 3
    whole = (tmp_path / "r.csv").read_bytes()

    # What is forgotten is decoded again, with the same rows.
    asked.clear()
    monkeypatch.setattr(decoding, "_MOST_REMEMBERED", 1)
    dfc(root, "--model", tmp_path / "model.onnx", "--out", tmp_path / "s.csv")
    assert asked["decoded"] > 3
    assert (tmp_path / "s.csv").read_bytes() == whole


def test_a_bomb_goes_off_once(
    dfc: Runner, make_model: ModelMaker, tmp_path: Path, asked: Counter[str]
) -> None:
    root = tmp_path / "Set"
    root.mkdir()
    (root / "0.jpg").write_bytes(scans(4096, 1500))
    for index in range(1, 30):
        shutil.copy(root / "0.jpg", root / f"{index}.jpg")
    out = tmp_path / "r.csv"
    dfc(root, "--model", make_model(), "--out", out, "--file-timeout", 1, code=3)
    assert asked["decoded"] <= 2  # a second time alone, where the machine was busy
    assert Counter(row["status"] for row in rows_of(out)) == {"timeout": 30}
    assert len({row["reason"] for row in rows_of(out)}) == 1


def test_a_copy_that_is_not_what_its_reference_says_is_no_copy(
    dfc: Runner, make_model: ModelMaker, tmp_path: Path
) -> None:
    root = tmp_path / "Set"
    root.mkdir()
    for name in ("a.png", "b.png"):
        (root / name).write_bytes(png((1, 2, 3)))
    listed = tmp_path / "Set.md5"
    dfc("hash", root, "--out", listed)
    right = listed.read_text().splitlines()
    listed.write_text(f"{right[0]}\n{'0' * 32}  {right[1][34:]}\n")
    out = tmp_path / "r.csv"
    options = ("--hashes", listed, "--continue-on-mismatch")
    dfc(root, "--model", make_model(), "--out", out, *options, code=4)
    assert [row["flags"] for row in rows_of(out)] == [[], ["evidence_differs"]]
