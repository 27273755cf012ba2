"""Known files in a run: marked in the details, left out where that is asked for."""

import csv
import hashlib
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from forensic_cli.outputs.run_folder import RunFolder
from tests.support.containers import as_folder, log_of
from tests.support.pictures import png
from tests.support.running import DEMO_MODEL, Runner

MODEL = ("--model", DEMO_MODEL)
KNOWN, OTHER, LISTED_TWICE = png((9, 8, 7)), png((1, 2, 3)), png((4, 5, 6))
FILES = {
    b"a.png": KNOWN, b"b.png": OTHER, b"sub/a again.png": KNOWN, b"c.png": LISTED_TWICE,
    b"notes.txt": b"no picture", b"cut.png": OTHER[:-30],
}  # fmt: skip


pytestmark = pytest.mark.usefixtures("_case")


@pytest.fixture
def _case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    as_folder(tmp_path / "Set", FILES)
    sha1 = (hashlib.sha1(one).hexdigest() for one in (KNOWN, LISTED_TWICE, FILES[b"cut.png"]))
    (tmp_path / "icons.txt").write_text("\n".join(sha1))
    (tmp_path / "office.md5").write_text(hashlib.md5(LISTED_TWICE).hexdigest())


def details(out: str) -> dict[str, dict[str, Any]]:
    rows = pq.read_table(f"{out}.details.parquet").to_pylist()
    return {row["path"].removeprefix("Set/"): row for row in rows}


def test_marked_in_the_details(dfc: Runner) -> None:
    lists = ("--known", "icons.txt", "--known", "office.md5")
    done = dfc("Set", *MODEL, "--out", "r.csv", *lists, code=3)
    assert {name: row["known"] for name, row in details("r").items()} == {
        "a.png": ["icons.txt"], "b.png": None, "sub/a again.png": ["icons.txt"],
        "c.png": ["icons.txt", "office.md5"], "notes.txt": None, "cut.png": ["icons.txt"],
    }  # fmt: skip
    assert "known files    4 in icons.txt\n" in done.out
    assert "known files    1 in office.md5\n" in done.out
    dfc("Set", *MODEL, "--out", "s.csv", code=3)
    assert Path("r.csv").read_bytes() == Path("s.csv").read_bytes()
    read = log_of(Path("r.csv"))["known_files_read"]
    assert [one["name"] for one in read["lists"]] == ["icons.txt", "office.md5"]
    assert read["lists"][0]["digests"] == {"sha1": 3}
    assert read["lists"][0]["sha256"] == hashlib.sha256(Path("icons.txt").read_bytes()).hexdigest()
    dfc("verify-run", "r.audit.jsonl")


def test_left_unscored(dfc: Runner) -> None:
    lists = ("--known", "icons.txt", "--known", "office.md5", "--skip-known")
    done = dfc("Set", *MODEL, "--out", "r.csv", *lists)
    assert "6 listed = 1 scored + 4 known_file + 1 not_an_image" in done.out
    assert "4 in icons.txt (not scored)" in done.out
    with Path("r.exceptions.csv").open(encoding="utf-8", newline="") as stream:
        found = {row["filename"]: row for row in csv.DictReader(stream)}
    assert found["Set/c.png"]["status"] == "known_file"
    assert "icons.txt, office.md5" in found["Set/c.png"]["reason"]
    assert found["Set/c.png"]["md5"] == hashlib.md5(LISTED_TWICE).hexdigest()
    assert details("r")["cut.png"]["status"] == "known_file"
    dfc("verify-run", "r.audit.jsonl")


def test_md5_alone_is_said_to_be_weak(dfc: Runner) -> None:
    given = ("Set", *MODEL, "--known", "office.md5")
    assert "MD5 alone" not in dfc(*given, "--out", "r.csv", code=3).err
    assert "MD5 alone" in dfc(*given, "--out", "s.csv", "--skip-known", code=3).err


def test_another_list_is_another_run(dfc: Runner) -> None:
    given = ("Set", *MODEL, "--out", "r.csv", "--known", "icons.txt")
    dfc(*given, code=3)
    assert "skip_known" in dfc(*given, "--skip-known", "--resume", code=2).err
    assert "known" in dfc(*given, "--known", "office.md5", "--resume", code=2).err
    assert "finished already" in dfc(*given, "--resume", code=3).out


def test_rows_of_one_run_are_made_with_one_list(
    dfc: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forensic_cli.cli.classify.SEGMENT_SIZE", 2)
    commit, given = RunFolder.commit, ("Set", *MODEL, "--out", "r.csv", "--known", "icons.txt")
    with monkeypatch.context() as patch:

        def stopped(self: RunFolder, index: int, table: object) -> str:
            if index:
                raise KeyboardInterrupt
            return commit(self, index, table)

        patch.setattr(RunFolder, "commit", stopped)
        dfc(*given, code=130)
    assert "skip_known (was None" in dfc(*given, "--skip-known", "--resume", code=2).err
    Path("icons.txt").write_text(hashlib.sha1(OTHER).hexdigest())
    assert "known (was [" in dfc(*given, "--resume", code=2).err


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--skip-known",), 2, "--known"),
        (("--known", "missing.txt"), 5, "missing.txt"),
        (("--known", "Set/notes.txt"), 5, "line 1"),
    ],
)
def test_what_cannot_be_meant(dfc: Runner, options: tuple[str, ...], code: int, said: str) -> None:
    assert said in dfc("Set", *MODEL, "--out", "r.csv", *options, code=code).err
    assert not Path("r.csv").exists()


def test_no_output_replaces_a_list(dfc: Runner) -> None:
    Path("icons.txt").rename("r.csv")
    said = dfc("Set", *MODEL, "--out", "r.csv", "--known", "r.csv", "--force", code=2).err
    assert "would replace" in said
