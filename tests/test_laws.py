"""The laws, over a tree of odd names, damaged files and things that are no files."""

import csv
import itertools
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from forensic_cli.foundation.path_text import from_visible
from forensic_cli.inference.model_file import read_model
from forensic_cli.records import Status
from tests.support.models import ModelMaker
from tests.support.pictures import encoded, png
from tests.support.running import Runner

ODD_NAMES = (
    b"new\nline.png", b'comma, quote".png', b"=cmd.png", b"-dash.png", b"bad\xff\xfe.png",
    b"literal\\xff.png", b"cr\r.png", b" lead", b"\xe2\x80\xaegnp.exe", "é.png".encode(),
    "e\u0301.png".encode(), b"n" * 255, b"a.b", b"a-b",
)  # fmt: skip


@pytest.fixture
def nasty(tmp_path: Path) -> Path:
    """Pictures under odd names, in folders that sort oddly, among everything that is none."""
    root = tmp_path / "Odd Set"
    rng = np.random.default_rng(3)
    for folder in (b"", b"a", b"a.b.d", b"deep/er/est"):
        here = os.path.join(os.fsencode(root), folder)
        os.makedirs(here, exist_ok=True)
        for index, name in enumerate(ODD_NAMES):
            pixels = rng.integers(0, 256, (20 + index, 30, 3), dtype=np.uint8)
            form = ("PNG", "JPEG", "BMP")[index % 3]
            with open(os.path.join(here, name), "wb") as stream:
                stream.write(encoded(Image.fromarray(pixels), form))
    (root / "empty.png").touch()
    (root / "text.png").write_text("text")
    (root / "cut.png").write_bytes(png(size=(300, 300))[:150])
    (root / "paper.pdf").write_bytes(b"%PDF-1.4\n")
    (root / "big.bmp").write_bytes(encoded(Image.new("RGB", (300, 400)), "BMP"))
    (root / "wide.png").write_bytes(encoded(Image.new("L", (3000, 100)), "PNG"))
    (root / "link.png").symlink_to("text.png")
    (root / "dangling").symlink_to("nowhere")
    os.mkfifo(root / "pipe.png")
    return root


LIMITS = ("--max-bytes", 300_000, "--max-pixels", 200_000)


def test_same_bytes_whatever_the_batch_and_the_workers(
    dfc: Runner, nasty: Path, make_model: ModelMaker, tmp_path: Path
) -> None:
    model = make_model()
    results = []
    for batch, workers in itertools.product((1, 3, 32), (1, 4)):
        out = tmp_path / f"{batch}-{workers}" / "r.csv"
        out.parent.mkdir()
        options = ("--batch-size", batch, "--workers", workers, *LIMITS)
        done = dfc(nasty, "--model", model, "--out", out, *options, code=3)
        assert "65 listed = 56 scored + " in done.out
        results.append(
            tuple(out.with_name(f"r.{end}").read_bytes() for end in ("csv", "exceptions.csv"))
        )
    assert len(set(results)) == 1


def test_every_entry_is_exactly_one_row_in_listing_order(
    dfc: Runner, nasty: Path, make_model: ModelMaker, tmp_path: Path
) -> None:
    out = tmp_path / "r.csv"
    dfc(nasty, "--model", make_model(), "--out", out, *LIMITS, code=3)
    root = os.fsencode(nasty.parent)
    there = sorted(
        os.path.relpath(os.path.join(folder, name), root)
        for folder, folders, names in os.walk(os.fsencode(nasty))
        for name in [*names, *(f for f in folders if os.path.islink(os.path.join(folder, f)))]
    )
    rows = {}
    for name, path in (("scored", out), ("failed", out.with_name("r.exceptions.csv"))):
        with path.open(encoding="utf-8", newline="") as stream:
            rows[name] = list(csv.reader(stream))
    assert rows["scored"][0] == ["score", "label", "filename"]
    assert rows["failed"][0] == ["status", "reason", "filename", "size", "md5", "sha256"]
    scored = [from_visible(row[2]) for row in rows["scored"][1:]]
    failed = [from_visible(row[2]) for row in rows["failed"][1:]]
    assert scored == sorted(scored)
    assert failed == sorted(failed)
    assert sorted(scored + failed) == there
    details = pq.read_table(out.with_name("r.details.parquet")).to_pylist()
    assert [row["path_bytes"] for row in details] == there
    assert {row["status"] for row in details} <= set(Status)


def test_what_each_entry_became(
    dfc: Runner, nasty: Path, make_model: ModelMaker, tmp_path: Path
) -> None:
    out = tmp_path / "r.csv"
    dfc(nasty, "--model", make_model(), "--out", out, *LIMITS, code=3)
    details = pq.read_table(out.with_name("r.details.parquet")).to_pylist()
    became = {row["path"]: row["status"] for row in details if row["status"] != "scored"}
    assert became == {
        "Odd Set/big.bmp": "too_large",
        "Odd Set/cut.png": "truncated",
        "Odd Set/dangling": "symlink",
        "Odd Set/empty.png": "empty_file",
        "Odd Set/link.png": "symlink",
        "Odd Set/paper.pdf": "document",
        "Odd Set/pipe.png": "special_file",
        "Odd Set/text.png": "not_an_image",
        "Odd Set/wide.png": "too_many_pixels",
    }


def test_scores_are_those_computed_by_hand(
    dfc: Runner, make_model: ModelMaker, tmp_path: Path
) -> None:
    root = tmp_path / "Plain"
    root.mkdir()
    (root / "a.png").write_bytes(png((255, 9, 0)))
    (root / "b.png").write_bytes(png((0, 77, 255)))
    (root / "c.png").write_bytes(png((51, 0, 102)))
    dfc(root, "--model", make_model(), "--out", tmp_path / "r.csv")
    # logits are 4 * R / 255 and 4 * B / 255; 1 / (1 + exp(-4)) = 0.982014, exp(-0.8): 0.689974
    assert (tmp_path / "r.csv").read_text() == (
        "score,label,filename\n"
        "0.982014,0,Plain/a.png\n"
        "0.982014,1,Plain/b.png\n"
        "0.689974,1,Plain/c.png\n"
    )


