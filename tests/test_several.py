"""A picture by itself, and several pieces of evidence in one run."""

import csv
import hashlib
import json
import os
import shutil
from pathlib import Path

import pyarrow.parquet
import pytest

from forensic_cli.classification import evidence_check
from forensic_cli.classification.evidence_opening import open_named
from forensic_cli.errors import EvidenceError
from forensic_cli.evidence.options import DEFAULT
from forensic_cli.evidence.zip_source import ZipSource
from tests.support.containers import as_ad1, as_folder, as_tar, as_zip
from tests.support.pictures import png
from tests.support.running import DEMO_MODEL, Finished, Runner

ONE, TWO, THREE = png((200, 1, 2)), png((3, 200, 4)), png((5, 6, 200))
MODEL = ("--model", DEMO_MODEL)


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Evidence of several kinds, and the working folder beside it."""
    as_folder(tmp_path / "A" / "Set", {b"x.png": ONE, b"sub/y.png": TWO})
    as_folder(tmp_path / "B" / "Set", {b"x.png": TWO})
    as_zip(tmp_path / "Phone.zip", {b"x.png": THREE, b"DCIM/y.png": ONE})
    (tmp_path / "one.png").write_bytes(ONE)
    (tmp_path / "two.png").write_bytes(TWO)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


def named(out: Path) -> dict[str, str]:
    """Rows by name: everything before it."""
    with out.open(encoding="utf-8", newline="") as stream:
        return {row["filename"]: row["score"] + row["label"] for row in csv.DictReader(stream)}


def sums(*files: tuple[str, bytes]) -> str:
    return "".join(f"{hashlib.md5(data).hexdigest()}  {name}\n" for name, data in files)


def test_a_single_picture(dfc: Runner, case: Path) -> None:
    done = dfc(case / "one.png", *MODEL, "--out", "r.csv")
    assert "1 listed = 1 scored" in done.out
    assert list(named(Path("r.csv"))) == ["one.png"]
    dfc("verify-run", "r.audit.jsonl")
    dfc(case / "A" / "Set", *MODEL, "--out", "s.csv")
    assert named(Path("r.csv"))["one.png"] == named(Path("s.csv"))["Set/x.png"]


@pytest.mark.parametrize("form", ["full", "relative", "basename"])
def test_its_name_in_every_form(dfc: Runner, case: Path, form: str) -> None:
    dfc(case / "one.png", *MODEL, "--out", "r.csv", "--names", form)
    assert list(named(Path("r.csv"))) == ["one.png"]


def test_its_hash(dfc: Runner, case: Path) -> None:
    digest = hashlib.md5(ONE).hexdigest()
    done = dfc(case / "one.png", *MODEL, "--out", "r.csv", "--md5", digest, "--strict")
    assert "intact: 1 matched (md5)" in done.out
    wrong = hashlib.md5(TWO).hexdigest()
    said = dfc(case / "one.png", *MODEL, "--out", "s.csv", "--md5", wrong, code=4).err
    assert "1 changed" in said
    assert not Path("s.csv").exists()


@pytest.mark.parametrize("place", ["given", "its folder's", "its own"])
def test_a_list_that_names_it_among_others(dfc: Runner, case: Path, place: str) -> None:
    told = sums(("Set/x.png", ONE), ("Set/sub/y.png", TWO), ("Set/gone.png", THREE))
    name = {"given": "any.md5", "its folder's": "hashes/Set.md5", "its own": "hashes/x.png.md5"}
    Path("hashes").mkdir()
    Path(name[place]).write_text(told)
    given = ("--hashes", name[place]) if place == "given" else ()
    done = dfc(case / "A" / "Set" / "x.png", *MODEL, "--out", "r.csv", *given, "--strict")
    assert "intact: 1 matched" in done.out
    assert "2 rows" in done.out + done.err


def test_a_picture_that_no_list_names(dfc: Runner, case: Path) -> None:
    Path("any.md5").write_text(sums(("other.png", TWO)))
    asked = (case / "one.png", *MODEL, "--out", "r.csv", "--hashes", "any.md5")
    assert "--strict" in dfc(*asked, "--strict", code=4).err
    assert "no reference" in dfc(*asked).out


def test_a_picture_behind_a_link_is_the_picture(dfc: Runner, case: Path) -> None:
    (case / "link.png").symlink_to("one.png")
    dfc(case / "link.png", *MODEL, "--out", "r.csv")
    assert list(named(Path("r.csv"))) == ["link.png"]


def test_a_picture_with_an_archive_after_it_is_a_picture(dfc: Runner, case: Path) -> None:
    (case / "both.png").write_bytes(ONE + (case / "Phone.zip").read_bytes())
    dfc(case / "both.png", *MODEL, "--out", "r.csv")
    assert list(named(Path("r.csv"))) == ["both.png"]


def test_a_damaged_picture_is_a_picture(dfc: Runner, case: Path) -> None:
    (case / "zeros.jpg").write_bytes(bytes(5000))
    dfc(case / "zeros.jpg", *MODEL, "--out", "r.csv", code=3)
    assert "corrupt" in Path("r.exceptions.csv").read_text()


def test_a_file_that_is_no_picture_is_no_evidence(dfc: Runner, case: Path) -> None:
    (case / "notes.txt").write_text("nothing to see")
    assert "no container" in dfc(case / "notes.txt", *MODEL, "--out", "r.csv", code=5).err
    (case / "disk.jpg").write_bytes(b"EVF\x09\x0d\x0a\xff\x00" + bytes(1000))
    assert "EWF" in dfc(case / "disk.jpg", *MODEL, "--out", "r.csv", code=5).err


def test_rows_are_those_of_each_by_itself(dfc: Runner, case: Path) -> None:
    tar = as_tar(case / "More.tar.gz", {b"t.png": TWO, b"a/u.png": ONE}, "gzip")
    image = as_ad1(case / "Image.ad1", {b"v.png": THREE})
    given = [case / "two.png", case / "A" / "Set", image, case / "Phone.zip", tar, case / "one.png"]
    done = dfc(*given, *MODEL, "--out", "all.csv")
    assert "9 listed = 9 scored" in done.out
    apart: dict[str, str] = {}
    for number, path in enumerate(given):
        dfc(path, *MODEL, "--out", f"{number}.csv")
        apart |= named(Path(f"{number}.csv"))
    together = named(Path("all.csv"))
    assert together == apart
    assert list(together) == sorted(apart, key=os.fsencode)
    dfc("verify-run", "all.audit.jsonl")
    dfc(*reversed(given), *MODEL, "--out", "back.csv", "--workers", 1)
    assert Path("back.csv").read_bytes() == Path("all.csv").read_bytes()


def test_two_of_one_name(dfc: Runner, case: Path) -> None:
    shutil.copy(case / "two.png", case / "B" / "one.png")
    given = (case / "A" / "Set", case / "B" / "Set", case / "one.png", case / "B" / "one.png")
    dfc(*given, *MODEL, "--out", "r.csv")
    assert list(named(Path("r.csv"))) == [
        "Set#2/x.png", "Set/sub/y.png", "Set/x.png", "one.png", "one.png#2",
    ]  # fmt: skip


def test_each_has_its_own_reference(dfc: Runner, case: Path) -> None:
    Path("hashes").mkdir()
    Path("hashes/Set.md5").write_text(sums(("x.png", ONE), ("sub/y.png", TWO)))
    zipped = (case / "Phone.zip").read_bytes()
    Path("hashes/Phone.zip.md5").write_text(sums(("Phone.zip", zipped)))
    given = (case / "A" / "Set", case / "Phone.zip")
    done = dfc(*given, *MODEL, "--out", "r.csv", "--strict")
    assert "intact: 3 matched" in done.out
    # One without: nothing is called intact.
    done = dfc(*given, case / "one.png", *MODEL, "--out", "s.csv")
    assert "no reference: 3 matched" in done.out
    assert "one.png" in done.out + done.err
    said = dfc(*given, case / "one.png", *MODEL, "--out", "t.csv", "--strict", code=4).err
    assert "no reference hash for one.png" in said


@pytest.mark.parametrize("changed", ["folder", "container", "file"])
def test_a_change_in_any_of_them(dfc: Runner, case: Path, changed: str) -> None:
    told = sums(
        ("/mnt/Set/x.png", ONE), ("/mnt/Set/sub/y.png", TWO), ("/mnt/one.png", ONE),
        ("/mnt/Phone.zip", (case / "Phone.zip").read_bytes()),
    )  # fmt: skip
    Path("all.md5").write_text(told)
    given = (case / "A" / "Set", case / "Phone.zip", case / "one.png")
    dfc(*given, *MODEL, "--out", "r.csv", "--hashes", "all.md5", "--strict")
    if changed == "folder":
        (case / "A" / "Set" / "x.png").write_bytes(TWO)
    elif changed == "container":
        as_zip(case / "Phone.zip", {b"x.png": ONE})
    else:
        (case / "one.png").write_bytes(THREE)
    asked = (*given, *MODEL, "--hashes", "all.md5")
    assert "1 changed" in dfc(*asked, "--out", "s.csv", code=4).err
    dfc(*asked, "--out", "t.csv", "--continue-on-mismatch", code=4)
    details = pyarrow.parquet.read_table("t.details.parquet").to_pylist()
    differing = {row["path"] for row in details if "evidence_differs" in row["flags"]}
    assert differing == {
        "folder": {"Set/x.png"}, "container": {"Phone.zip/x.png"}, "file": {"one.png"},
    }[changed]  # fmt: skip


def test_a_file_missing_from_one_of_them(dfc: Runner, case: Path) -> None:
    Path("all.md5").write_text(
        sums(("Set/x.png", ONE), ("Set/sub/y.png", TWO), ("Set/gone.png", THREE))
    )
    given = (case / "A" / "Set", case / "one.png", *MODEL, "--hashes", "all.md5")
    said = dfc(*given, "--out", "r.csv", code=4)
    assert "1 missing" in said.err
    assert "Set/gone.png" in said.out + said.err


def test_a_list_of_nothing_given(dfc: Runner, case: Path) -> None:
    Path("other.md5").write_text(sums(("q.png", ONE)))
    given = (case / "A" / "Set", case / "one.png", *MODEL, "--hashes", "other.md5")
    assert "names nothing" in dfc(*given, "--out", "r.csv", code=5).err


@pytest.mark.parametrize(
    ("other", "code", "said"),
    [
        ("A/Set", 2, "name each once"),
        ("link", 2, "name each once"),
        ("A/Set/sub/y.png", 2, "lies in"),
        ("nowhere", 5, "check the path"),
    ],
)
def test_no_entry_twice(dfc: Runner, case: Path, other: str, code: int, said: str) -> None:
    (case / "link").symlink_to("A/Set")
    given = (case / "A" / "Set", case / other, *MODEL, "--out", "r.csv")
    assert said in dfc(*given, code=code).err
    assert not Path("r.csv").exists()


def test_one_digest_is_of_one_file(dfc: Runner, case: Path) -> None:
    given = (case / "one.png", case / "two.png", *MODEL, "--out", "r.csv")
    assert "of one file" in dfc(*given, "--md5", "0" * 32, code=2).err


def test_containers_inside_several(dfc: Runner, case: Path) -> None:
    shutil.copy(case / "Phone.zip", case / "A" / "Set" / "inner.zip")
    given = (case / "A" / "Set", case / "one.png", *MODEL)
    assert "NOT OPENED" in dfc(*given, "--out", "r.csv", code=3).err
    done = dfc(*given, "--out", "s.csv", "--descend")
    assert "Set/inner.zip/DCIM/y.png" in named(Path("s.csv"))
    assert "6 listed = 5 scored + 1 not_an_image" in done.out


def test_what_was_opened_is_closed_where_the_next_cannot_be(
    case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[Path] = []
    close = ZipSource.close

    def noted(self: ZipSource) -> None:
        closed.append(self.path)
        close(self)

    monkeypatch.setattr(ZipSource, "close", noted)
    with pytest.raises(EvidenceError):
        open_named((case / "Phone.zip", _damaged(case / "bad.zip")), DEFAULT)
    assert closed == [case / "Phone.zip"]


def _damaged(path: Path) -> Path:
    path.write_bytes(b"PK\x03\x04" + bytes(99))
    return path


def test_resumed(dfc: Runner, case: Path) -> None:
    given = [case / "Phone.zip", case / "A" / "Set", case / "one.png"]
    dfc(*given, *MODEL, "--out", "r.csv")
    assert "finished" in dfc(*given, *MODEL, "--out", "r.csv", "--resume").out
    assert "was over" in dfc(*given[:2], *MODEL, "--out", "r.csv", "--resume", code=2).err
    started = json.loads(Path("r.audit.jsonl").read_text().splitlines()[0])["data"]
    assert started["settings"]["evidence"] == [str(path) for path in given]
    assert started["evidence"]["name"] == "Phone.zip, Set, one.png"


def test_a_picture_replaced_while_it_was_examined(
    dfc: Runner, case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = evidence_check.verify_evidence

    def replaced(*arguments: object) -> object:
        state = verify(*arguments)  # type: ignore[arg-type]
        (case / "one.png").write_bytes(TWO)
        return state

    monkeypatch.setattr("forensic_cli.classification.classify.verify_evidence", replaced)
    digest = hashlib.md5(ONE).hexdigest()
    done: Finished = dfc(case / "one.png", *MODEL, "--out", "r.csv", "--md5", digest, code=3)
    assert "1 changed_during_run" in done.out
