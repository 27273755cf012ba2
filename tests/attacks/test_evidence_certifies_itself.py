"""Evidence whose maker also made the reference, or a name that would excuse a file from it."""

import hashlib
import json
from pathlib import Path

import pytest

from tests.support.models import ModelMaker
from tests.support.pictures import png
from tests.support.running import Runner

PICTURE = png((1, 2, 3))
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


def lines(root: Path, *left_out: str, lead: str = "") -> str:
    return "".join(
        f"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  "
        f"{lead}{path.relative_to(root).as_posix()}\n"
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name not in left_out
    )


@pytest.fixture
def own_list(evidence: Path, tmp_path: Path) -> Path:
    """The examiner's own list, of a form and a name that BagIt has too."""
    path = tmp_path / "desk" / "manifest-md5.txt"
    path.parent.mkdir()
    path.write_text(lines(evidence))
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "r.csv"


@pytest.mark.parametrize(
    "name",
    ["fetch.txt", "bag-info.txt", "bagit.txt", "tagmanifest-md5.txt", "tagmanifest-x.txt",
     "manifest-sha512.txt"],
)  # fmt: skip
def test_a_picture_called_like_a_tag_file(
    dfc: Runner, evidence: Path, own_list: Path, make_model: ModelMaker, out: Path, name: str
) -> None:
    (evidence / name).write_bytes(PICTURE)
    asked = ("--model", make_model(), "--out", out, "--hashes", own_list, "--strict")
    done = dfc(evidence, *asked, code=4)
    assert f"new: {name}" in done.err
    assert not out.exists()
    assert "1 new" in dfc("verify-hash", evidence, "--hashes", own_list, code=4).out


def bag(evidence: Path) -> Path:
    """A real bag, whose payload is the set."""
    root = evidence.parent / "Bag"
    root.mkdir()
    evidence.rename(root / "data")
    (root / "bagit.txt").write_bytes(DECLARATION)
    (root / "bag-info.txt").write_text("Bagging-Date: 2023-01-01\n")
    (root / "manifest-md5.txt").write_text(lines(root / "data", lead="data/"))
    return root


def test_a_picture_in_the_place_of_a_real_bags_tag_file(
    dfc: Runner, evidence: Path, make_model: ModelMaker, out: Path
) -> None:
    root = bag(evidence)
    (root / "fetch.txt").write_bytes(PICTURE)
    dfc(root, "--model", make_model(), "--out", out, code=4)
    assert "fetch.txt" not in out.read_text()
    (row,) = [one for one in _exceptions(out) if one.startswith("hash_mismatch,")]
    assert "no reference from outside the evidence names" in row
    assert row.split(",")[2].endswith("fetch.txt")


def test_a_list_inside_the_evidence_needs_no_line_of_its_own_and_is_counted(
    dfc: Runner, evidence: Path, make_model: ModelMaker, out: Path
) -> None:
    listed = lines(evidence)
    inside = evidence / "own.md5"
    inside.write_text(listed)
    given = ("--hashes", inside)
    done = dfc("verify-hash", evidence, *given)
    assert "not verified   own.md5" in done.out
    assert "1 not_verified" in done.out
    dfc(evidence, "--model", make_model(), "--out", out, *given)
    assert any("own.md5" in one for one in _exceptions(out))


def test_a_bags_tag_manifest_is_compared_whichever_list_is_given(
    dfc: Runner, evidence: Path, tmp_path: Path
) -> None:
    root = bag(evidence)
    own = tmp_path / "manifest-md5.txt"
    own.write_bytes((root / "manifest-md5.txt").read_bytes())
    digest = hashlib.md5(b"another\n", usedforsecurity=False).hexdigest()
    (root / "tagmanifest-md5.txt").write_text(f"{digest}  bag-info.txt\n")
    done = dfc("verify-hash", root, "--hashes", own, code=4)
    assert "changed        bag-info.txt" in done.out