def test_equal_content_is_told_in_the_details(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path
) -> None:
    dfc(evidence, "--model", make_model(), "--out", tmp_path / "r.csv")
    details = pq.read_table(tmp_path / "r.details.parquet").to_pylist()
    told = {row["path"]: row["duplicate_of"] for row in details if row["duplicate_of"]}
    assert told == {"Set/sub/copy.png": "Set/p3.png"}


def test_times_and_places_stay_out_of_the_csv(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path
) -> None:
    moved = tmp_path / "another place" / "Set"
    moved.parent.mkdir()
    model = make_model()
    dfc(evidence, "--model", model, "--out", tmp_path / "one.csv")
    evidence.rename(moved)
    os.utime(moved / "p0.png", ns=(1, 1))
    dfc(moved, "--model", model, "--out", tmp_path / "other.csv")
    for end in ("csv", "exceptions.csv", "details.parquet"):
        assert (tmp_path / f"one.{end}").read_bytes() == (tmp_path / f"other.{end}").read_bytes()


def test_evidence_that_changes_after_its_verification_is_not_scored(
    dfc: Runner,
    evidence: Path,
    make_model: ModelMaker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dfc("hash", evidence, "--out", tmp_path / "Set.md5")
    whole = evidence / "p2.png"
    other = whole.read_bytes()[:-1] + b"\0"  # same size, another last byte: it still decodes

    def read_late(path: Path) -> object:
        whole.write_bytes(other)
        return read_model(path)

    monkeypatch.setattr("forensic_cli.classification.classify.read_model", read_late)
    arguments = ("--model", make_model(), "--out", tmp_path / "r.csv")
    done = dfc(evidence, *arguments, "--hashes", tmp_path / "Set.md5", code=3)
    assert "1 changed_during_run" in done.out
    assert "Set/p2.png" in (tmp_path / "r.exceptions.csv").read_text()


def test_pictures_that_differ_from_the_reference_are_flagged(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path
) -> None:
    dfc("hash", evidence, "--out", tmp_path / "Set.md5")
    (evidence / "p2.png").write_bytes(png((9, 9, 9)))
    (evidence / "p3.png").unlink()
    (evidence / "p4.png").rename(evidence / "sub" / "moved.png")
    (evidence / "sub" / "new.png").write_bytes(png((8, 8, 8)))
    arguments = ("--model", make_model(), "--out", tmp_path / "r.csv", "--continue-on-mismatch")
    dfc(evidence, *arguments, "--hashes", tmp_path / "Set.md5", code=4)
    details = pq.read_table(tmp_path / "r.details.parquet").to_pylist()
    flagged = [row["path"] for row in details if "evidence_differs" in (row["flags"] or ())]
    assert flagged == ["Set/p2.png", "Set/sub/moved.png", "Set/sub/new.png"]


def test_the_log_holds_what_an_examiner_needs(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path
) -> None:
    case = ("--case", "2026-17", "--exhibit", "A\n1", "--examiner", "김", "--agency", "Lab")
    dfc(evidence, "--model", make_model(), "--out", tmp_path / "r.csv", *case, "--note", "n")
    lines = (tmp_path / "r.audit.jsonl").read_text(encoding="ascii").splitlines()
    events: dict[str, dict[str, Any]] = {}
    for line in lines:
        record = json.loads(line)
        events.setdefault(record["event"], record["data"])
    assert list(events) == [
        "run_started", "evidence_verified", "model_loaded", "decoders_confined", "item_failed",
        "segment_committed", "output_published", "run_finished",
    ]  # fmt: skip
    started = events["run_started"]
    assert started["settings"]["case"] == {
        "case": "2026-17", "exhibit": "A\n1", "examiner": "김", "agency": "Lab", "note": "n",
    }  # fmt: skip
    assert started["settings"]["batch_size"] is None
    assert {"host", "os", "user", "python", "packages", "imaging"} <= set(started["environment"])
    assert "not a probability of guilt" in started["notice"]
    assert started["evidence"]["entries"] == 10
    assert events["evidence_verified"]["verdict"] == "no reference"
    model = events["model_loaded"]
    assert model["device"]["asked"] == "auto"
    assert sum(model["device"]["nodes_per_provider"].values()) > 0
    assert len(model["fingerprint"]) == 64
    assert events["item_failed"]["path"] == "Set/sub/text.jpg"
    assert events["run_finished"]["counts"] == {"not_an_image": 1, "scored": 9}


def test_excel_safe_writes_a_second_file_and_leaves_the_first(
    dfc: Runner, evidence: Path, make_model: ModelMaker, tmp_path: Path
) -> None:
    formula = evidence.with_name("=HYPERLINK()")
    evidence.rename(formula)
    model = make_model()
    dfc(formula, "--model", model, "--out", tmp_path / "r.csv", "--excel-safe")
    assert "\n0.996752,1,=HYPERLINK()/p0.png" not in (tmp_path / "r.spreadsheet.csv").read_text()
    spreadsheet = (tmp_path / "r.spreadsheet.csv").read_bytes()
    assert spreadsheet.startswith(b"\xef\xbb\xbfscore,label,filename\n")
    assert spreadsheet.count(b",'=HYPERLINK()/") == 9
    assert (tmp_path / "r.csv").read_bytes().count(b",=HYPERLINK()/") == 9