def test_a_sound_bag_is_intact_and_its_tag_files_are_counted(dfc: Runner, evidence: Path) -> None:
    root = bag(evidence)
    done = dfc("verify-hash", root)
    assert "3 not_verified" in done.out
    assert "(inside the evidence)" in done.out
    assert "whoever made the evidence" in done.out


def test_a_list_inside_the_evidence_is_not_enough_for_strict(
    dfc: Runner, evidence: Path, make_model: ModelMaker, out: Path
) -> None:
    inside = evidence / "list.md5"
    inside.write_text(lines(evidence))
    asked = ("--model", make_model(), "--out", out)
    done = dfc(evidence, *asked, "--hashes", inside, "--strict", code=4)
    assert "inside the evidence" in done.err
    assert not out.exists()
    dfc(evidence, *asked, "--hashes", inside)
    log = [json.loads(line) for line in out.with_suffix(".audit.jsonl").read_text().splitlines()]
    (verified,) = [one["data"] for one in log if one["event"] == "evidence_verified"]
    assert [one["origin"] for one in verified["references"]] == ["inside the evidence"]
    assert "(inside the evidence)" in log[-1]["data"]["verification"]


def test_nor_is_a_list_that_is_found_there(
    dfc: Runner, evidence: Path, make_model: ModelMaker, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the evidence as the working folder, its own ``hashes/`` looks like the examiner's."""
    (evidence / "hashes").mkdir()
    (evidence / "hashes" / "Set.md5").write_text(lines(evidence))
    monkeypatch.chdir(evidence)
    done = dfc(".", "--model", make_model(), "--out", out, "--strict", code=4)
    assert "inside the evidence" in done.err


def test_nor_a_link_to_it(
    dfc: Runner, evidence: Path, make_model: ModelMaker, out: Path, tmp_path: Path
) -> None:
    (evidence / "list.md5").write_text(lines(evidence))
    link = tmp_path / "mine.md5"
    link.symlink_to(evidence / "list.md5")
    asked = ("--model", make_model(), "--out", out, "--hashes", link, "--strict")
    assert "inside the evidence" in dfc(evidence, *asked, code=4).err


def test_nor_a_bags_own(dfc: Runner, evidence: Path, make_model: ModelMaker, out: Path) -> None:
    root = bag(evidence)
    done = dfc(root, "--model", make_model(), "--out", out, "--strict", code=4)
    assert "inside the evidence" in done.err


def test_what_only_an_inner_list_names_is_not_scored_under_strict(
    dfc: Runner, evidence: Path, make_model: ModelMaker, out: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own.md5"
    own.write_text(lines(evidence))
    (evidence / "more.png").write_bytes(PICTURE)
    (evidence / "more.md5").write_text(lines(evidence))
    lists = ("--hashes", own, "--hashes", evidence / "more.md5")
    asked = (evidence, "--model", make_model(), "--out", out)
    dfc(*asked, *lists)
    assert "Set/more.png" in out.read_text()
    dfc(*asked, *lists, "--strict", "--force", code=4)
    assert "Set/more.png" not in out.read_text()
    assert len(out.read_text().splitlines()) == 1 + 9


def test_a_list_from_elsewhere_is_named_with_its_place(
    dfc: Runner, evidence: Path, make_model: ModelMaker, out: Path, own_list: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    desk = own_list.parent
    monkeypatch.chdir(desk)
    asked = (evidence, "--model", make_model(), "--strict")
    done = dfc(*asked, "--out", out, "--hashes", own_list)
    assert "manifest-md5.txt (given)" in done.err + done.out
    (desk / "hashes").mkdir()
    own_list.rename(desk / "hashes" / "Set.md5")
    done = dfc(*asked, "--out", desk / "s.csv")
    assert "Set.md5 (working folder)" in done.out
    (desk / "hashes" / "Set.md5").rename(evidence.parent / "Set.md5")
    done = dfc(*asked, "--out", desk / "t.csv")
    assert "Set.md5 (beside the evidence)" in done.out


def _exceptions(out: Path) -> list[str]:
    return out.with_suffix(".exceptions.csv").read_text().splitlines()
